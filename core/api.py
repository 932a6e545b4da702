"""What every view of the API shares: who calls, what may be sent, and the shape of the answers.

``request.auth`` is an ``Access`` made by the authentication (``sellers.api``). A view names the
scope of each of its methods; what is not named is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

import orjson
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from core.actor import Actor
from core.api_fields import Strict
from core.errors import FieldError, Invalid, NotFound
from core.ids import decode
from core.paging import Page, paginate
from core.parsers import escape
from core.permissions import HasScope

M = TypeVar("M", bound=Model)

MAX_LIMIT = 200
MAX_BATCH = 500


class ApiView(APIView):
    """A view of the API. ``scopes``: method → the scope it needs, or several of which one is
    needed. The seller and the actor are given."""

    scopes: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    permission_classes = [HasScope]
    http_method_names = ["get", "post", "patch", "head"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.access = ("api", dict(cls.scopes))
        return view

    @property
    def actor(self) -> Actor:
        access: Any = self.request.auth
        actor: Actor = access.actor
        return actor

    @property
    def seller(self) -> Any:
        """The seller whose rows the call may see (core does not know the model)."""
        access: Any = self.request.auth
        return access.seller

    @property
    def sees_money(self) -> bool:
        """Amounts, prices and fines are left out for those who may not see them."""
        return self.actor.may("money:read")


# --- what comes in ---------------------------------------------------------------------------


def read(serializer: Strict, data: Any, *, at: str = "") -> dict[str, Any]:
    """Validated values of a body. Raises ``Invalid`` with a pointer to each wrong place."""
    try:
        values: dict[str, Any] = serializer.run_validation(data)
    except serializers.ValidationError as error:
        raise Invalid(errors=list(field_errors(error.detail, at))) from None
    return values


def field_errors(detail: Any, pointer: str = "") -> Iterable[FieldError]:
    """The errors of the framework, flat, with JSON pointers."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            at = pointer if name == "non_field_errors" else f"{pointer}/{escape(str(name))}"
            yield from field_errors(inner, at)
    elif isinstance(detail, list):
        for i, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from field_errors(inner, f"{pointer}/{i}" if nested else pointer)
    else:
        yield FieldError(pointer, detail, getattr(detail, "code", None) or "invalid")


class ListParams(Strict):
    """The query parameters of every list."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=50)
    cursor = serializers.CharField(default="", max_length=600)


@lru_cache
def _reader(params: type[Strict]) -> Strict:
    """One serializer of a kind is enough: reading leaves nothing behind in it, and making its
    fields anew for each call costs more than the reading."""
    return params()


def read_query(
    request: HttpRequest | Request, params: type[Strict], *, also: Iterable[str] = ()
) -> dict[str, Any]:
    """Validated query parameters. Raises ``Invalid`` that names each wrong one.

    ``also`` are names that somebody else reads (a filter set).
    """
    given: QueryDict = request.GET
    serializer = _reader(params)
    others = set(also)
    errors = []
    for name, values in given.lists():
        if name not in serializer.fields and name not in others:
            errors.append(
                FieldError(
                    name[:100],
                    _("There is no parameter with this name. Parameters: %(names)s.")
                    % {"names": ", ".join(sorted({*serializer.fields, *others}))},
                    "unknown_parameter",
                )
            )
        elif len(values) > 1 and name not in others:
            errors.append(FieldError(name, _("Give this parameter once."), "given_twice"))
    if errors:
        raise Invalid(errors=errors)
    try:
        values_: dict[str, Any] = serializer.run_validation(
            {name: given[name] for name in given if name in serializer.fields}
        )
    except serializers.ValidationError as error:
        raise Invalid(
            errors=[
                FieldError(e.pointer.lstrip("/"), e.detail, e.code)
                for e in field_errors(error.detail)
            ]
        ) from None
    return values_


def own(rows: QuerySet[M], seller: Any, prefix: str, public_id: str) -> M:
    """The seller's row with a public id from a path; ``NotFound`` for anything else."""
    pk = decode(prefix, public_id)
    row = rows.filter(pk=pk, seller=seller).first() if pk is not None else None
    if row is None:
        raise NotFound
    return row


def named(rows: QuerySet[M], prefix: str, name: str, pointer: str) -> M:
    """The row of ``rows`` that a body names by its id or by its ``code``; else ``Invalid``."""
    pk = decode(prefix, name)
    row = rows.filter(pk=pk).first() if pk is not None else None
    row = row or rows.filter(code=name).first()
    if row is None:
        raise Invalid(
            errors=[
                FieldError(
                    pointer, _("There is no “%(name)s” here.") % {"name": name[:100]}, "unknown"
                )
            ]
        )
    return row


# --- what goes out ---------------------------------------------------------------------------


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    if value is None:
        return None
    text = value.isoformat()
    if not text.endswith("+00:00"):
        text = value.astimezone(UTC).isoformat()
    return text[:-6] + "Z"


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """``{"amount": "23.42", "currency": "CNY"}``."""
    return {"amount": f"{amount:.2f}", "currency": currency}


def answer(
    body: Any, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A JSON answer. Plain dictionaries go straight to text: lists are hot."""
    text = orjson.dumps(body, default=str)
    return HttpResponse(
        text, status=status, content_type="application/json", headers=dict(headers or {})
    )


def answer_list(
    request: Request, data: Sequence[Any], next_cursor: str, *, parameter: str = "cursor"
) -> HttpResponse:
    """One page of a list, with a link to the next one."""
    headers = {}
    if next_cursor:
        query = request.GET.copy()
        query[parameter] = next_cursor
        url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        headers["Link"] = f'<{url}>; rel="next"'
    return answer(
        {
            "object": "list",
            "data": data,
            "has_more": bool(next_cursor),
            "next_cursor": next_cursor or None,
        },
        headers=headers,
    )


def page_of(
    rows: QuerySet[M], params: Mapping[str, Any], *, key: str, descending: bool = False
) -> Page[M]:
    """The page that ``ListParams`` ask for."""
    return paginate(
        rows, key=key, descending=descending, cursor=params["cursor"], limit=params["limit"]
    )
