"""What people write on an order: notes, tags, a corrected address, waived fines."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from core.errors import Refused
from logistics.tests.conftest import Shop
from logistics.tests.test_page_order import login, path, read
from orders.actions.address import correct_address
from orders.actions.notes import tag_orders
from orders.models import Order, OrderEvent, Penalty
from sellers.models import Role
from testing.factories import STAFF, OrderFactory, PenaltyRuleFactory, make_orders


@pytest.fixture
def page(shop: Shop) -> Client:
    return login(shop)


def url(name: str, order: Order, *more: str) -> str:
    return reverse(f"orders:{name}", args=[order.public_id, *more])


# --- notes and tags --------------------------------------------------------------------------


def test_a_note_has_its_author_and_stays(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    page.post(url("note", order), {"text": "Wrap it\nas a gift <b>"})
    event = OrderEvent.objects.get(kind="noted")
    assert (event.actor_kind, event.data) == ("user", {"text": "Wrap it\nas a gift <b>"})
    assert "as a gift &lt;b&gt;" in read(page, order)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001])
def test_a_note_that_is_none_is_refused(page: Client, shop: Shop, text: str) -> None:
    (order,) = shop.orders()
    page.post(url("note", order), {"text": text})
    assert not OrderEvent.objects.filter(kind="noted").exists()


@pytest.mark.parametrize(
    ("role", "may"), [(Role.PACKER, True), (Role.SUPPORT, True), (Role.VIEWER, False)]
)
def test_who_may_write_on_an_order(shop: Shop, role: str, may: bool) -> None:
    (order,) = shop.orders()
    client = login(shop, role)
    assert ("Add note" in read(client, order)) is may
    client.post(url("note", order), {"text": "x"})
    client.post(url("tags", order), {"add": "gift"})
    order.refresh_from_db()
    assert OrderEvent.objects.filter(kind="noted").exists() is may
    assert order.tags == (["gift"] if may else [])


def test_tags_come_and_go_and_lists_ask_for_them(page: Client, shop: Shop) -> None:
    (order, other) = shop.orders(2)
    for tag in ("vip", " big  parcel ", "vip"):
        page.post(url("tags", order), {"add": tag})
    order.refresh_from_db()
    assert order.tags == ["big parcel", "vip"]
    body = page.get("/orders/", {"tag": "vip"}).content.decode()
    assert order.number in body
    assert other.number not in body
    page.post(url("tags", order), {"remove": "vip"})
    order.refresh_from_db()
    assert order.tags == ["big parcel"]
    changes = [e.data for e in OrderEvent.objects.filter(kind="tagged").order_by("pk")]
    assert changes == [
        {"added": ["vip"], "removed": []},
        {"added": ["big parcel"], "removed": []},
        {"added": [], "removed": ["vip"]},
    ]


def test_an_order_has_at_most_ten_tags(page: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    tag_orders(seller=shop.seller, orders=[order.pk], actor=STAFF, add=map(str, range(10)))
    page.post(url("tags", order), {"add": "one more"})
    order.refresh_from_db()
    assert len(order.tags) == 10


def test_tagging_many_is_a_constant_number_of_statements(
    shop: Shop, django_assert_num_queries
) -> None:
    make = make_orders(20, store=shop.store, lines=[(shop.sku, 1)])
    with django_assert_num_queries(6):
        outcome = tag_orders(
            seller=shop.seller, orders=[o.pk for o in make], actor=STAFF, add=["wave 1"]
        )
    assert outcome.done == 20


# --- address ---------------------------------------------------------------------------------

WRONG = {"postcode": "123", "problems": ["postcode_format"], "tags": []}


def typed(order: Order, **changes: str) -> dict[str, str]:
    names = (
        "buyer_name",
        "address",
        "city",
        "state",
        "postcode",
        "country",
        "buyer_phone",
        "tax_number",
    )
    return (
        {name: getattr(order, name) for name in names} | changes | {"version": str(order.version)}
    )


def test_a_corrected_address_is_checked_again(page: Client, shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, **WRONG)
    assert "does not look like one of BR" in read(page, order)
    page.post(url("reveal", order))
    assert "Correct the address" in page.get(url("address", order)).content.decode()
    page.post(url("address", order), typed(order, postcode="01310-100"))
    order.refresh_from_db()
    assert (order.postcode, order.problems, order.version) == ("01310-100", [], 2)
    event = OrderEvent.objects.get(kind="address_corrected")
    assert event.data == {"fields": ["postcode"]}
    assert "does not look like one of BR" not in read(page, order)


def test_the_form_is_for_those_who_asked_to_see_the_buyer(page: Client, shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, buyer_name="Zenaida Quiroga")
    answer = page.get(url("address", order))
    assert answer.status_code == 409
    assert "Zenaida" not in answer.content.decode()


def test_of_two_who_correct_the_second_is_told(page: Client, shop: Shop) -> None:
    order = OrderFactory.create(store=shop.store, **WRONG)
    old = typed(order)
    correct_address(
        seller=shop.seller, order=order.pk, fields={"postcode": "01310-100"}, actor=STAFF, version=1
    )
    page.post(url("reveal", order))
    answer = page.post(url("address", order), old | {"postcode": "99999-999"})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "Somebody has changed the order meanwhile." in body
    assert "01310-100" in body
    assert "99999-999" in body
    order.refresh_from_db()
    assert order.postcode == "01310-100"


def test_what_is_packed_keeps_its_address(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    page.post(url("reveal", order))
    assert "Undo the packing first." in read(page, order)
    page.post(url("address", order), typed(order, city="Rio"))
    order.refresh_from_db()
    assert order.city == "São Paulo"
    with pytest.raises(Refused, match="Undo the packing first"):
        correct_address(
            seller=shop.seller, order=order.pk, fields={"city": "Rio"}, actor=STAFF,
            version=order.version,
        )  # fmt: skip


@pytest.mark.parametrize(("field", "value"), [("country", "XX"), ("postcode", "9" * 21)])
def test_what_is_no_address_is_refused_at_its_field(
    page: Client, shop: Shop, field: str, value: str
) -> None:
    order = OrderFactory.create(store=shop.store)
    page.post(url("reveal", order))
    answer = page.post(url("address", order), typed(order, **{field: value}))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    before = getattr(order, field)
    order.refresh_from_db()
    assert getattr(order, field) == before


# --- fines -----------------------------------------------------------------------------------


@pytest.fixture
def fined(shop: Shop) -> Penalty:
    rule = PenaltyRuleFactory(seller=shop.seller)
    order = OrderFactory.create(store=shop.store, rule=rule)
    return Penalty.objects.create(
        seller=shop.seller, order=order, rule=rule, step=rule.steps.first(),
        amount=Decimal("5.00"), currency="USD", at=order.ship_by, actor="sweep",
    )  # fmt: skip


def test_a_fine_is_waived_with_a_reason(page: Client, fined: Penalty) -> None:
    address = url("waive", fined.order, fined.public_id)
    assert address in read(page, fined.order)
    page.post(address, {"reason": ""})
    assert Penalty.objects.count() == 1
    page.post(address, {"reason": "Carrier strike"})
    waiver = Penalty.objects.get(kind="waiver")
    assert (waiver.amount, waiver.reason) == (Decimal("-5.00"), "Carrier strike")
    body = read(page, fined.order)
    assert "Carrier strike" in body
    assert address not in body


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PACKER, Role.VIEWER])
def test_who_may_not_waive_is_not_offered_it(shop: Shop, fined: Penalty, role: str) -> None:
    client = login(shop, role)
    address = url("waive", fined.order, fined.public_id)
    assert address not in read(client, fined.order)
    assert client.post(address, {"reason": "x"}).status_code == 403
    assert Penalty.objects.count() == 1


def test_a_fine_of_another_order_is_not_there(page: Client, shop: Shop, fined: Penalty) -> None:
    other = OrderFactory.create(store=shop.store)
    assert page.post(url("waive", other, fined.public_id), {"reason": "x"}).status_code == 404
    assert path(other)
    assert Penalty.objects.count() == 1
