"""Parcels over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.ids import encode
from logistics.models import Shipment, ShipmentState, TrackingEvent
from logistics.tests.conftest import Shop
from orders.models import Order
from testing.api import Api, errors_of
from testing.factories import OrderFactory


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api(shop.seller)


def parcel_of(order: Order) -> Shipment:
    return Shipment.objects.get(lines__order=order)


def contents(order: Order, quantity: int = 1) -> dict[str, Any]:
    line = order.lines.get()
    return {"lines": [{"order_line": line.public_id, "quantity": quantity}]}


# --- packing ---------------------------------------------------------------------------------


def test_units_go_into_a_parcel(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked", units=3)
    response = api.post(
        "/shipments", contents(order, 2) | {"weight_grams": 700, "tracking_number": "track 001x"}
    )
    told = response.json()
    shipment = parcel_of(order)
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/shipments/{shipment.public_id}"
    assert (told["id"], told["state"]) == (shipment.public_id, "packed")
    assert (told["tracking_number"], told["weight_grams"]) == ("TRACK001X", 700)
    assert told["warehouse"] == shop.warehouse.code
    assert told["lines"] == [
        {
            "order": order.public_id,
            "order_number": order.number,
            "order_line": order.lines.get().public_id,
            "sku_code": shop.sku.code,
            "quantity": 2,
        }
    ]
    assert told["allowed_actions"] == ["ship", "void", "number"]


def test_an_order_tells_its_parcels(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    told = api.get(f"/orders/{order.public_id}").json()["shipments"]
    assert [s["id"] for s in told] == [parcel_of(order).public_id]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"lines": []}, "#/lines"),
        ({"lines": [{"order_line": "lin_x", "quantity": 1}]}, "#/lines/0/order_line"),
        ({"service": "no-such-service"}, "#/service"),
        ({"weight_grams": 0}, "#/weight_grams"),
        ({"tracking_number": "??"}, "#/tracking_number"),
        ({"colour": "red"}, "#/colour"),
    ],
)
def test_a_wrong_parcel_is_named_by_its_place(
    api: Api, shop: Shop, change: dict[str, Any], place: str
) -> None:
    (order,) = shop.orders(stage="stocked")
    response = api.post("/shipments", contents(order) | change)
    assert (response.status_code, list(errors_of(response))) == (422, [place])
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 2, 10**12])
def test_no_more_is_packed_than_has_stock(api: Api, shop: Shop, quantity: int) -> None:
    (order,) = shop.orders(stage="stocked")
    response = api.post("/shipments", contents(order, quantity))
    assert (response.status_code, list(errors_of(response))) == (422, ["#/lines/0/quantity"])


def test_a_line_is_named_once(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked", units=2)
    lines = contents(order)["lines"] * 2
    response = api.post("/shipments", {"lines": lines})
    assert errors_of(response) == {"#/lines/1/order_line": "given_twice"}


def test_packing_too_early_tells_the_stage_and_what_is_allowed(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(stage="new")
    told = api.post("/shipments", contents(order)).json()
    assert (told["status"], told["code"], told["stage"]) == (409, "wrong_stage", "new")
    assert told["allowed_actions"] == ["accept", "hold", "cancel"]


def test_lines_of_somebody_else_are_not_found(api: Api) -> None:
    response = api.post("/shipments", contents(OrderFactory()))
    assert response.status_code == 404


# --- actions ---------------------------------------------------------------------------------


def test_parcels_are_shipped_uploaded_and_voided_in_batches(api: Api, shop: Shop) -> None:
    first, second = shop.orders(2, stage="packed")
    ids = [parcel_of(o).public_id for o in (first, second)]
    stranger = encode("shp", 10**9)

    def act(action: str, named: list[str]) -> list[tuple[str, str | None, str | None]]:
        answer = api.post("/shipments/actions", {"action": action, "shipments": named})
        assert answer.status_code == 200, answer.content
        return [(r["status"], r["code"], r["state"]) for r in answer.json()["results"]]

    assert act("ship", [ids[0], stranger]) == [
        ("done", None, "handed_over"),
        ("refused", "not_found", None),
    ]
    assert act("ship", ids[:1]) == [("already", None, "handed_over")]
    assert act("upload", ids) == [
        ("done", None, "declared"),
        ("refused", "wrong_state", "packed"),
    ]
    assert act("void", ids[1:]) == [("done", None, "void")]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stage, second.stage) == ("uploaded", "stocked")


def test_many_numbers_are_given_at_once(api: Api, shop: Shop) -> None:
    orders = shop.orders(2, stage="packed")
    ids = [parcel_of(o).public_id for o in orders]
    response = api.post(
        "/shipments/actions",
        {
            "action": "number",
            "shipments": ids,
            "params": {"tracking_numbers": {ids[0]: "NEWONE0001", ids[1]: "x"}},
        },
    )
    results = response.json()["results"]
    assert [(r["status"], r["code"]) for r in results] == [("done", None), ("refused", "too_short")]
    assert parcel_of(orders[0]).tracking_number == "NEWONE0001"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"action": "burn"}, "#/action"),
        ({"shipments": []}, "#/shipments"),
        ({"shipments": ["ord_kNqR7wZbXv"]}, "#/shipments/0"),
        ({"shipments": [encode("shp", 1)] * 501}, "#/shipments"),
        ({"params": {"speed": 1}}, "#/params/speed"),
        ({"action": "number"}, "#/params/tracking_numbers"),
        (
            {"action": "number", "params": {"tracking_numbers": {"shp_x": "A"}}},
            "#/params/tracking_numbers/shp_x",
        ),
    ],
)
def test_a_wrong_action_is_named_by_its_place(api: Api, change: dict[str, Any], place: str) -> None:
    sent = {"action": "ship", "shipments": [encode("shp", 1)], "params": {}} | change
    response = api.post("/shipments/actions", sent)
    assert response.status_code == 422
    assert next(iter(errors_of(response))) == place


def test_a_parcel_gets_its_number(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    shipment = parcel_of(order)
    path = f"/shipments/{shipment.public_id}"
    assert api.patch(path, {"tracking_number": "newone0001"}).json()["tracking_number"] == (
        "NEWONE0001"
    )
    wrong = api.patch(path, {"tracking_number": "RR123456780CN"})
    assert (wrong.status_code, errors_of(wrong)) == (422, {"#/tracking_number": "check_digit"})
    Shipment.objects.filter(pk=shipment.pk).update(
        state=ShipmentState.DECLARED, handed_over_at=timezone.now(), declared_at=timezone.now()
    )
    late = api.patch(path, {"tracking_number": "NEWONE0002"})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert (late.json()["state"], late.json()["allowed_actions"]) == ("declared", [])


# --- tracking --------------------------------------------------------------------------------


def news(**changes: Any) -> dict[str, Any]:
    then = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    return {"at": then.isoformat(), "state": "in_transit", "location": "Shenzhen"} | changes


@pytest.mark.parametrize("shape", ["one", "list", "events"])
def test_news_comes_alone_or_in_a_list(api: Api, shop: Shop, shape: str) -> None:
    (order,) = shop.orders(stage="uploaded")
    sent: Any = {"one": news(), "list": [news()], "events": {"events": [news()]}}[shape]
    path = f"/shipments/{parcel_of(order).public_id}/tracking-events"
    first, again = api.post(path, sent), api.post(path, sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["data"][0]["source"] == "api"
    assert first.json()["shipment"]["tracking_state"] == "in_transit"
    assert again.json()["data"] == []
    assert len(api.get(path).json()["data"]) == 1


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (news(at="soon"), "#/at"),
        ([news(), news(at="soon")], "#/1/at"),
        ({"events": [news(at="soon")]}, "#/events/0/at"),
        (news(at="2999-01-01T00:00:00Z"), "#/at"),
        (news(at="1999-01-01T00:00:00Z"), "#/at"),
        (news(state="lost in space"), "#/state"),
        ([], "#"),
        ("delivered", "#"),
        (None, "#"),
        ([[]], "#/0"),
    ],
)
def test_wrong_news_is_named_by_its_place(api: Api, shop: Shop, sent: Any, place: str) -> None:
    (order,) = shop.orders(stage="uploaded")
    response = api.post(f"/shipments/{parcel_of(order).public_id}/tracking-events", sent)
    assert (response.status_code, next(iter(errors_of(response)))) == (422, place)
    assert not TrackingEvent.objects.exists()


def test_a_parcel_that_is_still_here_has_no_news(api: Api, shop: Shop) -> None:
    (order,) = shop.orders(stage="packed")
    told = api.post(f"/shipments/{parcel_of(order).public_id}/tracking-events", news()).json()
    assert (told["status"], told["state"]) == (409, "packed")


# --- lists -----------------------------------------------------------------------------------


def test_shipments_take_the_same_number_of_queries_at_any_length(api: Api, shop: Shop) -> None:
    counts = []
    api.get("/shipments")
    for n in (1, 119):
        shop.orders(n, stage="packed")
        with CaptureQueriesContext(connection) as queries:
            api.get("/shipments", limit=200)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_shipments_are_narrowed(api: Api, shop: Shop) -> None:
    (_here,) = shop.orders(stage="packed")
    (away,) = shop.orders(stage="shipped")
    gone = parcel_of(away)
    for query in (
        {"state": "handed_over"},
        {"order": away.public_id},
        {"tracking_number": gone.tracking_number},
        {"updated_since": gone.updated_at.isoformat()},
    ):
        found = api.get("/shipments", **query).json()["data"]
        assert [s["id"] for s in found] == [gone.public_id], query
    assert api.get("/shipments", order="nonsense").json()["data"] == []


def test_carriers_tell_their_services(api: Api) -> None:
    api.get("/carriers")
    with CaptureQueriesContext(connection) as queries:
        found = api.get("/carriers", limit=200).json()["data"]
    assert len(queries) == 3
    assert any(carrier["services"] for carrier in found)
    assert "other" in {carrier["code"] for carrier in found}
