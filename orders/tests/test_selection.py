"""All that match, what has changed since they were counted, taking back, trying again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor
from core.errors import Invalid
from core.outcome import BatchOutcome
from orders import bulk
from orders.actions.hold import hold_orders
from orders.bulk import MAX_SELECTION, pack_ids, select_matching, unpack_ids
from orders.models import Hold, Order
from sellers.models import Membership, Role, Store
from testing.factories import MembershipFactory, OrderFactory, StoreFactory, make_orders

pytestmark = pytest.mark.django_db

ACT = "/orders/actions/"
JOB = Actor.job("test")


@pytest.fixture
def store() -> Store:
    return StoreFactory.create()


def login(store: Store, role: str = Role.OWNER) -> Client:
    member: Membership = MembershipFactory.create(seller=store.seller, role=role)
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def owner(store: Store) -> Client:
    return login(store)


def post(client: Client, path: str = ACT, **data: Any) -> str:
    return client.post(path, data, follow=True).content.decode()


@given(st.sets(st.integers(1, 2**62), max_size=60))
def test_ids_are_packed_and_unpacked(ids: set[int]) -> None:
    assert unpack_ids(pack_ids(ids)) == ids


def test_ten_thousand_neighbours_are_a_short_text() -> None:
    assert len(pack_ids(range(10**9, 10**9 + MAX_SELECTION))) < 1000


@pytest.mark.parametrize("text", ["x", "AAAA", "%%%", "é", pack_ids(range(1, MAX_SELECTION + 2))])
def test_what_is_no_selection_is_refused_in_words(owner: Client, store: Store, text: str) -> None:
    make_orders(1, store=store)
    with pytest.raises(Invalid):
        unpack_ids(text)
    body = post(owner, action="accept", all_matching="1", filter="stage=new", snapshot=text)
    assert "The selection cannot be read" in body
    assert Order.objects.get().stage == "new"


def test_all_matching_are_counted_when_they_are_chosen(owner: Client, store: Store) -> None:
    made = make_orders(3, store=store)
    make_orders(2)
    found = owner.get("/orders/selection/?stage=new").json()
    assert found["count"] == 3
    assert unpack_ids(found["snapshot"]) == {order.pk for order in made}


def test_what_left_or_joined_since_is_left_alone_and_told(owner: Client, store: Store) -> None:
    stays, leaves = make_orders(2, store=store)
    snapshot = owner.get("/orders/selection/?stage=new").json()["snapshot"]
    Order.objects.filter(pk=leaves.pk).update(stage="accepted")
    joins = make_orders(1, store=store)[0]
    data = {"action": "accept", "all_matching": "1", "filter": "stage=new", "snapshot": snapshot}
    body = post(owner, **data)
    assert "2 orders were selected, 1 of them still match." in body
    assert "1 has left the filter and is left alone." in body
    assert "1 has come in since and is left alone, too." in body
    assert "1 done" in body
    assert Order.objects.get(pk=stays.pk).stage == "accepted"
    assert Order.objects.get(pk=joins.pk).stage == "new"


def test_when_all_have_left_nothing_is_done(owner: Client, store: Store) -> None:
    make_orders(2, store=store)
    snapshot = owner.get("/orders/selection/?stage=new").json()["snapshot"]
    Order.objects.update(stage="accepted")
    data = {"action": "accept", "all_matching": "1", "filter": "stage=new", "snapshot": snapshot}
    assert "2 orders were selected, 0 of them still match." in post(owner, **data)
    assert not Order.objects.exclude(stage="accepted").exists()


def test_the_question_keeps_the_selection_and_tells_the_drift(owner: Client, store: Store) -> None:
    make_orders(3, store=store)
    snapshot = owner.get("/orders/selection/?stage=new").json()["snapshot"]
    OrderFactory.create(store=store, number="LATER")
    data = {"action": "hold", "all_matching": "1", "filter": "stage=new", "snapshot": snapshot}
    body = post(owner, **data)
    assert "1 has come in since" in body
    assert f'name="snapshot" value="{snapshot}"' in body
    post(owner, **data, step="go", reason="other")
    assert Order.objects.filter(on_hold=True).count() == 3
    assert not Order.objects.get(number="LATER").on_hold


def test_without_a_script_a_changed_count_stops_the_action(owner: Client, store: Store) -> None:
    make_orders(3, store=store)
    data = {"action": "accept", "all_matching": "1", "filter": "stage=new"}
    body = post(owner, **data, matched="2")
    assert "When the list was shown 2 orders matched, now it is 3." in body
    assert not Order.objects.exclude(stage="new").exists()
    assert "3 done" in post(owner, **data, matched="3")


def test_a_snapshot_reaches_no_stranger(owner: Client, store: Store) -> None:
    strange = make_orders(1)[0]
    data = {"action": "accept", "filter": "stage=new", "snapshot": pack_ids([strange.pk])}
    post(owner, **data, all_matching="1")
    post(owner, action="accept", picked=pack_ids([strange.pk]))
    post(owner, "/orders/actions/undo/", action="hold", picked=pack_ids([strange.pk]))
    strange.refresh_from_db()
    assert (strange.stage, strange.version) == ("new", 1)
    assert select_matching(store.seller, "", snapshot=pack_ids([strange.pk])).ids == []


def test_the_cost_of_a_selection_is_told_to_who_may_see_it(owner: Client, store: Store) -> None:
    order = OrderFactory.create(store=store, ship_by=datetime.now(UTC) + timedelta(hours=3))
    clock = order.deadlines.get(kind="ship_by")
    clock.fine_at, clock.fine_next = datetime.now(UTC) + timedelta(hours=3), 5
    clock.save()
    order.currency = "USD"
    order.save()
    assert owner.get("/orders/selection/").json()["risk"] == "fined $0.00, next $5.00"
    assert login(store, Role.PACKER).get("/orders/selection/").json()["risk"] == ""


# --- taking back -----------------------------------------------------------------------------


def picked(body: str) -> str:
    start = body.index('name="picked" value="') + len('name="picked" value="')
    return body[start : body.index('"', start)]


def test_holds_are_taken_back(owner: Client, store: Store) -> None:
    orders = make_orders(2, store=store)
    ids = [order.public_id for order in orders]
    body = post(owner, action="hold", order=ids, step="go", reason="buyer")
    assert Order.objects.filter(on_hold=True).count() == 2
    body = post(owner, "/orders/actions/undo/", action="hold", picked=picked(body))
    assert "2 done" in body
    assert not Order.objects.filter(on_hold=True).exists()


def test_a_hold_beside_others_is_not_taken_back(owner: Client, store: Store) -> None:
    order = make_orders(1, store=store)[0]
    hold_orders(seller=store.seller, orders=[order.pk], actor=JOB, reason="stock")
    body = post(owner, action="hold", order=order.public_id, step="go", reason="buyer")
    body = post(owner, "/orders/actions/undo/", action="hold", picked=picked(body))
    assert "It has other holds" in body
    assert Hold.objects.filter(released_at__isnull=True).count() == 2


def test_released_holds_come_back_as_they_were(owner: Client, store: Store) -> None:
    first, second = make_orders(2, store=store)
    hold_orders(seller=store.seller, orders=[first.pk], actor=JOB, reason="stock", note="broken")
    hold_orders(seller=store.seller, orders=[first.pk, second.pk], actor=JOB, reason="buyer")
    body = post(owner, action="release", order=[first.public_id, second.public_id])
    assert not Order.objects.filter(on_hold=True).exists()
    body = post(owner, "/orders/actions/undo/", action="release", picked=picked(body))
    assert "2 done" in body
    now = Hold.objects.filter(released_at__isnull=True).order_by("order", "reason")
    assert list(now.values_list("order", "reason", "note")) == [
        (first.pk, "buyer", ""),
        (first.pk, "stock", "broken"),
        (second.pk, "buyer", ""),
    ]


def test_what_cannot_be_taken_back_offers_no_undo(owner: Client, store: Store) -> None:
    order = make_orders(1, store=store)[0]
    body = post(owner, action="accept", order=order.public_id)
    assert "1 done" in body
    assert reverse("orders:take_back") not in body
    data = {"action": "accept", "picked": pack_ids([order.pk])}
    assert owner.post("/orders/actions/undo/", data).status_code == 404


def test_who_may_not_hold_takes_nothing_back(store: Store) -> None:
    order = make_orders(1, store=store)[0]
    hold_orders(seller=store.seller, orders=[order.pk], actor=JOB)
    data = {"action": "hold", "picked": pack_ids([order.pk])}
    assert login(store, Role.VIEWER).post("/orders/actions/undo/", data).status_code == 403
    assert Hold.objects.filter(released_at__isnull=True).exists()


# --- results ---------------------------------------------------------------------------------


def test_a_batch_that_fails_is_told_and_can_be_tried_again(
    owner: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = make_orders(3, store=store)
    real = bulk.perform

    def broken(*args: Any, **kwargs: Any) -> BatchOutcome:
        raise OperationalError("lock timeout")

    monkeypatch.setattr(bulk, "perform", broken)
    body = post(owner, action="accept", order=[order.public_id for order in orders])
    assert "3 failed, nothing changed there" in body
    assert not Order.objects.exclude(stage="new").exists()
    monkeypatch.setattr(bulk, "perform", real)
    assert "3 done" in post(owner, action="accept", picked=picked(body))


def test_refused_orders_are_linked_as_a_list(owner: Client, store: Store) -> None:
    for number in ("R 1", "R2"):
        OrderFactory.create(store=store, number=number, lines=[("NOBODY-KNOWS", 1)])
    body = post(
        owner, action="accept", order=[order.public_id for order in Order.objects.order_by("pk")]
    )
    assert "Show these 2 orders in the list" in body
    href = body[body.index("/orders/?q=number") : body.index('">Show these 2')]
    found = owner.get(href).content.decode()
    assert "R 1" in found
    assert "R2" in found
