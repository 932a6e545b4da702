"""The sweep: what it writes, that it catches up, and that it can run twice."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.models import OutboxMessage
from orders.deadlines import stop_clocks
from orders.models import Deadline, DeadlineKind, Hold, Order, OrderEvent, StageCount
from orders.queries import stage_counts
from orders.sweep import (
    _CROSS,
    SweepResult,
    compact_stage_counts,
    release_expired_holds,
    sweep_deadlines,
)
from testing.factories import OrderFactory, SellerFactory, at, make_orders

pytestmark = pytest.mark.django_db

PAID = at("2026-03-02 08:00")
#: By the factory: accept is due after 24 hours, ship-by after 48, warnings 12 hours before.
ACCEPT_WARN, ACCEPT_DUE = at("2026-03-02 20:00"), at("2026-03-03 08:00")
SHIP_WARN, SHIP_DUE = at("2026-03-03 20:00"), at("2026-03-04 08:00")


def crossings(order):
    rows = OrderEvent.objects.filter(order=order, kind__in=["due_soon", "overdue"])
    return sorted((e.at, e.kind, e.data["clock"]) for e in rows)


ALL = [
    (ACCEPT_WARN, "due_soon", "accept"),
    (ACCEPT_DUE, "overdue", "accept"),
    (SHIP_WARN, "due_soon", "ship_by"),
    (SHIP_DUE, "overdue", "ship_by"),
]


def test_nothing_is_written_before_the_line():
    order = OrderFactory(paid_at=PAID)
    assert sweep_deadlines(now=ACCEPT_WARN - timedelta(seconds=1)) == SweepResult()
    assert crossings(order) == []


def test_a_line_is_crossed_at_its_own_moment():
    order = OrderFactory(paid_at=PAID)
    assert sweep_deadlines(now=ACCEPT_WARN) == SweepResult(due_soon=1)
    assert crossings(order) == ALL[:1]


def test_the_event_names_the_clock_and_its_end():
    order = OrderFactory(paid_at=PAID)
    sweep_deadlines(now=ACCEPT_WARN)
    event = order.events.get(kind="due_soon")
    assert event.data == {"clock": "accept", "due_at": "2026-03-03T08:00:00+00:00"}
    assert (event.actor_kind, event.actor_name) == ("job", "sweep")


def test_six_hours_late_writes_what_every_minute_would_have_written():
    late, often = OrderFactory(paid_at=PAID), OrderFactory(paid_at=PAID)
    Deadline.objects.filter(order=late).update(warned=True, overdue=True)
    for minutes in range(0, 60 * 54, 30):
        sweep_deadlines(now=PAID + timedelta(minutes=minutes))
    Deadline.objects.filter(order=late).update(warned=False, overdue=False)
    sweep_deadlines(now=SHIP_DUE + timedelta(hours=6))
    assert crossings(often) == ALL
    assert crossings(late) == ALL


def test_sweeping_twice_writes_nothing_more():
    order = OrderFactory(paid_at=PAID)
    assert sweep_deadlines(now=SHIP_DUE) == SweepResult(due_soon=2, overdue=2)
    assert sweep_deadlines(now=SHIP_DUE) == SweepResult()
    assert crossings(order) == ALL


def test_a_clock_stopped_between_line_and_sweep_keeps_its_event():
    order = OrderFactory(paid_at=PAID)
    stop_clocks(orders=[order.pk], at=SHIP_DUE + timedelta(minutes=1), kinds=[DeadlineKind.SHIP_BY])
    sweep_deadlines(now=SHIP_DUE + timedelta(hours=1))
    assert (SHIP_DUE, "overdue", "ship_by") in crossings(order)


def test_a_clock_stopped_at_the_line_or_before_gets_no_event():
    order = OrderFactory(paid_at=PAID)
    stop_clocks(orders=[order.pk], at=SHIP_DUE, kinds=[DeadlineKind.SHIP_BY])
    sweep_deadlines(now=SHIP_DUE + timedelta(hours=1))
    assert crossings(order) == ALL[:3]


def test_what_was_crossed_before_a_cancellation_counts_and_nothing_after_it():
    order = OrderFactory(paid_at=PAID)
    stop_clocks(
        orders=[order.pk],
        at=ACCEPT_DUE + timedelta(minutes=1),
        kinds=list(DeadlineKind),
        outcome="void",
    )
    sweep_deadlines(now=SHIP_DUE)
    assert crossings(order) == ALL[:2]


def test_people_are_told_once_per_seller_and_clock():
    seller = SellerFactory()
    make_orders(3, seller=seller, paid_at=PAID)
    OrderFactory(paid_at=PAID)
    sweep_deadlines(now=SHIP_WARN)
    told = OutboxMessage.objects.filter(seller_id=seller.pk, topic__contains="due").values_list(
        "topic", "payload__count"
    )
    assert sorted(told) == [
        ("order.accept_due_soon", 3),
        ("order.accept_overdue", 3),
        ("order.due_soon", 3),
    ]


def test_nobody_is_told_about_a_clock_that_has_stopped():
    order = OrderFactory(paid_at=PAID)
    stop_clocks(orders=[order.pk], at=SHIP_DUE + timedelta(hours=1), kinds=list(DeadlineKind))
    sweep_deadlines(now=SHIP_DUE + timedelta(hours=2))
    assert len(crossings(order)) == 4
    assert not OutboxMessage.objects.filter(topic__contains="due").exists()


def test_batches_smaller_than_the_work_do_all_of_it():
    make_orders(7, paid_at=PAID)
    assert sweep_deadlines(now=SHIP_DUE, batch=3) == SweepResult(due_soon=14, overdue=14)


@pytest.mark.parametrize("n", [1, 300])
def test_the_number_of_statements_does_not_grow(n, django_assert_num_queries):
    make_orders(n, paid_at=PAID)
    with django_assert_num_queries(11):
        sweep_deadlines(now=SHIP_DUE)


def test_with_nothing_to_do_there_is_one_look(django_assert_num_queries):
    make_orders(5, paid_at=PAID)
    with django_assert_num_queries(1):
        sweep_deadlines(now=PAID)


@pytest.mark.parametrize(
    ("flag", "line", "index"),
    [("warned", "warn_at", "deadline_to_warn"), ("overdue", "due_at", "deadline_to_flag")],
)
def test_the_sweep_reads_the_index_of_what_is_open(flag, line, index):
    make_orders(50, paid_at=PAID)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("ANALYZE orders_deadline")
        cursor.execute(
            "EXPLAIN " + _CROSS.format(flag=flag, line=line),
            {"now": PAID, "batch": 100, "event": "x", "actor": "x"},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"Index Scan using {index} " in plan
    assert "Index Scan using orders_deadline_pkey" in plan
    assert "Seq Scan on orders_deadline" not in plan


def test_the_command_takes_a_time_and_answers_in_json(capsys):
    OrderFactory(paid_at=PAID)
    call_command("sweep_deadlines", "--now", "2026-03-04T16:00:00+08:00", "--json")
    assert capsys.readouterr().out == ('{"due_soon": 2, "overdue": 2, "released": 0, "fined": 0}\n')


@pytest.mark.parametrize("text", ["soon", "2026-13-45T00:00:00Z", ""])
def test_the_command_refuses_what_is_no_time(text):
    with pytest.raises(CommandError, match="must be a time such as"):
        call_command("sweep_deadlines", "--now", text)


# --- holds -----------------------------------------------------------------------------------


def hold(order, until, reason="buyer"):
    Order.objects.filter(pk=order.pk).update(on_hold=True)
    return Hold.objects.create(
        seller=order.seller, order=order, reason=reason, held_by="x", held_at=PAID, until=until
    )


def test_a_hold_ends_at_its_own_time():
    order = OrderFactory(paid_at=PAID)
    kept = hold(order, ACCEPT_DUE)
    assert release_expired_holds(now=ACCEPT_DUE + timedelta(hours=6)) == 1
    order.refresh_from_db()
    kept.refresh_from_db()
    assert (order.on_hold, order.version) == (False, 2)
    assert (kept.released_at, kept.released_by) == (ACCEPT_DUE, "sweep")
    event = order.events.get(kind="released")
    assert (event.at, event.data) == (ACCEPT_DUE, {"reason": "buyer", "expired": True})


def test_an_order_stays_held_while_another_hold_is_open():
    order = OrderFactory(paid_at=PAID)
    hold(order, ACCEPT_DUE)
    hold(order, None, "address")
    assert release_expired_holds(now=ACCEPT_DUE) == 1
    order.refresh_from_db()
    assert order.on_hold is True


def test_releasing_twice_changes_nothing():
    order = OrderFactory(paid_at=PAID)
    hold(order, ACCEPT_DUE)
    release_expired_holds(now=ACCEPT_DUE)
    assert release_expired_holds(now=ACCEPT_DUE) == 0
    assert order.events.filter(kind="released").count() == 1


def test_a_hold_that_is_not_over_stays():
    order = OrderFactory(paid_at=PAID)
    hold(order, ACCEPT_DUE)
    assert release_expired_holds(now=ACCEPT_DUE - timedelta(seconds=1)) == 0
    order.refresh_from_db()
    assert order.on_hold is True


# --- stage counts ----------------------------------------------------------------------------


def test_compacting_keeps_the_sums():
    seller = SellerFactory()
    for stage in ("new", "new", "accepted"):
        OrderFactory(seller=seller, stage=stage)
    Order.objects.filter(seller=seller, stage="accepted").update(stage="new")
    before = stage_counts(seller)
    assert compact_stage_counts() > 0
    assert stage_counts(seller) == before
    assert before["new"] == 3
    assert before["accepted"] == 0
    assert StageCount.objects.filter(seller_id=seller.pk).count() == 2
    assert compact_stage_counts() == 0
