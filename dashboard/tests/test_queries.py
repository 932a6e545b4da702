"""The figures: rates of a period and what Today shows."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.queries import Rate, rate_days, scorecard
from logistics.models import Shipment
from logistics.tests.conftest import make_shop, shop
from orders.states import Stage
from testing.factories import OrderFactory, SellerFactory, at

__all__ = ["make_shop", "shop"]

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


# --- rates day by day ------------------------------------------------------------------------


def days_of(seller, kind, now, n=10):
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()  # of the shop
    found = rate_days(seller, today - timedelta(days=n - 1), today, now)
    return found.get("aliexpress", {}).get(kind, [])


def test_late_orders_are_counted_on_the_day_their_clock_stopped():
    seller = SellerFactory()
    now = DUE + timedelta(days=3)  # 16:00 in Shanghai
    stopped(seller, DUE - SECOND)
    stopped(seller, DUE + SECOND)
    stopped(seller, DUE + timedelta(hours=8))  # 0:00 of the next day there
    assert days_of(seller, "late_shipment", now, 5) == [(0, 0), (1, 2), (1, 1), (0, 0), (0, 0)]


def test_cancellations_are_set_against_all_that_were_decided():
    seller = SellerFactory()
    stopped(seller, DUE)
    OrderFactory(seller=seller, stage=Stage.CANCELLED, paid_at=DUE, cancelled_at=DUE)
    assert days_of(seller, "cancellation", DUE + timedelta(hours=1), 2) == [(0, 0), (1, 2)]


def test_a_parcel_is_judged_when_the_time_for_its_first_scan_is_over(shop):
    shop.orders(3, stage="uploaded")
    good, late, _never = Shipment.objects.order_by("pk")
    declared = good.declared_at
    Shipment.objects.filter(pk=good.pk).update(first_scan_at=declared + timedelta(days=5))
    Shipment.objects.filter(pk=late.pk).update(first_scan_at=declared + timedelta(days=5.01))
    early = days_of(shop.seller, "valid_tracking", declared + timedelta(days=4.9))
    assert sum(n for _, n in early) == 0
    after = days_of(shop.seller, "valid_tracking", declared + timedelta(days=5, minutes=1))
    assert [day for day in after if day[1]] == [(2, 3)]


def test_rates_of_other_sellers_do_not_count():
    stopped(SellerFactory(), DUE)
    assert days_of(SellerFactory(), "late_shipment", DUE + timedelta(hours=1)) == []
