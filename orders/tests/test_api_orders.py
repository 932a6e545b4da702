"""Orders over the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.ids import encode
from orders.models import Order, OrderEvent, OrderLine, Penalty
from orders.states import Stage
from sellers.models import Store
from testing.api import Api, errors_of
from testing.factories import (
    OrderFactory,
    PenaltyRuleFactory,
    SkuFactory,
    StoreFactory,
    at,
    make_orders,
)
from testing.feed import wait_for_older_transactions

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory(code="demo")


@pytest.fixture
def api(store: Store) -> Api:
    return Api(store.seller)


def body(**changes: Any) -> dict[str, Any]:
    now = timezone.now().replace(microsecond=0)
    return {
        "store": "demo",
        "number": "8123",
        "currency": "USD",
        "placed_at": (now - timedelta(hours=2)).isoformat(),
        "paid_at": (now - timedelta(hours=1)).isoformat(),
        "buyer": {
            "name": "Ana Souza",
            "country": "BR",
            "state": "SP",
            "city": "São Paulo",
            "postcode": "01310-100",
            "address": "Av. Paulista 1000",
            "phone": "+5511912345678",
            "tax_number": None,
        },
        "lines": [
            {
                "sku": "MUG-01",
                "title": "Mug",
                "quantity": 2,
                "unit_price": {"amount": "9.90", "currency": "USD"},
            }
        ],
        "ship_by": None,
        "deliver_by": None,
        "remark": "",
    } | changes


# --- taking in -------------------------------------------------------------------------------


def test_a_new_order_answers_201_with_all_of_it(api: Api, store: Store) -> None:
    sku = SkuFactory(seller=store.seller, code="MUG-01")
    response = api.post("/orders", body())
    order = Order.objects.get(number="8123")
    told = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/orders/{order.public_id}"
    assert (told["object"], told["id"], told["store"]) == ("order", order.public_id, "demo")
    assert (told["stage"], told["deadline"], told["version"]) == ("new", "on_time", 1)
    assert told["goods_amount"] == {"amount": "19.80", "currency": "USD"}
    assert told["buyer"]["name"] == "Ana Souza"
    line = told["lines"][0]
    assert (line["sku"], line["sku_id"], line["quantity"]) == ("MUG-01", sku.public_id, 2)
    assert line["unit_price"] == {"amount": "9.90", "currency": "USD"}
    assert told["allowed_actions"] == ["accept", "hold", "cancel"]
    assert [clock["kind"] for clock in told["deadlines"]] == ["accept", "ship_by"]
    assert told["ship_by_explanation"]["text"]
    assert set(told["fine"]) == {"booked", "next", "next_step_at", "expected"}
    assert told["shipments"] == told["holds"] == []


def test_the_same_order_again_answers_200_and_changes_nothing(api: Api) -> None:
    sent = body()
    first = api.post("/orders", sent)
    again = api.post("/orders", sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["version"] == 1
    assert OrderEvent.objects.filter(kind="received").count() == 1


def test_a_sku_and_a_store_may_be_named_by_their_ids(api: Api, store: Store) -> None:
    sku = SkuFactory(seller=store.seller)
    sent = body(store=store.public_id)
    sent["lines"][0]["sku"] = sku.public_id
    assert api.post("/orders", sent).json()["lines"][0]["sku"] == sku.code


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"colour": "red"}, "#/colour", "unknown_field"),
        ({"store": "other"}, "#/store", "unknown_store"),
        ({"number": "  "}, "#/number", "blank"),
        ({"number": "x" * 65}, "#/number", "max_length"),
        ({"currency": "XYZ1"}, "#/lines/0/unit_price/currency", "other_currency"),
        ({"placed_at": "yesterday"}, "#/placed_at", "invalid"),
        ({"paid_at": "2026-03-01T10:00:00"}, "#/paid_at", "invalid"),
        ({"paid_at": "9999-12-31T23:59:59-12:00"}, "#/paid_at", "overflow"),
        ({"paid_at": "0001-01-01T00:00:00Z"}, "#/paid_at", "out_of_range"),
        ({"lines": []}, "#/lines", "required"),
        ({"lines": None}, "#/lines", "null"),
        ({"lines": {"0": 1}}, "#/lines", "not_a_list"),
        ({"buyer": "Ana"}, "#/buyer", "invalid"),
        ({"buyer": {"country": "XX"}}, "#/buyer/country", "unknown_country"),
        ({"buyer": {"country": "BR", "age": 3}}, "#/buyer/age", "unknown_field"),
        ({"remark": "\x00"}, "#/remark", "bad_characters"),
        ({"remark": "\ud800"}, "#/remark", "bad_characters"),
        ({"store": {"a": 1}}, "#/store", "invalid"),
    ],
)
def test_a_wrong_value_is_named_by_its_place(
    api: Api, change: dict[str, Any], place: str, code: str
) -> None:
    response = api.post("/orders", body(**change))
    assert response.status_code == 422
    assert errors_of(response) == {place: code}
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"quantity": -1}, "#/lines/0/quantity", "out_of_range"),
        ({"quantity": 10**30}, "#/lines/0/quantity", "out_of_range"),
        ({"quantity": 1.5}, "#/lines/0/quantity", "invalid"),
        ({"quantity": True}, "#/lines/0/quantity", "invalid"),
        ({"unit_price": "9.90"}, "#/lines/0/unit_price", "invalid"),
        (
            {"unit_price": {"amount": 9.9, "currency": "USD"}},
            "#/lines/0/unit_price/amount",
            "invalid",
        ),
        (
            {"unit_price": {"amount": "-1", "currency": "USD"}},
            "#/lines/0/unit_price/amount",
            "out_of_range",
        ),
        (
            {"unit_price": {"amount": "1.999", "currency": "USD"}},
            "#/lines/0/unit_price/amount",
            "invalid",
        ),
        (
            {"unit_price": {"amount": "1", "currency": "EUR"}},
            "#/lines/0/unit_price/currency",
            "other_currency",
        ),
    ],
)
def test_a_wrong_line_is_named_by_its_place(
    api: Api, change: dict[str, Any], place: str, code: str
) -> None:
    sent = body()
    sent["lines"][0] |= change
    response = api.post("/orders", sent)
    assert (response.status_code, errors_of(response)) == (422, {place: code})
    assert not Order.objects.exists()


def test_a_batch_answers_a_row_per_order_and_takes_the_good_ones(api: Api) -> None:
    bad = body(number="2")
    bad["lines"][0]["quantity"] = 0
    response = api.post(
        "/orders/batch", {"orders": [body(number="1"), bad, None, body(number="3")]}
    )
    results = response.json()["results"]
    assert response.status_code == 200
    assert [(r["number"], r["status"]) for r in results] == [
        ("1", "created"),
        ("2", "rejected"),
        ("", "rejected"),
        ("3", "created"),
    ]
    assert results[0]["id"] == Order.objects.get(number="1").public_id
    assert results[1]["errors"][0]["pointer"] == "#/orders/1/lines/0/quantity"
    assert results[2]["errors"][0]["pointer"] == "#/orders/2"
    assert response.json()["summary"] == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": 2,
    }


@pytest.mark.parametrize("orders", [[], [{}] * 501, None, "all", {"0": {}}])
def test_a_batch_holds_1_to_500_orders(api: Api, orders: Any) -> None:
    response = api.post("/orders/batch", {"orders": orders})
    assert response.status_code == 422
    assert list(errors_of(response)) == ["#/orders"]


def test_a_batch_of_500_takes_as_many_statements_as_one_of_1(api: Api) -> None:
    api.get("/orders")  # notes the use of the key
    counts = []
    for start, n in ((0, 1), (1000, 500)):
        orders = [body(number=str(start + i)) for i in range(n)]
        with CaptureQueriesContext(connection) as queries:
            assert api.post("/orders/batch", {"orders": orders}).json()["summary"]["created"] == n
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- lists -----------------------------------------------------------------------------------


def test_pages_follow_the_cursor_without_gap_or_repetition(api: Api, store: Store) -> None:
    made = make_orders(5, store=store)
    seen, cursor, pages = [], "", 0
    while True:
        response = api.get("/orders", limit=2, **({"cursor": cursor} if cursor else {}))
        page = response.json()
        seen += [row["id"] for row in page["data"]]
        pages += 1
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
        assert response["Link"].endswith('>; rel="next"')
        assert f"cursor={cursor}" in response["Link"]
    assert (pages, page["next_cursor"]) == (3, None)
    assert sorted(seen) == sorted(order.public_id for order in made)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"stage": "accepted"}, ["B"]),
        ({"deadline": "overdue"}, ["C"]),
        ({"country": "DE"}, ["D"]),
        ({"sku": "SPECIAL"}, ["E"]),
        ({"q": "A"}, ["A"]),
        ({"store": "demo", "country": "DE"}, ["D"]),
        ({"store": "none"}, []),
    ],
)
def test_filters_narrow_as_on_the_page(
    api: Api, store: Store, query: dict[str, str], names: list[str]
) -> None:
    OrderFactory(store=store, number="A", buyer_name="Zoe")
    OrderFactory(store=store, number="B", buyer_name="Zoe", stage=Stage.ACCEPTED)
    late = timezone.now() - timedelta(days=3)
    OrderFactory(
        store=store, number="C", buyer_name="Zoe", paid_at=late, ship_by=late + timedelta(days=1)
    )
    OrderFactory(store=store, number="D", buyer_name="Zoe", country="DE")
    sku = SkuFactory(seller=store.seller, code="SPECIAL")
    OrderFactory(store=store, number="E", buyer_name="Zoe", lines=[(sku, 1)])
    assert [row["number"] for row in api.get("/orders", **query).json()["data"]] == names


def test_updated_since_tells_changes_oldest_first(api: Api, store: Store) -> None:
    for day in (3, 1, 2):
        OrderFactory(store=store, number=str(day), updated_at=at(f"2026-03-0{day} 10:00"))
    found = api.get("/orders", updated_since="2026-03-02T10:00:00Z").json()["data"]
    assert [row["number"] for row in found] == ["2", "3"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WyJzaGlwX2J5IiwwLCJ4IiwxXQ"}, "cursor"),
        ({"colour": "red"}, "colour"),
        ({"stage": "lost"}, "stage"),
        ({"deadline": "never"}, "deadline"),
        ({"country": "XX"}, "country"),
        ({"updated_since": "yesterday"}, "updated_since"),
        ({"sort": "buyer"}, "sort"),
        ({"q": "a\x00b"}, "q"),
        ({"limit": ["1", "2"]}, "limit"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(
    api: Api, query: dict[str, Any], name: str
) -> None:
    response = api.get("/orders", **query)
    assert response.status_code == 422
    assert list(errors_of(response)) == [name]


@pytest.mark.parametrize("path", ["/orders", "/events", "/fines"])
def test_lists_take_the_same_number_of_queries_at_any_length(path: str, store: Store) -> None:
    counts = []
    for n in (1, 119):
        make_orders(n, store=store)
        api = Api(store.seller)
        api.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path, limit=200).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_an_order_takes_the_same_number_of_queries_with_any_number_of_lines(
    api: Api, store: Store
) -> None:
    counts = []
    for n in (1, 40):
        order = OrderFactory(store=store, lines=[(f"X{i}", 1) for i in range(n)])
        api.get(f"/orders/{order.public_id}")
        with CaptureQueriesContext(connection) as queries:
            assert len(api.get(f"/orders/{order.public_id}").json()["lines"]) == n
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- one -------------------------------------------------------------------------------------


def test_no_amount_is_told_without_the_scope_for_money(store: Store) -> None:
    order = OrderFactory(store=store)
    api = Api(store.seller, ["orders:read", "orders:write"])
    assert "amount" not in api.get("/orders").content.decode()
    told = api.get(f"/orders/{order.public_id}")
    assert "amount" not in told.content.decode()
    assert "fine" not in told.json()
    assert api.get("/fines").status_code == 403


def test_the_buyer_is_masked_for_those_who_only_look(store: Store) -> None:
    order = OrderFactory(store=store)
    buyer = Api(store.seller, ["orders:read"]).get(f"/orders/{order.public_id}").json()["buyer"]
    assert (buyer["masked"], buyer["name"], buyer["country"]) == (True, "A***", "BR")
    assert not OrderEvent.objects.filter(kind="revealed").exists()


def test_that_the_buyer_was_shown_is_recorded_once(api: Api, store: Store) -> None:
    order = OrderFactory(store=store)
    for _i in range(2):
        assert api.get(f"/orders/{order.public_id}").json()["buyer"]["name"] == "Ana Souza"
    assert OrderEvent.objects.filter(order=order, kind="revealed").count() == 1


def test_problems_have_words_in_the_language_that_was_asked_for(api: Api, store: Store) -> None:
    order = OrderFactory(store=store, postcode="1", problems=["postcode_format"])
    problem = api.get(f"/orders/{order.public_id}").json()["problems"][0]
    assert (problem["code"], problem["blocking"]) == ("postcode_format", False)
    assert "“1”" in problem["detail"]


# --- actions ---------------------------------------------------------------------------------


def test_an_action_answers_a_row_per_order(api: Api, store: Store) -> None:
    sku = SkuFactory(seller=store.seller)
    new, done = (
        OrderFactory(store=store, lines=[(sku, 1)], stage=stage)
        for stage in (Stage.NEW, Stage.ACCEPTED)
    )
    unknown = OrderFactory(store=store, lines=[("NOBODY-KNOWS", 1)])
    stranger = OrderFactory()
    named = [o.public_id for o in (unknown, stranger, done, new)]
    response = api.post("/orders/actions", {"action": "accept", "orders": named})
    results = response.json()["results"]
    assert response.status_code == 200
    assert [(r["order"], r["status"], r["code"], r["stage"]) for r in results] == [
        (unknown.public_id, "refused", "sku_unknown", "new"),
        (stranger.public_id, "refused", "not_found", None),
        (done.public_id, "already", None, "accepted"),
        (new.public_id, "done", None, "accepted"),
    ]
    assert response.json()["summary"] == {"done": 1, "already": 1, "refused": 2}
    stranger.refresh_from_db()
    assert (stranger.stage, stranger.version) == ("new", 1)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"action": "explode"}, "#/action"),
        ({"action": ["accept"]}, "#/action"),
        ({"orders": []}, "#/orders"),
        ({"orders": ["ord_x"]}, "#/orders/0"),
        ({"orders": [7]}, "#/orders/0"),
        ({"orders": ["sku_kNqR7wZbXv"]}, "#/orders/0"),
        ({"orders": [encode("ord", 1)] * 501}, "#/orders"),
        ({"params": []}, "#/params"),
        ({"params": {"speed": 1}}, "#/params/speed"),
        ({"action": "hold", "params": {"reason": []}}, "#/params/reason"),
        ({"action": "hold", "params": {"until": "9999-12-31T23:59:59-12:00"}}, "#/params/until"),
        ({"action": "hold", "params": {"until": "2000-01-01T00:00:00Z"}}, "#/params/until"),
        ({"colour": 1}, "#/colour"),
    ],
)
def test_a_wrong_action_is_named_by_its_place(api: Api, change: dict[str, Any], place: str) -> None:
    sent = {"action": "accept", "orders": [encode("ord", 1)], "params": {}} | change
    response = api.post("/orders/actions", sent)
    assert response.status_code == 422
    assert list(errors_of(response)) == [place]


def test_an_action_needs_its_own_scope(store: Store) -> None:
    order = OrderFactory(store=store)
    api = Api(store.seller, ["shipments:write"])
    response = api.post("/orders/actions", {"action": "accept", "orders": [order.public_id]})
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")


def test_units_are_cancelled_line_by_line(api: Api, store: Store) -> None:
    order = OrderFactory(store=store, lines=[(SkuFactory(seller=store.seller), 3)])
    line = order.lines.get()
    response = api.post(
        f"/orders/{order.public_id}/cancel-units",
        {"lines": [{"line": line.public_id, "quantity": 2}], "reason": "buyer"},
    )
    assert response.status_code == 200
    assert (response.json()["units"], response.json()["lines"][0]["cancelled"]) == (1, 2)


def test_more_units_than_there_are_are_refused_at_their_place(api: Api, store: Store) -> None:
    order = OrderFactory(store=store)
    line = order.lines.get()
    response = api.post(
        f"/orders/{order.public_id}/cancel-units",
        {"lines": [{"line": line.public_id, "quantity": 2}]},
    )
    assert (response.status_code, list(errors_of(response))) == (422, ["#/lines/0/quantity"])


def test_a_refusal_tells_the_stage_and_what_is_allowed(api: Api, store: Store) -> None:
    order = OrderFactory(store=store, stage=Stage.UPLOADED)
    line = order.lines.get()
    response = api.post(
        f"/orders/{order.public_id}/cancel-units",
        {"lines": [{"line": line.public_id, "quantity": 1}]},
    )
    told = response.json()
    assert (response.status_code, told["code"], told["stage"]) == (409, "wrong_stage", "uploaded")
    assert told["allowed_actions"] == ["confirm", "hold"]


@pytest.mark.parametrize("name", ["code", "public_id"])
def test_a_line_is_mapped_by_code_or_id(api: Api, store: Store, name: str) -> None:
    sku = SkuFactory(seller=store.seller)
    order = OrderFactory(store=store, lines=[("THEIRS", 1)])
    line = order.lines.get()
    path = f"/orders/{order.public_id}/lines/{line.public_id}/map"
    response = api.post(path, {"sku": getattr(sku, name)})
    assert response.json()["lines"][0]["sku"] == sku.code
    assert OrderLine.objects.get(pk=line.pk).sku_id == sku.pk


def test_a_line_is_not_mapped_to_a_sku_of_somebody_else(api: Api, store: Store) -> None:
    order = OrderFactory(store=store, lines=[("THEIRS", 1)])
    line = order.lines.get()
    path = f"/orders/{order.public_id}/lines/{line.public_id}/map"
    response = api.post(path, {"sku": SkuFactory().public_id})
    assert (response.status_code, list(errors_of(response))) == (422, ["#/sku"])
    assert OrderLine.objects.get(pk=line.pk).sku_id is None


# --- events ----------------------------------------------------------------------------------


def test_an_order_tells_its_events(api: Api, store: Store) -> None:
    order = OrderFactory(store=store)
    api.post("/orders/actions", {"action": "accept", "orders": [order.public_id]})
    told = api.get(f"/orders/{order.public_id}/events").json()["data"]
    assert [(e["type"], e["order"]) for e in told] == [
        ("order.received", order.public_id),
        ("order.accepted", order.public_id),
    ]
    assert told[1]["actor"] == {"kind": "key", "name": "test"}


def test_events_hide_amounts_without_the_scope_for_money(store: Store) -> None:
    order = OrderFactory(store=store)
    OrderEvent.objects.create(
        seller=store.seller,
        order=order,
        kind="fined",
        at=timezone.now(),
        actor_kind="job",
        actor_name="fines",
        data={"amount": "97.11"},  # no time of day ends so
    )
    path = f"/orders/{order.public_id}/events"
    assert "97.11" in Api(store.seller).get(path).content.decode()
    assert "97.11" not in Api(store.seller, ["orders:read"]).get(path).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_feed_goes_on_after_the_last_event_that_was_read() -> None:
    store = StoreFactory()
    api = Api(store.seller)
    make_orders(3, store=store)
    OrderFactory()
    wait_for_older_transactions()
    first = api.get("/events", limit=2).json()
    assert (len(first["data"]), first["has_more"]) == (2, True)
    assert first["next_cursor"] == first["data"][-1]["id"]
    second = api.get("/events", after=first["next_cursor"]).json()
    assert (len(second["data"]), second["has_more"]) == (1, False)
    last = api.get("/events", after=second["next_cursor"]).json()
    assert (last["data"], last["next_cursor"]) == ([], second["next_cursor"])


@pytest.mark.parametrize("after", ["evt_1", "ord_kNqR7wZbXv", encode("evt", 10**9)])
def test_the_feed_refuses_what_is_no_event(api: Api, after: str) -> None:
    response = api.get("/events", after=after)
    assert (response.status_code, list(errors_of(response))) == (422, ["after"])


# --- fines -----------------------------------------------------------------------------------


@pytest.fixture
def fined(store: Store) -> Callable[[], Any]:
    def make() -> Any:
        order = OrderFactory(store=store)
        rule = PenaltyRuleFactory(seller=store.seller)
        return Penalty.objects.create(
            seller=store.seller,
            order=order,
            rule=rule,
            step=rule.steps.first(),
            amount="5.00",
            currency="USD",
            at=timezone.now(),
            actor="test",
        )

    return make


def test_the_ledger_of_fines_is_told_and_waived(api: Api, fined: Callable[[], Any]) -> None:
    fine = fined()
    assert api.get("/fines").json()["data"][0]["amount"] == {"amount": "5.00", "currency": "USD"}
    waived = api.post(f"/fines/{fine.public_id}/waive", {"reason": "agreed"})
    told = waived.json()
    assert (waived.status_code, told["kind"], told["reverses"]) == (200, "waiver", fine.public_id)
    assert told["amount"] == {"amount": "-5.00", "currency": "USD"}
    again = api.post(f"/fines/{fine.public_id}/waive", {"reason": "agreed"})
    assert again.json()["id"] == told["id"]
    refused = api.post(f"/fines/{told['id']}/waive", {"reason": "agreed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_fine")


def test_a_waiver_needs_a_reason(api: Api, fined: Callable[[], Any]) -> None:
    response = api.post(f"/fines/{fined().public_id}/waive", {})
    assert errors_of(response) == {"#/reason": "required"}
