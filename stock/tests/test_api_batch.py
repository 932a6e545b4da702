"""Many movements and levels over the API, and the warehouses of a store."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stock.actions.bins import create_bins
from stock.models import StockLevel, StockMovement, StorePlace
from testing.api import Api, errors_of
from testing.factories import (
    STAFF,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    found = Api(SellerFactory())
    found.house = WarehouseFactory(seller=found.seller, code="MAIN")  # type: ignore[attr-defined]
    for code in "AB":
        SkuFactory(seller=found.seller, code=code)
    return found


def on_hand(api: Api) -> dict[str, int]:
    rows = StockLevel.objects.filter(seller=api.seller)
    return dict(rows.values_list("sku__code", "on_hand"))


def test_good_rows_are_booked_and_bad_ones_told(api: Api) -> None:
    rows: list[Any] = [
        {"kind": "receive", "sku": "A", "quantity": 5},
        {"kind": "write_off", "sku": "A", "quantity": 9, "reason": "x"},
        {"kind": "write_off", "sku": "A", "quantity": 2, "reason": "x"},
        {"kind": "receive", "sku": "NONE", "quantity": 1},
        {"kind": "receive", "sku": "B", "quantity": 0},
        {"kind": "write_off", "sku": "A", "quantity": 1},
        None,
        {"kind": "transfer_in", "sku": "A", "quantity": 1},
        {"kind": "receive", "sku": "B", "quantity": 1, "warehouse": "NONE", "more": 1},
    ]
    response = api.post("/stock/movements/batch", {"movements": rows})
    assert response.status_code == 200
    body = response.json()
    assert [r["status"] for r in body["results"]] == ["posted", "rejected", "posted"] + [
        "rejected"
    ] * 6
    assert body["summary"] == {"posted": 2, "unchanged": 0, "rejected": 7}
    codes = [[(e["pointer"], e["code"]) for e in r["errors"]] for r in body["results"]]
    assert codes[1] == [("#/quantity", "below_reserved")]
    assert codes[3] == [("#/sku", "unknown")]
    assert codes[4] == [("#/quantity", "invalid")]
    assert codes[5] == [("#/reason", "invalid")]
    assert on_hand(api) == {"A": 3}
    assert StockMovement.objects.count() == 2
    assert body["results"][2]["on_hand"] == 3


def test_levels_are_set_and_set_again_change_nothing(api: Api) -> None:
    create_bins(
        seller=api.seller,
        warehouse=api.house,
        first="A-1",
        last="A-2",
        actor=STAFF,  # type: ignore[attr-defined]
    )
    rows = [
        {"sku": "A", "warehouse": "MAIN", "on_hand": 7, "bin": "a-2", "reorder_point": 3},
        {"sku": "B", "on_hand": 0},
        {"sku": "A", "on_hand": 8},
        {"sku": "B", "on_hand": -1},
    ]
    first = api.post("/stock/levels", {"levels": rows}).json()
    assert [r["status"] for r in first["results"]] == [
        "posted", "unchanged", "rejected", "rejected",
    ]  # fmt: skip
    assert first["results"][2]["errors"][0]["code"] == "twice"
    assert first["results"][3]["errors"][0]["pointer"] == "#/on_hand"
    again = api.post("/stock/levels", {"levels": rows[:2]}).json()
    assert [r["status"] for r in again["results"]] == ["unchanged", "unchanged"]
    level = StockLevel.objects.get(sku__code="A")
    assert (level.on_hand, level.reorder_point, level.bin and level.bin.code) == (7, 3, "A-2")
    assert list(StockMovement.objects.values_list("kind", "on_hand")) == [("adjust", 7)]


def test_a_batch_costs_what_one_row_costs(api: Api) -> None:
    def cost(n: int) -> int:
        skus = [SkuFactory(seller=api.seller) for _ in range(n)]
        rows = [{"sku": sku.code, "on_hand": 4} for sku in skus]
        with CaptureQueriesContext(connection) as queries:
            assert api.post("/stock/levels", {"levels": rows}).status_code == 200
        return len(queries)

    cost(1)
    assert cost(1) == cost(60)


def test_too_many_or_none(api: Api) -> None:
    row = {"kind": "receive", "sku": "A", "quantity": 1}
    for rows in ([], [row] * 501):
        response = api.post("/stock/movements/batch", {"movements": rows})
        assert response.status_code == 422
        assert errors_of(response)
    assert not StockMovement.objects.exists()


def test_another_sellers_sku_is_unknown(api: Api) -> None:
    other = StockLevelFactory(on_hand=5)
    rows = [{"sku": other.sku.public_id, "on_hand": 1}]
    answer = api.post("/stock/levels", {"levels": rows}).json()
    assert answer["results"][0]["errors"][0]["code"] == "unknown"
    other.refresh_from_db()
    assert other.on_hand == 5


def test_the_warehouses_of_a_store(api: Api) -> None:
    store = StoreFactory(seller=api.seller)
    second = WarehouseFactory(seller=api.seller, code="YW")
    url = f"/stores/{store.public_id}/warehouses"
    body = {"warehouses": ["YW", api.house.public_id], "closed": ["MAIN"]}  # type: ignore[attr-defined]
    answer = api.post(url, body)
    assert answer.status_code == 200
    assert answer.json()["warehouses"] == [
        {"warehouse": second.public_id, "warehouse_code": "YW", "closed": False},
        {"warehouse": api.house.public_id, "warehouse_code": "MAIN", "closed": True},  # type: ignore[attr-defined]
    ]
    assert api.get(url).json() == answer.json()
    wrong = api.post(url, {"warehouses": ["NONE"]})
    assert wrong.status_code == 422
    assert StorePlace.objects.count() == 2
    strange = f"/stores/{StoreFactory().public_id}/warehouses"
    assert api.post(strange, body).status_code == 404
