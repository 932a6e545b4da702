"""What nobody should send, sent everywhere: an answer in words, no traceback, no half a change.

Pages, their forms, the routes of the API and the bodies it takes are found by themselves: in the
resolver, in the pages, in the API's own description. Each request is rolled back, so that each one
meets the same shop. One value of junk goes into each place, in turns, so that places together get
all of them; every value everywhere with ``BAD_INPUT_BREADTH=99``.
"""

import json
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from fulfillment.tests.test_strangers import addresses, make_shop, shop, theirs
from logistics.tests.conftest import Shop
from testing.everything import fingerprint, rows_written
from testing.factories import MembershipFactory

__all__ = ["make_shop", "shop", "theirs"]

pytestmark = pytest.mark.django_db

BREADTH = int(os.environ.get("BAD_INPUT_BREADTH", "1"))
#: What a crash handler of ours would hide is what we look for.
Failure = tuple[str, str, str, str]

TEXTS = [
    "a\x00b",
    "9" * 40,
    "-1",
    "１２３",
    "0000-00-00",
    "9999-12-31T23:59:59.999999",
    "x" * 20_000,
    "\u202eabc\u200f",
    "1e400",
    "-infinity",
    "0001-01-01",
    "=1+1",
    "%ED%A0%80",
    "ord_' OR 1=1 --",
    "NaN",
    " ",
    "../../etc/passwd",
    "2147483648",
]
VALUES: list[Any] = [
    None,
    "a\x00b",
    2**63,
    -1,
    [],
    {},
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "",
    True,
    0,
    2**31,
    1e308,
    1.5,
    "\ud800",
    "x" * 20_000,
    [[[[[]]]]],
    {"amount": "NaN", "currency": "USD"},
    {"amount": "-0.001", "currency": "ZZZ"},
    "2026-11-30T10:00:00+23:59",
    "-infinity",
    "１２３",
    ["a", "a"],
    [None],
]
#: Query parameters that lists know, beside those that pages link to.
PARAMETERS = {"cursor", "limit", "size", "sort", "q", "page", "after", "from", "to"}
LISTS = ("/api/v1/orders", "/orders/")
OF_ORDERS = {"stage", "deadline", "store", "sku", "country", "ship_by_before"}
RAW = (b"", b"{", b"[" * 5000, b'{"a": 1, "a": 2}', b"\xff", b"null", b'"\\ud800"')


def turns(values: list[Any], place: int) -> list[Any]:
    """``BREADTH`` of the values, others for each place."""
    start = place * BREADTH % len(values)
    return (values + values)[start : start + min(BREADTH, len(values))]


def all_routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    for p in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(p.pattern)
        if isinstance(p, URLResolver):
            yield from all_routes(p.url_patterns, route)
        elif isinstance(p, URLPattern) and not route.startswith(("admin/", "^")):
            yield route


def paths(theirs: dict[str, list[str]]) -> list[str]:
    known = theirs | {"marketplace": ["aliexpress"], "mode": ["semi_managed"]}
    found = []
    for route in sorted(set(all_routes())):
        names = [part.split(">")[0].split(":")[-1] for part in route.split("<")[1:]]
        if not names:
            found.append("/" + route)
        elif all(name in known for name in names):
            found.append(next(addresses(route, known)))
    return found


class Forms(HTMLParser):
    """The forms of a page: (method, action, fields with a value each), and names in its links."""

    def __init__(self, page: str, here: str) -> None:
        super().__init__()
        self.here, self.forms, self.parameters = here, [], set()
        self._by_id: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith(("?", "/")):
            query = urlsplit(given["href"]).query
            self.parameters |= {pair.partition("=")[0] for pair in query.split("&") if "=" in pair}
        if tag == "form":
            fields: dict[str, str] = {}
            action = given.get("action") or self.here
            self.forms.append((given.get("method", "get").lower(), action, fields))
            self._open = fields
            if "id" in given:
                self._by_id[given["id"]] = fields
        if tag in ("input", "select", "textarea", "button") and given.get("name"):
            fields = self._by_id.get(given.get("form", ""), self._open)
            if tag != "button" or given["name"] not in fields:
                fields[given["name"]] = given.get("value", "1")


class Attack:
    """Sends requests, each rolled back, and keeps what went wrong."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.failures: list[Failure] = []
        self.sent = 0
        self.before = fingerprint()

    def send(self, method: str, path: str, junk: Any, **request: Any) -> Any:
        self.sent += 1
        label = repr(junk)[:60]
        response = None
        written = rows_written()
        with transaction.atomic():
            try:
                with transaction.atomic():
                    response = self.client.generic(method, path, **request)
                    if response.status_code >= 500:
                        self.failures.append((method, path[:200], label, "500"))
                    elif (
                        response.status_code >= 400
                        and method not in ("GET", "HEAD", "OPTIONS")
                        and rows_written() != written
                        and fingerprint() != self.before
                    ):
                        self.failures.append((method, path[:200], label, "half a change"))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is one
                self.failures.append((method, path[:200], label, repr(error)[:300]))
            transaction.set_rollback(True)
        return response

    def form(self, path: str, fields: dict[str, Any], junk: Any) -> None:
        data = self.client._encode_data(fields, MULTIPART)
        self.send("POST", path, junk, data=data, content_type=MULTIPART)


MULTIPART = "multipart/form-data; boundary=BoUnDaRyStRiNg"


@pytest.fixture
def attack(shop: Shop, theirs: dict[str, list[str]]) -> Attack:
    client = Client()
    client.force_login(MembershipFactory(seller=shop.seller, role="owner").user)
    client.get("/settings/me/")
    return Attack(client)


def summary(failures: list[Failure]) -> str:
    kinds: dict[tuple[str, str], list[str]] = {}
    for method, path, junk, what in failures:
        kinds.setdefault((f"{method} {path.partition('?')[0]}", what), []).append(
            f"{path.partition('?')[2][:60]} {junk}"
        )
    return "\n".join(f"{k[0]}: {k[1]}: {v[:4]}" for k, v in kinds.items())


def test_any_query_gets_an_answer(attack: Attack, theirs: dict[str, list[str]]) -> None:
    for place, path in enumerate(paths(theirs)):
        page = attack.send("GET", path, "")
        if page is None or page.status_code == 405:
            continue
        text = page.content.decode(errors="replace") if not page.streaming else ""
        names = set(PARAMETERS)
        if path.startswith("/api/"):
            names |= OF_ORDERS
        elif "<html" in text[:200]:
            names |= Forms(text, path).parameters
        for i, junk in enumerate(turns(TEXTS, place)):
            attack.send("GET", f"{path}?{'&'.join(f'{n}={_quoted(junk)}' for n in names)}", junk)
            if names == PARAMETERS:
                continue  # a page that leads nowhere with a parameter reads none
            # One alone, twice: where all are wrong, only the first is looked at.
            name = sorted(names)[(place + i) % len(names)]
            attack.send("GET", f"{path}?{name}={_quoted(junk)}&{name}=2", junk)
    for path in LISTS:
        for place, name in enumerate(sorted(PARAMETERS | OF_ORDERS)):
            for junk in turns(TEXTS, place)[:6]:
                attack.send("GET", f"{path}?{name}={_quoted(junk)}", junk)
    assert not attack.failures, summary(attack.failures)
    assert attack.sent > 250


def _quoted(text: str) -> str:
    return text if text.startswith("%") else quote(text)


def test_any_form_gets_an_answer(attack: Attack, theirs: dict[str, list[str]]) -> None:
    seen: set[str] = set()
    for path in paths(theirs):
        if path.startswith("/api/"):
            continue
        page = attack.send("GET", path, "")
        text = page.content.decode(errors="replace") if page and not page.streaming else ""
        for method, action, fields in Forms(text, path).forms if "<html" in text[:200] else ():
            key = f"{action} {sorted(fields)}"
            if method != "post" or key in seen or "logout" in action:
                continue
            seen.add(key)
            file = SimpleUploadedFile("x.csv", b"\xff\xfe\x00=1+1\n")
            odd: list[tuple[dict[str, Any], str]] = [
                ({}, "nothing"),
                ({n: [v, "2"] for n, v in fields.items()}, "twice"),
                (dict.fromkeys(fields, file), "a file"),
            ]
            odd += [(dict.fromkeys(fields, junk), junk) for junk in turns(TEXTS, len(seen))]
            for data, what in turns(odd, len(seen)):
                attack.form(action, data, what)
            # Half of the fields as the page fills them in: what is right in one place lets the
            # reading of the others go on.
            for i, names in enumerate((list(fields)[::2], list(fields)[1::2])):
                for junk in turns(TEXTS, 2 * len(seen) + i) if names else ():
                    attack.form(action, fields | dict.fromkeys(names, junk), junk)
    assert not attack.failures, summary(attack.failures)
    assert len(seen) > 25


# --- the API's bodies ------------------------------------------------------------------------


def _example(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(parts[schema["$ref"].rpartition("/")[2]], parts)
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return _example(schema[key][0], parts)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {n: _example(s, parts) for n, s in schema.get("properties", {}).items()}
    if kind == "array":
        return [_example(schema.get("items", {}), parts)]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return "2026-11-20T10:00:00Z" if schema.get("format") == "date-time" else "x"


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from places(inner, (*at, i))


def put(value: Any, at: tuple[Any, ...], junk: Any) -> Any:
    if not at:
        return junk
    copy: Any = value.copy()
    copy[at[0]] = put(value[at[0]], at[1:], junk)
    return copy


def test_any_body_gets_an_answer(attack: Attack, theirs: dict[str, list[str]], shop: Shop) -> None:
    schema = attack.client.get("/api/v1/openapi.json").json()
    parts = schema["components"]["schemas"]
    known = {"store": shop.store.code, "sku": shop.sku.code, "warehouse": shop.warehouse.code}
    known |= {"order": theirs["order"][0], "order_line": theirs["line"][0], "currency": "USD"}
    known |= {"amount": "9.90", "country": "BR", "action": "hold"}

    def better(value: Any) -> Any:
        if isinstance(value, dict):
            return {n: known.get(n, better(v)) if v == "x" else better(v) for n, v in value.items()}
        if isinstance(value, list):
            return [theirs["order"][0] if v == "x" else better(v) for v in value]
        return value

    bodies = 0
    for template, operations in schema["paths"].items():
        path = template
        for name, values in theirs.items():
            path = path.replace("{" + name + "}", values[0])
        path = path.replace("{key}", "x")
        for method, operation in operations.items():
            if method not in ("post", "patch", "put", "delete") or "requestBody" not in operation:
                continue
            content = operation["requestBody"]["content"]["application/json"]["schema"]
            body = better(_example(content, parts))
            bodies += 1
            for raw in RAW:
                _json(attack, method, path, raw, raw[:20])
            for place, at in enumerate(places(body)):
                for junk in turns(VALUES, place + bodies):
                    text = json.dumps(put(body, at, junk))
                    _json(attack, method, path, text.encode(), (at, junk))
            _json(attack, method, path, json.dumps(body | {"no_such": 1}).encode(), "unknown")
    assert not attack.failures, summary(attack.failures)
    assert bodies >= 12


def _json(attack: Attack, method: str, path: str, raw: bytes, junk: Any) -> None:
    response = attack.send(method.upper(), path, junk, data=raw, content_type="application/json")
    if response is not None and response.status_code >= 400:
        told = response["Content-Type"] == "application/problem+json"
        if not told or not response.json()["detail"]:
            attack.failures.append((method, path, repr(junk)[:60], "no problem in words"))


def test_any_method_gets_an_answer(attack: Attack, theirs: dict[str, list[str]]) -> None:
    for place, path in enumerate(paths(theirs)):
        method = ("PUT", "DELETE", "OPTIONS", "HEAD")[place % 4]
        attack.send(method, path, method)
    assert not attack.failures, summary(attack.failures)
