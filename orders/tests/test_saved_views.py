"""Saved views, and how a person likes the list."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from orders.models import SavedView
from sellers.models import Membership, Role, Store
from testing.factories import MembershipFactory, OrderFactory, StoreFactory

LIST = "/orders/"
VIEWS = "/orders/views/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create()


def member(store: Store, role: str = Role.OWNER) -> tuple[Client, Membership]:
    membership: Membership = MembershipFactory.create(seller=store.seller, role=role)
    client = Client()
    client.force_login(membership.user)
    return client, membership


def save(client: Client, name: str, query: str = "q=is%3Aheld", **fields: str) -> str:
    answer = client.post(VIEWS, {"name": name, "query": query, **fields}, follow=True)
    return answer.content.decode()


def do(client: Client, view: SavedView, what: str, **fields: str) -> Any:
    return client.post(f"{VIEWS}{view.public_id}/", {"do": what, **fields}, follow=True)


def test_a_list_is_kept_under_a_name_and_found_again(store: Store) -> None:
    client, _ = member(store)
    OrderFactory.create(store=store, number="HELD", on_hold=True)
    OrderFactory.create(store=store, number="FREE")
    body = save(client, "Mine", "q=is%3Aheld&cursor=x&size=200&view=all")
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared) == ("Mine", "q=is%3Aheld", False)
    assert "HELD" in body
    assert "FREE" not in body
    assert re.search(r'aria-current="page">.*?Mine</a>', body)


def test_an_own_view_is_seen_by_its_owner_only(store: Store) -> None:
    client, _ = member(store)
    colleague, _ = member(store, Role.MANAGER)
    save(client, "Secret list")
    assert b"Secret list" not in colleague.get(LIST).content
    assert do(colleague, SavedView.objects.get(), "rename", name="x").status_code == 404
    assert SavedView.objects.get().name == "Secret list"


def test_a_shared_view_is_seen_by_the_shop_and_nobody_else(store: Store) -> None:
    client, _ = member(store)
    packer, _ = member(store, Role.PACKER)
    stranger, _ = member(StoreFactory.create())
    save(client, "Team list", shared="1")
    assert b"Team list" in packer.get(LIST).content
    assert b"Team list" not in stranger.get(LIST).content
    assert do(stranger, SavedView.objects.get(), "delete").status_code == 404
    assert SavedView.objects.exists()


@pytest.mark.parametrize("role", [Role.PACKER, Role.SUPPORT, Role.VIEWER])
def test_only_who_keeps_the_settings_shares_and_changes_team_views(store: Store, role: str) -> None:
    owner, _ = member(store)
    save(owner, "Team list", shared="1")
    view = SavedView.objects.get()
    client, _ = member(store, role)
    assert "Only an owner or a manager" in save(client, "Mine", shared="1")
    assert SavedView.objects.count() == 1
    for what in ("update", "rename", "unshare", "delete"):
        answer = do(client, view, what, name="Other", query="")
        assert answer.status_code == 403
    view.refresh_from_db()
    assert (view.name, view.shared, view.query) == ("Team list", True, "q=is%3Aheld")


def test_what_is_changed_on_a_view_can_be_saved_to_it(store: Store) -> None:
    client, _ = member(store)
    save(client, "Mine")
    view = SavedView.objects.get()
    unchanged = client.get(f"{LIST}?q=is:held&view={view.public_id}").content.decode()
    assert "Save changes" not in unchanged
    changed = client.get(f"{LIST}?q=is:overdue&view={view.public_id}").content.decode()
    assert "Save changes" in changed
    do(client, view, "update", query="q=is:overdue", columns="goods.placed", density="compact")
    view.refresh_from_db()
    assert (view.query, view.columns, view.density) == (
        "q=is%3Aoverdue",
        ["goods", "placed"],
        "compact",
    )


def test_rename_share_and_delete(store: Store) -> None:
    client, _ = member(store)
    save(client, "Mine")
    view = SavedView.objects.get()
    do(client, view, "rename", name="  Ours ")
    do(client, view, "share")
    view.refresh_from_db()
    assert (view.name, view.shared) == ("Ours", True)
    do(client, view, "delete")
    assert not SavedView.objects.exists()


def test_a_name_is_used_once(store: Store) -> None:
    client, _ = member(store)
    save(client, "Mine")
    assert "There is a view “mine” already" in save(client, "mine")
    assert "A view needs a name" in save(client, "   ")
    assert SavedView.objects.count() == 1
    colleague, _ = member(store)
    save(colleague, "Mine")
    assert SavedView.objects.count() == 2


def test_orders_open_with_the_default_view(store: Store) -> None:
    client, membership = member(store)
    save(client, "Mine")
    view = SavedView.objects.get()
    do(client, view, "default")
    answer = client.get(LIST)
    assert (answer.status_code, answer.url) == (302, f"{LIST}?q=is%3Aheld&view={view.public_id}")
    assert client.get(f"{LIST}?view=all").status_code == 200
    do(client, view, "no_default")
    assert client.get(LIST).status_code == 200
    do(client, view, "default")
    do(client, view, "delete")
    assert client.get(LIST).status_code == 200
    membership.refresh_from_db()


def test_the_database_refuses_what_must_not_be(store: Store) -> None:
    _, membership = member(store)

    def make(**fields: Any) -> None:
        values = {"seller": store.seller, "owner": membership.user, "name": "N", **fields}
        with transaction.atomic():
            SavedView.objects.create(**values)

    make()
    for fields in ({}, {"name": "n"}, {"name": ""}, {"name": "M", "density": "huge"}):
        with pytest.raises(IntegrityError):
            make(**fields)
    make(shared=True)
    with pytest.raises(IntegrityError):
        make(shared=True)


# --- how the list is shown -------------------------------------------------------------------


def heads(client: Client, query: str = "") -> list[str]:
    body = client.get(f"{LIST}{query}").content.decode()
    head = body[body.index("<thead>") : body.index("</thead>")]
    return re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", head)


def test_columns_density_and_size_are_remembered_per_person(store: Store) -> None:
    client, membership = member(store)
    colleague, _ = member(store)
    OrderFactory.create(store=store)
    usual = heads(client)
    assert usual == ["Order", "Goods", "Buyer", "Stage", "Time left", "Fine", "Amount"]
    data = {
        "columns": ["placed", "units"],
        "density": "relaxed",
        "size": "100",
        "query": "stage=new",
    }
    answer = client.post(f"{LIST}layout/", data)
    assert answer.url == f"{LIST}?stage=new"
    assert heads(client) == ["Order", "Units", "Placed"]
    assert b"orders-table is-relaxed" in client.get(LIST).content
    assert heads(colleague) == usual
    membership.refresh_from_db()
    assert membership.list_settings["orders"]["size"] == 100
    client.post(f"{LIST}layout/", {"reset": "1"})
    assert heads(client) == usual


def test_on_a_view_the_layout_is_tried_out_first(store: Store) -> None:
    client, membership = member(store)
    OrderFactory.create(store=store, on_hold=True)
    save(client, "Mine")
    view = SavedView.objects.get()
    data = {
        "columns": ["goods"],
        "density": "compact",
        "query": f"q=is%3Aheld&view={view.public_id}",
    }
    answer = client.post(f"{LIST}layout/", data)
    assert "columns=goods" in answer.url
    body = client.get(answer.url).content.decode()
    assert "Save changes" in body
    membership.refresh_from_db()
    assert membership.list_settings.get("orders", {}) == {}


def test_columns_that_show_money_are_hidden_from_who_may_not_see_it(store: Store) -> None:
    client, membership = member(store, Role.PACKER)
    OrderFactory.create(store=store)
    membership.list_settings = {"orders": {"columns": ["amount", "fine", "units"]}}
    membership.save()
    assert heads(client) == ["Order", "Units"]
    assert b'value="amount"' not in client.get(f"{LIST}layout/").content
    assert heads(client, "?columns=amount.units") == ["Order", "Units"]


def test_a_header_sorts_and_says_so(store: Store) -> None:
    client, _ = member(store)
    OrderFactory.create(store=store)
    body = client.get(f"{LIST}?stage=new").content.decode()
    assert (
        'aria-sort="ascending"><a class="sort" href="?stage=new&amp;sort=-ship_by">Time left'
        in body
    )
    body = client.get(f"{LIST}?stage=new&sort=-ship_by").content.decode()
    assert 'aria-sort="descending"><a class="sort" href="?stage=new&amp;sort=ship_by">' in body


def test_all_columns_can_be_shown(store: Store) -> None:
    client, _ = member(store)
    OrderFactory.create(store=store, remark="<blink>", buyer_name="<x", city="<marquee>")
    every = re.findall(
        r'name="columns" value="(\w+)"', client.get(f"{LIST}layout/").content.decode()
    )
    body = client.get(f"{LIST}?columns={'.'.join(every)}").content.decode()
    assert len(heads(client, f"?columns={'.'.join(every)}")) == len(every) + 1
    for tag in ("<blink>", "<x", "<marquee>", "<•"):
        assert tag not in body
