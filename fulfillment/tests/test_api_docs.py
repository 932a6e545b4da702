"""The OpenAPI description and its page."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_description_is_valid_and_without_warning() -> None:
    call_command(
        "spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=StringIO()
    )


def test_the_description_is_public_and_openapi_3_1() -> None:
    response = Client().get("/api/v1/openapi.json")
    told = json.loads(response.content)
    assert response.status_code == 200
    assert told["openapi"].startswith("3.1.")
    assert all(path.startswith("/api/v1/") for path in told["paths"])


def test_every_operation_names_its_scope_and_its_problems() -> None:
    told = json.loads(Client().get("/api/v1/openapi.json").content)
    operations = [op for path in told["paths"].values() for op in path.values()]
    assert len(operations) >= 29
    for operation in operations:
        assert "Scope: `" in operation["description"]
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert len({op["operationId"] for op in operations}) == len(operations)


def test_the_page_is_public_and_without_inline_script_or_style() -> None:
    response = Client().get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert "<style" not in page
    assert "style=" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "img-src 'self' data:" in policy
    script = Client().get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
