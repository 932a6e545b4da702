"""What the database itself refuses, whoever asks: orders, clocks, events and fines, by raw SQL."""

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders.models import Hold, Penalty, PenaltyRule
from orders.states import STAGE_SQL, stage_of
from testing.factories import OrderFactory, PenaltyRuleFactory, StockLevelFactory, at

pytestmark = pytest.mark.django_db

NOW = at("2026-03-02 08:00")


def refused(sql, *params, by):
    """The statement fails because of the named constraint, and nothing is changed."""
    with (
        pytest.raises(DatabaseError, match=by),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


@pytest.fixture
def order():
    return OrderFactory(paid_at=NOW)


@pytest.fixture
def fine(order):
    rule = PenaltyRuleFactory()
    return Penalty.objects.create(
        seller=order.seller,
        order=order,
        rule=rule,
        step=rule.steps.first(),
        amount="5.00",
        currency="USD",
        at=NOW,
        actor="x",
    )


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("stage = 'flying'", "order_stage_known"),
        ("allocated = units + 1", "order_counters"),
        ("allocated = 1, packed = 1, shipped = 1, uploaded = 2", "order_counters"),
        ("allocated = 0, packed = 1", "order_counters"),
        ("handling_days = -1", "handling_days_check"),
        ("goods_amount = -0.01", "order_amounts_not_negative"),
        ("freight_amount = -0.01", "order_amounts_not_negative"),
        ("store_id = NULL", "not-null"),
        ("ship_by = NULL", "not-null"),
    ],
)
def test_orders(order, change, by):
    refused(f"UPDATE orders_order SET {change} WHERE id = %s", order.pk, by=by)


def test_a_number_is_there_once_in_a_store(order):
    other = OrderFactory(store=order.store)
    refused(
        "UPDATE orders_order SET number = %s WHERE id = %s",
        order.number,
        other.pk,
        by="order_number_once",
    )


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("quantity = 0", "line_quantity_positive"),
        ("unit_price = -1", "line_quantity_positive"),
        ("allocated = quantity + 1", "line_counters"),
        ("cancelled = quantity, allocated = 1", "line_counters"),
        ("packed = 1", "line_counters"),
        ("allocated = 1, packed = 1, uploaded = 1", "line_counters"),
    ],
)
def test_lines(order, change, by):
    refused(f"UPDATE orders_orderline SET {change} WHERE order_id = %s", order.pk, by=by)


def test_a_position_is_there_once_in_an_order(order):
    refused(
        "INSERT INTO orders_orderline (seller_id, order_id, position, sku_code, title, "
        "specification, quantity, unit_price, cancelled, allocated, packed, shipped, uploaded) "
        "SELECT seller_id, order_id, position, '', '', '', 1, 1, 0, 0, 0, 0, 0 "
        "FROM orders_orderline WHERE order_id = %s",
        order.pk,
        by="line_position_once",
    )


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("kind = 'nap'", "deadline_kind_known"),
        ("outcome = 'met'", "deadline_stopped_with_outcome"),
        ("stopped_at = now()", "deadline_stopped_with_outcome"),
        ("outcome = 'lost', stopped_at = now()", "deadline_stopped_with_outcome"),
        ("kind = 'accept'", "deadline_once"),
    ],
)
def test_deadlines(order, change, by):
    refused(
        f"UPDATE orders_deadline SET {change} WHERE order_id = %s AND kind = 'ship_by'",
        order.pk,
        by=by,
    )


def test_a_hold_has_a_known_reason(order):
    hold = Hold.objects.create(seller=order.seller, order=order, reason="buyer", held_by="x")
    refused("UPDATE orders_hold SET reason = 'mood' WHERE id = %s", hold.pk, by="hold_reason_known")


@pytest.mark.parametrize("table", ["orders_orderevent", "orders_penalty"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = now()", "DELETE FROM {}"])
def test_ledgers_are_append_only(fine, table, verb):
    refused(verb.format(table), by=f"{table} is append-only")


_PENALTY = (
    "INSERT INTO orders_penalty (seller_id, order_id, rule_id, step_id, kind, reverses_id, amount, "
    "currency, at, booked_at, actor, reason) SELECT seller_id, order_id, rule_id, {step}, {rest}, "
    "currency, at, booked_at, actor, {reason} FROM orders_penalty WHERE id = %s"
)


@pytest.mark.parametrize(
    ("step", "rest", "reason", "by"),
    [
        ("step_id", "'fine', NULL, 5", "''", "penalty_once"),
        ("step_id + 1", "'fine', NULL, -5", "''", "penalty_sign"),
        ("step_id", "'waiver', id, 5", "'x'", "penalty_sign"),
        ("step_id", "'waiver', NULL, -5", "'x'", "penalty_sign"),
        ("step_id", "'waiver', id, -5", "''", "waiver_has_reason"),
        ("step_id", "'gift', NULL, 5", "'x'", "penalty_sign"),
    ],
)
def test_fines(fine, step, rest, reason, by):
    refused(_PENALTY.format(step=step, rest=rest, reason=reason), fine.pk, by=by)


def test_a_fine_is_waived_once(fine):
    sql = _PENALTY.format(step="step_id", rest="'waiver', id, -5", reason="'x'")
    with connection.cursor() as cursor:
        cursor.execute(sql, [fine.pk])
    refused(sql, fine.pk, by="orders_penalty_reverses_id_key|penalty_once")


def test_one_version_of_a_rule_is_in_force():
    rule = PenaltyRule.objects.filter(seller=None).first()
    refused(
        "INSERT INTO orders_penaltyrule (marketplace, mode, trigger, criterion, currency, version, "
        "effective_from, is_example, source_note, created_by, created_at) SELECT marketplace, "
        "mode, trigger, criterion, currency, 2, now(), false, '', '', now() "
        "FROM orders_penaltyrule WHERE id = %s",
        rule.pk,
        by="rule_one_in_force",
    )


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("after_hours = NULL", "step_one_delay"),
        ("after_working_days = 1", "step_one_delay"),
        ("fixed = -1", "step_amounts"),
        ("percent = -1", "step_amounts"),
        ("cap = -1", "step_amounts"),
        ("position = 2", "step_position_once"),
    ],
)
def test_steps(change, by):
    step = PenaltyRuleFactory().steps.first()
    refused(f"UPDATE orders_penaltystep SET {change} WHERE id = %s", step.pk, by=by)


def test_a_day_has_one_entry_for_everybody():
    sql = (
        "INSERT INTO orders_closure (day, working, note, created_at) "
        "VALUES ('2026-05-01', false, '', now())"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
    refused(sql, by="closure_once")


def test_a_reservation_belongs_to_a_line():
    level = StockLevelFactory()
    refused(
        "INSERT INTO stock_reservation (seller_id, holder_id, level_id, quantity) "
        "VALUES (%s, -1, %s, 1); SET CONSTRAINTS ALL IMMEDIATE",
        level.seller_id,
        level.pk,
        by="reservation_of_line",
    )


class StageRule(TestCase):
    """The rule for the stage is written twice, in Python and in SQL."""

    @given(
        st.lists(st.integers(0, 3), min_size=5, max_size=5).map(lambda n: sorted(n, reverse=True)),
        st.booleans(),
        st.booleans(),
    )
    def test_is_the_same_in_sql(self, counters, accepted, confirmed):
        units, allocated, packed, shipped, uploaded = counters
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {STAGE_SQL} FROM (SELECT %s AS units, %s AS allocated, %s AS packed, "
                "%s AS shipped, %s AS uploaded, %s::timestamptz AS accepted_at, "
                "%s::timestamptz AS confirmed_at) t",
                [*counters, NOW if accepted else None, NOW if confirmed else None],
            )
            found = cursor.fetchone()[0]
        assert found == stage_of(
            accepted=accepted,
            confirmed=confirmed,
            units=units,
            allocated=allocated,
            packed=packed,
            shipped=shipped,
            uploaded=uploaded,
        )
