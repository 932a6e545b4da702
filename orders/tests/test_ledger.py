"""The ledger of fines: booking, catching up, waiving, what an order is told to cost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.actor import Actor
from core.errors import Forbidden, Invalid
from orders.actions.fines import book_fines, waive
from orders.deadlines import stop_clocks
from orders.filters import order_list
from orders.models import Deadline, DeadlineKind, Penalty
from orders.queries import Fine, MoneyAtRisk, fine_of, fines_of, money_at_risk
from testing.factories import (
    STAFF,
    OrderFactory,
    PenaltyRuleFactory,
    SellerFactory,
    at,
    make_orders,
)

pytestmark = pytest.mark.django_db

PAID = at("2026-03-02 08:00")
DUE = at("2026-03-04 08:00")
HOUR = timedelta(hours=1)


def judged(rule, **fields):
    """An order whose first step is what the deadline row waits for."""
    order = OrderFactory(paid_at=PAID, rule=rule, goods_amount=Decimal("40.00"), **fields)
    Deadline.objects.filter(order=order, kind="ship_by").update(
        fine_at=DUE, fine_next=Decimal("5.00"), fine_total=Decimal("9.00")
    )
    return order


@pytest.fixture
def rule():
    """5.00 at once, 10 % more after a day."""
    return PenaltyRuleFactory()


def ledger(order):
    return list(
        Penalty.objects.filter(order=order).order_by("at", "pk").values_list("at", "amount", "kind")
    )


BOTH = [(DUE, Decimal("5.00"), "fine"), (DUE + 24 * HOUR, Decimal("4.00"), "fine")]


def test_nothing_is_booked_before_the_deadline(rule):
    order = judged(rule)
    assert book_fines(now=DUE - timedelta(seconds=1)) == 0
    assert ledger(order) == []


def test_a_step_is_booked_with_its_own_time_and_its_event(rule):
    order = judged(rule)
    assert book_fines(now=DUE + 6 * HOUR) == 1
    assert ledger(order) == BOTH[:1]
    event = order.events.get(kind="fined")
    assert (event.at, event.data) == (DUE, {"amount": "5.00", "currency": "USD", "step": 1})


def test_the_next_step_is_noted(rule):
    order = judged(rule)
    book_fines(now=DUE)
    clock = order.deadlines.get(kind="ship_by")
    assert (clock.fine_at, clock.fine_next, clock.fine_total) == (
        DUE + 24 * HOUR,
        Decimal("4.00"),
        Decimal("9.00"),
    )


def test_days_late_books_the_same_as_every_hour(rule):
    late, often = judged(rule), judged(rule)
    Deadline.objects.filter(order=late).update(fine_at=None)
    for hours in range(0, 60, 3):
        book_fines(now=DUE + hours * HOUR)
    Deadline.objects.filter(order=late, kind="ship_by").update(fine_at=DUE)
    book_fines(now=DUE + 60 * HOUR)
    assert ledger(often) == BOTH
    assert ledger(late) == BOTH


def test_booking_twice_books_nothing_more(rule):
    order = judged(rule)
    assert book_fines(now=DUE + 48 * HOUR) == 2
    Deadline.objects.filter(order=order, kind="ship_by").update(fine_at=DUE)
    assert book_fines(now=DUE + 48 * HOUR) == 0
    assert order.events.filter(kind="fined").count() == 2


def test_a_clock_stopped_between_two_steps_is_fined_for_the_first_only(rule):
    order = judged(rule)
    stop_clocks(orders=[order.pk], at=DUE + HOUR, kinds=[DeadlineKind.SHIP_BY])
    assert book_fines(now=DUE + 48 * HOUR) == 1
    assert ledger(order) == BOTH[:1]
    assert order.deadlines.get(kind="ship_by").fine_at is None


def test_a_clock_stopped_in_time_is_not_fined(rule):
    order = judged(rule)
    stop_clocks(orders=[order.pk], at=DUE, kinds=[DeadlineKind.SHIP_BY])
    assert book_fines(now=DUE + 48 * HOUR) == 0


@pytest.mark.parametrize("n", [1, 300])
def test_booking_takes_a_constant_number_of_statements(rule, n, django_assert_num_queries):
    make_orders(n, paid_at=PAID, rule=rule)
    Deadline.objects.filter(kind="ship_by").update(fine_at=DUE)
    book_fines(now=PAID)
    with django_assert_num_queries(7 + 2):  # the rule is read for the first time
        assert book_fines(now=DUE) == n


def test_small_chunks_book_everything(rule):
    make_orders(7, paid_at=PAID, rule=rule)
    Deadline.objects.filter(kind="ship_by").update(fine_at=DUE)
    assert book_fines(now=DUE + 48 * HOUR, chunk=3) == 14


# --- waivers ---------------------------------------------------------------------------------


@pytest.fixture
def fined(rule):
    order = judged(rule)
    book_fines(now=DUE)
    return order, order.penalties.get()


def test_a_waiver_takes_the_fine_back(fined):
    order, fine = fined
    outcome = waive(seller=order.seller, penalty_ids=[fine.pk], reason=" Typhoon ", actor=STAFF)
    assert [(r.id, r.number, r.status) for r in outcome] == [(fine.pk, order.number, "done")]
    waiver = Penalty.objects.get(kind="waiver")
    assert (waiver.amount, waiver.currency, waiver.reverses_id, waiver.reason, waiver.actor) == (
        Decimal("-5.00"),
        "USD",
        fine.pk,
        "Typhoon",
        "ops",
    )
    assert order.events.get(kind="waived").data == {
        "amount": "5.00",
        "currency": "USD",
        "reason": "Typhoon",
    }


def test_waiving_twice_is_already_so(fined):
    order, fine = fined
    waive(seller=order.seller, penalty_ids=[fine.pk], reason="Typhoon", actor=STAFF)
    outcome = waive(seller=order.seller, penalty_ids=[fine.pk], reason="Again", actor=STAFF)
    assert outcome.summary == {"done": 0, "already": 1, "refused": 0}
    assert Penalty.objects.count() == 2
    assert order.events.filter(kind="waived").count() == 1


def test_a_waiver_cannot_be_waived(fined):
    order, fine = fined
    waive(seller=order.seller, penalty_ids=[fine.pk], reason="Typhoon", actor=STAFF)
    waiver = Penalty.objects.get(kind="waiver")
    outcome = waive(seller=order.seller, penalty_ids=[waiver.pk], reason="Back", actor=STAFF)
    assert [(r.status, r.code) for r in outcome] == [("refused", "not_a_fine")]
    assert Penalty.objects.count() == 2


def test_a_waived_fine_is_not_booked_again(fined):
    order, fine = fined
    waive(seller=order.seller, penalty_ids=[fine.pk], reason="Typhoon", actor=STAFF)
    Deadline.objects.filter(order=order, kind="ship_by").update(fine_at=DUE)
    assert book_fines(now=DUE) == 0
    assert fine_of(order).booked == Decimal("0.00")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_a_waiver_needs_a_reason(fined, reason):
    order, fine = fined
    with pytest.raises(Invalid) as error:
        waive(seller=order.seller, penalty_ids=[fine.pk], reason=reason, actor=STAFF)
    assert [e.pointer for e in error.value.errors] == ["/reason"]
    assert Penalty.objects.count() == 1


@pytest.mark.parametrize("scopes", [{"money:read"}, {"settings:write"}])
def test_a_waiver_needs_both_scopes(fined, scopes):
    order, fine = fined
    actor = Actor("user", 1, "Li", frozenset(scopes))
    with pytest.raises(Forbidden):
        waive(seller=order.seller, penalty_ids=[fine.pk], reason="Typhoon", actor=actor)
    assert Penalty.objects.count() == 1


def test_the_fine_of_a_stranger_is_not_there(fined):
    _, fine = fined
    outcome = waive(seller=SellerFactory(), penalty_ids=[fine.pk], reason="Typhoon", actor=STAFF)
    assert list(outcome) == []
    assert Penalty.objects.count() == 1


@pytest.mark.parametrize("n", [1, 50])
def test_waiving_takes_a_constant_number_of_statements(rule, n, django_assert_num_queries):
    orders = make_orders(n, paid_at=PAID, rule=rule)
    Deadline.objects.filter(kind="ship_by").update(fine_at=DUE)
    book_fines(now=DUE)
    ids = list(Penalty.objects.values_list("pk", flat=True))
    with django_assert_num_queries(7):
        outcome = waive(seller=orders[0].seller, penalty_ids=ids, reason="Typhoon", actor=STAFF)
    assert outcome.done == n


# --- what it costs ---------------------------------------------------------------------------


def test_the_fine_of_an_order_booked_next_and_in_the_end(fined):
    order, _ = fined
    assert fine_of(order) == Fine(
        currency="USD",
        booked=Decimal("5.00"),
        next_amount=Decimal("4.00"),
        next_at=DUE + 24 * HOUR,
        total=Decimal("9.00"),
    )


def test_with_the_clock_stopped_nothing_comes_next(fined):
    order, _ = fined
    stop_clocks(orders=[order.pk], at=DUE + HOUR, kinds=[DeadlineKind.SHIP_BY])
    fine = fine_of(order)
    assert (fine.booked, fine.next_at, fine.total) == (Decimal("5.00"), None, Decimal("5.00"))


def test_the_fines_of_a_list_take_two_queries(rule, django_assert_num_queries):
    orders = [judged(rule) for _ in range(5)]
    with django_assert_num_queries(2):
        assert len(fines_of(orders)) == 5


def test_money_at_risk_keeps_currencies_apart(rule):
    seller = SellerFactory()
    judged(rule, seller=seller)
    judged(rule, seller=seller)
    book_fines(now=DUE)
    euro = judged(rule, seller=seller, currency="EUR", ship_by=DUE + 6 * HOUR)
    Deadline.objects.filter(order=euro, kind="ship_by").update(
        fine_at=DUE + 6 * HOUR, fine_next=Decimal("7.00"), fine_total=Decimal("8.00")
    )
    far = judged(rule, seller=seller, ship_by=DUE + 90 * HOUR)
    Deadline.objects.filter(order=far, kind="ship_by").update(fine_at=DUE + 90 * HOUR)
    judged(rule)  # somebody else's
    assert money_at_risk(seller, DUE) == [
        MoneyAtRisk(
            "USD",
            booked=Decimal("10.00"),
            booked_orders=2,
            next=Decimal("8.00"),
            next_orders=2,
            next_at=DUE + 24 * HOUR,
            total=Decimal("18.00"),
            orders=2,
        ),
        MoneyAtRisk(
            "EUR",
            next=Decimal("7.00"),
            next_orders=1,
            next_at=DUE + 6 * HOUR,
            total=Decimal("8.00"),
            orders=1,
        ),
    ]


def test_every_amount_at_risk_has_its_list(rule):
    seller = SellerFactory()
    for hours in (0, -30, 6, 90):
        order = judged(rule, seller=seller, ship_by=DUE + hours * HOUR)
        Deadline.objects.filter(order=order, kind="ship_by").update(fine_at=DUE + hours * HOUR)
    judged(rule, seller=seller, currency="EUR", ship_by=DUE + HOUR)
    judged(rule)
    book_fines(now=DUE)
    assert {row.currency for row in money_at_risk(seller, DUE)} == {"USD", "EUR"}
    for row in money_at_risk(seller, DUE):
        for name, orders in (
            ("fined", row.booked_orders),
            ("fine_soon", row.next_orders),
            ("at_risk", row.orders),
        ):
            params = {"deadline": name, "currency": row.currency.lower()}
            assert order_list(seller, params, now=DUE).count() == orders, (row.currency, name)


def test_money_at_risk_takes_five_queries(rule, django_assert_num_queries):
    seller = SellerFactory()
    judged(rule, seller=seller)
    with django_assert_num_queries(4):
        money_at_risk(seller, DUE)
