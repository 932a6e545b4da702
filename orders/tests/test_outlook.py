"""When what is missing will be there, and for whom that is too late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.queries.outlook import Lateness, lateness, outlooks
from orders.queries.shortages import shortages, wanting
from sellers.models import Membership, Role
from stock.lead_time import today_of
from stock.models import Replenishment, Sku
from testing.factories import (
    MembershipFactory,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    SupplierSkuFactory,
    make_orders,
    make_replenishment,
)

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def owner() -> Membership:
    return MembershipFactory(seller=SellerFactory(time_zone="Asia/Shanghai"))


@pytest.fixture
def sku(owner: Membership) -> Sku:
    return SkuFactory(seller=owner.seller, code="CUP")


def wants(sku: Sku, days: int, units: int = 1, hour: int = 23) -> None:
    """An order that must leave so many days from today."""
    day = today_of(sku.seller) + timedelta(days=days)
    due = datetime(day.year, day.month, day.day, hour, 30, tzinfo=SHANGHAI)
    make_orders(1, seller=sku.seller, lines=[(sku, units)], ship_by=due)


def comes(sku: Sku, days: int, units: int) -> None:
    row = make_replenishment((sku, units))
    day = today_of(sku.seller) + timedelta(days=days)
    Replenishment.objects.filter(pk=row.pk).update(expected_on=day)


def judged(sku: Sku) -> Lateness:
    return lateness(sku.seller, wanting(sku.seller, [sku.pk])).get(sku.pk, Lateness())


def test_goods_on_the_day_of_the_deadline_are_in_time(sku: Sku) -> None:
    wants(sku, 3)
    wants(sku, 2)
    comes(sku, 3, 2)
    assert judged(sku) == Lateness(too_late=1, uncovered=0)


def test_the_day_is_that_of_the_shop(sku: Sku) -> None:
    wants(sku, 3, hour=0)  # still the day before in UTC
    comes(sku, 3, 1)
    assert judged(sku) == Lateness()


def test_stock_serves_the_most_urgent_and_deliveries_the_next(sku: Sku) -> None:
    StockLevelFactory(sku=sku, on_hand=2)
    for days in (1, 2, 3, 4):
        wants(sku, days, units=2)
    comes(sku, 4, 2)
    comes(sku, 9, 1)
    # 1: from stock; 2: from the first delivery, too late; 3 and 4: more than all that comes.
    assert judged(sku) == Lateness(too_late=1, uncovered=2)


def test_what_should_have_come_long_ago_comes_today_at_the_earliest(sku: Sku) -> None:
    wants(sku, -2)
    wants(sku, 1)
    comes(sku, -5, 2)
    assert judged(sku) == Lateness(too_late=1, uncovered=0)


def test_another_sellers_goods_help_nobody(sku: Sku) -> None:
    wants(sku, 3)
    make_replenishment((SkuFactory(), 5))
    assert judged(sku) == Lateness(too_late=0, uncovered=1)


def test_the_page_tells_what_is_on_the_way_and_offers_to_order(
    client: Client, owner: Membership, sku: Sku
) -> None:
    wants(sku, 1, units=3)
    comes(sku, 5, 1)
    client.force_login(owner.user)
    answer = client.get(reverse("shortages:list"))
    (row,) = answer.context["rows"]
    assert (row["ahead"].way.units, row["ahead"].late) == (1, Lateness(0, 1))
    html = answer.content.decode()
    assert reverse("purchasing:make") in html
    client.force_login(MembershipFactory(seller=owner.seller, role=Role.PACKER).user)
    assert "data-select" not in client.get(reverse("shortages:list")).content.decode().replace(
        "data-select-scope", ""
    )


def test_the_selected_become_a_draft_of_what_is_missing(
    client: Client, owner: Membership, sku: Sku
) -> None:
    offer = SupplierSkuFactory(sku=sku, pack_size=12)
    StockLevelFactory(sku=sku, on_hand=1)
    wants(sku, 1, units=10)
    client.force_login(owner.user)
    sent = {"sku": [sku.public_id], "client_id": "a", "order": "1"}
    for _ in range(2):
        client.post(reverse("purchasing:make"), sent)
    row = Replenishment.objects.get()
    assert (row.supplier, row.lines.get().quantity) == (offer.supplier, 12)


def test_many_skus_take_as_many_queries_as_one(owner: Membership, sku: Sku) -> None:
    make: Callable[[], None] = lambda: wants(SkuFactory(seller=owner.seller), 1)  # noqa: E731

    def count() -> int:
        rows = shortages(owner.seller)
        with CaptureQueriesContext(connection) as queries:
            outlooks(owner.seller, rows)
        return len(queries)

    make()
    assert count() == 4
    for _ in range(10):
        make()
    assert count() == 4
