"""The page of one order, and what is done there."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from logistics.models import Shipment, TrackingEvent
from logistics.tests.conftest import Shop
from orders.models import Order, OrderEvent, OrderLine
from sellers.models import Role
from testing.factories import MembershipFactory, OrderFactory, SkuFactory, make_orders

HTMX = {"HX-Request": "true"}


def login(shop: Shop, role: str = Role.OWNER) -> Client:
    client = Client()
    client.force_login(MembershipFactory.create(seller=shop.seller, role=role).user)
    return client


@pytest.fixture
def page(shop: Shop) -> Client:
    return login(shop)


def path(order: Order) -> str:
    return f"/orders/{order.public_id}/"


def read(client: Client, order: Order) -> str:
    answer = client.get(path(order))
    assert answer.status_code == 200
    return answer.content.decode()


def parcel_of(order: Order) -> Shipment:
    return Shipment.objects.get(lines__order=order)


@pytest.mark.parametrize(
    "stage",
    ["new", "accepted", "stocked", "packed", "shipped", "uploaded", "confirmed", "cancelled"],
)
def test_the_page_shows_every_stage(page: Client, shop: Shop, stage: str) -> None:
    (order,) = shop.orders(stage=stage)
    body = read(page, order)
    assert order.number in body
    assert str(order.get_stage_display()) in body


def test_a_strangers_order_is_not_there(page: Client) -> None:
    assert page.get(path(OrderFactory.create())).status_code == 404


def test_buttons_are_what_the_table_allows(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    body = read(page, order)
    for name in ("ship", "hold", "cancel"):
        assert f'name="action" value="{name}"' in body
    for name in ("accept", "pack", "upload", "confirm"):
        assert f'name="action" value="{name}"' not in body
    assert "No parcel of it has been handed over. Ship first." in body


def test_an_action_leads_back_with_its_result(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    data = {"action": "accept", "order": order.public_id, "next": path(order), "version": "1"}
    answer = page.post(reverse("orders:act"), data, follow=True)
    assert answer.redirect_chain == [(path(order), 302)]
    assert "The order is now “To allocate”." in answer.content.decode()


def test_htmx_gets_the_part_that_changes_with_its_messages(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    data = {"action": "accept", "order": order.public_id, "next": path(order)}
    body = page.post(reverse("orders:act"), data, headers=HTMX, follow=True).content.decode()
    assert "<html" not in body
    assert 'hx-swap-oob="beforeend:#toasts"' in body
    assert "done. The order is now" in body


def test_next_never_leads_away(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    data = {"action": "accept", "order": order.public_id, "next": "https://evil.example/"}
    assert page.post(reverse("orders:act"), data).url == "/"


def test_the_buyer_is_masked_until_shown_and_that_is_recorded(page: Client, shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, buyer_name="Zenaida Quiroga")
    assert "Zenaida" not in read(page, order)
    page.post(reverse("orders:reveal", args=[order.public_id]))
    assert "Zenaida Quiroga" in read(page, order)
    event = OrderEvent.objects.get(order=order, kind="revealed")
    assert event.actor_kind == "user"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, True),
        (Role.MANAGER, True),
        (Role.PACKER, True),
        (Role.SUPPORT, True),
        (Role.VIEWER, False),
    ],
)
def test_who_may_see_the_buyer_in_full(shop: Shop, role: str, allowed: bool) -> None:
    (order,) = shop.orders()
    client = login(shop, role)
    assert ("Show in full" in read(client, order)) is allowed
    answer = client.post(reverse("orders:reveal", args=[order.public_id]))
    assert (answer.status_code == 302) is allowed
    assert OrderEvent.objects.filter(kind="revealed").exists() is allowed


def test_a_packer_sees_no_money(shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, lines=[(shop.sku, 1, Decimal("97.11"))])
    assert "97.11" in read(login(shop), order)
    body = read(login(shop, Role.PACKER), order)
    assert "97.11" not in body
    assert "Fine for lateness" not in body


def test_an_unknown_line_is_mapped(page: Client, shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, lines=[("AE-1", 1)])
    (line,) = order.lines.all()
    url = reverse("orders:map", args=[order.public_id, line.public_id])
    assert url in read(page, order)
    page.post(url, {"sku": "NO-SUCH"})
    assert OrderLine.objects.get().sku is None
    page.post(url, {"sku": shop.sku.code})
    assert OrderLine.objects.get().sku == shop.sku
    assert OrderEvent.objects.get(kind="mapped").data["sku"] == shop.sku.code


def test_a_line_never_becomes_a_strangers_sku(page: Client, shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, lines=[("AE-1", 1)])
    (line,) = order.lines.all()
    strange = SkuFactory.create(code="STRANGE")
    url = reverse("orders:map", args=[order.public_id, line.public_id])
    page.post(url, {"sku": strange.code})
    assert OrderLine.objects.get().sku is None


def test_single_units_are_cancelled(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(units=3)
    (line,) = order.lines.all()
    url = reverse("orders:cancel_units", args=[order.public_id])
    page.post(url, {f"units-{line.public_id}": "2"})
    order.refresh_from_db()
    assert order.units == 1


def test_a_part_is_packed_with_its_number(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked", units=3)
    (line,) = order.lines.all()
    data = {f"pack-{line.public_id}": "2", "tracking_number": "PART00000001X"}
    page.post(reverse("order:pack_part", args=[order.public_id]), data)
    order.refresh_from_db()
    assert (order.stage, order.packed) == ("stocked", 2)
    assert parcel_of(order).tracking_number == "PART00000001X"
    assert "2 of 3 units" in read(page, order)


def test_orders_to_one_door_are_packed_together(page: Client, shop: Shop) -> None:
    pair = make_orders(2, store=shop.store, lines=[(shop.sku, 1)], ship_to_key="one-door")
    shop.act("accept", pair)
    shop.act("allocate", pair)
    lines = OrderLine.objects.filter(order__in=pair)
    body = read(page, pair[0])
    assert "Ships together with" in body
    assert all(f"pack-{line.public_id}" in body for line in lines)
    data = {f"pack-{line.public_id}": "1" for line in lines}
    page.post(reverse("order:pack_part", args=[pair[0].public_id]), data)
    assert Shipment.objects.count() == 1
    assert set(Order.objects.values_list("stage", flat=True)) == {"packed"}


def test_a_parcel_goes_its_way(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    parcel = parcel_of(order)
    args = [order.public_id, parcel.public_id]
    page.post(reverse("order:number", args=args), {"tracking_number": "OTHER0000001X"})
    page.post(reverse("order:parcel_do", args=[*args, "ship"]))
    page.post(reverse("order:parcel_do", args=[*args, "upload"]))
    news = {"state": "picked_up", "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")}
    page.post(reverse("order:event", args=args), news | {"location": "Shenzhen"})
    parcel.refresh_from_db()
    order.refresh_from_db()
    assert (parcel.tracking_number, parcel.state) == ("OTHER0000001X", "declared")
    assert order.stage == "uploaded"
    assert TrackingEvent.objects.get().location == "Shenzhen"
    assert "Shenzhen" in read(page, order)


def test_packing_is_undone(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    args = [order.public_id, parcel_of(order).public_id, "void"]
    page.post(reverse("order:parcel_do", args=args))
    order.refresh_from_db()
    assert order.stage == "stocked"


@pytest.mark.parametrize("name", ["void", "ship", "upload", "number", "events"])
def test_a_parcel_of_another_order_is_not_there(page: Client, shop: Shop, name: str) -> None:
    one, two = shop.orders(2, stage="packed")
    url = f"/orders/{one.public_id}/parcels/{parcel_of(two).public_id}/{name}/"
    assert page.post(url, {"tracking_number": "NEW000000001X"}).status_code == 404
    assert parcel_of(two).state == "packed"
    assert parcel_of(two).tracking_number.startswith("TRACK")


def test_a_tracking_number_goes_straight_to_its_order(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    number = parcel_of(order).tracking_number
    assert page.get("/orders/", {"q": number.lower()}).url == path(order)


def test_pack_takes_pasted_numbers(page: Client, shop: Shop) -> None:
    one, two = shop.orders(2, stage="stocked")
    data = {
        "action": "pack",
        "order": [one.public_id, two.public_id],
        "step": "go",
        "weight_grams": "350",
        "tracking_numbers": f"{one.number}\tPASTED000001X\r\n{two.number}\tPASTED000002X\r\n",
    }
    assert "2 done" in page.post(reverse("orders:act"), data).content.decode()
    assert parcel_of(one).tracking_number == "PASTED000001X"
    assert (parcel_of(two).tracking_number, parcel_of(two).weight_grams) == ("PASTED000002X", 350)


def test_pasted_lines_that_cannot_be_read_are_named(page: Client, shop: Shop) -> None:
    one, _two = made = shop.orders(2, stage="stocked")
    data = {
        "action": "pack",
        "order": [order.public_id for order in made],
        "step": "go",
        "tracking_numbers": f"{one.number}\nNOBODY\tX123456789",
    }
    body = page.post(reverse("orders:act"), data).content.decode()
    assert "Line 1: an order number and a tracking number are expected." in body
    assert not Shipment.objects.exists()


def test_upload_asks_for_missing_numbers_first(page: Client, shop: Shop) -> None:
    made = shop.orders(2, stage="stocked")
    shop.act("pack", made)
    shop.act("ship", made)
    data = {"action": "upload", "order": [order.public_id for order in made]}
    asked = page.post(reverse("orders:act"), data).content.decode()
    assert "2 handed-over parcels have no tracking number yet" in asked
    pasted = f"{made[0].number} GIVEN0000001X"
    body = page.post(
        reverse("orders:act"), data | {"step": "go", "tracking_numbers": pasted}
    ).content.decode()
    assert "1 done" in body
    assert "The parcel has no tracking number." in body
    made[0].refresh_from_db()
    assert made[0].stage == "uploaded"


def test_queries_do_not_grow_with_lines_and_parcels(page: Client, shop: Shop) -> None:
    def queries(order: Order) -> int:
        read(page, order)
        with CaptureQueriesContext(connection) as found:
            read(page, order)
        return len(found)

    (small,) = shop.orders(stage="stocked", units=2)
    (large,) = shop.orders(stage="stocked", units=6)
    for order, times in ((small, 1), (large, 5)):
        (line,) = order.lines.all()
        for _each in range(times):
            page.post(
                reverse("order:pack_part", args=[order.public_id]), {f"pack-{line.public_id}": "1"}
            )
    assert Shipment.objects.filter(lines__order=large).count() == 5
    assert queries(small) == queries(large)
