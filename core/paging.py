"""Keyset paging: any page costs what the first one costs, and nothing is skipped or shown twice
when rows come and go between two pages."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
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
        backwards, values = _read(
            cursor, order, [rows.model._meta.get_field(n) for n in names[:-1]]
        )
        rows = _beyond(rows, names, values, up=descending == backwards)
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in a list: the primary keys beside it, and how many come before it and
    are there at all, counted up to ``COUNTED``."""

    previous: int | None
    next: int | None
    position: int
    total: int

    @property
    def more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.total > COUNTED


#: How far ``place_of`` counts: what a person can still make sense of, and cheap with an index.
COUNTED = 1_000


def place_of(rows: QuerySet[M], row: M, *, key: str, descending: bool = False) -> Place:
    """The neighbours of ``row`` in ``rows`` as ``paginate`` orders them: five queries that read
    the index from ``row`` on.

    A row that the list no longer shows keeps its neighbours and has position 0.
    """
    names = ["pk"] if key in ("id", "pk") else [key, "pk"]
    values = [getattr(row, name) for name in names]
    before = _beyond(rows, names, values, up=descending)
    after = _beyond(rows, names, values, up=not descending)

    def nearest(side: QuerySet[M], *, sign: str) -> int | None:
        return side.order_by(*[sign + n for n in names]).values_list("pk", flat=True).first()

    there = rows.filter(pk=row.pk).order_by().exists()
    return Place(
        previous=nearest(before, sign="" if descending else "-"),
        next=nearest(after, sign="-" if descending else ""),
        position=before.order_by()[:COUNTED].count() + 1 if there else 0,
        total=rows.order_by()[: COUNTED + 1].count(),
    )


def _beyond(rows: QuerySet[M], names: list[str], values: Sequence[Any], *, up: bool) -> QuerySet[M]:
    """The rows above, or below, a place in the order of ``names``."""
    compare = TupleGreaterThan if up else TupleLessThan
    return rows.filter(compare(Tuple(*[F(n) for n in names]), tuple(values)))


def _write(row: Model, names: list[str], order: str, *, backwards: bool) -> str:
    values: list[Any] = []
    for name in names:
        value = getattr(row, name)
        values.append({"t": value.isoformat()} if isinstance(value, datetime) else value)
    text = json.dumps([order, int(backwards), *values], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, order: str, fields: Sequence[Any]) -> tuple[bool, list[Any]]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said, backwards, *values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if said != order or len(values) != len(fields) + 1 or backwards not in (0, 1):
            raise ValueError
        if type(values[-1]) is not int or abs(values[-1]) >= 2**63:
            raise ValueError
        found = [datetime.fromisoformat(v["t"]) if isinstance(v, dict) else v for v in values]
        for field, value in zip(fields, found, strict=False):
            # Somebody else's idea of a cursor must not reach the database.
            if value is None or field.to_python(value) != value or "\x00" in str(value):
                raise ValueError
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError
        return bool(backwards), found
    except (
        *(ValueError, TypeError, KeyError, OverflowError, RecursionError),
        *(binascii.Error, UnicodeError, ValidationError),
    ):
        raise Invalid(
            code="invalid_cursor",
            errors=[FieldError("cursor", _("This is no cursor of this list. Start without one."))],
        ) from None
