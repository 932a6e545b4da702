"""Keyset paging: any page costs what the first one costs, and nothing is skipped or shown twice
when rows come and go between two pages."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy as _

from core.errors import FieldError, Invalid

M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Page(Generic[M]):
    """One page. The cursors are opaque strings, empty where there is no such page."""

    rows: list[M]
    next_cursor: str = ""
    previous_cursor: str = ""

    @property
    def has_next(self) -> bool:
        return bool(self.next_cursor)

    @property
    def has_previous(self) -> bool:
        return bool(self.previous_cursor)


def paginate(
    rows: QuerySet[M],
    *,
    key: str,
    descending: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> Page[M]:
    """A page of ``rows`` ordered by (``key``, id).

    ``key`` is a non-null column that leads an index together with id (after the filters' columns);
    ``"id"`` alone is fine. Raises ``Invalid`` for a cursor that is none, or of another order.
    """
    names = ["pk"] if key in ("id", "pk") else [key, "pk"]
    order = ("-" if descending else "") + key
    backwards = False
    if cursor:
        backwards, values = _read(cursor, order, len(names))
        up = descending == backwards
        compare = TupleGreaterThan if up else TupleLessThan
        rows = rows.filter(compare(Tuple(*[F(n) for n in names]), tuple(values)))
    sign = "-" if descending != backwards else ""
    found = list(rows.order_by(*[sign + n for n in names])[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    page = Page(found)
    if not found:
        return page
    if more or backwards:
        page.next_cursor = _write(found[-1], names, order, backwards=False)
    if (more and backwards) or (cursor and not backwards):
        page.previous_cursor = _write(found[0], names, order, backwards=True)
    return page


def _write(row: Model, names: list[str], order: str, *, backwards: bool) -> str:
    values: list[Any] = []
    for name in names:
        value = getattr(row, name)
        values.append({"t": value.isoformat()} if isinstance(value, datetime) else value)
    text = json.dumps([order, int(backwards), *values], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, order: str, n: int) -> tuple[bool, list[Any]]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said, backwards, *values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if said != order or len(values) != n or backwards not in (0, 1):
            raise ValueError
        if type(values[-1]) is not int or abs(values[-1]) >= 2**63:
            raise ValueError
        return bool(backwards), [
            datetime.fromisoformat(v["t"]) if isinstance(v, dict) else v for v in values
        ]
    except (ValueError, TypeError, KeyError, binascii.Error, UnicodeError):
        raise Invalid(
            code="invalid_cursor",
            errors=[FieldError("cursor", _("This is no cursor of this list. Start without one."))],
        ) from None
