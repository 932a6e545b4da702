"""The first page: its figures are those of the lists behind them, at the same cost at any size."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.queries import due_ahead
from logistics.tests.conftest import Shop, make_shop, shop
from sellers import notices
from testing.factories import MembershipFactory, OrderFactory, make_orders

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    client.force_login(MembershipFactory(seller=shop.seller, role="owner").user)
    return client


def figures(page: str) -> dict[str, int]:
    """Label of each tile and stage with a link → its figure."""
    found = re.findall(
        r'href="(/orders/\?[^"]+)"[^>]*>.*?-figure">([\d,]+)<', page, flags=re.DOTALL
    )
    # The first link to a list is the tile; others follow in words.
    return {href.replace("&amp;", "&"): int(n.replace(",", "")) for href, n in reversed(found)}


def test_every_figure_is_the_length_of_its_list(owner: Client, shop: Shop) -> None:
    late = timezone.now() - timedelta(days=3)
    make_orders(3, store=shop.store, ship_by=late)
    make_orders(2, store=shop.store, ship_by=timezone.now() + timedelta(minutes=1))
    shop.orders(4, stage="packed")
    shop.act("hold", shop.orders(1), reason="buyer")
    OrderFactory(store=shop.store, problems=["postcode_format"])
    page = owner.get("/").content.decode()
    shown = figures(page)
    assert shown["/orders/?deadline=overdue"] == 3
    assert shown["/orders/?stage=packed"] == 4
    assert shown["/orders/?on_hold=true"] == 1
    assert shown["/orders/?problems=true"] >= 1
    for href, n in shown.items():
        rows = owner.get(href).content.decode().count("data-row-link")
        assert rows == n, href


def test_every_figure_of_parcels_is_the_length_of_its_list(owner: Client, shop: Shop) -> None:
    shop.orders(3, stage="packed")
    shop.orders(2, stage="shipped")
    shop.orders(4, stage="uploaded")
    page = owner.get("/").content.decode()
    shown = dict(re.findall(r'href="/shipments/\?state=(\w+)">(\d+)<', page))
    assert shown == {"packed": "3", "handed_over": "2", "unscanned": "4", "problem": "0"}
    for state, n in shown.items():
        listed = owner.get("/shipments/", {"state": state}).content.decode()
        assert listed.count("data-row-link") == int(n), state


def test_an_empty_shop_is_told_how_to_begin(owner: Client) -> None:
    page = owner.get("/").content.decode()
    assert "Nothing has come in yet" in page
    assert "/import/" in page


def test_a_packer_sees_no_money(client: Client, shop: Shop) -> None:
    make_orders(1, store=shop.store, ship_by=timezone.now() - timedelta(days=3))
    client.force_login(MembershipFactory(seller=shop.seller, role="packer").user)
    page = client.get("/").content.decode()
    assert "Do these first" in page
    assert "Money at risk" not in page
    assert "$" not in page


def test_another_seller_is_not_counted(owner: Client, make_shop) -> None:
    other = make_shop()
    other.orders(5)
    assert "Nothing has come in yet" in owner.get("/").content.decode()


def test_queries_do_not_follow_the_number_of_orders(owner: Client, shop: Shop) -> None:
    counts = []
    for n in (1, 49, 450):
        make_orders(n, store=shop.store, ship_by=timezone.now() - timedelta(hours=n))
        owner.get("/")
        with CaptureQueriesContext(connection) as queries:
            owner.get("/")
        counts.append(len(queries))
    assert counts[1] == counts[2]
    assert counts[2] <= 30


def test_bars_hold_what_falls_due_in_them(shop: Shop) -> None:
    now = timezone.now().replace(hour=2, minute=30, second=0, microsecond=0)  # 10:30 in Shanghai
    for hours in (1, 2, 5, 47, 60):
        make_orders(1, store=shop.store, ship_by=now + timedelta(hours=hours))
    make_orders(1, store=shop.store, ship_by=now - timedelta(hours=1))
    bars = due_ahead(shop.seller, now)
    assert [bar.count for bar in bars] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert bars[0].start.hour == 8
    assert [bar.start.hour for bar in bars[:3]] == [8, 12, 16]


def test_notices_are_seen_by_looking(owner: Client, shop: Shop) -> None:
    notices.notify(seller_id=shop.seller.pk, kind="overdue", count=200)
    assert "1 unread notice" in owner.get("/").content.decode()
    page = owner.get("/notices/").content.decode()
    assert "200 orders" in page
    assert "unread" not in owner.get("/").content.decode()
