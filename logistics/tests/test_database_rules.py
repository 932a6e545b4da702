"""What the database itself refuses, whoever asks: parcels and their news, by raw SQL."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from logistics.models import Carrier, Shipment, ShipmentLine, TrackingEvent
from testing.factories import OrderFactory

pytestmark = pytest.mark.django_db


def refused(sql, *params, by):
    with (
        pytest.raises(DatabaseError, match=by),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


@pytest.fixture
def shipment():
    line = OrderFactory().lines.get()
    carrier, _ = Carrier.objects.get_or_create(code="test", defaults={"name": "Test"})
    parcel = Shipment.objects.create(
        seller=line.seller, carrier=carrier, country="BR", tracking_number="T1"
    )
    ShipmentLine.objects.create(
        seller=line.seller, shipment=parcel, order=line.order, line=line, quantity=1
    )
    TrackingEvent.objects.create(
        seller=line.seller, shipment=parcel, state="in_transit", at=timezone.now(), actor="x"
    )
    return parcel


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("state = 'lost'", "shipment_state_known"),
        ("tracking_state = 'flying'", "shipment_state_known"),
        ("state = 'handed_over'", "shipment_times"),
        ("state = 'declared', handed_over_at = now()", "shipment_times"),
        ("state = 'void'", "shipment_times"),
        ("declared_at = now()", "shipment_times"),
        (
            "state = 'declared', handed_over_at = now(), declared_at = now(), tracking_number = ''",
            "declared_has_number",
        ),
    ],
)
def test_shipments(shipment, change, by):
    refused(f"UPDATE logistics_shipment SET {change} WHERE id = %s", shipment.pk, by=by)


_AGAIN = (
    "INSERT INTO logistics_shipment (seller_id, carrier_id, tracking_number, number_reason, state, "
    "tracking_state, country, packed_at, voided_at, version, updated_at) SELECT seller_id, "
    "carrier_id, tracking_number, '', {}, 'pending', country, now(), now(), 1, now() "
    "FROM logistics_shipment WHERE id = %s"
)


def test_a_tracking_number_is_there_once_for_a_carrier(shipment):
    refused(_AGAIN.format("'packed'"), shipment.pk, by="tracking_number_once")


def test_the_number_of_a_void_parcel_is_free(shipment):
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN.format("'void'"), [shipment.pk])
    assert Shipment.objects.filter(tracking_number="T1").count() == 2


def test_a_parcel_holds_something(shipment):
    refused(
        "UPDATE logistics_shipmentline SET quantity = 0 WHERE shipment_id = %s",
        shipment.pk,
        by="parcel_quantity_positive",
    )


def test_a_line_is_named_once_in_a_parcel(shipment):
    refused(
        "INSERT INTO logistics_shipmentline (seller_id, shipment_id, order_id, line_id, quantity) "
        "SELECT seller_id, shipment_id, order_id, line_id, 1 FROM logistics_shipmentline "
        "WHERE shipment_id = %s",
        shipment.pk,
        by="parcel_line_once",
    )


@pytest.mark.parametrize(
    "verb", ["UPDATE logistics_trackingevent SET at = now()", "DELETE FROM logistics_trackingevent"]
)
def test_tracking_events_are_append_only(shipment, verb):
    refused(verb, by="logistics_trackingevent is append-only")


def test_the_same_news_is_kept_once(shipment):
    refused(
        "INSERT INTO logistics_trackingevent (seller_id, shipment_id, state, raw_status, "
        "description, location, at, source, actor, received_at) SELECT seller_id, shipment_id, "
        "state, raw_status, description, location, at, 'api', 'y', now() "
        "FROM logistics_trackingevent WHERE shipment_id = %s",
        shipment.pk,
        by="tracking_event_once",
    )
