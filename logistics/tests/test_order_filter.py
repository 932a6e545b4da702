"""What the list of orders knows about parcels: in its filter and in its columns."""

import pytest
from django.utils import timezone

from logistics.columns import parcels
from logistics.models import Carrier, Shipment, ShipmentLine
from orders.filters import order_list
from orders.models import Order
from sellers.models import Store
from testing.factories import OrderFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create()


def found(store: Store, text: str) -> list[str]:
    return sorted(order_list(store.seller, {"q": text}).values_list("number", flat=True))


def parcel(store: Store, number: str, state: str) -> None:
    order = OrderFactory.create(store=store, number=number)
    shipment = Shipment.objects.create(
        seller=store.seller,
        carrier=Carrier.objects.get(code="yunexpress"),
        tracking_number="YT2400000000000001",
        tracking_state="in_transit",
        state=state,
        country="BR",
        voided_at=timezone.now() if state == "void" else None,
    )
    ShipmentLine.objects.create(
        seller=store.seller, shipment=shipment, order=order, line=order.lines.get(), quantity=1
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("carrier:yunexpress", ["WITH"]),
        ("物流:云途", ["WITH"]),
        ("-carrier:yunexpress", ["VOID", "WITHOUT"]),
        ("tracking:yt24*", ["WITH"]),
        ("tracking:YT2400000000000001", ["WITH"]),
        ("tracking:no", ["VOID", "WITHOUT"]),
        ("tracking:yes", ["WITH"]),
        ("parcel:in_transit", ["WITH"]),
        ("parcel:failed", []),
    ],
)
def test_parcels(store: Store, text: str, numbers: list[str]) -> None:
    parcel(store, "WITH", "packed")
    parcel(store, "VOID", "void")
    OrderFactory.create(store=store, number="WITHOUT")
    assert found(store, text) == numbers


def test_a_strangers_parcels_are_not_found(store: Store) -> None:
    parcel(StoreFactory.create(), "STRANGE", "packed")
    assert found(store, "carrier:yunexpress") == []


def test_the_column_of_parcels(store: Store, django_assert_num_queries) -> None:
    parcel(store, "WITH", "packed")
    parcel(store, "VOID", "void")
    ids = {order.number: order.pk for order in Order.objects.all()}
    with django_assert_num_queries(1):
        cells = parcels(list(ids.values()))
    assert list(cells) == [ids["WITH"]]
    assert "YT2400000000000001" in cells[ids["WITH"]]
    assert "+1 parcel" not in cells[ids["WITH"]]
    ShipmentLine.objects.create(
        seller=store.seller,
        shipment=Shipment.objects.create(
            seller=store.seller, carrier=Carrier.objects.get(code="ups"), country="BR"
        ),
        order_id=ids["WITH"],
        line=Order.objects.get(number="WITH").lines.get(),
        quantity=1,
    )
    assert "YunExpress · +1 parcel" in parcels(list(ids.values()))[ids["WITH"]]
