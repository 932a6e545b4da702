"""Goods come in: orders that wait are served without anyone asking."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import outbox
from core.models import OutboxMessage
from orders.actions import serve
from orders.actions.cancel import cancel_units
from orders.models import Order, OrderEvent
from orders.registry import perform
from stock.actions.levels import STOCK_FREE, Move, post_movements
from stock.actions.receipts import receive_replenishment
from stock.models import Sku, StockLevel, Warehouse
from testing.factories import (
    STAFF,
    SkuFactory,
    StoreFactory,
    WarehouseFactory,
    make_orders,
    make_replenishment,
)

pytestmark = pytest.mark.django_db


class Shop:
    """A shop with one SKU that is not there."""

    def __init__(self) -> None:
        self.store = StoreFactory()
        self.seller = self.store.seller
        self.sku: Sku = SkuFactory(seller=self.seller)
        self.place: Warehouse = WarehouseFactory(seller=self.seller)

    def waiting(self, *hours: int, units: int = 1, stage: str = "accepted") -> list[Order]:
        now = timezone.now()
        return [
            make_orders(
                1, store=self.store, stage=stage, lines=[(self.sku, units)],
                ship_by=now + timedelta(hours=h),
            )[0]
            for h in hours
        ]  # fmt: skip

    def come(self, units: int, kind: str = "receive") -> None:
        moves = [Move(kind, self.sku, self.place, units, reason="x")]
        post_movements(seller=self.seller, moves=moves, actor=STAFF)

    def stages(self, orders: list[Order]) -> list[str]:
        found = dict(Order.objects.values_list("pk", "stage"))
        return [found[order.pk] for order in orders]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def deliver() -> None:
    while outbox.deliver_due(now=timezone.now() + timedelta(seconds=1)):
        pass


def test_the_most_urgent_orders_get_what_a_purchase_order_brings(shop: Shop) -> None:
    orders = shop.waiting(30, 10, 20)
    row = make_replenishment((shop.sku, 5), warehouse=shop.place)
    receive_replenishment(
        seller=shop.seller, replenishment=row.pk, units={row.lines.get().pk: 2},
        warehouse=shop.place, actor=STAFF, client_id="d1",
    )  # fmt: skip
    deliver()
    assert shop.stages(orders) == ["accepted", "stocked", "stocked"]
    told = OrderEvent.objects.filter(kind="stocked").values_list("actor_kind", "actor_name")
    assert set(told) == {("job", "allocation")}


@pytest.mark.parametrize("kind", ["receive", "return", "adjust"])
def test_any_way_of_coming_in_serves_them(shop: Shop, kind: str) -> None:
    orders = shop.waiting(5)
    shop.come(1, kind)
    deliver()
    assert shop.stages(orders) == ["stocked"]


@pytest.mark.parametrize("units_alone", [False, True])
def test_what_a_cancellation_gives_back_goes_to_the_next(shop: Shop, units_alone: bool) -> None:
    (first,) = shop.waiting(5, units=2)
    shop.come(2)
    deliver()
    behind = [*shop.waiting(9, units=2), *shop.waiting(7)]
    if units_alone:
        line = first.lines.get()
        cancel_units(seller=shop.seller, order=first.pk, units={line.pk: 1}, actor=STAFF)
    else:
        perform("cancel", seller=shop.seller, orders=[first.pk], actor=STAFF)
    deliver()
    first.refresh_from_db()
    assert first.stage == ("stocked" if units_alone else "cancelled")
    assert shop.stages(behind) == ["accepted", "stocked"]  # the more urgent one, as a whole


def test_orders_on_hold_and_not_accepted_are_left_alone(shop: Shop) -> None:
    (held,) = shop.waiting(5)
    (new,) = shop.waiting(6, stage="new")
    (free,) = shop.waiting(7)
    perform("hold", seller=shop.seller, orders=[held.pk], actor=STAFF, params={"reason": "address"})
    shop.come(3)
    deliver()
    assert shop.stages([held, new, free]) == ["accepted", "new", "stocked"]
    assert StockLevel.objects.get().reserved == 1


def test_whole_orders_only(shop: Shop) -> None:
    orders = [*shop.waiting(5, units=4), *shop.waiting(9, units=1)]
    shop.come(3)
    deliver()
    assert shop.stages(orders) == ["accepted", "stocked"]
    assert StockLevel.objects.get().reserved == 1


def test_nothing_is_said_where_nobody_waits(shop: Shop) -> None:
    shop.come(3)
    (order,) = shop.waiting(5)
    perform("allocate", seller=shop.seller, orders=[order.pk], actor=STAFF)
    perform("cancel", seller=shop.seller, orders=[order.pk], actor=STAFF)
    assert not OutboxMessage.objects.filter(topic=STOCK_FREE).exists()


def test_delivered_twice_it_serves_once(shop: Shop) -> None:
    orders = shop.waiting(5)
    shop.come(2)
    deliver()
    OutboxMessage.objects.filter(topic=STOCK_FREE).update(state="queued", due_at=timezone.now())
    deliver()
    assert shop.stages(orders) == ["stocked"]
    assert OrderEvent.objects.filter(kind="stocked").count() == 1
    assert StockLevel.objects.get().reserved == 1


def test_more_than_a_batch_is_served_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "MAX_BATCH", 2)
    orders = shop.waiting(1, 2, 3, 4, 5)
    shop.come(4)
    deliver()
    assert shop.stages(orders) == ["stocked"] * 4 + ["accepted"]


def test_large_orders_at_the_head_do_not_stop_those_behind_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "MAX_BATCH", 2)
    large, small = shop.waiting(1, 2, units=10), shop.waiting(3, 4, 5)
    shop.come(2)
    for _ in range(5):
        outbox.deliver_due(now=timezone.now() + timedelta(seconds=1))
    assert shop.stages(large) == ["accepted"] * 2
    assert shop.stages(small) == ["stocked", "stocked", "accepted"]
    assert not OutboxMessage.objects.exclude(state="confirmed").exists()


def test_500_orders_take_as_many_statements_as_two(shop: Shop) -> None:
    def statements(n: int) -> int:
        other = Shop()
        make_orders(n, store=other.store, stage="accepted", lines=[(other.sku, 1)])
        other.come(n)
        with CaptureQueriesContext(connection) as queries:
            serve.serve_waiting(seller=other.seller, skus=[other.sku.pk], actor=STAFF)
        assert Order.objects.filter(seller=other.seller, stage="stocked").count() == n
        return len(queries)

    assert statements(500) == statements(2)


def test_another_sellers_orders_get_nothing(shop: Shop) -> None:
    other = Shop()
    theirs = other.waiting(1)
    mine: Any = shop.waiting(2)
    shop.come(5)
    deliver()
    assert shop.stages([*theirs, *mine]) == ["accepted", "stocked"]
