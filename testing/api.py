"""Calling the API in tests, as another system does: with a key, in JSON."""

import json
from collections.abc import Iterable
from typing import Any

from django.test import Client

from core.actor import Actor
from sellers.access import SCOPES
from sellers.actions import create_api_key
from sellers.models import Seller

ROOT = "/api/v1"


class Api:
    """The API with a key of a seller. Paths are relative to ``/api/v1``."""

    def __init__(self, seller: Seller, scopes: Iterable[str] = SCOPES) -> None:
        self.seller = seller
        self.key, self.token = create_api_key(
            seller=seller, name="test", scopes=scopes, actor=Actor("staff", 1, "ops")
        )
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.send("PATCH", path, body, **headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        query: dict[str, Any] | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """``raw`` is sent as it is; ``body`` as JSON."""
        return self.client.generic(
            method,
            ROOT + path,
            raw if raw is not None else json.dumps(body),
            content_type=content_type,
            headers={"Authorization": f"Bearer {self.token}"} | headers,
            query_params=query,
        )


def errors_of(response: Any) -> dict[str, str]:
    """The places that a problem names, with their codes."""
    return {e.get("pointer", e.get("parameter")): e["code"] for e in response.json()["errors"]}
