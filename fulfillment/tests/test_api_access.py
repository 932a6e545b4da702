"""Who may call what: keys, sessions, scopes, and nobody else's rows."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from core.api import ApiView
from core.ids import encode
from logistics.models import Carrier, Shipment, ShipmentLine, Wave
from orders.api.views import Orders
from orders.models import Order, Penalty
from sellers.access import SCOPES
from sellers.actions import revoke_api_key
from sellers.models import Job, Role, Seller
from testing.api import ROOT, Api, errors_of
from testing.factories import (
    STAFF,
    MembershipFactory,
    OrderFactory,
    PenaltyRuleFactory,
    StockLevelFactory,
    StoreFactory,
    UserFactory,
    make_replenishment,
)

pytestmark = pytest.mark.django_db


def api_routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, view class) of every route below /api/v1/, parameters as ``<name>``."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            if path.startswith("api/") or "api/".startswith(path):
                yield from api_routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/v1/"):
            yield "/" + path.removeprefix("api/v1/"), getattr(pattern.callback, "cls", None)


VIEWS = [(path, view) for path, view in api_routes() if path != "/openapi.json"]
CALLS = [
    (method, path) for path, view in VIEWS for method in ("GET", "POST", "PATCH")
    if hasattr(view, method.lower())
]  # fmt: skip


def test_the_routes_are_found() -> None:
    assert len(VIEWS) >= 20


@pytest.mark.parametrize(("path", "view"), VIEWS)
def test_every_method_of_every_view_names_known_scopes(path: str, view: Any) -> None:
    assert issubclass(view, ApiView)
    methods = {m.upper() for m in ("get", "post", "patch") if hasattr(view, m)}
    assert methods == set(view.scopes)
    for scope in view.scopes.values():
        assert set([scope] if isinstance(scope, str) else scope) <= set(SCOPES)


def test_a_method_without_a_scope_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Orders, "scopes", {})
    api = Api(StoreFactory().seller)
    assert api.get("/orders").status_code == 403


# --- keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer ful_live_00_00"]
)
def test_without_a_key_every_call_is_401(method: str, path: str, value: str) -> None:
    path = re.sub(r"<\w+>", "x", path)
    headers = {"Authorization": value} if value else {}
    response = Client().generic(method, ROOT + path, headers=headers)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"


def test_a_revoked_key_is_worth_nothing() -> None:
    api = Api(StoreFactory().seller)
    assert api.get("/orders").status_code == 200
    revoke_api_key(key=api.key, actor=STAFF)
    assert (api.get("/orders").status_code, api.get("/orders").json()["code"]) == (
        401,
        "invalid_key",
    )


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_without_the_scope_every_call_is_403(method: str, path: str) -> None:
    api = Api(StoreFactory().seller, ["people:write"])
    response = api.send(method, re.sub(r"<\w+>", "x", path), {})
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")


# --- sessions --------------------------------------------------------------------------------


def test_a_person_who_is_logged_in_may_call_what_the_role_allows() -> None:
    store = StoreFactory()
    client = Client()
    client.force_login(MembershipFactory(seller=store.seller, role=Role.PACKER).user)
    assert client.get(f"{ROOT}/orders").status_code == 200
    assert client.get(f"{ROOT}/fines").status_code == 403


def test_a_session_needs_its_csrf_token_to_change_something() -> None:
    store = StoreFactory()
    client = Client(enforce_csrf_checks=True)
    client.force_login(MembershipFactory(seller=store.seller).user)
    body = '{"code": "A", "name": "A"}'
    refused = client.post(f"{ROOT}/skus", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    token = client.get("/api/docs/?script=").context["csrf_token"]
    allowed = client.post(
        f"{ROOT}/skus",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": str(token)},
    )
    assert allowed.status_code == 201


def test_a_person_without_a_shop_is_told_so() -> None:
    client = Client()
    client.force_login(UserFactory())
    response = client.get(f"{ROOT}/orders")
    assert (response.status_code, response.json()["code"]) == (403, "no_shop")


# --- somebody else's rows --------------------------------------------------------------------


def someone_elses() -> dict[str, str]:
    """One of everything, of another seller: parameter of a route → public id."""
    level = StockLevelFactory()
    seller: Seller = level.seller
    store = StoreFactory(seller=seller)
    order = OrderFactory(store=store, lines=[(level.sku, 1)])
    rule = PenaltyRuleFactory(seller=seller)
    fine = Penalty.objects.create(
        seller=seller,
        order=order,
        rule=rule,
        step=rule.steps.first(),
        amount="5.00",
        currency="USD",
        at=timezone.now(),
        actor="test",
    )
    shipment = Shipment.objects.create(
        seller=seller,
        carrier=Carrier.objects.get(code="other"),
        country="BR",
        warehouse=level.warehouse,
    )
    line = order.lines.get()
    ShipmentLine.objects.create(
        seller=seller, shipment=shipment, order=order, line=line, quantity=1
    )
    job = Job.objects.create(
        seller=seller, kind="bulk", params={"subject": "orders", "action": "accept"}
    )
    wave = Wave.objects.create(seller=seller, warehouse=level.warehouse, code="W1", made_by="test")
    bought = make_replenishment((level.sku, 2), warehouse=level.warehouse)
    assert bought.supplier is not None
    return {
        "replenishment": bought.public_id,
        "supplier": bought.supplier.public_id,
        "store": order.store.public_id,
        "job": job.public_id,
        "wave": wave.public_id,
        "sku": level.sku.public_id,
        "order": order.public_id,
        "line": line.public_id,
        "fine": fine.public_id,
        "shipment": shipment.public_id,
    }


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but those that note the use of a key."""
    own = {"core", "stock", "orders", "logistics"}
    models: list[type[Model]] = [m for m in apps.get_models() if m._meta.app_label in own]
    return {m._meta.label: list(m._default_manager.order_by("pk").values_list()) for m in models}


def bodies(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "/skus/<sku>": {"name": "Mine"},
        "/stores/<store>/warehouses": {"warehouses": []},
        "/orders/<order>/cancel-units": {"lines": [{"line": ids["line"], "quantity": 1}]},
        "/orders/<order>/lines/<line>/map": {"sku": ids["sku"]},
        "/fines/<fine>/waive": {"reason": "please"},
        "/replenishments/<replenishment>": {"expected_on": "2030-01-01"},
        "/replenishments/<replenishment>/receipts": {"lines": [{"sku": "X", "quantity": 1}]},
        "/shipments/<shipment>": {"tracking_number": "MINE000001"},
        "/shipments/<shipment>/tracking-events": {
            "at": timezone.now().isoformat(),
            "state": "delivered",
        },
    }


def test_every_address_of_somebody_elses_row_is_404_and_changes_nothing() -> None:
    ids = someone_elses()
    before = everything()
    api = Api(StoreFactory().seller)
    walked = 0
    for method, path in CALLS:
        names = re.findall(r"<(\w+)>", path)
        if not names:
            continue
        address = path
        for name in names:
            address = address.replace(f"<{name}>", ids[name])
        response = api.send(method, address, bodies(ids).get(path))
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), address
        walked += 1
    assert walked >= 9
    assert everything() == before


def test_somebody_elses_line_is_not_found_in_one_s_own_order() -> None:
    ids = someone_elses()
    store = StoreFactory()
    mine = OrderFactory(store=store)
    before = everything()
    api = Api(store.seller)
    for path, body in (
        (f"/orders/{mine.public_id}/lines/{ids['line']}/map", {"sku": "X"}),
        (
            f"/orders/{mine.public_id}/cancel-units",
            {"lines": [{"line": ids["line"], "quantity": 1}]},
        ),
        ("/shipments", {"lines": [{"order_line": ids["line"], "quantity": 1}]}),
    ):
        assert api.post(path, body).status_code == 404, path
    assert everything() == before


def test_somebody_elses_rows_are_refused_as_not_found_in_batches() -> None:
    ids = someone_elses()
    before = everything()
    api = Api(StoreFactory().seller)
    for path, named, actions in (
        ("/orders/actions", "order", "accept allocate pack ship upload confirm hold cancel"),
        ("/shipments/actions", "shipment", "ship upload void"),
    ):
        for action in actions.split():
            sent = {"action": action, f"{named}s": [ids[named]]}
            result = api.post(path, sent).json()["results"][0]
            assert (result["status"], result["code"]) == ("refused", "not_found"), action
    assert everything() == before


@pytest.mark.parametrize("path", [path for path, _view in VIEWS if "<" not in path])
def test_no_list_shows_somebody_elses_rows(path: str) -> None:
    ids = someone_elses()
    api = Api(StoreFactory().seller)
    text = api.get(path).content.decode()
    assert not [name for name in ids.values() if name in text]


def test_filters_do_not_reach_somebody_elses_rows() -> None:
    ids = someone_elses()
    api = Api(StoreFactory().seller)
    for path, query in (
        ("/stock", {"sku": ids["sku"]}),
        ("/stock/movements", {"sku": ids["sku"]}),
        ("/shipments", {"order": ids["order"]}),
        ("/fines", {"order": ids["order"]}),
    ):
        assert api.get(path, **query).json()["data"] == []
    event = Order.objects.get(seller__code__contains="seller").events.get()
    assert list(errors_of(api.get("/events", after=event.public_id))) == ["after"]


@pytest.mark.parametrize("bad", ["x", "1", "ord_", "ord_%00", "ord_☃", "..", "ord_" + "k" * 500])
def test_what_is_no_id_is_not_found(bad: str) -> None:
    api = Api(StoreFactory().seller)
    for method, path in CALLS:
        if "<" in path:
            response = api.send(method, re.sub(r"<\w+>", bad, path), {})
            assert response.status_code == 404, path


def test_an_id_of_another_kind_is_not_found() -> None:
    store = StoreFactory()
    order = OrderFactory(store=store)
    api = Api(store.seller)
    assert api.get(f"/orders/{encode('shp', order.pk)}").status_code == 404
    assert api.get(f"/shipments/{order.public_id}").status_code == 404
