"""The reports: figures of a period, as charts, tables and files."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.queries.reports import (
    WHOLE,
    FineDay,
    Left,
    Period,
    by_hour,
    dwell,
    fines_by_day,
    left_by_day,
    totals,
    transits,
)
from logistics.models import Shipment
from logistics.tests.conftest import Shop, make_shop, shop
from orders.models import Order, Penalty
from testing.factories import (
    MembershipFactory,
    OrderFactory,
    PenaltyRuleFactory,
    SellerFactory,
    StoreFactory,
    at,
    make_orders,
)

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db

DUE = at("2026-03-10 08:00")  # 16:00 in Shanghai
HOUR = timedelta(hours=1)
MARCH = (date(2026, 3, 9), date(2026, 3, 11))


def period(seller, first=MARCH[0], last=MARCH[1], store=None) -> Period:
    return Period(seller, first, last, store)


def left(store, when, **fields):
    return OrderFactory(
        store=store,
        paid_at=DUE - timedelta(days=2),
        ship_by=DUE,
        stage="uploaded",
        uploaded_at=when,
        **fields,
    )


# --- figures ---------------------------------------------------------------------------------


def test_days_hold_what_left_late_and_what_was_cancelled():
    store = StoreFactory()
    left(store, DUE)
    left(store, DUE + HOUR)
    left(store, DUE + 8 * HOUR)  # 0:00 of the 11th there
    left(store, DUE + 32 * HOUR)  # the 12th
    OrderFactory(store=store, stage="cancelled", paid_at=DUE, cancelled_at=DUE - 17 * HOUR)
    OrderFactory(stage="cancelled", paid_at=DUE, cancelled_at=DUE)
    days = left_by_day(period(store.seller))
    assert days == [
        Left(date(2026, 3, 9), cancelled=1),
        Left(date(2026, 3, 10), left=2, late=1),
        Left(date(2026, 3, 11), left=1, late=1),
    ]
    assert totals(days) == Left(date(2026, 3, 9), left=3, late=2, cancelled=1)


def test_a_period_of_one_store_leaves_the_others_out():
    store = StoreFactory()
    left(store, DUE)
    left(StoreFactory(seller=store.seller), DUE)
    assert totals(left_by_day(period(store.seller))).left == 2
    assert totals(left_by_day(period(store.seller, store=store))).left == 1


def test_fines_stand_apart_by_currency_with_waivers_beside_them():
    store = StoreFactory()
    rule = PenaltyRuleFactory()
    for currency in ("USD", "USD", "EUR"):
        order = left(store, DUE, rule=rule, currency=currency)
        fine = Penalty.objects.create(
            seller=store.seller,
            order=order,
            rule=rule,
            step=rule.steps.first(),
            amount=5,
            currency=currency,
            at=DUE,
            actor="test",
        )
    Penalty.objects.create(
        seller=store.seller,
        order=order,
        rule=rule,
        step=rule.steps.first(),
        kind="waiver",
        reverses=fine,
        amount=-5,
        currency="EUR",
        at=DUE + HOUR,
        actor="test",
        reason="weather",
    )
    day = date(2026, 3, 10)
    assert fines_by_day(period(store.seller)) == [
        FineDay(day, "EUR", Decimal(5), Decimal(5), 1),
        FineDay(day, "USD", Decimal(10), Decimal(0), 2),
    ]


def test_the_time_in_a_stage_is_between_its_stamps():
    store = StoreFactory()
    for hours in (1, 2, 3):
        OrderFactory(
            store=store, paid_at=DUE, stage="accepted", accepted_at=DUE + timedelta(hours=hours)
        )
    OrderFactory(store=store, paid_at=DUE)
    OrderFactory(store=store, paid_at=DUE, stage="accepted", history=True)
    found = {each.stage: each for each in dwell(period(store.seller))}
    assert (found["new"].count, found["new"].median) == (3, 2 * HOUR)
    assert found["new"].most == timedelta(hours=2.8)
    assert (found["accepted"].count, found["accepted"].median) == (0, None)
    assert found[WHOLE].count == 0


def test_orders_by_weekday_and_hour_of_the_shop():
    store = StoreFactory()
    make_orders(
        2, store=store, paid_at=DUE, ship_by=DUE + 9 * HOUR
    )  # Tuesday 16:00, Wednesday 1:00
    placed = by_hour(period(store.seller), "placed_at")
    due = by_hour(period(store.seller), "ship_by")
    assert placed[1][16] == 2
    assert due[2][1] == 2
    assert sum(map(sum, placed)) == sum(map(sum, due)) == 2


def test_transit_times_come_from_own_parcels_that_arrived(shop: Shop):
    shop.orders(3, stage="uploaded")
    start = at("2026-03-01 00:00")
    for n, parcel in enumerate(Shipment.objects.order_by("pk"), 8):
        Shipment.objects.filter(pk=parcel.pk).update(
            handed_over_at=start,
            first_scan_at=start + 5 * HOUR,
            delivered_at=start + timedelta(days=n),
        )
    (route,) = transits(period(shop.seller, date(2026, 3, 1), date(2026, 3, 31)))
    assert (route.count, route.country, route.scan) == (3, "BR", 5 * HOUR)
    assert (route.median, route.most) == (timedelta(days=9), timedelta(days=9.8))
    assert transits(period(shop.seller, date(2026, 3, 12), date(2026, 3, 31))) == []
    store = StoreFactory(seller=shop.seller)
    assert transits(period(shop.seller, date(2026, 3, 1), date(2026, 3, 31), store)) == []


def test_the_period_before_is_as_long_and_ends_the_day_before():
    before = period(SellerFactory()).before
    assert (before.first, before.last) == (date(2026, 3, 6), date(2026, 3, 8))


# --- pages -----------------------------------------------------------------------------------


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    client.force_login(MembershipFactory(seller=shop.seller, role="owner").user)
    return client


def test_every_report_has_a_chart_a_table_and_a_file(owner: Client, shop: Shop) -> None:
    shop.orders(2, stage="uploaded")
    page = owner.get("/reports/").content.decode()
    assert page.count('<svg class="chart-plot"') == 2
    assert "Time in each stage" in page
    for name in ("on-time", "dwell", "placed"):
        assert f"/reports/{name}.csv?" in page


def test_a_file_begins_with_its_columns(owner: Client, shop: Shop) -> None:
    order = shop.orders(1, stage="uploaded")[0]
    day = timezone.localdate(timezone=ZoneInfo(shop.seller.time_zone))
    response = owner.get("/reports/on-time.csv", {"from": f"{day}", "to": f"{day}"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f"on-time-{day:%Y%m%d}-{day:%Y%m%d}.csv" in response["Content-Disposition"]
    text = response.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows == [["Day", "Left", "Late", "On time"], [f"{day}", "1", "0", "100.00"]]
    assert order.stage == "uploaded"


def test_a_carrier_that_looks_like_a_formula_is_text_in_the_file(owner: Client, shop: Shop) -> None:
    shop.orders(1, stage="uploaded")
    parcel = Shipment.objects.get()
    parcel.carrier.name = "=cmd()"
    parcel.carrier.save()
    now = timezone.now()
    Shipment.objects.update(delivered_at=now, first_scan_at=now)
    assert "'=cmd()" in owner.get("/reports/transit.csv").content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-03-10", "to": "2026-03-01"}, "begins after it ends"),
        ({"from": "2020-03-10", "to": "2026-03-01"}, "At most 366 days"),
        ({"from": "yesterday"}, "valid date"),
        ({"store": "nobody"}, "no such store"),
        ({"days": "31"}, "31"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_in_words(owner: Client, query, words) -> None:
    for address in ("/reports/", "/reports/dwell.csv"):
        response = owner.get(address, query)
        assert response.status_code == 422
        assert words in response.content.decode()


def test_an_unknown_report_is_not_found(owner: Client) -> None:
    assert owner.get("/reports/profit.csv").status_code == 404


def test_a_store_of_somebody_else_is_unknown(owner: Client) -> None:
    other = StoreFactory()
    assert owner.get("/reports/", {"store": other.code}).status_code == 422


def test_support_sees_reports_without_amounts(client: Client, shop: Shop) -> None:
    client.force_login(MembershipFactory(seller=shop.seller, role="support").user)
    shop.orders(1, stage="uploaded")
    assert "report-fines" not in client.get("/reports/").content.decode()
    assert client.get("/reports/fines.csv").status_code == 403


def test_a_packer_sees_no_reports(client: Client, shop: Shop) -> None:
    client.force_login(MembershipFactory(seller=shop.seller, role="packer").user)
    assert client.get("/reports/").status_code == 403


def test_long_periods_are_shown_by_week(owner: Client, shop: Shop) -> None:
    shop.orders(1, stage="uploaded")
    text = owner.get(
        "/reports/on-time.csv", {"from": "2026-01-01", "to": "2026-03-01"}
    ).content.decode()
    rows = list(csv.reader(io.StringIO(text[1:])))
    # 1 January 2026 is a Thursday: the first week is short.
    assert [row[0] for row in rows[:4]] == ["Week", "2026-01-01", "2026-01-05", "2026-01-12"]


def test_queries_do_not_follow_the_number_of_orders(owner: Client, shop: Shop) -> None:
    counts = []
    for n in (1, 200):
        make_orders(n, store=shop.store, paid_at=timezone.now() - timedelta(days=3))
        owner.get("/reports/")
        with CaptureQueriesContext(connection) as queries:
            owner.get("/reports/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 30
    assert Order.objects.filter(seller=shop.seller).count() == 201
