"""Allocation through the action: who gets what, and what is said to those who do not."""

from datetime import timedelta

from django.utils import timezone

from logistics.tests.conftest import Shop
from orders.models import Order
from testing.factories import SkuFactory, StockLevelFactory, make_orders


def test_the_most_urgent_order_is_served_first(make_shop) -> None:
    shop: Shop = make_shop(on_hand=2)
    now = timezone.now()
    late, later = (
        make_orders(1, store=shop.store, lines=[(shop.sku, 2)], ship_by=now + timedelta(hours=h))[0]
        for h in (9, 3)
    )
    shop.act("accept", [late, later])
    outcome = {row.id: row for row in shop.act("allocate", [late, later])}
    assert outcome[later.pk].status == "done"
    assert (outcome[late.pk].status, outcome[late.pk].code) == ("refused", "short")


def test_only_what_is_missing_is_named(make_shop) -> None:
    shop: Shop = make_shop(on_hand=100)
    rare = SkuFactory(seller=shop.seller, code="RARE")
    StockLevelFactory(seller=shop.seller, sku=rare, warehouse=shop.warehouse, on_hand=1)
    (order,) = make_orders(1, store=shop.store, lines=[(shop.sku, 3), (rare, 3)])
    shop.act("accept", [order])
    (row,) = shop.act("allocate", [order])
    assert str(row.detail) == "Not enough stock: RARE × 2 is missing."
    order.refresh_from_db()
    assert (order.stage, order.allocated) == ("accepted", 0)


def test_a_partial_allocation_keeps_what_is_there(make_shop) -> None:
    shop: Shop = make_shop(on_hand=2)
    (order,) = make_orders(1, store=shop.store, lines=[(shop.sku, 5)])
    shop.act("accept", [order])
    (row,) = shop.act("allocate", [order], partial=True)
    assert (row.status, row.stage, row.data["units"]) == ("done", "accepted", 2)
    assert row.data["missing"] == [f"{shop.sku.code} × 3"]
    assert Order.objects.get(pk=order.pk).allocated == 2


def test_one_warehouse_is_preferred_for_one_order(make_shop) -> None:
    shop: Shop = make_shop(on_hand=1)
    full = StockLevelFactory(seller=shop.seller, sku=shop.sku, on_hand=5)
    (order,) = make_orders(1, store=shop.store, lines=[(shop.sku, 3)])
    shop.act("accept", [order])
    shop.act("allocate", [order])
    full.refresh_from_db()
    shop.level.refresh_from_db()
    assert (full.reserved, shop.level.reserved) == (3, 0)
