"""The list of orders and the actions on many, as people use them."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import bulk
from orders.event_text import _SENTENCES, tell
from orders.events import KINDS
from orders.models import Hold, Order, OrderEvent
from orders.views.columns import COLUMNS
from sellers.jobs import run_job
from sellers.models import Job, Membership, Role, Store
from testing.factories import (
    MembershipFactory,
    OrderFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    make_orders,
)

LIST = "/orders/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory.create()


def login(store: Store, role: str = Role.OWNER) -> Client:
    member: Membership = MembershipFactory.create(seller=store.seller, role=role)
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def page(store: Store) -> Client:
    return login(store)


def numbers(body: bytes) -> list[str]:
    """The order numbers in the table, from top to bottom."""
    return re.findall(r"data-row-link>([^<]+)<", body.decode())


def act(client: Client, name: str, orders: list[Order], **fields: str) -> str:
    data = {"action": name, "order": [order.public_id for order in orders], **fields}
    return client.post(reverse("orders:act"), data).content.decode()


def test_the_list_address_is_known_to_the_navigation() -> None:
    assert reverse("orders:list") == LIST


def test_an_empty_shop_is_told_what_to_do(page: Client) -> None:
    body = page.get(LIST).content.decode()
    assert "No orders yet" in body
    assert numbers(body.encode()) == []


def test_a_stage_tab_lists_its_orders_by_time_left(page: Client, store: Store) -> None:
    now = datetime.now(UTC)
    OrderFactory.create(store=store, number="LATER", ship_by=now + timedelta(days=3))
    OrderFactory.create(store=store, number="SOONER", ship_by=now + timedelta(days=1))
    OrderFactory.create(store=store, number="ACCEPTED", stage="accepted")
    assert numbers(page.get(LIST, {"stage": "new"}).content) == ["SOONER", "LATER"]


def test_counts_on_the_tabs_are_those_of_their_lists(page: Client, store: Store) -> None:
    now = datetime.now(UTC)
    make_orders(3, store=store)
    make_orders(2, store=store, ship_by=now - timedelta(hours=1))
    make_orders(1, store=store, on_hold=True)
    make_orders(4, store=store, problems=["phone_missing"])
    body = page.get(LIST).content.decode()
    links = re.findall(r'class="attention-link" href="([^"]+)".*?<b>(\d+)</b>', body)
    assert int(links[0][1]) == 2
    assert len(links) == 4
    for href, n in links:
        assert len(numbers(page.get(LIST + href.replace("&amp;", "&")).content)) == int(n), href


def test_a_strangers_orders_are_not_listed(page: Client) -> None:
    OrderFactory.create(number="STRANGE")
    assert b"STRANGE" not in page.get(LIST).content


def test_an_exact_number_goes_to_the_order(page: Client, store: Store) -> None:
    order = OrderFactory.create(store=store, number="81900")
    answer = page.get(LIST, {"q": " 81900 "})
    assert (answer.status_code, answer.url) == (302, f"/orders/{order.public_id}/")


def test_a_strangers_number_goes_nowhere(page: Client) -> None:
    OrderFactory.create(number="81900")
    assert page.get(LIST, {"q": "81900"}).status_code == 200


def test_pasted_numbers_give_those_orders(page: Client, store: Store) -> None:
    for number in ("A1", "A2", "A3"):
        OrderFactory.create(store=store, number=number)
    assert set(numbers(page.get(LIST, {"q": "A1 A3"}).content)) == {"A1", "A3"}


def test_the_next_page_goes_on_where_the_first_ended(page: Client, store: Store) -> None:
    made = make_orders(60, store=store)
    first = page.get(LIST, {"stage": "new"})
    href = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert href
    second = page.get(LIST + href[1].replace("&amp;", "&"))
    assert len(numbers(first.content)) == 50
    assert set(numbers(first.content) + numbers(second.content)) == {o.number for o in made}


def test_a_cursor_of_another_list_is_refused_in_words(page: Client) -> None:
    answer = page.get(LIST, {"cursor": "nonsense"})
    assert answer.status_code == 422


def test_the_buyer_is_masked(page: Client, store: Store) -> None:
    OrderFactory.create(store=store, buyer_name="Zenaida Quiroga")
    body = page.get(LIST).content.decode()
    assert "Z•••" in body
    assert "Zenaida" not in body


def test_a_packer_sees_no_money(store: Store) -> None:
    sku = SkuFactory.create(seller=store.seller)
    OrderFactory.create(store=store, lines=[(sku, 1, Decimal("97.11"))])
    assert "97.11" in login(store).get(LIST).content.decode()
    body = login(store, Role.PACKER).get(LIST).content.decode()
    assert "97.11" not in body
    assert "Amount" not in body


@pytest.mark.parametrize("params", [{}, {"stage": "new"}, {"country": "BR"}])
def test_queries_do_not_grow_with_the_list(
    page: Client, store: Store, params: dict[str, str]
) -> None:
    counts = []
    make_orders(1, store=store)
    page.get(LIST, params)
    for more in (0, 119):
        make_orders(more, store=store)
        with CaptureQueriesContext(connection) as queries:
            assert page.get(LIST, params).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 10


def test_htmx_gets_only_the_list(page: Client, store: Store) -> None:
    OrderFactory.create(store=store, number="N1")
    body = page.get(LIST, headers=HTMX).content
    assert numbers(body) == ["N1"]
    assert b"<html" not in body


def test_a_row_says_its_version(page: Client, store: Store) -> None:
    order = OrderFactory.create(store=store)

    def version() -> str:
        found = re.search(r'data-version="(\d+)"', page.get(LIST).content.decode())
        assert found
        return found[1]

    before = version()
    act(page, "accept", [order])
    assert version() != before


def test_a_filter_that_cannot_be_read_is_marked_at_its_word(page: Client, store: Store) -> None:
    OrderFactory.create(store=store, number="N1")
    answer = page.get(LIST, {"q": "is:held stag:new"})
    body = answer.content.decode()
    assert "is:held <mark>stag</mark>:new" in body
    assert "The filter cannot be read" in body
    assert 'href="?q=is%3Aheld+stage%3Anew">Use “stage”' in body
    assert numbers(answer.content) == []


def test_conditions_are_chips_that_can_be_taken_out(page: Client, store: Store) -> None:
    OrderFactory.create(store=store)
    body = page.get(LIST, {"q": "is:overdue -country:US", "deadline": "due_soon"}).content.decode()
    chips = re.findall(r'<span class="chip">([^<]+)<a href="([^"]+)"', body)
    assert [text for text, _ in chips] == ["Overdue", "not Country: United States of America"]
    assert chips[0][1] == "?q=-country%3AUS&amp;deadline=due_soon"
    body = page.get(LIST, {"stage": "new", "country": "BR", "on_hold": "false"}).content.decode()
    chips = re.findall(r'<span class="chip">([^<]+)<a href="([^"]+)"', body)
    assert [text for text, _ in chips] == ["Stage: To accept", "not On hold", "Country: Brazil"]


def test_numbers_that_are_not_found_are_named(page: Client, store: Store) -> None:
    for number in ("A1", "A2"):
        OrderFactory.create(store=store, number=number)
    OrderFactory.create(store=store, number="A3", stage="packed")
    OrderFactory.create(number="B1")
    body = page.get(LIST, {"q": "A1 A3 B1 B2", "stage": "new"}).content.decode()
    assert numbers(body.encode()) == ["A1"]
    assert "No order has these numbers" in body
    assert "B1, B2" in body
    assert "1 of the orders is not in this list" in body
    assert "No order has" not in page.get(LIST, {"q": "A1 A2"}).content.decode()


def test_help_and_suggestions(page: Client, store: Store) -> None:
    body = page.get(f"{LIST}filter/", {"stage": "new"}).content.decode()
    assert 'href="/orders/?stage=new&amp;q=is%3Aheld"' in body
    body = page.get(f"{LIST}filter/suggestions/", {"q": "is:he"}).content.decode()
    assert 'data-start="0" data-insert="is:held"' in body


# --- actions ---------------------------------------------------------------------------------


def test_accept_answers_per_order(page: Client, store: Store) -> None:
    sku = SkuFactory.create(seller=store.seller)
    good = make_orders(2, store=store, lines=[(sku, 1)])
    bad = OrderFactory.create(store=store, number="UNKNOWN-SKU", lines=[("NOBODY-KNOWS", 1)])
    body = act(page, "accept", [*good, bad])
    assert "2 done" in body
    assert "1 refused" in body
    assert f'href="/orders/{bad.public_id}/">UNKNOWN-SKU' in body
    assert Order.objects.filter(stage="accepted").count() == 2


def test_a_final_action_asks_first(page: Client, store: Store) -> None:
    orders = make_orders(3, store=store)
    body = act(page, "cancel", orders)
    assert "3 orders are cancelled for good" in body
    assert Order.objects.filter(stage="new").count() == 3
    assert "3 done" in act(page, "cancel", orders, step="go", reason="sold out")
    assert Order.objects.filter(stage="cancelled").count() == 3
    event = OrderEvent.objects.filter(kind="cancelled").first()
    assert event
    assert event.data == {"reason": "sold out"}


def test_hold_takes_reason_note_and_time(page: Client, store: Store) -> None:
    order = OrderFactory.create(store=store)
    until = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    act(page, "hold", [order], step="go", reason="buyer", note="asked for red", until=until)
    hold = Hold.objects.get(order=order)
    assert (hold.reason, hold.note) == ("buyer", "asked for red")
    assert hold.until is not None


def test_an_unreadable_parameter_is_shown_at_its_field(page: Client, store: Store) -> None:
    order = OrderFactory.create(store=store)
    body = act(page, "hold", [order], step="go", reason="buyer", until="2001-01-01T00:00")
    assert "A time that is still to come." in body
    assert not Hold.objects.exists()


def test_allocate_in_part_only_when_asked(page: Client, store: Store) -> None:
    sku = SkuFactory.create(seller=store.seller)
    StockLevelFactory.create(seller=store.seller, sku=sku, on_hand=1)
    order = OrderFactory.create(store=store, lines=[(sku, 2)], stage="accepted")
    assert "1 refused" in act(page, "allocate", [order], step="go")
    assert "1 done" in act(page, "allocate", [order], step="go", partial="on")
    order.refresh_from_db()
    assert (order.stage, order.allocated) == ("accepted", 1)


def test_all_matching_runs_the_filter_again(page: Client, store: Store) -> None:
    make_orders(60, store=store)
    make_orders(2, store=store, country="US")
    data = {"action": "accept", "all_matching": "1", "filter": "stage=new&country=BR&sort=ship_by"}
    body = page.post(reverse("orders:act"), data).content.decode()
    assert "60 done" in body
    assert Order.objects.filter(stage="new", country="US").count() == 2


def test_all_matching_is_capped_and_says_so(
    page: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_SELECTION", 5)
    make_orders(7, store=store)
    data = {"action": "accept", "all_matching": "1", "filter": "stage=new"}
    body = page.post(reverse("orders:act"), data).content.decode()
    assert "5 done" in body
    assert "More match" in body
    assert Order.objects.filter(stage="new").count() == 2


def test_more_than_a_batch_becomes_a_job(
    page: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("orders.views.act", "orders.bulk_jobs"):
        monkeypatch.setattr(f"{module}.MAX_BATCH", 5)
    make_orders(12, store=store)
    data = {"action": "accept", "all_matching": "1", "filter": "stage=new"}
    answer = page.post(reverse("orders:act"), data, headers={"HX-Request": "true"})
    job = Job.objects.get()
    assert reverse("jobs:job", args=[job.public_id]) in answer.content.decode()
    assert Order.objects.filter(stage="new").count() == 12
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.counts) == ("done", {"done": 12, "already": 0, "refused": 0})
    assert not Order.objects.filter(stage="new").exists()
    assert "12 done" in page.get(f"/jobs/{job.public_id}/").content.decode()


def test_a_strangers_order_is_left_alone(page: Client, store: Store) -> None:
    order = OrderFactory.create()
    assert "None of these orders" in act(page, "accept", [order])
    order.refresh_from_db()
    assert order.stage == "new"


def test_who_may_not_is_refused(store: Store) -> None:
    order = OrderFactory.create(store=store)
    viewer = login(store, Role.VIEWER)
    data = {"action": "accept", "order": order.public_id}
    assert viewer.post(reverse("orders:act"), data).status_code == 403
    order.refresh_from_db()
    assert order.stage == "new"


def test_nothing_selected_is_said(page: Client) -> None:
    answer = page.post(reverse("orders:act"), {"action": "accept"}, follow=True)
    assert "Select at least one order." in answer.content.decode()


def test_questions_come_into_the_dialog_and_results_above_the_list(
    page: Client, store: Store
) -> None:
    order = OrderFactory.create(store=store)
    data = {"action": "hold", "order": order.public_id}
    asked = page.post(reverse("orders:act"), data, headers=HTMX)
    assert asked["HX-Retarget"] == "#action-dialog"
    done = page.post(reverse("orders:act"), data | {"step": "go", "reason": "other"}, headers=HTMX)
    assert done["HX-Retarget"] == "#result"
    assert "orders-changed" in done["HX-Trigger"]


def test_a_tab_explains_what_it_cannot_do(page: Client, store: Store) -> None:
    OrderFactory.create(store=store)
    body = page.get(LIST, {"stage": "new"}).content.decode()
    assert "Not possible here" in body
    assert "“Pack” is not possible while the order is “To accept”." in body


# --- the timeline's words --------------------------------------------------------------------


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(KINDS) <= set(_SENTENCES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_needs_no_data(kind: str) -> None:
    event = OrderEvent(kind=kind, data={}, actor_kind="job", actor_name="x", at=datetime.now(UTC))
    assert tell(event).title


def test_amounts_are_left_out_without_the_permission() -> None:
    event = OrderEvent(
        kind="fined",
        data={"amount": "5.00", "currency": "USD"},
        actor_kind="job",
        at=datetime.now(UTC),
    )
    assert "5.00" in tell(event).note
    assert "5.00" not in tell(event, may_see_money=False).note


def test_every_column_is_read_with_the_rows(client: Client, store: Store) -> None:
    client.force_login(MembershipFactory(seller=store.seller).user)
    counts = []
    for n in (1, 20):
        make_orders(n, store=store)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/orders/", {"columns": ".".join(COLUMNS), "sort": "updated_at"})
        assert answer.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
