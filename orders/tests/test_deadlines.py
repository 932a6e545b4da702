"""Clocks as rows: stopping them, and computing them again when what they follow from changes."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import outbox
from orders.actions.mapping import map_lines
from orders.actions.receive import receive_orders
from orders.deadlines import recompute_fines, recompute_open_deadlines, stop_clocks
from orders.drafts import BuyerDraft, LineDraft, OrderDraft
from orders.models import (
    Closure,
    Deadline,
    DeadlineKind,
    OfficialYear,
    Order,
    OrderEvent,
    OrderLine,
    Penalty,
    PenaltyRule,
    StopOn,
)
from orders.store_clock import calendars_for, clocks_for
from sellers.models import Store
from stock.catalogue import SkuSeed, ensure_skus
from stock.models import Sku
from testing.factories import (
    STAFF,
    PenaltyRuleFactory,
    SellerFactory,
    SkuFactory,
    StoreFactory,
    at,
    make_orders,
)

pytestmark = pytest.mark.django_db

NOW = at("2026-03-02 10:00")
SECOND = timedelta(seconds=1)
#: Paid Monday 2 March 2026, 10:00 in Shanghai; two handling days.
DUE = at("2026-03-04 16:00") - SECOND


@pytest.fixture
def store(db: None) -> Store:
    PenaltyRule.objects.all().delete()  # the presets
    return StoreFactory(marketplace="other")


def receive(store: Store, *numbers: str, sku: str = "MUG", **fields: Any) -> list[Order]:
    drafts = [
        OrderDraft(
            **{
                "number": number,
                "currency": "USD",
                "placed_at": at("2026-03-02 02:00"),
                "paid_at": at("2026-03-02 02:00"),
                "buyer": BuyerDraft("BR", city="São Paulo"),
                "lines": (LineDraft(2, Decimal("10.00"), sku=sku),),
            }
            | fields
        )
        for number in numbers or ("N1",)
    ]
    outcome = receive_orders(store=store, drafts=drafts, actor=STAFF, now=NOW)
    return [Order.objects.get(pk=row.id) for row in outcome]


def ship_by(order: Order) -> Deadline:
    return Deadline.objects.get(order=order, kind="ship_by")


# --- stopping -------------------------------------------------------------------------------------


def test_stopping_by_criterion_takes_the_clocks_that_follow_it(store: Store) -> None:
    PenaltyRuleFactory(seller=store.seller, criterion="handed_over")
    (a,) = receive(store, "A")
    (b,) = receive(store, "B", currency="EUR")  # no rule: uploading stops it
    assert stop_clocks(orders=[a.pk, b.pk], at=NOW, criterion=StopOn.HANDED_OVER) == [a.pk]
    assert (ship_by(a).outcome, ship_by(a).stopped_at) == ("met", NOW)
    assert (ship_by(b).outcome, ship_by(b).stopped_at) == ("open", None)
    assert dict(Order.objects.values_list("number", "clock_open")) == {"A": False, "B": True}


def test_stopping_again_changes_nothing(store: Store) -> None:
    (order,) = receive(store)
    kinds = [DeadlineKind.SHIP_BY, DeadlineKind.ACCEPT]
    assert stop_clocks(orders=[order.pk], at=NOW, kinds=kinds, outcome="void") == [order.pk]
    assert stop_clocks(orders=[order.pk], at=NOW + SECOND, kinds=kinds) == []
    assert set(Deadline.objects.values_list("outcome", "stopped_at")) == {("void", NOW)}


def test_each_order_may_stop_at_its_own_time(store: Store) -> None:
    orders = receive(store, "A", "B")
    times = [NOW, NOW + SECOND]
    stop_clocks(orders=[o.pk for o in orders], at=times, kinds=[DeadlineKind.SHIP_BY])
    assert [ship_by(order).stopped_at for order in orders] == times


def test_stopping_is_one_statement(store: Store) -> None:
    orders = [order.pk for order in make_orders(50, store=store)]
    with CaptureQueriesContext(connection) as queries:
        stop_clocks(orders=orders, at=NOW, kinds=[DeadlineKind.SHIP_BY])
        stop_clocks(orders=[], at=NOW, kinds=[DeadlineKind.SHIP_BY])
    assert len(queries) == 1


# --- the calendar and the rule book ---------------------------------------------------------------


def test_sellers_exception_goes_before_the_platforms(store: Store) -> None:
    other = SellerFactory()
    day = date(2026, 3, 3)
    Closure.objects.create(day=day)
    Closure.objects.create(day=day, seller=store.seller, working=True)
    with CaptureQueriesContext(connection) as queries:
        calendars = calendars_for([store.seller_id, other.pk])
    assert len(queries) == 2
    assert [calendars[pk].is_working(day) for pk in (store.seller_id, other.pk)] == [True, False]


def test_year_that_ops_entered_is_official(store: Store) -> None:
    (order,) = receive(store, paid_at=at("2027-03-01 02:00"), placed_at=at("2027-03-01 02:00"))
    assert ship_by(order).provisional is True
    OfficialYear.objects.create(year=2027)
    recompute_open_deadlines(seller=store.seller, actor=STAFF)
    assert ship_by(order).provisional is False


def test_own_rule_and_own_currency_go_first(store: Store) -> None:
    preset = PenaltyRuleFactory(currency="USD")
    own = PenaltyRuleFactory(seller=store.seller, currency="")
    exact = PenaltyRuleFactory(seller=store.seller, currency="USD")
    PenaltyRuleFactory(seller=SellerFactory(), currency="USD")
    PenaltyRuleFactory(seller=store.seller, currency="USD", mode="self_managed")
    PenaltyRuleFactory(seller=store.seller, currency="USD", trigger="stock_out")
    clock = clocks_for([store])[store.pk]
    assert clock.rule_for(NOW, "USD") == exact
    assert clock.rule_for(NOW, "EUR") == own
    assert clock.rule_for(at("2019-01-01 00:00"), "USD") is None
    own.delete()
    exact.delete()
    clock = clocks_for([store])[store.pk]
    assert (clock.rule_for(NOW, "USD"), clock.rule_for(NOW, "EUR")) == (preset, None)


# --- computing again ------------------------------------------------------------------------------


def test_closure_moves_open_deadlines_and_tells(store: Store) -> None:
    PenaltyRuleFactory(seller=store.seller)
    (order, given, done) = receive(store, "A", "B", "C")
    Deadline.objects.filter(order=given, kind="ship_by").update(given_at=DUE, due_at=DUE)
    stop_clocks(orders=[done.pk], at=NOW, kinds=[DeadlineKind.SHIP_BY])
    Deadline.objects.filter(order=order).update(warned=True, overdue=True)
    Closure.objects.create(seller=store.seller, day=date(2026, 3, 3))
    assert recompute_open_deadlines(seller=store.seller, actor=STAFF) == 1
    later = DUE + timedelta(days=1)
    assert [ship_by(o).due_at for o in (order, given, done)] == [later, DUE, DUE]
    clock = ship_by(order)
    assert (clock.computed_at, clock.warn_at, clock.fine_at) == (
        *(later, later - timedelta(hours=12), later),
    )
    assert ship_by(given).computed_at == later
    order.refresh_from_db()
    assert (order.ship_by, order.version) == (later, 2)
    event = OrderEvent.objects.get(kind="updated")
    assert (event.order_id, event.data["fields"]) == (order.pk, ["ship_by"])
    assert recompute_open_deadlines(seller=store.seller, actor=STAFF) == 0
    assert OrderEvent.objects.filter(kind="updated").count() == 1


def test_settings_of_the_store_move_open_deadlines(store: Store) -> None:
    (order,) = receive(store)
    Store.objects.filter(pk=store.pk).update(
        handling_days=1, cut_off=time(9), warn_hours=6, accept_hours=3
    )
    assert recompute_open_deadlines(seller=store.seller, actor=STAFF) == 0
    # Paid after the new cut-off: counts from Tuesday, so one day less ends on the same evening.
    clock = ship_by(order)
    assert (clock.due_at, clock.warn_at) == (DUE, DUE - timedelta(hours=6))
    accept = Deadline.objects.get(order=order, kind="accept")
    assert (accept.due_at, accept.warn_at) == (at("2026-03-02 05:00"), at("2026-03-02 04:00"))
    order.refresh_from_db()
    assert order.handling_days == 1


def test_fines_follow_the_goods_and_keep_what_is_booked(store: Store) -> None:
    rule = PenaltyRuleFactory(seller=store.seller, steps=((0, "0", "10"), (24, "0", "50")))
    (order,) = receive(store)
    assert (ship_by(order).fine_next, ship_by(order).fine_total) == (Decimal(2), Decimal(12))
    OrderLine.objects.update(cancelled=1)
    assert recompute_fines([order.pk]) == 1
    clock = ship_by(order)
    assert (clock.fine_at, clock.fine_next, clock.fine_total) == (DUE, Decimal(1), Decimal(6))
    step = rule.steps.get(position=1)
    Penalty.objects.create(
        seller=store.seller,
        order=order,
        rule=rule,
        step=step,
        amount=1,
        currency="USD",
        at=DUE,
        actor="x",
    )
    assert recompute_fines([order.pk]) == 1
    clock = ship_by(order)
    assert (clock.fine_at, clock.fine_next) == (DUE + timedelta(hours=24), Decimal(5))
    assert recompute_fines([order.pk]) == 0


def test_statements_do_not_depend_on_the_number(store: Store) -> None:
    PenaltyRuleFactory(seller=store.seller)
    counts = []
    for n in (1, 50, 500):
        receive(store, *(f"{n}-{i}" for i in range(n)))
        Closure.objects.create(seller=store.seller, day=date(2026, 3, 3 + len(counts)))
        with CaptureQueriesContext(connection) as queries:
            recompute_open_deadlines(seller=store.seller, actor=STAFF)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2]


# --- mapping --------------------------------------------------------------------------------------


def test_new_sku_maps_the_lines_that_wait_for_it(store: Store) -> None:
    (order, other) = receive(store, "A") + receive(store, "B", sku="CUP")
    assert ensure_skus([SkuSeed(store.seller_id, "MUG", "Mug", 300)], actor=STAFF) == 1
    assert ensure_skus([SkuSeed(store.seller_id, "MUG", "Other", 1)], actor=STAFF) == 0
    sku = Sku.objects.get()
    assert (sku.code, sku.name, sku.weight_grams) == ("MUG", "Mug", 300)
    while outbox.deliver_due():
        pass
    assert OrderLine.objects.get(order=order).sku_id == sku.pk
    assert OrderLine.objects.get(order=other).sku_id is None
    event = OrderEvent.objects.get(kind="mapped")
    assert (event.order_id, event.data) == (order.pk, {"codes": ["MUG"]})
    assert map_lines(seller=store.seller, actor=STAFF) == 0


def test_mapping_takes_the_handling_time_of_the_sku(store: Store) -> None:
    (order,) = receive(store)
    SkuFactory(code="MUG")  # of another seller
    assert map_lines(seller=store.seller, actor=STAFF) == 0
    SkuFactory(seller=store.seller, code="MUG", handling_days=3)
    assert map_lines(seller=store.seller, actor=STAFF) == 1
    order.refresh_from_db()
    assert (order.handling_days, order.ship_by) == (3, DUE + timedelta(days=1))
