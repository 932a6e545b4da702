"""The first page: its figures are those of the lists behind them, at the same cost at any size."""

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.queries import kept_figures, read_figures
from dashboard.queries.heat import heat
from logistics.models import Shipment
from logistics.tests.conftest import Shop, make_shop, shop
from marketplaces.models import ImportRun
from orders.models import Closure, Deadline, Order
from sellers.models import Job
from testing.factories import MembershipFactory, OrderFactory, at, make_orders

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    client.force_login(MembershipFactory(seller=shop.seller, role="owner").user)
    return client


def figures(page: str) -> dict[str, int]:
    """Address of each list that a figure leads to → the figure."""
    found = re.findall(
        r'<a [^>]*href="(/(?:orders|shipments)/\?[^"]+)"[^>]*>(.*?)</a>', page, flags=re.DOTALL
    )
    shown = {}
    for href, inside in found:
        numbers = re.findall(r">\s*([\d,]+)\b(?!:)", f">{inside}")
        if numbers:
            shown.setdefault(unescape(href), int(numbers[0].replace(",", "")))
    return shown


def rows_of(client: Client, href: str) -> int:
    return client.get(href).content.decode().count("data-row-link")


# --- figures and lists -----------------------------------------------------------------------


def test_every_figure_is_the_length_of_its_list(owner: Client, shop: Shop) -> None:
    now = timezone.now()
    make_orders(3, store=shop.store, ship_by=now - timedelta(days=3))
    make_orders(2, store=shop.store, ship_by=now + timedelta(minutes=1))
    make_orders(2, store=shop.store, ship_by=now + timedelta(days=3))
    make_orders(1, store=shop.store, ship_by=now + timedelta(days=30))
    shop.orders(4, stage="packed")
    shop.act("hold", shop.orders(1), reason="buyer")
    OrderFactory(store=shop.store, problems=["postcode_format"])
    shown = figures(owner.get("/").content.decode())
    assert shown["/orders/?deadline=overdue"] == 3
    assert shown["/orders/?stage=packed"] == 4
    assert shown["/orders/?stage=new&deadline=overdue"] == 3
    assert shown["/orders/?on_hold=true"] == 1
    cells = [href for href in shown if "ship_by_before" in href and "ship_by_after" in href]
    assert len(cells) >= 3
    for href, n in shown.items():
        assert rows_of(owner, href) == n, href


def test_the_money_at_risk_leads_to_its_orders(owner: Client, shop: Shop) -> None:
    now = timezone.now()
    late = make_orders(3, store=shop.store, ship_by=now - timedelta(days=3))
    Deadline.objects.filter(order__in=late[:2], kind="ship_by").update(
        fine_at=now + timedelta(hours=1), fine_next=2, fine_total=5
    )
    make_orders(1, store=shop.store, ship_by=now - timedelta(days=1), currency="EUR")
    page = owner.get("/").content.decode()
    assert "$4.00" in page
    assert "$10.00" in page
    assert rows_of(owner, "/orders/?deadline=fine_soon&currency=USD") == 2
    assert rows_of(owner, "/orders/?deadline=at_risk&currency=USD") == 3
    assert re.search(r"3 orders overdue or due soon", page)
    assert re.search(r"2 orders, next at", page)


def test_every_figure_of_parcels_is_the_length_of_its_list(owner: Client, shop: Shop) -> None:
    shop.orders(2, stage="shipped")
    shop.orders(4, stage="uploaded")
    Shipment.objects.filter(state="handed_over").update(tracking_number="")
    Shipment.objects.filter(state="declared").update(declared_at=timezone.now() - timedelta(days=6))
    shown = figures(owner.get("/").content.decode())
    parcels = {href: n for href, n in shown.items() if href.startswith("/shipments/")}
    assert parcels == {
        "/shipments/?state=unnumbered": 2,
        "/shipments/?state=unscanned": 4,
        "/shipments/?state=problem": 4,
    }
    for href, n in parcels.items():
        assert rows_of(owner, href) == n, href


def test_a_scan_that_is_missing_since_today_is_no_exception(owner: Client, shop: Shop) -> None:
    shop.orders(4, stage="uploaded")
    assert "state=unscanned" not in owner.get("/").content.decode()


def test_nothing_wrong_is_said_to_be_quiet(owner: Client, shop: Shop) -> None:
    shop.orders(1)
    assert "All quiet" in owner.get("/").content.decode()


def test_imports_with_rejected_rows_are_exceptions_for_a_week(owner: Client, shop: Shop) -> None:
    shop.orders(1)
    job = Job.objects.create(
        seller=shop.seller,
        kind="import",
        params={"name": "a.csv"},
        state="done",
        finished_at=timezone.now(),
        counts={"created": 1, "rejected": 3},
    )
    run = ImportRun.objects.create(
        seller=shop.seller, store=shop.store, name="a.csv", size=1, actor_name="x", job=job
    )
    assert f"/import/{run.public_id}/" in owner.get("/").content.decode()
    ImportRun.objects.update(created_at=timezone.now() - timedelta(days=8))
    page = owner.get("/?fresh=1").content.decode()
    assert f"/import/{run.public_id}/" not in page


def test_an_empty_shop_is_told_how_to_begin(owner: Client) -> None:
    page = owner.get("/").content.decode()
    assert "First steps" in page
    assert "/import/" in page


def test_a_packer_of_an_empty_shop_is_told_that_nothing_has_come(
    client: Client, shop: Shop
) -> None:
    client.force_login(MembershipFactory(seller=shop.seller, role="packer").user)
    page = client.get("/").content.decode()
    assert "Nothing has come in yet" in page
    assert "First steps" not in page


def test_a_packer_sees_no_money_and_no_rates(client: Client, shop: Shop) -> None:
    make_orders(1, store=shop.store, ship_by=timezone.now() - timedelta(days=3))
    client.force_login(MembershipFactory(seller=shop.seller, role="packer").user)
    page = client.get("/").content.decode()
    assert "Do these first" in page
    assert "Fines booked" not in page
    assert "Rates and their limits" not in page
    assert "$" not in page


def test_another_seller_is_not_counted(owner: Client, make_shop) -> None:
    other = make_shop()
    other.orders(5)
    assert not any(figures(owner.get("/").content.decode()).values())


def test_queries_do_not_follow_the_number_of_orders(owner: Client, shop: Shop) -> None:
    counts = []
    for n in (1, 49, 450):
        make_orders(n, store=shop.store, ship_by=timezone.now() - timedelta(hours=n))
        owner.get("/")
        with CaptureQueriesContext(connection) as queries:
            owner.get("/?fresh=1")
        counts.append(len(queries))
    assert counts[1] == counts[2]
    assert counts[2] <= 45


def test_figures_are_kept_while_nothing_happens(owner: Client, shop: Shop) -> None:
    shop.orders(3)
    owner.get("/")
    with CaptureQueriesContext(connection) as queries:
        page = owner.get("/").content.decode()
    assert len(queries) <= 5
    shop.orders(2)
    assert figures(page)["/orders/?stage=new"] == 3
    assert figures(owner.get("/").content.decode())["/orders/?stage=new"] == 5


def test_figures_are_read_again_after_half_a_minute(shop: Shop) -> None:
    now = timezone.now()
    make_orders(1, store=shop.store, ship_by=now + timedelta(seconds=20))
    assert kept_figures(shop.seller, now).counts.overdue == 0
    assert kept_figures(shop.seller, now + timedelta(seconds=29)).counts.overdue == 0
    assert kept_figures(shop.seller, now + timedelta(seconds=31)).counts.overdue == 1


def test_what_was_drawn_belongs_to_a_reader_and_the_language(client: Client, shop: Shop) -> None:
    late = make_orders(1, store=shop.store, ship_by=timezone.now() - timedelta(days=1))
    Deadline.objects.filter(order__in=late).update(fine_at=timezone.now(), fine_next=2)
    readers = [
        MembershipFactory(seller=shop.seller, role=role).user for role in ("owner", "packer")
    ]
    pages = []
    for reader in (readers[0], readers[1], readers[0]):
        client.force_login(reader)
        pages.append(client.get("/").content.decode())
    shown = ["At risk in 24 hours" in page for page in pages]
    assert shown == [True, False, True]
    readers[0].language = "zh-hans"
    readers[0].save()
    assert "Do these first" not in client.get("/").content.decode()


def test_the_live_part_comes_without_the_frame(owner: Client, shop: Shop) -> None:
    shop.orders(1)
    page = owner.get("/", headers=HTMX).content.decode()
    assert "data-live-part" in page
    assert "<html" not in page


# --- the steps -------------------------------------------------------------------------------


def test_a_stage_tells_its_ages_and_what_is_late(shop: Shop) -> None:
    now = timezone.now()
    for hours in (1, 2, 9):
        make_orders(
            1,
            store=shop.store,
            stage="accepted",
            paid_at=now - timedelta(hours=hours + 5),
            accepted_at=now - timedelta(hours=hours),
            ship_by=now + timedelta(hours=5 - hours),
        )
    stage = read_figures(shop.seller, now).stages["accepted"]
    assert (stage.count, stage.ready, stage.late) == (3, 3, 1)
    assert stage.oldest == now - timedelta(hours=9)
    assert stage.median == now - timedelta(hours=2)
    assert stage.due == now - timedelta(hours=4)


def test_the_button_for_all_leaves_held_orders_out(owner: Client, shop: Shop) -> None:
    orders = shop.orders(3)
    shop.act("hold", orders[:1], reason="buyer")
    page = unescape(owner.get("/").content.decode())
    assert "all 2" in page
    shown = re.search(r'name="filter" value="([^"]+)"', page)
    assert shown
    owner.post("/orders/actions/", {"action": "accept", "all_matching": "1", "filter": shown[1]})
    stages = Order.objects.order_by("pk").values_list("stage", flat=True)
    assert list(stages) == ["new", "accepted", "accepted"]


# --- when orders fall due ----------------------------------------------------------------------


def test_cells_hold_what_falls_due_in_them(shop: Shop) -> None:
    now = at("2026-03-04 02:30")  # Wednesday, 10:30 in Shanghai
    for hours in (-12, -1, 1, 2, 5, 47, 24 * 8):
        make_orders(1, store=shop.store, ship_by=now + timedelta(hours=hours))
    make_orders(1, store=shop.store, stage="uploaded", ship_by=now + timedelta(hours=1))
    found = heat(shop.seller, now)
    assert (found.before, found.after) == (1, 1)
    assert [day.count for day in found.days] == [4, 0, 1, 0, 0, 0, 0]
    today = [cell.count for cell in found.days[0].cells]
    assert today == [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert found.days[0].start == at("2026-03-03 16:00")
    assert [day.working for day in found.days] == [True, True, True, False, False, True, True]


def test_days_carry_the_marks_of_the_working_calendar(owner: Client, shop: Shop) -> None:
    shop.orders(1)
    zone = ZoneInfo(shop.seller.time_zone)
    tomorrow = timezone.localdate(timezone=zone) + timedelta(days=1)
    Closure.objects.create(seller=shop.seller, day=tomorrow, working=False)
    found = heat(shop.seller, timezone.now()).days[1]
    assert (found.working, found.reason.code) in [(False, "closure"), (False, "weekend")]
