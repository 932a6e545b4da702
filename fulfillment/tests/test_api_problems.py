"""Whatever goes wrong below /api/ is answered by a problem (RFC 9457)."""

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from orders.models import Order
from testing.api import Api, errors_of
from testing.factories import StoreFactory

pytestmark = pytest.mark.django_db

#: Every call that takes a body.
POSTS = (
    "/orders",
    "/orders/batch",
    "/orders/actions",
    "/skus",
    "/stock/movements",
    "/shipments",
    "/shipments/actions",
)


@pytest.fixture
def api() -> Api:
    return Api(StoreFactory(code="demo").seller)


def check(response: Any, status: int, code: str) -> dict[str, Any]:
    told: dict[str, Any] = response.json()
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"] == f"urn:fulfillment:problem:{code}"
    assert all(told[name] for name in ("title", "detail", "instance"))
    assert len(told["request_id"]) == 36
    return told


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/api/v1/orders/"])
def test_an_unknown_address_is_a_problem(path: str) -> None:
    told = check(Client().get(path), 404, "not_found")
    assert told["instance"] == path


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_another_method_is_a_problem_that_names_the_right_ones(api: Api, method: str) -> None:
    response = api.send(method, "/orders")
    check(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/xml"])
def test_another_media_type_is_a_problem(api: Api, kind: str) -> None:
    check(api.send("POST", "/orders", {}, content_type=kind), 415, "unsupported_media_type")


def test_another_answer_than_json_cannot_be_had(api: Api) -> None:
    check(api.send("GET", "/orders", Accept="text/html"), 406, "not_acceptable")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": "\x00"}',
        b'{"a": 1} {"b": 2}',
    ],
)
def test_a_body_that_is_not_json_is_malformed(api: Api, path: str, raw: bytes) -> None:
    check(api.send("POST", path, raw=raw), 400, "malformed")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "raw",
    [b"[]", b"null", b'"text"', b"7", b"true", b"{}", b"", b'[{"a": 1}]', b'{"a": {"b": []}}'],
)
def test_a_body_of_the_wrong_shape_is_invalid(api: Api, path: str, raw: bytes) -> None:
    response = api.send("POST", path, raw=raw)
    told = check(response, 422, "invalid")
    assert all(error["pointer"].startswith("#") for error in told["errors"])
    assert not Order.objects.exists()


@pytest.mark.parametrize("path", POSTS)
def test_every_field_may_have_any_shape_and_is_then_named(api: Api, path: str) -> None:
    """Two of the shapes for each field, others from path to path."""
    fields = {
        "store": "demo",
        "number": "1",
        "orders": [],
        "action": "accept",
        "shipments": [],
        "lines": [],
        "code": "A",
        "sku": "A",
        "kind": "receive",
        "quantity": 1,
        "params": {},
    }
    shapes = ([[]], {"a": {}}, None, -(10**30), 1.5, "x" * 20_000, [None], True)
    for n, name in enumerate(fields, start=POSTS.index(path)):
        for value in (shapes[n % 8], shapes[(n + 4) % 8]):
            response = api.post(path, fields | {name: value})
            assert response.status_code == 422, (path, name, value, response.content)
            assert errors_of(response)


def test_a_body_beyond_the_limit_is_a_problem(api: Api) -> None:
    raw = json.dumps({"orders": ["x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)]}).encode()
    check(api.send("POST", "/orders/batch", raw=raw), 413, "too_large")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\x00b"])
def test_characters_that_no_column_keeps_are_named(api: Api, text: str) -> None:
    response = api.post("/skus", {"code": "A", "name": text})
    check(response, 422, "invalid")
    assert errors_of(response) == {"#/name": "bad_characters"}


def test_a_crash_is_a_problem_without_its_reason(api: Api) -> None:
    with patch("orders.api.lists.page_of", side_effect=RuntimeError("secret of the house")):
        response = api.get("/orders")
    check(response, 500, "internal_error")
    assert b"secret" not in response.content


def test_a_lock_that_is_not_had_in_time_is_worth_another_try(api: Api) -> None:
    class Cause(Exception):
        pgcode = "55P03"

    error = OperationalError("lock timeout")
    error.__cause__ = Cause()
    with patch("orders.api.lists.page_of", side_effect=error):
        response = api.get("/orders")
    check(response, 503, "busy")
    assert response["Retry-After"] == "1"


def test_words_come_in_the_language_that_was_asked_for(api: Api) -> None:
    english = api.send("GET", "/nothing", **{"Accept-Language": "en"})
    assert english.json()["title"] == "Not found"
    assert english["Content-Language"] == "en"
    chinese = api.send("GET", "/nothing", **{"Accept-Language": "zh-CN"})
    assert chinese["Content-Language"] == "zh-hans"


def test_a_host_that_is_not_served_is_a_problem() -> None:
    response = Client().get("/api/v1/orders", headers={"Host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_pages_keep_their_own_error_pages() -> None:
    response = Client().get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
