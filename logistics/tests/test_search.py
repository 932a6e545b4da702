"""Reading what was typed, and what a search answers."""

import pytest

from core.actor import Actor
from logistics.models import Shipment
from sellers.search import Query, exact_hit, missing, read, search
from testing.factories import MembershipFactory

pytestmark = pytest.mark.django_db

ALL = Actor("user", 1, "Lin Wei")


@pytest.mark.parametrize(
    ("typed", "text", "numbers"),
    [
        ("  8190 ", "8190", ()),
        ("Maria  Silva", "Maria Silva", ()),
        ("8190001\n8190002", "8190001 8190002", ("8190001", "8190002")),
        ("8190001，8190002；8190001", "8190001 8190002", ("8190001", "8190002")),
        ("Case 15", "Case 15", ()),
        ("a\x00b", "ab", ()),
    ],
)
def test_what_was_typed_is_a_text_or_numbers(typed, text, numbers):
    assert read(typed) == Query(text, numbers)


def test_more_than_five_hundred_numbers_are_cut():
    assert len(read(" ".join(f"819{n:05}" for n in range(600))).numbers) == 500


def found(shop, typed, limit=5, actor=ALL):
    groups = search(shop.seller, actor, read(typed), limit=limit)
    return {g.finder.name: [hit.title for hit in g.found.hits] for g in groups}


def test_an_order_is_found_by_the_beginning_of_its_number(shop):
    order, *_others = shop.orders(3)
    assert order.number in found(shop, order.number[:-1])["orders"]
    assert found(shop, order.number)["orders"] == [order.number]


def test_a_buyer_is_found_in_small_letters(shop):
    (order,) = shop.orders(1)
    order.buyer_name = "Étienne Martin"
    order.save()
    assert found(shop, "étienne")["orders"] == [order.number]
    assert found(shop, "Martin") == {}


def test_a_parcel_is_found_by_its_tracking_number(shop):
    shop.orders(1, stage="uploaded")
    number = Shipment.objects.get().tracking_number
    assert found(shop, number[:6])["shipments"] == [number]
    groups = search(shop.seller, ALL, read(number.lower()), limit=5)
    assert exact_hit(groups).title == number


def test_a_sku_is_found_by_code_barcode_and_name(shop):
    sku = shop.sku
    sku.barcode = "6901234567892"
    sku.name_zh = "编织数据线"
    sku.save()
    for typed in (sku.code.lower(), "6901234567892", "数据线"):
        assert found(shop, typed)["skus"] == [sku.code], typed


def test_pasted_numbers_say_what_was_not_found(shop):
    first, second = shop.orders(2)
    query = read(f"{first.number} {second.number} 9999999")
    groups = search(shop.seller, ALL, query, limit=5)
    assert {hit.title for hit in groups[0].found.hits} == {first.number, second.number}
    assert missing(query, groups) == ["9999999"]


def test_a_role_finds_only_what_it_may_see(shop):
    shop.orders(1)
    actor = Actor("user", 1, "x", frozenset({"stock:read"}))
    assert list(found(shop, shop.sku.code, actor=actor)) == ["skus"]
    assert found(shop, "Order", actor=actor) == {}


def test_another_seller_finds_nothing(shop, make_shop):
    (order,) = shop.orders(1)
    assert found(make_shop(), order.number) == {}


def test_an_exact_number_goes_straight_there(shop, client):
    (order,) = shop.orders(1)
    client.force_login(MembershipFactory(seller=shop.seller).user)
    answer = client.get("/search/", {"q": f" {order.number} "})
    assert answer.status_code == 302
    assert answer["Location"] == f"/orders/{order.public_id}/"


def test_typing_an_exact_number_only_suggests_it(shop, client):
    (order,) = shop.orders(1)
    client.force_login(MembershipFactory(seller=shop.seller).user)
    answer = client.get("/search/", {"q": order.number}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'role="option"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_nothing_found_is_said(shop, client):
    client.force_login(MembershipFactory(seller=shop.seller).user)
    page = client.get("/search/", {"q": "<b>nobody"}).content.decode()
    assert "Nothing found for “&lt;b&gt;nobody”" in page


@pytest.mark.parametrize("typed", ["8190", "a", ""])
def test_queries_do_not_follow_the_number_of_orders(
    shop, client, typed, django_assert_max_num_queries
):
    shop.orders(30)
    client.force_login(MembershipFactory(seller=shop.seller).user)
    client.get("/search/")
    with django_assert_max_num_queries(14):
        client.get("/search/", {"q": typed})
