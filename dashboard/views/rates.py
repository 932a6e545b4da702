"""Rates beside their limits, in words: value, room, and how they went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Text
from core.templatetags.ui import babel_locale, number
from dashboard.budget import AHEAD, Budget, Day, budget
from dashboard.charts import spark
from dashboard.queries.figures import SPARK_DAYS, Figures
from orders.models import AT_LEAST, RateKind, RateLimit
from sellers.models import Store

#: A rate this near to its limit is worth a warning: the share of the limit.
NEAR = Decimal("0.75")


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate of one marketplace. ``spark`` is the path of a sparkline, ``spark_limit`` where the
    limit lies in it; both draw the rate of the window that ended on each day."""

    kind: str
    label: Text
    marketplace: str
    value: str
    of: str
    limit: str
    days: int
    tone: str
    room: str
    example: bool
    note: str
    spark: str
    spark_limit: float | None


def rate_rows(
    figures: Figures, limits: Mapping[str, Mapping[str, RateLimit]]
) -> list[dict[str, Any]]:
    """The rates by kind, one row for each marketplace of the seller that has a limit."""
    groups = []
    for kind in RateKind:
        rows = [
            _row(kind, marketplace, rules[kind], figures.rates.get(marketplace, {}).get(kind, []))
            for marketplace, rules in sorted(limits.items())
            if kind in rules
        ]
        if rows:
            groups.append({"label": rows[0].label, "rows": rows})
    return groups


def percent(value: Decimal | float, digits: int = 1) -> str:
    """A percentage with so many decimals, where it has any."""
    pattern = f"#,##0.{'#' * digits}%"
    return format_percent(Decimal(str(value)) / 100, format=pattern, locale=babel_locale())


def _row(kind: RateKind, marketplace: str, rule: RateLimit, days: Sequence[Day]) -> RateRow:
    window = list(days[-rule.days :])
    bad, total = sum(b for b, _n in window), sum(n for _b, n in window)
    low = kind in AT_LEAST
    most = 100 - rule.percent if low else rule.percent
    found = budget(window, most) if window else Budget(False, None, None)
    share = Decimal(100 * bad) / total if total else None
    path, limit_at = spark(_history(days, rule.days, low), float(rule.percent))
    tone = "neutral"
    if share is not None:
        tone = "danger" if found.over else "warn" if share >= most * NEAR else "success"
    return RateRow(
        kind=kind.value,
        label=kind.label,
        marketplace=str(Store.Marketplace(marketplace).label),
        value="—" if share is None else percent(100 - share if low else share),
        of=_of(kind, bad, total),
        limit=_limit(rule, low),
        days=rule.days,
        tone=tone,
        room=_room(kind, found, percent(rule.percent), low),
        example=rule.is_example,
        note=_(rule.source_note) if rule.source_note else "",
        spark=path,
        spark_limit=limit_at,
    )


def _limit(rule: RateLimit, low: bool) -> str:
    text = _("limit: at least %(percent)s") if low else _("limit: at most %(percent)s")
    return text % {"percent": percent(rule.percent)}


def _history(days: Sequence[Day], window: int, low: bool) -> list[float | None]:
    """The rate of the window that ended on each of the last days."""
    values: list[float | None] = []
    for back in range(SPARK_DAYS - 1, -1, -1):
        end = len(days) - back
        part = days[max(0, end - window) : end]
        total = sum(n for _b, n in part)
        share = 100 * sum(b for b, _n in part) / total if total else None
        values.append(None if share is None else 100 - share if low else share)
    return values


def _of(kind: RateKind, bad: int, total: int) -> str:
    if not total:
        return {
            RateKind.LATE_SHIPMENT: _("no order has left in this time"),
            RateKind.CANCELLATION: _("no order was decided in this time"),
            RateKind.VALID_TRACKING: _("no parcel is old enough to be judged"),
        }[kind]
    text = {
        RateKind.LATE_SHIPMENT: _("%(n)s of %(all)s orders left late"),
        RateKind.CANCELLATION: _("%(n)s of %(all)s orders were cancelled"),
        RateKind.VALID_TRACKING: _("%(n)s of %(all)s parcels had their first scan in 5 days"),
    }[kind]
    shown = total - bad if kind in AT_LEAST else bad
    return text % {"n": number(shown), "all": number(total)}


def _room(kind: RateKind, found: Budget, limit: str, low: bool) -> str:
    """The room that is left, as a sentence."""
    if found.over:
        if found.recover is None:
            return _("over the limit")
        return ngettext(
            "back at %(limit)s after %(n)s good one",
            "back at %(limit)s after %(n)s good ones",
            found.recover,
        ) % {"limit": limit, "n": number(found.recover)}
    if found.spare is None:
        return ""
    if not found.spare:
        return _("no room left in %(days)s days before %(limit)s") % {"days": AHEAD, "limit": limit}
    text = {
        RateKind.LATE_SHIPMENT: ngettext(
            "%(n)s more late order in %(days)s days before %(limit)s",
            "%(n)s more late orders in %(days)s days before %(limit)s",
            found.spare,
        ),
        RateKind.CANCELLATION: ngettext(
            "%(n)s more cancellation in %(days)s days before %(limit)s",
            "%(n)s more cancellations in %(days)s days before %(limit)s",
            found.spare,
        ),
        RateKind.VALID_TRACKING: ngettext(
            "%(n)s more parcel without a scan in %(days)s days before %(limit)s",
            "%(n)s more parcels without a scan in %(days)s days before %(limit)s",
            found.spare,
        ),
    }[kind]
    return text % {"n": number(found.spare), "days": AHEAD, "limit": limit}
