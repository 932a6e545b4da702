"""Reports by day or week: on time, cancelled, fined."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.templatetags.ui import money, number
from dashboard import charts
from dashboard.queries.reports import (
    Period,
    fines_by_day,
)
from dashboard.views.rates import percent
from dashboard.views.report_parts import (
    Cell,
    Column,
    Sheet,
    buckets_of,
    day_text,
    label_of,
    left_in,
    limit_of,
    share_of,
    share_raw,
    share_text,
    when_cell,
    when_column,
)
from orders.models import RateKind


def on_time(period: Period) -> Sheet:
    """Orders that left, and how many of them in time."""
    rows = left_in(period)
    shares = [share_of(each.left - each.late, each.left) for _f, _l, each in rows]
    limit = limit_of(period, RateKind.LATE_SHIPMENT)
    least = None if limit is None else 100 - limit
    texts = [
        _("%(when)s: %(share)s, %(late)s of %(all)s late")
        % {
            "when": label_of(first, last),
            "share": share_text(share),
            "late": number(each.late),
            "all": number(each.left),
        }
        for (first, last, each), share in zip(rows, shares, strict=True)
    ]
    drawn = charts.line(
        [(day_text(first), share) for (first, _l, _e), share in zip(rows, shares, strict=True)],
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
            when_column(period),
            Column(_("Left"), num=True),
            Column(_("Late"), num=True),
            Column(_("On time"), num=True),
        ],
        rows=[
            [
                when_cell(first, last),
                Cell(number(each.left), each.left),
                Cell(number(each.late), each.late),
                Cell(share_text(share), share_raw(share)),
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
    rows = left_in(period)
    shares = [share_of(each.cancelled, each.cancelled + each.left) for _f, _l, each in rows]
    limit = limit_of(period, RateKind.CANCELLATION)
    texts = [
        _("%(when)s: %(share)s, %(n)s cancelled")
        % {"when": label_of(first, last), "share": share_text(share), "n": number(each.cancelled)}
        for (first, last, each), share in zip(rows, shares, strict=True)
    ]
    drawn = charts.line(
        [(day_text(first), share) for (first, _l, _e), share in zip(rows, shares, strict=True)],
        texts,
        limit=limit,
        over=[limit is not None and share is not None and share > limit for share in shares],
    )
    return Sheet(
        name="cancellations",
        title=_("Cancellation rate"),
        intro=_("Cancelled orders among those that left or were cancelled, whoever asked for it."),
        columns=[
            when_column(period),
            Column(_("Cancelled"), num=True),
            Column(_("Left or cancelled"), num=True),
            Column(_("Rate"), num=True),
        ],
        rows=[
            [
                when_cell(first, last),
                Cell(number(each.cancelled), each.cancelled),
                Cell(number(each.cancelled + each.left), each.cancelled + each.left),
                Cell(share_text(share), share_raw(share)),
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
    buckets = buckets_of(period)
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
            (day_text(first), [("danger", float(sums_of.get(first, [Decimal(0)])[0]))])
            for first, _last in buckets
        ]
        texts = [
            f"{label_of(first, last)}: {money(sums_of.get(first, [Decimal(0)])[0], currency)}"
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
                        when_cell(first, last),
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
            when_column(period),
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
