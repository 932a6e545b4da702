"""The bare views that ours are compared with: the same answer, made from what is in memory."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from rest_framework.request import Request

from core.api import ApiView, answer

#: What the bare views answer; put here by ``benchmarks.lists``.
page: dict[str, Any] = {}
listing: dict[str, Any] = {}


def bare_page(request: HttpRequest) -> HttpResponse:
    """A page of rows in the product's frame, by a compiled template."""
    return HttpResponse(page["template"].render({"rows": page["rows"]}, request))


_NOTHING = engines["django"].from_string("<!doctype html><title>Nothing</title>")


def nothing(request: HttpRequest) -> HttpResponse:
    """An empty page, behind the same middleware, for somebody who is logged in."""
    return HttpResponse(_NOTHING.render({"person": str(request.user)}, request))


def bare_json(request: HttpRequest) -> JsonResponse:
    """A list of rows as JSON."""
    return JsonResponse(listing | {"data": [dict(row) for row in listing["data"]]})


class Empty(ApiView):
    """Does nothing for whoever may write orders."""

    scopes = {"POST": "orders:write"}

    def post(self, request: Request) -> HttpResponse:
        return answer({})
