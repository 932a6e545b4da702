"""Waves over the API."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from logistics.actions.boxes import save_box
from logistics.models import Pick, Scan, Shipment, Wave
from logistics.tests.conftest import Shop
from logistics.tests.test_waves import sound, wave_of
from testing.api import Api, errors_of
from testing.factories import STAFF, WarehouseFactory


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api(shop.seller)


def test_a_wave_is_made_and_read(api: Api, shop: Shop) -> None:
    ready = shop.orders(2, stage="stocked", units=2)
    (waiting,) = shop.orders(1, stage="accepted")
    response = api.post("/waves", {"orders": [o.public_id for o in [*ready, waiting]]})
    assert response.status_code == 201
    body = response.json()
    assert (body["object"], body["state"], body["orders"], body["left"]) == ("wave", "open", 2, 4)
    assert [r["code"] for r in body["refused"]] == ["not_stocked"]
    (place,) = body["places"]
    assert (place["sku_code"], place["left"], len(place["orders"])) == (shop.sku.code, 4, 2)
    one = api.get(response["Location"].removeprefix("/api/v1"))
    assert one.json() == {k: v for k, v in body.items() if k != "refused"}
    assert [w["id"] for w in api.get("/waves", state="open").json()["data"]] == [body["id"]]
    assert api.get("/waves", state="finished").json()["data"] == []


def test_when_no_order_goes_it_is_a_conflict(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(1)
    response = api.post("/waves", {"orders": [order.public_id]})
    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_pick")
    assert not Wave.objects.exists()


def test_with_several_warehouses_one_must_be_named(api: Api, shop: Shop) -> None:
    WarehouseFactory.create(seller=shop.seller)
    (order,) = shop.orders(1, stage="stocked")
    response = api.post("/waves", {"orders": [order.public_id]})
    assert (response.status_code, errors_of(response)) == (422, {"#/warehouse": "required"})
    body = {"orders": [order.public_id], "warehouse": shop.warehouse.code}
    assert api.post("/waves", body).status_code == 201


def test_picks_are_told_once_and_end_the_wave(api: Api, shop: Shop) -> None:
    wave = wave_of(shop, shop.orders(1, stage="stocked", units=3))
    place = api.get(f"/waves/{wave.public_id}").json()["places"][0]["id"]
    entry = {"id": "wms-1", "place": place, "picked": 2}
    path = f"/waves/{wave.public_id}/picks"
    for _ in range(2):
        body = api.post(path, {"picks": [entry]}).json()
        assert (body["picked"], body["left"], body["state"]) == (2, 1, "open")
    short = {"id": "wms-2", "place": place, "short": 1, "reason": "empty"}
    body = api.post(path, {"picks": [short]}).json()
    assert (body["short"], body["left"], body["state"]) == (1, 0, "finished")
    sound()


def test_entries_are_all_or_nothing(api: Api, shop: Shop) -> None:
    wave = wave_of(shop, shop.orders(1, stage="stocked", units=3))
    place = api.get(f"/waves/{wave.public_id}").json()["places"][0]["id"]
    path = f"/waves/{wave.public_id}/picks"
    good = {"place": place, "picked": 1}
    for bad, where in (
        ({"place": place, "picked": 0}, "#/picks/1/picked"),
        ({"place": place, "short": 1, "reason": ""}, "#/picks/1/reason"),
        ({"place": place}, "#/picks/1"),
        ({"place": place, "picked": 1, "short": 1}, "#/picks/1"),
        ({"place": "lvl_kNqR7wZbXv", "picked": 1}, "#/picks/1/place"),
    ):
        response = api.post(path, {"picks": [good, bad]})
        assert response.status_code == 422, bad
        assert where in errors_of(response), bad
    response = api.post(path, {"picks": [good, {"place": place, "picked": 3}]})
    assert (response.status_code, response.json()["state"]) == (409, "open")
    assert Pick.objects.get().picked == 0
    assert not Scan.objects.exists()


def test_a_wave_is_cancelled_once(api: Api, shop: Shop) -> None:
    wave = wave_of(shop, shop.orders(1, stage="stocked"))
    response = api.patch(f"/waves/{wave.public_id}", {"state": "cancelled"})
    assert response.json()["state"] == "cancelled"
    response = api.patch(f"/waves/{wave.public_id}", {"state": "finished"})
    assert (response.status_code, response.json()["code"]) == (409, "wave_closed")


def test_another_sellers_wave_is_not_found(api: Api, make_shop: Callable[..., Shop]) -> None:
    theirs = make_shop()
    wave = wave_of(theirs, theirs.orders(1, stage="stocked"))
    assert api.get(f"/waves/{wave.public_id}").status_code == 404
    body = {"picks": [{"place": "lvl_kNqR7wZbXv", "picked": 1}]}
    assert api.post(f"/waves/{wave.public_id}/picks", body).status_code == 404
    assert api.get("/waves").json()["data"] == []


def test_the_list_costs_the_same_for_few_and_many(api: Api, shop: Shop) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert api.get("/waves").status_code == 200
        return len(seen)

    wave_of(shop, shop.orders(1, stage="stocked"))
    cost()
    few = cost()
    for _ in range(5):
        wave_of(shop, shop.orders(3, stage="stocked"))
    assert cost() == few


def test_a_parcel_is_packed_into_a_box(api: Api, shop: Shop) -> None:
    box = save_box(seller=shop.seller, actor=STAFF, code="S", length_mm=9, width_mm=9, height_mm=9)
    (order,) = shop.orders(1, stage="stocked")
    lines = [{"order_line": order.lines.get().public_id, "quantity": 1}]
    response = api.post("/shipments", {"lines": lines, "box": "NONE"})
    assert (response.status_code, errors_of(response)) == (422, {"#/box": "unknown"})
    response = api.post("/shipments", {"lines": lines, "box": "S"})
    assert response.json()["box"] == "S"
    assert Shipment.objects.get().box == box
