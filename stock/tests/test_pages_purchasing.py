"""The pages of purchasing, by what people do there."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sellers.models import Membership, Role, User
from stock.lead_time import today_of
from stock.models import Replenishment, Sku, StockLevel, Supplier, SupplierSku
from testing import without_times
from testing.factories import (
    MembershipFactory,
    SkuFactory,
    SupplierFactory,
    SupplierSkuFactory,
    WarehouseFactory,
    make_orders,
    make_replenishment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Membership:
    return MembershipFactory.create(role=Role.OWNER)


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    client.force_login(owner.user)
    return client


@pytest.fixture
def sku(owner: Membership) -> Sku:
    return SkuFactory.create(seller=owner.seller, code="CUP-1")


@pytest.fixture
def row(sku: Sku) -> Replenishment:
    offer = SupplierSkuFactory(sku=sku, price=Decimal("8.31"), code="QY-1")
    return make_replenishment((sku, 10), supplier=offer.supplier)


def one(name: str, row: Replenishment) -> str:
    return reverse(f"purchasing:{name}", args=[row.public_id])


def urls_of(row: Replenishment) -> list[str]:
    assert row.supplier is not None
    supplier = [row.supplier.public_id]
    return [
        *(reverse(f"purchasing:{name}") for name in
          ("list", "new", "suggestions", "suppliers", "new_supplier")),
        reverse("purchasing:supplier", args=supplier),
        reverse("purchasing:edit_supplier", args=supplier),
        *(one(name, row) for name in ("one", "edit", "receive", "print")),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_page_renders_in_both_languages_without_inline_style_or_script(
    page: Client, owner: Membership, row: Replenishment, language: str
) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    make_orders(2, seller=owner.seller, lines=[(row.lines.get().sku, 8), (SkuFactory(
        seller=owner.seller), 3)])  # fmt: skip
    for url in urls_of(row):
        response = page.get(url)
        html = response.content.decode()
        assert response.status_code == 200, url
        assert f'<html lang="{language}"' in html
        assert "style=" not in html, url
        assert "<script>" not in html, url


def test_pages_render_for_a_shop_without_anything(page: Client) -> None:
    for name in ("list", "new", "suggestions", "suppliers", "new_supplier"):
        assert page.get(reverse(f"purchasing:{name}")).status_code == 200


def test_support_sees_none_of_it(client: Client, owner: Membership, row: Replenishment) -> None:
    client.force_login(MembershipFactory(seller=owner.seller, role=Role.SUPPORT).user)
    for url in urls_of(row):
        assert client.get(url).status_code == 403, url


def test_a_packer_sees_no_cost_and_changes_nothing(
    client: Client, owner: Membership, row: Replenishment
) -> None:
    assert row.supplier is not None
    Supplier.objects.update(min_value="777.77")
    client.force_login(MembershipFactory(seller=owner.seller, role=Role.PACKER).user)
    seen = [reverse("purchasing:list"), reverse("purchasing:suppliers"),
            reverse("purchasing:suggestions"), one("one", row), one("print", row),
            reverse("purchasing:supplier", args=[row.supplier.public_id])]  # fmt: skip
    for url in seen:
        html = without_times(client.get(url).content.decode())
        assert not re.search(r"8\.31|83\.10|777", html), url
    for name in ("edit", "order", "reopen", "move", "cancel", "receive"):
        assert client.post(one(name, row)).status_code == 403, name
    assert client.post(reverse("purchasing:make")).status_code == 403
    assert client.post(reverse("purchasing:new_supplier")).status_code == 403
    row.refresh_from_db()
    assert (row.state, row.version) == ("ordered", 2)


def test_an_order_made_by_hand_is_ordered_received_and_closed(
    page: Client, owner: Membership, sku: Sku
) -> None:
    place = WarehouseFactory(seller=owner.seller)
    supplier = SupplierFactory(seller=owner.seller)
    SkuFactory(seller=owner.seller, code="POT", barcode="690")
    sent = {"supplier": supplier.pk, "warehouse": place.pk, "client_id": "a",
            "lines": "CUP-1\t12\t3.50\n690, 4"}  # fmt: skip
    answers = [page.post(reverse("purchasing:new"), sent) for _ in range(2)]
    row = Replenishment.objects.get()
    assert [a["Location"] for a in answers] == [one("one", row)] * 2
    cup, pot = row.lines.order_by("position")
    assert (cup.quantity, cup.unit_cost, pot.quantity) == (12, Decimal("3.5"), 4)
    page.post(one("order", row))
    came = {f"came-{cup.public_id}": "12", f"came-{pot.public_id}": "",
            "warehouse": place.pk, "client_id": "b"}  # fmt: skip
    for _ in range(2):
        assert page.post(one("receive", row), came).status_code == 302
    assert StockLevel.objects.get().on_hand == 12
    page.post(one("cancel", row), {"reason": "sold out"})
    row.refresh_from_db()
    assert row.state == "received"


def test_what_cannot_be_read_is_named_by_line(page: Client, owner: Membership, sku: Sku) -> None:
    place = WarehouseFactory(seller=owner.seller)
    lines = "CUP-1\t0\nNONE 3\nCUP-1\t5"
    answer = page.post(reverse("purchasing:new"), {"warehouse": place.pk, "lines": lines})
    assert answer.status_code == 422
    told = answer.context["form"].errors["lines"]
    assert [t.split(":")[0] for t in told] == ["Line 2", "Line 3", "Line 1"]
    assert not Replenishment.objects.exists()


@pytest.mark.parametrize(
    ("line", "units", "cost"),
    [
        ("CUP-1 100", 100, None),
        ("CUP-1,100", 100, None),
        ("CUP-1,100,2.5", 100, "2.5"),
        ("CUP-1；100", 100, None),
        ("CUP-1\t1,200\t¥2.50", 1200, "2.5"),
    ],
)
def test_lines_are_read_as_sheets_and_people_write_them(
    page: Client, owner: Membership, sku: Sku, line: str, units: int, cost: str | None
) -> None:
    place = WarehouseFactory(seller=owner.seller)
    page.post(reverse("purchasing:new"), {"warehouse": place.pk, "lines": line})
    found = Replenishment.objects.get().lines.get()
    assert (found.quantity, found.unit_cost) == (units, cost and Decimal(cost))


def test_a_draft_is_edited_in_place(page: Client, sku: Sku) -> None:
    row = make_replenishment((sku, 10), ordered=False)
    SkuFactory(seller=sku.seller, code="POT")
    line = row.lines.get()
    sent = {"warehouse": row.warehouse_id, f"units-{line.public_id}": "7",
            f"cost-{line.public_id}": "1.25", "lines": "POT 2", "seen": "1"}  # fmt: skip
    assert page.post(one("edit", row), sent).status_code == 302
    found = row.lines.order_by("position").values_list("sku__code", "quantity", "unit_cost")
    assert list(found) == [("CUP-1", 7, Decimal("1.25")), ("POT", 2, None)]
    assert page.post(one("edit", row), sent).status_code == 422


def test_more_than_ordered_is_a_question_on_the_page(page: Client, row: Replenishment) -> None:
    line = row.lines.get()
    sent = {f"came-{line.public_id}": "15", "warehouse": row.warehouse_id, "client_id": "d"}
    answer = page.post(one("receive", row), sent)
    assert answer.status_code == 409
    assert [s.over for s in answer.context["question"].surplus] == [5]
    assert not StockLevel.objects.exists()
    assert page.post(one("receive", row), sent | {"over": "ordered"}).status_code == 302
    assert StockLevel.objects.get().on_hand == 10


def test_chosen_suggestions_become_a_draft_for_each_supplier(
    page: Client, owner: Membership
) -> None:
    WarehouseFactory(seller=owner.seller)
    offers = [SupplierSkuFactory(seller=owner.seller) for _ in range(2)]
    make_orders(1, seller=owner.seller, lines=[(o.sku, 5) for o in offers])
    sent = {"sku": [o.sku.public_id for o in offers], "client_id": "x",
            f"units-{offers[0].sku.public_id}": "9"}  # fmt: skip
    for _ in range(2):
        page.post(reverse("purchasing:make"), sent)
    drafts = Replenishment.objects.order_by("pk")
    assert {d.supplier_id: d.lines.get().quantity for d in drafts} == {
        offers[0].supplier_id: 9,
        offers[1].supplier_id: 5,
    }


def test_a_supplier_is_added_with_what_it_delivers(page: Client, sku: Sku) -> None:
    sent = {"name": "Kiln", "lead_days": 5, "cover_days": 14, "currency": "CNY", "min_value": "0",
            "min_quantity": "0", "active": "on"}  # fmt: skip
    answer = page.post(reverse("purchasing:new_supplier"), sent)
    supplier = Supplier.objects.get()
    where = reverse("purchasing:supplier", args=[supplier.public_id])
    assert answer["Location"] == where
    offers = reverse("purchasing:offers", args=[supplier.public_id])
    page.post(offers, {"offers": "CUP-1\t3.2\t24\t12\t9\tQY"})
    row = SupplierSku.objects.get()
    assert (row.price, row.min_quantity, row.pack_size, row.lead_days, row.code) == (
        Decimal("3.2"), 24, 12, 9, "QY",
    )  # fmt: skip
    key = row.public_id
    page.post(offers, {f"price-{key}": "3.3", f"min-{key}": "1", f"pack-{key}": "6",
                       f"lead-{key}": "", f"code-{key}": ""})  # fmt: skip
    row.refresh_from_db()
    assert (row.price, row.min_quantity, row.pack_size, row.lead_days, row.code) == (
        Decimal("3.3"), 1, 6, None, "",
    )  # fmt: skip
    assert page.post(offers, {f"price-{key}": "x", f"min-{key}": "1", f"pack-{key}": "1"})
    row.refresh_from_db()
    assert row.price == Decimal("3.3")


def test_tabs_count_what_they_list(page: Client, sku: Sku, row: Replenishment) -> None:
    late = make_replenishment((sku, 1))
    day = today_of(sku.seller) - timedelta(days=1)
    Replenishment.objects.filter(pk=late.pk).update(expected_on=day)
    make_replenishment((sku, 1), ordered=False)
    for tab, n in (("coming", 2), ("late", 1), ("draft", 1)):
        context = page.get(reverse("purchasing:list"), {"tab": tab}).context
        assert len(context["rows"]) == n
        assert next(t["count"] for t in context["tabs"] if t["active"]) == n


def test_the_list_is_searched_by_number_supplier_and_sku(page: Client, row: Replenishment) -> None:
    assert row.supplier is not None
    make_replenishment((SkuFactory(seller=row.seller), 1))
    for q in (row.supplier.name, "cup-1"):
        (found,) = page.get(reverse("purchasing:list"), {"q": q}).context["rows"]
        assert found["row"] == row


def test_many_rows_take_as_many_queries_as_one(page: Client, sku: Sku) -> None:
    make: Callable[[], Replenishment] = lambda: make_replenishment(  # noqa: E731
        *[(SkuFactory(seller=sku.seller), 2) for _ in range(3)]
    )

    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(url).status_code == 200
        return len(queries)

    first = make()
    pages = [reverse("purchasing:list"), reverse("purchasing:suppliers")]
    count(pages[0])
    before = [count(url) for url in pages]
    for _ in range(6):
        make()
    assert [count(url) for url in pages] == before
    small = [count(one(name, first)) for name in ("one", "receive", "print")]
    large = make_replenishment(*[(SkuFactory(seller=sku.seller), 1) for _ in range(30)])
    assert [count(one(name, large)) for name in ("one", "receive", "print")] == small
