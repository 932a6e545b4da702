"""What to buy, from what is missing, what sells and what is on the way."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from stock.actions.transfers import create_transfer, send_transfer
from stock.models import Sku, StockLevel, StockMovement
from stock.queries.speed import speeds
from stock.queries.suggestions import Need, baskets, in_packs, suggestions
from testing.factories import (
    STAFF,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    SupplierFactory,
    SupplierSkuFactory,
    WarehouseFactory,
    make_orders,
    make_replenishment,
)


@pytest.mark.parametrize(
    ("need", "quantity"),
    [
        (Need(), 0),
        (Need(available=5), 0),
        (Need(wanted=7), 7),
        (Need(available=3, wanted=7), 4),
        (Need(available=3, coming=4, wanted=7), 0),
        (Need(available=11, reorder_point=10), 0),
        (Need(available=10, reorder_point=10), 0),
        (Need(available=4, reorder_point=10), 6),
        (Need(wanted=7, pack_size=12), 12),
        (Need(wanted=7, min_quantity=50, pack_size=12), 60),
        # 2 a day, 5 working days are 7 days: 14 to bridge, and 10 days of sales beyond.
        (Need(available=15, per_day=2, lead_days=5, cover_days=10), 0),
        (Need(available=14, per_day=2, lead_days=5, cover_days=10), 20),
        (Need(available=0, wanted=4, per_day=2, lead_days=5, cover_days=10), 38),
    ],
)
def test_how_many_to_buy(need: Need, quantity: int) -> None:
    assert need.quantity == quantity


@given(units=st.integers(1, 10_000), least=st.integers(1, 500), pack=st.integers(1, 144))
def test_a_quantity_is_enough_in_whole_packs_and_no_pack_too_many(
    units: int, least: int, pack: int
) -> None:
    n = in_packs(units, least, pack)
    assert n % pack == 0
    assert max(units, least) <= n < max(units, least) + pack


def ship(level: StockLevel, units: int, days: float) -> None:
    """Units left so many days ago."""
    StockMovement.objects.create(
        seller=level.seller, level=level, kind="ship", on_hand=-units, reserved=-units,
        actor="test", at=timezone.now() - timedelta(days=days),
    )  # fmt: skip


@pytest.fixture
def level(db: None) -> StockLevel:
    return StockLevelFactory(on_hand=100)


def test_the_speed_is_the_faster_of_a_week_and_a_month(level: StockLevel) -> None:
    ship(level, 14, 2)
    ship(level, 16, 20)
    ship(level, 500, 31)
    speed = speeds(level.seller)[level.sku_id]
    assert (speed.short, speed.long) == (14, 30)
    assert (speed.per_day_short, speed.per_day_long, speed.per_day) == (2, 1, 2)
    assert speed.days_of(7) == 3.5


def test_the_speed_of_another_seller_does_not_count(level: StockLevel) -> None:
    ship(level, 5, 1)
    assert speeds(SellerFactory()) == {}


def test_what_is_on_the_way_or_planned_is_not_suggested_again(level: StockLevel) -> None:
    make_orders(1, seller=level.seller, lines=[(level.sku, 130)])
    (row,) = suggestions(level.seller)
    assert (row.quantity, row.missing) == (30, 30)
    make_replenishment((level.sku, 10), warehouse=level.warehouse)
    make_replenishment((level.sku, 15), warehouse=level.warehouse, ordered=False)
    (row,) = suggestions(level.seller)
    assert (row.quantity, row.way.units, row.way.planned) == (5, 10, 15)


def test_goods_between_warehouses_are_not_bought(level: StockLevel) -> None:
    target = WarehouseFactory(seller=level.seller)
    row = create_transfer(
        seller=level.seller, source=level.warehouse, target=target, units={level.sku_id: 60},
        actor=STAFF,
    )  # fmt: skip
    send_transfer(seller=level.seller, transfer=row.pk, actor=STAFF)
    make_orders(1, seller=level.seller, lines=[(level.sku, 110)])
    (found,) = suggestions(level.seller)
    assert (found.quantity, found.need.available, found.moving) == (10, 40, 60)


def test_suggestions_are_grouped_by_preferred_supplier(level: StockLevel) -> None:
    seller = level.seller
    supplier = SupplierFactory(seller=seller, name="A", min_value=Decimal(1000), cover_days=7)
    SupplierSkuFactory(sku=level.sku, supplier=supplier, price=Decimal(2), pack_size=20)
    SupplierSkuFactory(sku=level.sku, preferred=False, price=Decimal(1))
    orphan: Sku = SkuFactory(seller=seller)
    make_orders(1, seller=seller, lines=[(level.sku, 130), (orphan, 2)])
    known, unknown = baskets(seller, suggestions(seller))
    assert (known.supplier, known.units, known.cost) == (supplier, 40, 80)
    assert (known.under_value, known.under_quantity) == (True, False)
    assert (unknown.supplier, unknown.units, unknown.cost) == (None, 2, None)


def test_a_supplier_out_of_use_is_nobody_s_source(level: StockLevel) -> None:
    SupplierSkuFactory(sku=level.sku, supplier=SupplierFactory(seller=level.seller, active=False))
    make_orders(1, seller=level.seller, lines=[(level.sku, 130)])
    (row,) = suggestions(level.seller)
    assert row.source is None


def test_samples_are_not_suggested(db: None) -> None:
    sku = SkuFactory(sample=True)
    make_orders(1, seller=sku.seller, lines=[(sku, 2)])
    assert suggestions(sku.seller) == []


def test_many_skus_take_as_many_queries_as_one(db: None) -> None:
    def count(n: int) -> int:
        seller: Any = SellerFactory()
        make: Callable[[], Sku] = lambda: SupplierSkuFactory(seller=seller).sku  # noqa: E731
        make_orders(1, seller=seller, lines=[(make(), 1) for _ in range(n)])
        with CaptureQueriesContext(connection) as queries:
            assert len(suggestions(seller)) == n
        return len(queries)

    assert count(20) == count(1) <= 8
