"""The queue of next actions: why an order is there, and doing it from there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.queries.queue import Missing, next_orders
from logistics.models import Shipment
from logistics.tests.conftest import Shop, make_shop, shop
from orders.models import Order
from testing.factories import (
    MembershipFactory,
    OrderFactory,
    SkuFactory,
    StockLevelFactory,
    make_orders,
)

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
ACT = "/today/act/"


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    client.force_login(MembershipFactory(seller=shop.seller, role="owner").user)
    return client


def one(shop: Shop, **fields) -> Order:
    (order,) = shop.orders(1, **fields)
    return order


def queue(shop: Shop, **options):
    return next_orders(shop.seller, **({"limit": 20, "money": True} | options))


# --- who is in it, and why -------------------------------------------------------------------


def test_the_first_to_fall_due_come_first_and_only_those_that_run(shop: Shop) -> None:
    now = timezone.now()
    late, soon, far = (
        OrderFactory(store=shop.store, ship_by=now + timedelta(hours=h)) for h in (-5, 2, 90)
    )
    OrderFactory(store=shop.store, stage="uploaded", ship_by=now - timedelta(days=9))
    OrderFactory()
    assert [row.order for row in queue(shop)] == [late, soon, far]
    assert [row.order for row in queue(shop, limit=1)] == [late]


def test_each_stage_has_its_action(shop: Shop) -> None:
    for stage in ("new", "accepted", "stocked", "packed", "shipped"):
        shop.orders(1, stage=stage)
    found = {row.order.stage: (row.action, row.block) for row in queue(shop)}
    assert found == {
        "new": ("accept", ""),
        "accepted": ("allocate", ""),
        "stocked": ("pack", ""),
        "packed": ("ship", ""),
        "shipped": ("upload", ""),
    }


def test_what_the_first_order_takes_is_not_there_for_the_second(shop: Shop) -> None:
    level = StockLevelFactory(seller=shop.seller, on_hand=3)
    now = timezone.now()
    orders = [
        OrderFactory(
            store=shop.store,
            stage="accepted",
            lines=[(level.sku, 2)],
            ship_by=now + timedelta(hours=hours),
        )
        for hours in (1, 2)
    ]
    found = {row.order: row.missing for row in queue(shop)}
    assert found == {orders[0]: [], orders[1]: [Missing(level.sku_id, level.sku.code, 1)]}


def test_a_sku_that_was_never_in_stock_is_missing_whole(shop: Shop) -> None:
    sku = SkuFactory(seller=shop.seller)
    OrderFactory(store=shop.store, stage="accepted", lines=[(sku, 2)])
    (row,) = queue(shop)
    assert (row.block, row.missing) == ("short", [Missing(sku.pk, sku.code, 2)])


def test_what_blocks_is_named(shop: Shop) -> None:
    held = one(shop)
    shop.act("hold", [held], reason="address", note="street?")
    strange = OrderFactory(store=shop.store, lines=[("AE-1", 1)])
    nowhere = OrderFactory(store=shop.store, problems=["country_unknown"])
    found = {row.order: row for row in queue(shop)}
    assert found[held].block == "hold"
    assert found[held].hold.note == "street?"
    assert (found[strange].block, found[strange].unmapped) == ("unmapped", ["AE-1"])
    assert found[nowhere].block == "address"


def test_a_parcel_without_a_number_is_known(shop: Shop) -> None:
    bare, _numbered = shop.orders(2, stage="shipped")
    Shipment.objects.filter(lines__order=bare).update(tracking_number="")
    assert {row.order for row in queue(shop) if row.bare} == {bare}


def test_it_takes_the_same_queries_whatever_it_holds(shop: Shop, django_assert_num_queries) -> None:
    for stage in ("new", "accepted", "shipped"):
        shop.orders(2, stage=stage)
    shop.act("hold", shop.orders(1), reason="buyer")
    with django_assert_num_queries(7):
        queue(shop)
    make_orders(12, store=shop.store)
    with django_assert_num_queries(7):
        queue(shop)


# --- doing it --------------------------------------------------------------------------------


def test_the_button_does_it_and_the_row_comes_back(owner: Client, shop: Shop) -> None:
    order = one(shop)
    response = owner.post(ACT, {"action": "accept", "order": order.public_id}, headers=HTMX)
    page = response.content.decode()
    assert Order.objects.get(pk=order.pk).stage == "accepted"
    assert response["HX-Retarget"] == f"#next-{order.public_id}"
    assert "today-changed" in response["HX-Trigger-After-Settle"]
    assert "Accept: done." in page
    assert 'value="allocate"' in page


def test_a_refusal_says_why_and_changes_nothing(owner: Client, shop: Shop) -> None:
    order = OrderFactory(store=shop.store, problems=["country_unknown"])
    page = owner.post(
        ACT, {"action": "accept", "order": order.public_id}, headers=HTMX
    ).content.decode()
    assert "The address cannot be shipped to." in page
    assert 'data-tone="danger"' in page
    assert Order.objects.get(pk=order.pk).stage == "new"


def test_what_asks_first_asks_in_the_dialog(owner: Client, shop: Shop) -> None:
    order = one(shop, stage="packed")
    post = {"action": "ship", "order": order.public_id}
    response = owner.post(ACT, post, headers=HTMX)
    assert response["HX-Retarget"] == "#action-dialog"
    assert Order.objects.get(pk=order.pk).stage == "packed"
    response = owner.post(ACT, post | {"step": "go"}, headers=HTMX)
    assert response["HX-Retarget"] == f"#next-{order.public_id}"
    assert Order.objects.get(pk=order.pk).stage == "shipped"


def test_an_order_that_is_through_says_so(owner: Client, shop: Shop) -> None:
    order = one(shop, stage="shipped")
    post = {"action": "upload", "order": order.public_id, "step": "go"}
    page = owner.post(ACT, post, headers=HTMX).content.decode()
    assert "Nothing more to do here." in page
    assert "is-finished" in page


def test_without_a_script_it_is_a_page_with_a_message(owner: Client, shop: Shop) -> None:
    order = one(shop)
    response = owner.post(ACT, {"action": "accept", "order": order.public_id}, follow=True)
    assert response.redirect_chain == [("/?fresh=1", 302)]
    assert "Accept: done." in response.content.decode()
    order = one(shop, stage="packed")
    page = owner.post(ACT, {"action": "ship", "order": order.public_id}).content.decode()
    assert "cannot be undone" in page
    assert 'name="step" value="go"' in page


def test_an_order_of_somebody_else_is_not_there(owner: Client, make_shop) -> None:
    order = one(make_shop())
    assert owner.post(ACT, {"action": "accept", "order": order.public_id}).status_code == 404
    assert Order.objects.get(pk=order.pk).stage == "new"


def test_a_role_that_may_not_has_no_button_and_is_refused(client: Client, shop: Shop) -> None:
    client.force_login(MembershipFactory(seller=shop.seller, role="packer").user)
    order = one(shop)
    assert 'value="accept"' not in client.get("/").content.decode()
    assert client.post(ACT, {"action": "accept", "order": order.public_id}).status_code == 403
    assert Order.objects.get(pk=order.pk).stage == "new"


def test_an_unknown_action_is_refused_in_words(owner: Client, shop: Shop) -> None:
    order = one(shop)
    response = owner.post(ACT, {"action": "fly", "order": order.public_id}, headers=HTMX)
    assert "There is no action" in response.content.decode()
