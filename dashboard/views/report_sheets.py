"""Each report as a sheet: columns and rows, in the reader's words and as plain values, and the
chart that is drawn of them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from core.errors import Text
from core.templatetags.ui import duration_text, money, number
from dashboard import charts
from dashboard.queries.reports import (
    WHOLE,
    Left,
    Period,
    by_hour,
    dwell,
    fines_by_day,
    left_by_day,
    totals,
    transits,
)
from dashboard.views.rates import percent
from orders.models import RateKind
from orders.queries.limits import limits_for
from orders.states import Stage
from orders.views.words import country_name

#: Longer periods are shown by week.
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


def _buckets(period: Period) -> list[tuple[date, date]]:
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


def _label(first: date, last: date) -> str:
    if first == last:
        return _day(first)
    return pgettext("from and to", "%(from)s – %(to)s") % {"from": _day(first), "to": _day(last)}


def _day(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def _left(period: Period) -> list[tuple[date, date, Left]]:
    days = left_by_day(period)
    return [
        (
            first,
            last,
            totals(days[(first - period.first).days : (last - period.first).days + 1]),
        )
        for first, last in _buckets(period)
    ]


def _share(part: int, total: int) -> float | None:
    return 100 * part / total if total else None


def _shown(share: float | None) -> str:
    return "—" if share is None else percent(round(share, 1))


def _raw(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def _limit(period: Period, kind: RateKind) -> float | None:
    """The strictest limit of the marketplaces in the period."""
    limits = limits_for(period.seller)
    found = [
        float(rules[kind].percent)
        for marketplace, rules in limits.items()
        if kind in rules and (period.store is None or period.store.marketplace == marketplace)
    ]
    return min(found) if found else None


def _when(first: date, last: date) -> Cell:
    return Cell(_label(first, last), first.isoformat())


def _when_columns(period: Period) -> Column:
    return Column(_("Day") if period.days <= DAILY else _("Week"))


def on_time(period: Period) -> Sheet:
    """Orders that left, and how many of them in time."""
    rows = _left(period)
    shares = [_share(each.left - each.late, each.left) for _f, _l, each in rows]
    limit = _limit(period, RateKind.LATE_SHIPMENT)
    least = None if limit is None else 100 - limit
    texts = [
        _("%(when)s: %(share)s, %(late)s of %(all)s late")
        % {
            "when": _label(first, last),
            "share": _shown(share),
            "late": number(each.late),
            "all": number(each.left),
        }
        for (first, last, each), share in zip(rows, shares, strict=True)
    ]
    drawn = charts.line(
        [(_day(first), share) for (first, _l, _e), share in zip(rows, shares, strict=True)],
        texts,
        limit=least,
        over=[least is not None and share is not None and share < least for share in shares],
        top=100,
    )
    return Sheet(
        name="on-time",
        title=_("On-time rate"),
        intro=_("Orders by when their ship-by clock stopped; late is after the deadline."),
        columns=[
            _when_columns(period),
            Column(_("Left"), num=True),
            Column(_("Late"), num=True),
            Column(_("On time"), num=True),
        ],
        rows=[
            [
                _when(first, last),
                Cell(number(each.left), each.left),
                Cell(number(each.late), each.late),
                Cell(_shown(share), _raw(share)),
            ]
            for (first, last, each), share in zip(rows, shares, strict=True)
        ],
        kind="line",
        parts=[
            {
                "chart": drawn,
                "ticks": [percent(tick, digits=2) for tick in drawn.ticks],
                "label": _("On-time rate"),
                "limit": ""
                if least is None
                else _("limit: at least %(percent)s") % {"percent": percent(least)},
            }
        ],
        empty=not any(each.left for _f, _l, each in rows),
        wide=True,
    )


def cancellations(period: Period) -> Sheet:
    """Cancelled orders among those that were decided."""
    rows = _left(period)
    shares = [_share(each.cancelled, each.cancelled + each.left) for _f, _l, each in rows]
    limit = _limit(period, RateKind.CANCELLATION)
    texts = [
        _("%(when)s: %(share)s, %(n)s cancelled")
        % {"when": _label(first, last), "share": _shown(share), "n": number(each.cancelled)}
        for (first, last, each), share in zip(rows, shares, strict=True)
    ]
    drawn = charts.line(
        [(_day(first), share) for (first, _l, _e), share in zip(rows, shares, strict=True)],
        texts,
        limit=limit,
        over=[limit is not None and share is not None and share > limit for share in shares],
    )
    return Sheet(
        name="cancellations",
        title=_("Cancellation rate"),
        intro=_("Cancelled orders among those that left or were cancelled, whoever asked for it."),
        columns=[
            _when_columns(period),
            Column(_("Cancelled"), num=True),
            Column(_("Left or cancelled"), num=True),
            Column(_("Rate"), num=True),
        ],
        rows=[
            [
                _when(first, last),
                Cell(number(each.cancelled), each.cancelled),
                Cell(number(each.cancelled + each.left), each.cancelled + each.left),
                Cell(_shown(share), _raw(share)),
            ]
            for (first, last, each), share in zip(rows, shares, strict=True)
        ],
        kind="line",
        parts=[
            {
                "chart": drawn,
                "ticks": [percent(tick, digits=2) for tick in drawn.ticks],
                "label": _("Cancellation rate"),
                "limit": ""
                if limit is None
                else _("limit: at most %(percent)s") % {"percent": percent(limit)},
            }
        ],
        empty=not any(each.cancelled + each.left for _f, _l, each in rows),
    )


def fines(period: Period) -> Sheet:
    """What the ledger says, by currency; currencies are never added up."""
    buckets = _buckets(period)
    found: dict[str, dict[date, list[Decimal]]] = defaultdict(dict)
    orders: dict[tuple[str, date], int] = defaultdict(int)
    for each in fines_by_day(period):
        start = next(first for first, last in buckets if first <= each.day <= last)
        sums = found[each.currency].setdefault(start, [Decimal(0), Decimal(0)])
        sums[0] += each.fined
        sums[1] += each.waived
        orders[each.currency, start] += each.orders
    parts, rows = [], []
    for currency in sorted(found):
        sums_of = found[currency]
        values = [
            (_day(first), [("danger", float(sums_of.get(first, [Decimal(0)])[0]))])
            for first, _last in buckets
        ]
        texts = [
            f"{_label(first, last)}: {money(sums_of.get(first, [Decimal(0)])[0], currency)}"
            for first, last in buckets
        ]
        drawn = charts.bars(values, texts)
        parts.append(
            {
                "chart": drawn,
                "ticks": [money(Decimal(str(tick)), currency) for tick in drawn.ticks],
                "label": _("Fines in %(currency)s") % {"currency": currency},
                "sum": money(sum((s[0] for s in sums_of.values()), Decimal(0)), currency),
            }
        )
        for first, last in buckets:
            if first in sums_of:
                fined, waived = sums_of[first]
                rows.append(
                    [
                        _when(first, last),
                        Cell(currency, currency),
                        Cell(number(orders[currency, first]), orders[currency, first]),
                        Cell(money(fined, currency), fined),
                        Cell(money(waived, currency) if waived else "—", waived),
                    ]
                )
    return Sheet(
        name="fines",
        title=_("Fines"),
        intro=_("Entries of the ledger by when their step was reached."),
        columns=[
            _when_columns(period),
            Column(_("Currency")),
            Column(_("Orders"), num=True),
            Column(_("Fines"), num=True),
            Column(_("Waived"), num=True),
        ],
        rows=rows,
        kind="bars",
        parts=parts,
        empty=not rows,
    )


# --- how long things take ----------------------------------------------------------------------


def _long(span: timedelta | None) -> str:
    return "—" if span is None else duration_text(span)


def _hours(span: timedelta | None) -> str:
    return "" if span is None else f"{span.total_seconds() / 3600:.2f}"


def _bar(median: timedelta | None, most: timedelta | None, longest: float) -> tuple[float, float]:
    if median is None or most is None or not longest:
        return (0, 0)
    return (
        round(100 * median.total_seconds() / longest, 1),
        round(100 * most.total_seconds() / longest, 1),
    )


def dwells(period: Period) -> Sheet:
    """How long orders stayed in each stage."""
    found = dwell(period)
    longest = max((each.most.total_seconds() for each in found if each.most), default=0)
    return Sheet(
        name="dwell",
        title=_("Time in each stage"),
        intro=_("Orders placed in the period that have left the stage."),
        columns=[
            Column(_("Stage")),
            Column(""),
            Column(_("Half within"), num=True),
            Column(_("9 of 10 within"), num=True),
            Column(_("Orders"), num=True),
        ],
        rows=[
            [
                Cell(
                    _("From payment to upload")
                    if each.stage == WHOLE
                    else str(Stage(each.stage).label),
                    each.stage,
                ),
                Cell("", "", _bar(each.median, each.most, longest)),
                Cell(_long(each.median), _hours(each.median)),
                Cell(_long(each.most), _hours(each.most)),
                Cell(number(each.count), each.count),
            ]
            for each in found
        ],
        note=_("In the file the times are hours."),
        empty=not any(each.count for each in found),
        wide=True,
    )


def transit(period: Period) -> Sheet:
    """How long carriers took, from our own parcels."""
    found = transits(period)
    longest = max((each.most.total_seconds() for each in found), default=0)
    chinese = (get_language() or "").startswith("zh")
    return Sheet(
        name="transit",
        title=_("Transit times"),
        intro=_("Own parcels delivered in the period, from the hand-over to the buyer."),
        columns=[
            Column(_("Carrier")),
            Column(_("Country")),
            Column(""),
            Column(_("First scan after"), num=True),
            Column(_("Half within"), num=True),
            Column(_("9 of 10 within"), num=True),
            Column(_("Parcels"), num=True),
        ],
        rows=[
            [
                _name(each.carrier_zh if chinese and each.carrier_zh else each.carrier),
                Cell(country_name(each.country), each.country),
                Cell("", "", _bar(each.median, each.most, longest)),
                Cell(_long(each.scan), _hours(each.scan)),
                Cell(_long(each.median), _hours(each.median)),
                Cell(_long(each.most), _hours(each.most)),
                Cell(number(each.count), each.count),
            ]
            for each in found
        ],
        note=_("In the file the times are hours."),
        empty=not found,
        wide=True,
    )


def _name(name: str) -> Cell:
    return Cell(name, name)


# --- when ----------------------------------------------------------------------------------------


def _hourly(period: Period, column: str, name: str, title: Text, intro: Text) -> Sheet:
    table = by_hour(period, column)
    highest = max(map(max, table))
    monday = date(2024, 1, 1)
    days = [date_format(monday + timedelta(days=n), "D") for n in range(7)]
    heat = [
        {
            "day": days[n],
            "count": sum(row),
            "cells": [
                {
                    "count": count,
                    "step": charts.heat_step(count, highest),
                    "title": f"{days[n]} {hour:02d}:00–{hour:02d}:59: {number(count)}",
                }
                for hour, count in enumerate(row)
            ],
        }
        for n, row in enumerate(table)
    ]
    return Sheet(
        name=name,
        title=title,
        intro=intro,
        columns=[Column(_("Day")), *[Column(f"{hour:02d}", num=True) for hour in range(24)]],
        rows=[
            [Cell(days[n], days[n]), *[Cell(number(count), count) for count in row]]
            for n, row in enumerate(table)
        ],
        kind="heat",
        parts=[{"heat": heat, "hours": [f"{hour:02d}" for hour in range(24)]}],
        empty=not highest,
        wide=True,
    )


def placed(period: Period) -> Sheet:
    """When buyers order."""
    return _hourly(
        period,
        "placed_at",
        "placed",
        _("When orders come in"),
        _("Orders by weekday and hour of the shop in which they were placed."),
    )


def due(period: Period) -> Sheet:
    """When orders fall due."""
    return _hourly(
        period,
        "ship_by",
        "due",
        _("When orders fall due"),
        _("Orders by weekday and hour of the shop of their deadline."),
    )


#: Name of a report → how it is made, and whether it tells amounts.
SHEETS: dict[str, tuple[Callable[[Period], Sheet], bool]] = {
    "on-time": (on_time, False),
    "fines": (fines, True),
    "cancellations": (cancellations, False),
    "dwell": (dwells, False),
    "transit": (transit, False),
    "placed": (placed, False),
    "due": (due, False),
}


# --- the headline --------------------------------------------------------------------------------


def headline(period: Period, *, sees_money: bool) -> list[dict[str, Any]]:
    """The figures of the period beside those of the one before."""
    now, before = totals(left_by_day(period)), totals(left_by_day(period.before))
    spans = {each.stage: each for each in dwell(period)}
    rate = _share(now.left - now.late, now.left)
    cancelled = _share(now.cancelled, now.cancelled + now.left)
    tiles = [
        {
            "label": _("Orders that left"),
            "figure": number(now.left),
            "note": _("%(n)s in the period before") % {"n": number(before.left)},
        },
        {
            "label": _("On-time rate"),
            "figure": _shown(rate),
            "note": _change(rate, _share(before.left - before.late, before.left)),
        },
        {
            "label": _("Cancellation rate"),
            "figure": _shown(cancelled),
            "note": _change(cancelled, _share(before.cancelled, before.cancelled + before.left)),
        },
        {
            "label": _("From payment to upload"),
            "figure": _long(spans[WHOLE].median),
            "note": _("half of %(n)s orders") % {"n": number(spans[WHOLE].count)},
        },
    ]
    if sees_money:
        tiles.append({"label": _("Fines"), **_fine_sums(period)})
    return tiles


def _change(now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return _("nothing to compare with")
    difference = round(now - before, 1)
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    return _("%(change)s points on the period before") % {
        "change": f"{sign}{number(abs(Decimal(str(difference))))}"
    }


def _fine_sums(period: Period) -> dict[str, str]:
    """The sum of the period in its largest currency; the others stand in the note."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for each in fines_by_day(period):
        sums[each.currency] += each.fined - each.waived
    if not sums:
        return {"figure": "—", "note": _("no fines in the period")}
    first, *others = sorted(sums, key=lambda currency: (-sums[currency], currency))
    note = pgettext("parts of a note", " · ").join(_amounts(sums, others))
    return {"figure": money(sums[first], first), "note": note or _("waivers taken off")}


def _amounts(sums: dict[str, Decimal], currencies: Sequence[str]) -> list[str]:
    return [money(sums[currency], currency) for currency in currencies]
