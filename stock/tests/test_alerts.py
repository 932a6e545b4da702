"""People are told once when a SKU becomes low."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sellers import notices
from sellers.models import Notice, Role
from stock.actions.levels import Move, post_movements
from stock.actions.transfers import create_transfer, send_transfer
from stock.alerts import watch_stock
from stock.models import LowStock, StockLevel, StockMovement
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    SupplierFactory,
    SupplierSkuFactory,
    WarehouseFactory,
    make_replenishment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> StockLevel:
    return StockLevelFactory(on_hand=10, reorder_point=10)


def reasons() -> dict[int, str]:
    return dict(LowStock.objects.values_list("sku_id", "why"))


def counts() -> list[tuple[str, int]]:
    return list(Notice.objects.values_list("kind", "count"))


def sell(level: StockLevel, units: int) -> None:
    StockMovement.objects.create(
        seller=level.seller, level=level, kind="ship", on_hand=-units, reserved=-units,
        actor="test", at=timezone.now() - timedelta(days=1),
    )  # fmt: skip


def test_at_the_reorder_point_people_are_told_once(level: StockLevel) -> None:
    now = timezone.now()
    assert [watch_stock(now=now), watch_stock(now=now)] == [1, 0]
    assert reasons() == {level.sku_id: "point"}
    assert counts() == [("low_stock", 1)]


def test_one_notice_for_many(level: StockLevel) -> None:
    for _ in range(4):
        StockLevelFactory(seller=level.seller, warehouse=level.warehouse, sku=SkuFactory(
            seller=level.seller), on_hand=1, reorder_point=2)  # fmt: skip
    watch_stock()
    assert counts() == [("low_stock", 5)]


def test_above_the_point_nothing_is_said(level: StockLevel) -> None:
    StockLevel.objects.update(reorder_point=9)
    assert watch_stock() == 0
    assert counts() == []


def test_what_was_refilled_and_falls_again_is_told_again(level: StockLevel) -> None:
    move = Move("receive", level.sku, level.warehouse, 5)
    watch_stock()
    post_movements(seller=level.seller, moves=[move], actor=STAFF)
    assert watch_stock() == 0
    assert reasons() == {}
    gone = Move("write_off", level.sku, level.warehouse, 5, reason="wet")
    post_movements(seller=level.seller, moves=[gone], actor=STAFF)
    assert watch_stock() == 1


def test_goods_on_the_way_to_the_warehouse_count(level: StockLevel) -> None:
    make_replenishment((level.sku, 1), warehouse=level.warehouse)
    assert watch_stock() == 0


def test_goods_on_the_way_elsewhere_do_not(level: StockLevel) -> None:
    make_replenishment((level.sku, 50))
    assert watch_stock() == 1


def test_goods_from_another_warehouse_count(level: StockLevel) -> None:
    other = StockLevelFactory(sku=level.sku, on_hand=5)
    row = create_transfer(
        seller=level.seller, source=other.warehouse, target=level.warehouse,
        units={level.sku_id: 5}, actor=STAFF,
    )  # fmt: skip
    send_transfer(seller=level.seller, transfer=row.pk, actor=STAFF)
    assert watch_stock() == 0


def test_what_runs_out_before_goods_can_come_is_low(level: StockLevel) -> None:
    StockLevel.objects.update(reorder_point=0)
    supplier = SupplierFactory(seller=level.seller, lead_days=5)
    SupplierSkuFactory(sku=level.sku, supplier=supplier)
    sell(level, 10)  # 10 in 7 days; 5 working days are 7 days: exactly enough
    assert watch_stock() == 0
    sell(level, 1)
    assert watch_stock() == 1
    assert reasons() == {level.sku_id: "cover"}


def test_without_a_supplier_speed_alone_says_nothing(level: StockLevel) -> None:
    StockLevel.objects.update(reorder_point=0)
    sell(level, 500)
    assert watch_stock() == 0


def test_samples_are_left_out(db: None) -> None:
    sku = SkuFactory(sample=True)
    place = WarehouseFactory(seller=sku.seller, sample=True)
    StockLevelFactory(sku=sku, warehouse=place, on_hand=1, reorder_point=5)
    assert watch_stock() == 0


def test_who_sees_no_stock_gets_no_notice_of_it(level: StockLevel) -> None:
    told = {Role.PACKER: 1, Role.SUPPORT: 0}
    members = [MembershipFactory(seller=level.seller, role=role) for role in told]
    watch_stock(now=timezone.now() + timedelta(seconds=1))
    assert [notices.unread(member) for member in members] == list(told.values())
    assert [len(notices.latest(member)) for member in members] == list(told.values())


def test_another_seller_is_not_told(level: StockLevel) -> None:
    StockLevelFactory(on_hand=50, reorder_point=10)
    watch_stock()
    assert list(Notice.objects.values_list("seller", flat=True)) == [level.seller_id]


def test_many_skus_take_as_many_queries_as_one(level: StockLevel) -> None:
    def count() -> int:
        LowStock.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            watch_stock()
        return len(queries)

    one = count()
    for _ in range(20):
        StockLevelFactory(seller=level.seller, warehouse=level.warehouse, sku=SkuFactory(
            seller=level.seller), on_hand=1, reorder_point=2)  # fmt: skip
    assert count() == one
