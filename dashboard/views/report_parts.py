"""What reports are made of: sheets with columns and cells, and the parts of a period."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.errors import Text
from core.templatetags.ui import babel_locale
from dashboard.queries.reports import (
    Left,
    Period,
    left_by_day,
    totals,
)
from dashboard.views.rates import percent
from orders.models import RateKind
from orders.queries.limits import limits_for

DAILY = 31


@dataclass(frozen=True, slots=True)
class Column:
    label: Text
    num: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """``shown`` to people, ``raw`` in files. ``bar``: two shares of a hundred, drawn behind it."""

    shown: str
    raw: Any = None
    bar: tuple[float, float] | None = None


@dataclass(slots=True)
class Sheet:
    """One report. ``kind`` says how it is drawn: ``line``, ``bars``, ``heat``, or by the bars in
    its own table. ``parts`` are the charts, several where currencies stand apart."""

    name: str
    title: Text
    intro: Text
    columns: list[Column]
    rows: list[list[Cell]]
    kind: str = "table"
    parts: list[dict[str, Any]] = field(default_factory=list)
    note: Text = ""
    empty: bool = False
    wide: bool = False

    @property
    def table(self) -> list[list[tuple[Column, Cell]]]:
        """The rows, each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


# --- by day or week --------------------------------------------------------------------------


def buckets_of(period: Period) -> list[tuple[date, date]]:
    """The days of a period, or its weeks (Monday first) when it is long."""
    if period.days <= DAILY:
        return [(day, day) for day in period.dates()]
    found = []
    first = period.first
    while first <= period.last:
        last = min(first + timedelta(days=6 - first.weekday()), period.last)
        found.append((first, last))
        first = last + timedelta(days=1)
    return found


def label_of(first: date, last: date) -> str:
    if first == last:
        return day_text(first)
    return pgettext("from and to", "%(from)s – %(to)s") % {
        "from": day_text(first),
        "to": day_text(last),
    }


def day_text(day: date) -> str:
    return format_skeleton("MMMd", day, locale=babel_locale())


def left_in(period: Period) -> list[tuple[date, date, Left]]:
    days = left_by_day(period)
    return [
        (
            first,
            last,
            totals(days[(first - period.first).days : (last - period.first).days + 1]),
        )
        for first, last in buckets_of(period)
    ]


def share_of(part: int, total: int) -> float | None:
    return 100 * part / total if total else None


def share_text(share: float | None) -> str:
    return "—" if share is None else percent(round(share, 1))


def share_raw(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def limit_of(period: Period, kind: RateKind) -> float | None:
    """The strictest limit of the marketplaces in the period."""
    limits = limits_for(period.seller)
    found = [
        float(rules[kind].percent)
        for marketplace, rules in limits.items()
        if kind in rules and (period.store is None or period.store.marketplace == marketplace)
    ]
    return min(found) if found else None


def when_cell(first: date, last: date) -> Cell:
    return Cell(label_of(first, last), first.isoformat())


def when_column(period: Period) -> Column:
    return Column(_("Day") if period.days <= DAILY else _("Week"))
