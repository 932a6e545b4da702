"""What the database itself refuses, whoever asks: stock, by raw SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from stock.models import Reservation
from testing.factories import OrderFactory, SkuFactory, StockLevelFactory

pytestmark = pytest.mark.django_db


def refused(sql, *params, by):
    with (
        pytest.raises(DatabaseError, match=by),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


@pytest.mark.parametrize("change", ["reserved = on_hand + 1", "reserved = -1", "on_hand = -1"])
def test_nothing_is_promised_that_is_not_there(change):
    level = StockLevelFactory(on_hand=3)
    refused(
        f"UPDATE stock_stocklevel SET {change} WHERE id = %s",
        level.pk,
        by="level_reserved_within_on_hand",
    )


def test_a_sku_has_one_level_in_a_warehouse():
    level = StockLevelFactory()
    refused(
        "INSERT INTO stock_stocklevel (seller_id, sku_id, warehouse_id, on_hand, reserved, "
        "reorder_point) SELECT seller_id, sku_id, warehouse_id, 0, 0, 0 FROM stock_stocklevel "
        "WHERE id = %s",
        level.pk,
        by="level_once",
    )


@pytest.mark.parametrize(
    "verb", ["UPDATE stock_stockmovement SET reason = ''", "DELETE FROM stock_stockmovement"]
)
def test_the_ledger_is_append_only(verb):
    StockLevelFactory()
    refused(verb, by="stock_stockmovement is append-only")


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ("'borrow', 1, 0", "movement_kind_known"),
        ("'adjust', 0, 0", "movement_changes_something"),
    ],
)
def test_movements(values, by):
    level = StockLevelFactory()
    refused(
        "INSERT INTO stock_stockmovement (seller_id, level_id, kind, on_hand, reserved, reference, "
        f"reason, actor, at) SELECT seller_id, id, {values}, '', '', 'x', now() "
        "FROM stock_stocklevel WHERE id = %s",
        level.pk,
        by=by,
    )


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_reservation_is_of_something(quantity):
    line = OrderFactory().lines.get()
    level = StockLevelFactory(sku=line.sku)
    kept = Reservation.objects.create(
        seller=line.seller, holder_id=line.pk, level=level, quantity=1
    )
    refused(
        "UPDATE stock_reservation SET quantity = %s WHERE id = %s",
        quantity,
        kept.pk,
        by="reservation_positive",
    )


def test_a_line_reserves_once_at_a_level():
    line = OrderFactory().lines.get()
    level = StockLevelFactory(sku=line.sku)
    sql = (
        "INSERT INTO stock_reservation (seller_id, holder_id, level_id, quantity) "
        "VALUES (%s, %s, %s, 1)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [line.seller_id, line.pk, level.pk])
    refused(sql, line.seller_id, line.pk, level.pk, by="reservation_once")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("code = ''", "sku_code_given"),
        ("price = -1", "sku_money_not_negative"),
        ("declared_value = -1", "sku_money_not_negative"),
        ("weight_grams = -1", "weight_grams_check"),
    ],
)
def test_skus(change, by):
    refused(f"UPDATE stock_sku SET {change} WHERE id = %s", SkuFactory().pk, by=by)


def test_a_code_is_there_once_for_a_seller():
    sku = SkuFactory()
    other = SkuFactory(seller=sku.seller)
    refused("UPDATE stock_sku SET code = %s WHERE id = %s", sku.code, other.pk, by="sku_code_once")
