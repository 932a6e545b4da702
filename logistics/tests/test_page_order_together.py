"""Two people on one order, and one person in a list of orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from logistics.models import Shipment
from logistics.tests.conftest import Shop
from logistics.tests.test_page_order import HTMX, login, parcel_of, path, read
from orders.models import Hold, Order, OrderEvent
from sellers.models import Role
from testing.factories import OrderFactory

PREVIEW = {**HTMX, "HX-Target": "preview-body"}


@pytest.fixture
def page(shop: Shop) -> Client:
    return login(shop)


def stamp(order: Order) -> dict[str, str]:
    """What the forms of a page carry that is opened now."""
    order.refresh_from_db()
    last = OrderEvent.objects.filter(order=order).order_by("-pk").first()
    return {"version": str(order.version), "seen": last.public_id if last else ""}


def act(client: Client, name: str, order: Order, **data: str):
    fields = {"action": name, "order": order.public_id, "next": path(order), "step": "go"}
    return client.post(reverse("orders:act"), fields | data)


# --- two people ------------------------------------------------------------------------------


def test_the_second_is_told_who_did_what_and_nothing_is_done(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked")
    seen = stamp(order)
    act(login(shop), "pack", order)
    answer = act(page, "hold", order, reason="buyer", **seen)
    body = answer.content.decode()
    assert answer.status_code == 409
    assert "Packed into a parcel" in body
    assert "by Person" in body
    assert "It is now “To ship”." in body
    assert not Hold.objects.exists()


def test_the_second_may_do_it_anyway(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked")
    seen = stamp(order)
    act(login(shop), "pack", order)
    body = act(page, "hold", order, reason="buyer", note="ask", **seen).content.decode()
    assert "Hold anyway" in body
    assert '<input type="hidden" name="note" value="ask">' in body
    answer = act(page, "hold", order, reason="buyer", note="ask", **stamp(order))
    assert answer.status_code == 302
    assert Hold.objects.get().note == "ask"


def test_what_is_impossible_by_now_is_not_offered_anyway(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    seen = stamp(order)
    shop.act("ship", [order])
    body = act(page, "cancel", order, **seen).content.decode()
    assert "“Cancel” is not possible while the order is “To upload”." in body
    assert "Cancel anyway" not in body
    order.refresh_from_db()
    assert order.stage == "shipped"


def test_a_note_of_a_colleague_stops_nobody(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    seen = stamp(order)
    colleague = login(shop)
    colleague.post(reverse("orders:note", args=[order.public_id]), {"text": "fragile"})
    colleague.post(reverse("orders:tags", args=[order.public_id]), {"add": "gift"})
    assert act(page, "accept", order, **seen).status_code == 302
    order.refresh_from_db()
    assert order.stage == "accepted"


def test_the_question_comes_in_the_dialog_with_a_script(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    seen = stamp(order)
    shop.act("ship", [order])
    data = {"action": "hold", "order": order.public_id, "next": path(order)} | seen
    answer = page.post(reverse("orders:act"), data, headers=HTMX)
    assert answer["HX-Retarget"] == "#action-dialog"
    assert "<html" not in answer.content.decode()


def test_units_are_not_cancelled_from_an_old_page(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked", units=3)
    seen = stamp(order)
    act(login(shop), "hold", order, reason="other")
    (line,) = order.lines.all()
    url = reverse("orders:cancel_units", args=[order.public_id])
    answer = page.post(url, {f"units-{line.public_id}": "1"} | seen)
    order.refresh_from_db()
    assert (answer.status_code, order.units) == (409, 3)


def test_of_two_numbers_for_one_parcel_the_second_is_refused(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    parcel = parcel_of(order)
    url = reverse("order:number", args=[order.public_id, parcel.public_id])
    old = {"parcel_version": str(parcel.version)}
    login(shop).post(url, old | {"tracking_number": "FIRST0000001X"})
    body = page.post(url, old | {"tracking_number": "SECOND000001X"}, follow=True).content.decode()
    assert "its number is “FIRST0000001X”" in body
    assert parcel_of(order).tracking_number == "FIRST0000001X"


def test_an_open_page_hears_of_changes(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked")
    url = reverse("orders:changes", args=[order.public_id])
    seen = stamp(order)["seen"]
    assert page.get(url, {"seen": seen}, headers=HTMX).status_code == 204
    act(login(shop), "pack", order)
    body = page.get(url, {"seen": seen}, headers=HTMX).content.decode()
    assert "Packed into a parcel" in body
    assert f"seen={stamp(order)['seen']}" in read(page, order)


@pytest.mark.parametrize("seen", ["", "evt_x", "ord_cQPLqMCxTh", "%00"])
def test_what_is_no_event_tells_nothing(page: Client, shop: Shop, seen: str) -> None:
    (order,) = shop.orders()
    url = reverse("orders:changes", args=[order.public_id])
    assert page.get(url, {"seen": seen}, headers=HTMX).status_code == 204


# --- undo ------------------------------------------------------------------------------------


def undo_of(client: Client, answer) -> str:
    toasts = client.get(answer.url).content.decode().split('id="toasts"')[1]
    return toasts.split('id="announcer"')[0].split('action="')[-1].split('"')[0]


def test_packing_is_undone_from_its_message(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked")
    undo = undo_of(page, act(page, "pack", order))
    page.post(undo)
    order.refresh_from_db()
    assert order.stage == "stocked"


def test_undone_packing_is_packed_again_as_it_was(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    old = parcel_of(order)
    void = page.post(reverse("order:parcel_do", args=[order.public_id, old.public_id, "void"]))
    page.post(undo_of(page, void))
    order.refresh_from_db()
    new = Shipment.objects.exclude(pk=old.pk).get()
    assert (order.stage, new.tracking_number) == ("packed", old.tracking_number)
    assert new.lines.get().quantity == 1


def test_a_hold_and_its_release_are_undone(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    page.post(undo_of(page, act(page, "hold", order, reason="buyer", note="ask")))
    order.refresh_from_db()
    assert order.on_hold is False
    act(page, "hold", order, reason="address", note="which street")
    page.post(undo_of(page, act(page, "release", order)))
    order.refresh_from_db()
    assert order.on_hold is True
    back = Hold.objects.get(released_at__isnull=True)
    assert (back.reason, back.note) == ("address", "which street")


def test_undoing_a_hold_leaves_other_holds_alone(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    shop.act("hold", [order], reason="payment")
    undo = undo_of(page, act(page, "hold", order, reason="buyer"))
    page.post(undo)
    assert Hold.objects.filter(released_at__isnull=True).count() == 2


# --- the list it was opened from -------------------------------------------------------------


def in_a_row(shop: Shop, n: int) -> list[Order]:
    now = datetime.now(UTC)
    return [
        OrderFactory.create(store=shop.store, ship_by=now + timedelta(hours=i)) for i in range(n)
    ]


def link(body: str, rel: str) -> str:
    found = [part for part in body.split("<a ") if f'rel="{rel}"' in part.split(">")[0]]
    return found[0].split('href="')[1].split('"')[0].replace("&amp;", "&") if found else ""


def test_neighbours_follow_filter_and_sort(page: Client, shop: Shop) -> None:
    one, two, three = in_a_row(shop, 3)
    OrderFactory.create(store=shop.store, ship_by=two.ship_by, country="FR")
    OrderFactory.create()  # a stranger's
    query = "country=BR&sort=ship_by"
    body = page.get(f"{path(two)}?{query}").content.decode()
    assert link(body, "prev") == f"{path(one)}?{query}"
    assert link(body, "next") == f"{path(three)}?{query}"
    assert "2 of 3" in body
    body = page.get(f"{path(two)}?country=BR&sort=-ship_by").content.decode()
    assert link(body, "prev").startswith(path(three))
    assert link(body, "next").startswith(path(one))


def test_the_ends_of_the_list_lead_nowhere(page: Client, shop: Shop) -> None:
    one, two = in_a_row(shop, 2)
    body = page.get(f"{path(one)}?sort=ship_by").content.decode()
    assert (link(body, "prev"), link(body, "next")) == ("", f"{path(two)}?sort=ship_by")


def test_an_order_that_left_the_list_keeps_its_place(page: Client, shop: Shop) -> None:
    one, two, three = in_a_row(shop, 3)
    shop.act("accept", [two])
    body = page.get(f"{path(two)}?stage=new&sort=ship_by").content.decode()
    assert "No longer in this list" in body
    assert link(body, "prev").startswith(path(one))
    assert link(body, "next").startswith(path(three))


def test_the_way_back_is_the_list_at_its_row(page: Client, shop: Shop) -> None:
    (one,) = in_a_row(shop, 1)
    body = page.get(f"{path(one)}?stage=new&sort=ship_by&size=100").content.decode()
    assert f'href="/orders/?stage=new&amp;sort=ship_by&amp;size=100#row-{one.public_id}"' in body
    assert f'id="row-{one.public_id}"' in page.get("/orders/").content.decode()


@pytest.mark.parametrize("query", ["", "?stage=nonsense", "?sort=nonsense", "?store=%00"])
def test_without_a_list_there_are_no_neighbours(page: Client, shop: Shop, query: str) -> None:
    one, _two = in_a_row(shop, 2)
    answer = page.get(path(one) + query)
    assert answer.status_code == 200
    assert link(answer.content.decode(), "next") == ""


def test_actions_keep_the_list(page: Client, shop: Shop) -> None:
    (one,) = in_a_row(shop, 1)
    here = f"{path(one)}?stage=new&sort=ship_by"
    url = reverse("orders:note", args=[one.public_id])
    answer = page.post(url, {"text": "x"}, headers={"Referer": f"http://testserver{here}"})
    assert answer.url == here


def test_neighbours_cost_the_same_in_a_long_list(page: Client, shop: Shop) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            page.get(f"{path(one)}?sort=ship_by")
        return len(found)

    one, _two = in_a_row(shop, 2)
    queries()
    few = queries()
    in_a_row(shop, 8)
    assert queries() == few


# --- preview ---------------------------------------------------------------------------------


def preview(order: Order) -> str:
    return reverse("order:preview", args=[order.public_id])


def test_the_preview_tells_the_order_in_short(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    body = page.get(preview(order), headers=HTMX).content.decode()
    assert "<html" not in body
    for part in (order.number, shop.sku.code, parcel_of(order).tracking_number, 'value="ship"'):
        assert part in body
    assert "Ana Souza" not in body


def test_without_a_script_the_preview_is_the_page(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    assert page.get(preview(order)).url == path(order)


def test_a_strangers_preview_is_not_there(page: Client) -> None:
    assert page.get(preview(OrderFactory.create()), headers=HTMX).status_code == 404


def test_an_action_in_the_preview_stays_there_and_tells(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    data = {"action": "accept", "order": order.public_id, "next": preview(order)}
    answer = page.post(reverse("orders:act"), data, headers=PREVIEW, follow=True)
    assert answer.redirect_chain == [(preview(order), 302)]
    assert "Accept: done." in answer.content.decode()


def test_the_question_of_the_preview_answers_into_it(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    data = {"action": "hold", "order": order.public_id, "next": preview(order)}
    body = page.post(reverse("orders:act"), data, headers=PREVIEW).content.decode()
    assert 'hx-target="#preview-body"' in body


def test_a_packer_previews_no_money(shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, lines=[(shop.sku, 1, Decimal("97.11"))])
    assert "97.11" in login(shop).get(preview(order), headers=HTMX).content.decode()
    body = login(shop, Role.PACKER).get(preview(order), headers=HTMX).content.decode()
    assert "97.11" not in body


def test_the_preview_costs_the_same_for_many_lines(page: Client, shop: Shop) -> None:
    def queries(order: Order) -> int:
        with CaptureQueriesContext(connection) as found:
            page.get(preview(order), headers=HTMX)
        return len(found)

    small = OrderFactory.create(store=shop.store, lines=[(shop.sku, 1)])
    large = OrderFactory.create(store=shop.store, lines=[(shop.sku, 1)] * 6)
    queries(small)
    assert queries(small) == queries(large)
