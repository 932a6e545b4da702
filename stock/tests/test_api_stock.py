"""SKUs, levels and the ledger over the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import OutboxMessage
from core.outbox import on, unregister
from stock.models import Sku, StockLevel, StockMovement
from testing.api import Api, errors_of
from testing.factories import SellerFactory, SkuFactory, StockLevelFactory, WarehouseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    return Api(SellerFactory())


# --- SKUs ------------------------------------------------------------------------------------


def test_a_sku_is_created_with_what_is_known(api: Api) -> None:
    response = api.post(
        "/skus",
        {
            "code": "MUG-01",
            "name": "Mug",
            "weight_grams": 320,
            "price": {"amount": "23.42", "currency": "CNY"},
            "handling_days": None,
        },
    )
    sku = Sku.objects.get(seller=api.seller)
    assert response.status_code == 201
    assert response.json()["id"] == sku.public_id
    assert response.json()["price"] == {"amount": "23.42", "currency": "CNY"}
    assert (sku.code, sku.weight_grams, sku.price, sku.version) == (
        "MUG-01",
        320,
        Decimal("23.42"),
        1,
    )


def test_waiting_lines_hear_of_a_new_sku(api: Api) -> None:
    on("sku.created", name="test")(lambda message: None)
    try:
        sku = api.post("/skus", {"code": "MUG-01", "name": "Mug"}).json()
        message = OutboxMessage.objects.get(topic="sku.created", handler="test")
        assert (message.seller_id, message.payload["code"]) == (api.seller.pk, sku["code"])
    finally:
        unregister("sku.created", "test")


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"code": None}, "#/code", "null"),
        ({"code": ""}, "#/code", "blank"),
        ({"name": "x" * 201}, "#/name", "max_length"),
        ({"colour": "red"}, "#/colour", "unknown_field"),
        ({"weight_grams": -1}, "#/weight_grams", None),
        ({"weight_grams": 10**12}, "#/weight_grams", None),
        ({"weight_grams": "heavy"}, "#/weight_grams", "invalid"),
        ({"handling_days": 31}, "#/handling_days", "out_of_range"),
        ({"price": {"amount": "-1", "currency": "CNY"}}, "#/price/amount", "out_of_range"),
        ({"price": {"amount": "1", "currency": "QQQ"}}, "#/price/currency", "unknown_currency"),
        ({"price": {"amount": "1"}}, "#/price/currency", "unknown_currency"),
        ({"declared_value": {"amount": "99999999", "currency": "USD"}}, "#/declared_value", None),
        (
            {"promotion_from": "2026-03-02T00:00:00Z", "promotion_to": "2026-03-01T00:00:00Z"},
            "#/promotion_to",
            "out_of_range",
        ),
        ({"fragile": "perhaps"}, "#/fragile", "invalid"),
    ],
)
def test_a_wrong_value_of_a_sku_is_named_by_its_place(
    api: Api, change: dict[str, Any], place: str, code: str | None
) -> None:
    response = api.post("/skus", {"code": "MUG-01", "name": "Mug"} | change)
    errors = errors_of(response)
    assert (response.status_code, list(errors)) == (422, [place])
    assert code in (None, errors[place])
    assert not Sku.objects.exists()


def test_a_code_is_taken_once_by_each_seller(api: Api) -> None:
    SkuFactory(code="MUG-01")
    assert api.post("/skus", {"code": "MUG-01", "name": "Mug"}).status_code == 201
    again = api.post("/skus", {"code": "MUG-01", "name": "Mug"})
    assert (again.status_code, errors_of(again)) == (422, {"#/code": "taken"})


def test_a_change_leaves_the_rest_alone_and_counts_the_version(api: Api) -> None:
    sku = SkuFactory(seller=api.seller, name="Mug", weight_grams=300)
    told = api.patch(f"/skus/{sku.public_id}", {"name": "Cup"}).json()
    assert (told["name"], told["weight_grams"], told["version"]) == ("Cup", 300, 2)
    told = api.patch(f"/skus/{sku.public_id}", {"name": "Cup"}).json()
    assert told["version"] == 2


def test_the_code_of_a_sku_stays(api: Api) -> None:
    sku = SkuFactory(seller=api.seller)
    response = api.patch(f"/skus/{sku.public_id}", {"code": "OTHER"})
    assert errors_of(response) == {"#/code": "unknown_field"}


def test_prices_are_left_out_without_the_scope_for_money() -> None:
    sku = SkuFactory()
    api = Api(sku.seller, ["stock:read"])
    assert "amount" not in api.get("/skus").content.decode()
    assert "amount" not in api.get(f"/skus/{sku.public_id}").content.decode()


# --- movements -------------------------------------------------------------------------------


def movement(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "receive",
        "sku": "MUG-01",
        "quantity": 200,
        "reason": "count",
        "warehouse": "MAIN",
    } | changes


@pytest.fixture
def shelf(api: Api) -> StockLevel:
    """5 on hand, 2 of them promised."""
    level = StockLevelFactory(
        sku=SkuFactory(seller=api.seller, code="MUG-01"),
        warehouse=WarehouseFactory(seller=api.seller, code="MAIN"),
        seller=api.seller,
        on_hand=5,
    )
    StockLevel.objects.filter(pk=level.pk).update(reserved=2)
    return level


def test_a_movement_answers_its_entry_and_the_level(api: Api, shelf: StockLevel) -> None:
    response = api.post("/stock/movements", movement())
    told = response.json()
    assert response.status_code == 201
    assert (told["kind"], told["on_hand"], told["reason"]) == ("receive", 200, "count")
    assert (told["sku_code"], told["warehouse_code"]) == ("MUG-01", "MAIN")
    level = told["level"]
    assert (level["on_hand"], level["reserved"], level["available"]) == (205, 2, 203)


def test_the_only_warehouse_may_be_left_out(api: Api, shelf: StockLevel) -> None:
    sent = movement(sku=shelf.sku.public_id)
    del sent["warehouse"]
    assert api.post("/stock/movements", sent).status_code == 201
    WarehouseFactory(seller=api.seller)
    response = api.post("/stock/movements", sent)
    assert (response.status_code, errors_of(response)) == (422, {"#/warehouse": "required"})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kind": "ship"}, "#/kind"),
        ({"sku": "NOBODY"}, "#/sku"),
        ({"warehouse": "NOWHERE"}, "#/warehouse"),
        ({"quantity": -1}, "#/quantity"),
        ({"quantity": 0}, "#/quantity"),
        ({"quantity": 10**9}, "#/quantity"),
        ({"quantity": 10**40}, "#/quantity"),
        ({"kind": "adjust", "reason": None}, "#/reason"),
        ({"kind": "write_off", "reason": " "}, "#/reason"),
        ({"bin": "A1"}, "#/bin"),
    ],
)
def test_a_wrong_movement_is_named_by_its_place(
    api: Api, shelf: StockLevel, change: dict[str, Any], place: str
) -> None:
    response = api.post("/stock/movements", movement(**change))
    assert (response.status_code, list(errors_of(response))) == (422, [place])
    assert StockMovement.objects.count() == 1


def test_promised_units_are_not_taken_away(api: Api, shelf: StockLevel) -> None:
    response = api.post("/stock/movements", movement(kind="adjust", quantity=-4))
    assert (response.status_code, response.json()["code"]) == (409, "below_reserved")
    shelf.refresh_from_db()
    assert shelf.on_hand == 5


def test_goods_of_somebody_else_are_unknown(api: Api, shelf: StockLevel) -> None:
    other = StockLevelFactory()
    for change in ({"sku": other.sku.public_id}, {"warehouse": other.warehouse.public_id}):
        assert api.post("/stock/movements", movement(**change)).status_code == 422
    other.refresh_from_db()
    assert other.on_hand == 100


# --- lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/skus", "/stock", "/stock/movements", "/warehouses"])
def test_lists_take_the_same_number_of_queries_at_any_length(path: str) -> None:
    seller = SellerFactory()
    api, counts = Api(seller), []
    api.get(path)
    for n in (1, 30):
        for _i in range(n):
            StockLevelFactory(seller=seller)
        with CaptureQueriesContext(connection) as queries:
            found = api.get(path, limit=200).json()["data"]
        counts.append((len(queries), len(found)))
    assert counts == [(2, 1), (2, 31)]


def test_lists_show_one_s_own_rows_only(api: Api, shelf: StockLevel) -> None:
    StockLevelFactory()
    for path in ("/skus", "/stock", "/stock/movements", "/warehouses"):
        assert len(api.get(path).json()["data"]) == 1


def test_levels_and_movements_are_narrowed_by_sku_and_warehouse(
    api: Api, shelf: StockLevel
) -> None:
    StockLevelFactory(seller=api.seller)
    for path in ("/stock", "/stock/movements"):
        for query in ({"sku": "MUG-01"}, {"sku": shelf.sku.public_id}, {"warehouse": "MAIN"}):
            assert len(api.get(path, **query).json()["data"]) == 1
        assert api.get(path, sku="NOBODY").json()["data"] == []


def test_levels_page_over_skus_in_several_warehouses(api: Api) -> None:
    sku = SkuFactory(seller=api.seller)
    for _i in range(3):
        StockLevelFactory(seller=api.seller, sku=sku)
    first = api.get("/stock", limit=2).json()
    second = api.get("/stock", limit=2, cursor=first["next_cursor"]).json()
    found = {row["warehouse"] for row in first["data"] + second["data"]}
    assert (len(found), second["has_more"]) == (3, False)
