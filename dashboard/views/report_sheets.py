"""All reports by their name, and the figures above them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.templatetags.ui import money, number
from dashboard.queries.reports import (
    WHOLE,
    Period,
    dwell,
    fines_by_day,
    left_by_day,
    totals,
)
from dashboard.views.report_days import cancellations, fines, on_time
from dashboard.views.report_parts import (
    Sheet,
    share_of,
    share_text,
)
from dashboard.views.report_spans import due, dwells, placed, span_text, transit

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
    rate = share_of(now.left - now.late, now.left)
    cancelled = share_of(now.cancelled, now.cancelled + now.left)
    tiles = [
        {
            "label": _("Orders that left"),
            "figure": number(now.left),
            "note": _("%(n)s in the period before") % {"n": number(before.left)},
        },
        {
            "label": _("On-time rate"),
            "figure": share_text(rate),
            "note": _change(rate, share_of(before.left - before.late, before.left)),
        },
        {
            "label": _("Cancellation rate"),
            "figure": share_text(cancelled),
            "note": _change(cancelled, share_of(before.cancelled, before.cancelled + before.left)),
        },
        {
            "label": _("From payment to upload"),
            "figure": span_text(spans[WHOLE].median),
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
