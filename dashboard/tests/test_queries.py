"""The figures: rates of a period and what Today shows."""

from datetime import timedelta

import pytest

from dashboard.queries import Rate, scorecard, today
from orders.states import Stage
from testing.factories import OrderFactory, SellerFactory, at

pytestmark = pytest.mark.django_db

START, END = at("2026-03-01 00:00"), at("2026-04-01 00:00")
DUE = at("2026-03-10 08:00")
SECOND = timedelta(seconds=1)


def stopped(seller, when, due=DUE):
    return OrderFactory(
        seller=seller,
        paid_at=due - timedelta(days=2),
        ship_by=due,
        stage=Stage.UPLOADED,
        uploaded_at=when,
    )


def test_late_is_stopped_after_the_deadline():
    seller = SellerFactory()
    for when in (DUE - SECOND, DUE, DUE + SECOND):
        stopped(seller, when)
    assert scorecard(seller, START, END).late_shipment_rate == Rate(1, 3)


def test_the_period_counts_by_when_the_clock_stopped():
    seller = SellerFactory()
    for when in (START - SECOND, START, END - SECOND, END):
        stopped(seller, when, due=START - timedelta(days=1))
    assert scorecard(seller, START, END).late_shipment_rate == Rate(2, 2)


def test_open_and_cancelled_orders_are_not_in_the_late_rate():
    seller = SellerFactory()
    OrderFactory(seller=seller, paid_at=DUE - timedelta(days=2))
    OrderFactory(seller=seller, stage=Stage.CANCELLED, paid_at=DUE, cancelled_at=DUE)
    card = scorecard(seller, START, END)
    assert card.late_shipment_rate == Rate(0, 0)
    assert card.cancellation_rate == Rate(1, 1)
    assert (card.stages["new"], card.stages["cancelled"]) == (1, 1)


def test_other_sellers_do_not_count():
    stopped(SellerFactory(), DUE)
    assert scorecard(SellerFactory(), START, END).late_shipment_rate == Rate(0, 0)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Rate(1, 3), "0.3333"), (Rate(2, 3), "0.6667"), (Rate(0, 5), "0.0000"), (Rate(0, 0), None)],
)
def test_a_rate_has_four_decimals_or_is_unknown(rate, text):
    assert rate.as_dict() == {
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "rate": text,
    }


def test_today_shows_the_newest_events_and_the_rate_of_thirty_days():
    seller = SellerFactory()
    stopped(seller, DUE + SECOND)
    newest = OrderFactory(seller=seller, paid_at=DUE)
    shown = today(seller, DUE + timedelta(days=29), events=1)
    assert [e.order for e in shown.events] == [newest]
    assert shown.late_shipment_rate == Rate(1, 1)
    assert today(seller, DUE + timedelta(days=31)).late_shipment_rate == Rate(0, 0)


def test_who_may_not_see_money_gets_none():
    seller = SellerFactory()
    OrderFactory(seller=seller, paid_at=DUE - timedelta(days=9))
    assert today(seller, DUE, money=False).money == []
    assert len(today(seller, DUE).money) == 1


def test_today_takes_nine_queries(django_assert_num_queries):
    seller = SellerFactory()
    OrderFactory(seller=seller, paid_at=DUE)
    with django_assert_num_queries(9):
        today(seller, DUE)
