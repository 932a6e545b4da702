"""What carriers say about many parcels at once, and what follows for the orders inside."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import Invalid, NotFound, Refused
from logistics.actions.pack import pack_lines
from logistics.actions.tracking import News, record_tracking, track_shipment
from logistics.models import Shipment, TrackingEvent
from logistics.tests.conftest import Shop
from orders.models import Deadline, Order, OrderEvent
from testing.factories import STAFF, make_orders


def ago(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def parcels_of(orders: Sequence[Order]) -> list[Shipment]:
    return list(Shipment.objects.filter(lines__order__in=orders).distinct().order_by("pk"))


def two_parcels(shop: Shop) -> tuple[Order, Shipment, Shipment]:
    """An order of two units, uploaded in two parcels."""
    soon = timezone.now() + timedelta(days=9)
    (order,) = make_orders(1, store=shop.store, lines=[(shop.sku, 2)], deliver_by=soon)
    for name in ("accept", "allocate"):
        assert shop.act(name, [order]).done == 1
    line = order.lines.get()
    for n in (1, 2):
        pack_lines(seller=shop.seller, lines={line.pk: 1}, actor=STAFF, tracking_number=f"HALF{n}X")
    for name in ("ship", "upload"):
        assert shop.act(name, [order]).done == 1
    first, second = parcels_of([order])
    return order, first, second


def test_each_parcel_gets_its_own_answer(shop: Shop, make_shop) -> None:
    known, fresh, dreaming = parcels_of(shop.orders(3, stage="uploaded"))
    (here,) = parcels_of(shop.orders(stage="packed"))
    (strange,) = parcels_of(make_shop().orders(stage="uploaded"))
    scan = News(ago(2), "picked_up", "Picked up")
    track_shipment(seller=shop.seller, shipment=known.pk, news=[scan], actor=STAFF)
    news = {
        fresh.pk: [scan, News(ago(1), "in_transit"), scan],
        strange.pk: [scan],
        here.pk: [scan],
        dreaming.pk: [scan, News(ago(-1), "delivered")],
        known.pk: [scan],
    }
    outcome = record_tracking(seller=shop.seller, news=news, actor=STAFF)
    assert [(r.id, r.status, r.code) for r in outcome] == [
        (fresh.pk, "done", ""),
        (here.pk, "refused", "wrong_state"),
        (dreaming.pk, "refused", "invalid"),
        (known.pk, "already", ""),
    ]
    assert [e.state for e in outcome.rows[0].data["events"]] == ["picked_up", "in_transit"]
    assert [e.pointer for e in outcome.rows[2].data["errors"]] == ["/events/1/at"]
    assert set(TrackingEvent.objects.values_list("shipment", flat=True)) == {fresh.pk, known.pk}
    states = dict(Shipment.objects.values_list("pk", "tracking_state"))
    assert states == {
        known.pk: "picked_up",
        fresh.pk: "in_transit",
        **dict.fromkeys([dreaming.pk, here.pk, strange.pk], "pending"),
    }


def test_one_parcel_is_answered_by_what_was_new_or_by_an_error(shop: Shop, make_shop) -> None:
    (parcel,) = parcels_of(shop.orders(stage="uploaded"))
    (here,) = parcels_of(shop.orders(stage="packed"))
    (strange,) = parcels_of(make_shop().orders(stage="uploaded"))
    scan = News(ago(2), "picked_up")

    def track(shipment: Shipment, *news: News) -> list[TrackingEvent]:
        return track_shipment(
            seller=shop.seller, shipment=shipment.pk, news=list(news), actor=STAFF
        )

    assert [e.state for e in track(parcel, scan)] == ["picked_up"]
    assert track(parcel, scan) == []
    with pytest.raises(NotFound):
        track(strange, scan)
    with pytest.raises(Refused) as refused:
        track(here, scan)
    assert refused.value.code == "wrong_state"
    with pytest.raises(Invalid) as invalid:
        track(parcel)
    assert [e.pointer for e in invalid.value.errors] == ["/events"]


@pytest.mark.parametrize("together", [True, False])
def test_an_order_has_arrived_when_the_last_of_its_parcels_has(shop: Shop, together: bool) -> None:
    order, first, second = two_parcels(shop)
    scans, arrivals = (ago(30), ago(20)), (ago(5), ago(3))
    # The later one is told of first.
    news = {
        second.pk: [News(scans[1], "picked_up"), News(arrivals[1], "delivered")],
        first.pk: [News(scans[0], "picked_up"), News(arrivals[0], "delivered")],
    }
    for some in [news] if together else [{pk: told} for pk, told in news.items()]:
        record_tracking(seller=shop.seller, news=some, actor=STAFF)
    order.refresh_from_db()
    assert order.delivered_at == arrivals[1]
    stopped = dict(Deadline.objects.filter(order=order).values_list("kind", "stopped_at"))
    assert (stopped["first_scan"], stopped["deliver_by"]) == (scans[1], arrivals[1])
    told = OrderEvent.objects.filter(order=order)
    assert list(told.filter(kind="delivered").values_list("at", flat=True)) == [arrivals[1]]
    found = {
        data["shipment"]: at
        for at, data in told.filter(kind="first_scan").values_list("at", "data")
    }
    assert found == {first.public_id: scans[0], second.public_id: scans[1]}


def test_an_order_of_which_one_parcel_is_on_its_way_has_not_arrived(shop: Shop) -> None:
    order, first, second = two_parcels(shop)
    news = {first.pk: [News(ago(3), "delivered")], second.pk: [News(ago(3), "in_transit")]}
    record_tracking(seller=shop.seller, news=news, actor=STAFF)
    order.refresh_from_db()
    assert order.delivered_at is None
    assert not OrderEvent.objects.filter(order=order, kind="delivered").exists()


def test_a_confirmed_order_keeps_the_time_at_which_it_was_delivered(shop: Shop) -> None:
    (order,) = shop.orders(stage="confirmed")
    order.refresh_from_db()
    before = order.delivered_at
    (parcel,) = parcels_of([order])
    news = {parcel.pk: [News(ago(3), "delivered")]}
    assert record_tracking(seller=shop.seller, news=news, actor=STAFF).done == 1
    order.refresh_from_db()
    assert before is not None
    assert order.delivered_at == before


def test_news_of_many_parcels_takes_as_many_statements_as_of_one(shop: Shop) -> None:
    counts = []
    for n in (1, 50):
        parcels = parcels_of(shop.orders(n, stage="uploaded"))
        news = {p.pk: [News(ago(9), "picked_up"), News(ago(1), "delivered")] for p in parcels}
        with CaptureQueriesContext(connection) as queries:
            assert record_tracking(seller=shop.seller, news=news, actor=STAFF).done == n
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
