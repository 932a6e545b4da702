"""Purchasing over the API, and what is missing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from stock.lead_time import today_of
from stock.models import Receipt, Replenishment, Sku, StockLevel
from testing.api import Api, errors_of
from testing.factories import (
    SkuFactory,
    SupplierFactory,
    SupplierSkuFactory,
    WarehouseFactory,
    make_orders,
    make_replenishment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> Sku:
    return SkuFactory(code="CUP")


@pytest.fixture
def api(sku: Sku) -> Api:
    return Api(sku.seller)


@pytest.fixture
def row(sku: Sku) -> Replenishment:
    return make_replenishment((sku, 10))


def path(row: Replenishment, more: str = "") -> str:
    return f"/replenishments/{row.public_id}{more}"


def test_a_replenishment_is_made_and_ordered_once_for_an_id(api: Api, sku: Sku) -> None:
    place = WarehouseFactory(seller=sku.seller, code="SZ")
    supplier = SupplierFactory(seller=sku.seller, name="Kiln", lead_days=3)
    SupplierSkuFactory(sku=sku, supplier=supplier, price=Decimal("1.5"))
    body = {"id": "po-9", "supplier": "Kiln", "order": True, "lines": [
        {"sku": "CUP", "quantity": 24}]}  # fmt: skip
    first, again = (api.post("/replenishments", body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    told = first.json()
    assert told == again.json()
    assert first["Location"].endswith(path(Replenishment.objects.get()))
    assert (told["state"], told["warehouse"], told["supplier_name"]) == (
        "ordered", place.public_id, "Kiln",
    )  # fmt: skip
    assert told["cost"] == {"amount": "36.00", "currency": "CNY"}
    assert told["allowed_actions"] == ["receive", "cancel"]
    assert told["lines"][0] | {"id": ""} == {
        "id": "", "sku": sku.public_id, "sku_code": "CUP", "quantity": 24, "received": 0,
        "cancelled": 0, "extra": 0, "open": 24,
        "unit_cost": {"amount": "1.50", "currency": "CNY"},
    }  # fmt: skip


def test_every_wrong_place_of_a_body_is_named(api: Api, sku: Sku) -> None:
    WarehouseFactory(seller=sku.seller)
    answer = api.post("/replenishments", {"lines": [
        {"sku": "NONE", "quantity": 1},
        {"sku": "CUP", "quantity": 1, "unit_cost": {"amount": "1.00", "currency": "CNY"}},
        {"sku": sku.public_id, "quantity": 1, "unit_cost": {"amount": "1.00", "currency": "USD"}},
    ]})  # fmt: skip
    assert (answer.status_code, errors_of(answer)) == (
        422,
        {"#/lines/0/sku": "unknown", "#/lines/2/unit_cost/currency": "other_currency"},
    )
    answer = api.post("/replenishments", {"lines": [{"sku": "CUP", "quantity": 0}], "x": 1})
    assert errors_of(answer) == {"#/x": "unknown_field"}
    answer = api.post("/replenishments", {"lines": [{"sku": "CUP", "quantity": 0}]})
    assert errors_of(answer) == {"#/lines/0/quantity": "invalid"}
    assert not Replenishment.objects.exists()


def test_goods_are_received_once_for_an_id(api: Api, row: Replenishment) -> None:
    body = {"id": "d1", "note": "one carton wet", "lines": [{"sku": "CUP", "quantity": 4}]}
    first, again = (api.post(path(row, "/receipts"), body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    told = first.json()
    assert (told["replenishment"]["state"], told["replenishment"]["open"]) == ("partly_received", 6)
    moves = api.get("/stock/movements").json()["data"]
    assert [(m["id"], m["on_hand"], m["reference"]) for m in moves] == [
        (told["lines"][0]["movement"], 4, row.number)
    ]
    assert StockLevel.objects.get().on_hand == 4


def test_more_than_ordered_is_refused_until_it_is_said_what_to_do(
    api: Api, row: Replenishment
) -> None:
    body = {"id": "d1", "lines": [{"sku": "CUP", "quantity": 12}]}
    answer = api.post(path(row, "/receipts"), body)
    assert (answer.status_code, answer.json()["code"]) == (409, "over_received")
    assert answer.json()["state"] == "ordered"
    assert not Receipt.objects.exists()
    told = api.post(path(row, "/receipts"), body | {"over": "all"}).json()
    assert told["replenishment"]["lines"][0]["extra"] == 2
    refused = api.post(path(row, "/receipts"), body | {"id": "d2"})
    assert (refused.json()["code"], refused.json()["allowed_actions"]) == ("wrong_state", [])


def test_wrong_units_are_named_by_their_place(api: Api, row: Replenishment) -> None:
    WarehouseFactory(seller=row.seller)
    lines = [{"sku": "CUP", "quantity": -1}, {"sku": "NONE", "quantity": 1}]
    assert errors_of(api.post(path(row, "/receipts"), {"lines": lines})) == {
        "#/lines/1/sku": "unknown"
    }
    assert errors_of(api.post(path(row, "/receipts"), {"lines": lines[:1]})) == {
        "#/lines/0/quantity": "invalid"
    }


def test_it_is_moved_to_another_day_and_cancelled(api: Api, row: Replenishment) -> None:
    day = today_of(row.seller) + timedelta(days=20)
    answer = api.patch(path(row), {"expected_on": day.isoformat()})
    assert answer.json()["expected_on"] == day.isoformat()
    assert errors_of(api.post(path(row, "/cancel"), {})) == {"#/reason": "required"}
    answer = api.post(path(row, "/cancel"), {"reason": "sold out"})
    assert (answer.json()["state"], answer.json()["lines"][0]["cancelled"]) == ("cancelled", 10)


def test_a_draft_is_ordered(api: Api, sku: Sku) -> None:
    row = make_replenishment((sku, 1), ordered=False)
    assert api.post(path(row, "/order"), {}).json()["state"] == "ordered"
    bare = make_replenishment((sku, 1), ordered=False, supplier=None)
    assert errors_of(api.post(path(bare, "/order"), {})) == {"#/supplier": "required"}


def test_the_list_is_narrowed_and_paged(api: Api, sku: Sku) -> None:
    rows = [make_replenishment((sku, 1)) for _ in range(3)]
    other = make_replenishment((SkuFactory(seller=sku.seller), 1), ordered=False)
    assert rows[0].supplier is not None
    for query, found in (
        ({"state": "draft"}, [other]),
        ({"sku": "CUP"}, rows[::-1]),
        ({"supplier": rows[0].supplier.public_id}, rows[:1]),
    ):
        data = api.get("/replenishments", **query).json()["data"]
        assert [r["id"] for r in data] == [r.public_id for r in found]
    first = api.get("/replenishments", limit=3).json()
    rest = api.get("/replenishments", limit=3, cursor=first["next_cursor"]).json()
    assert [r["id"] for r in rest["data"]] == [rows[0].public_id]
    assert rest["has_more"] is False


def test_without_the_scope_there_is_no_money(sku: Sku, row: Replenishment) -> None:
    make_orders(1, seller=sku.seller, lines=[(sku, 5)])
    api = Api(sku.seller, ["stock:read"])
    for where in (path(row), "/replenishments", "/suppliers", "/shortages"):
        text = api.get(where).content.decode()
        assert not any(word in text for word in ("cost", "min_value", "fines")), where


def test_suppliers_are_listed(api: Api, row: Replenishment) -> None:
    assert row.supplier is not None
    (told,) = api.get("/suppliers").json()["data"]
    assert (told["id"], told["lead_days"]) == (row.supplier.public_id, 7)


def test_what_is_missing_with_what_comes(api: Api, sku: Sku, row: Replenishment) -> None:
    make_orders(2, seller=sku.seller, lines=[(sku, 6)])
    (told,) = api.get("/shortages").json()["data"]
    assert row.expected_on is not None
    assert told["on_the_way"] == [
        {"replenishment": row.public_id, "number": row.number, "quantity": 10,
         "expected_on": row.expected_on.isoformat()}
    ]  # fmt: skip
    assert (told["missing"], told["orders"], told["too_late_for"], told["nothing_ordered_for"]) == (
        12, 2, 1, 1,
    )  # fmt: skip
    assert (told["cover_days"], told["fines"]) == (None, [])


def test_shortages_are_paged(api: Api, sku: Sku) -> None:
    for _ in range(3):
        make_orders(1, seller=sku.seller, lines=[(SkuFactory(seller=sku.seller), 1)])
    first = api.get("/shortages", limit=2).json()
    rest = api.get("/shortages", limit=2, cursor=first["next_cursor"]).json()
    assert (len(first["data"]), len(rest["data"]), rest["has_more"]) == (2, 1, False)
    assert errors_of(api.get("/shortages", cursor="zz")) == {"cursor": "invalid"}
