"""The cards of Today, ready for the template: words, addresses and tones."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.actor import Actor
from core.ids import encode
from core.templatetags.ui import absolute_time, duration_text, money, number
from dashboard.charts import heat_step
from dashboard.queries.figures import Figures
from dashboard.queries.heat import Cell, DueDay, Heat
from dashboard.queries.queue import NEXT_ACTION
from dashboard.queries.trouble import Trouble
from marketplaces.models import ImportRun
from orders.queries.calendar import day_words
from orders.registry import registered
from orders.states import OPEN, TABLE, Stage


def orders_href(**params: str) -> str:
    """The list of orders, narrowed."""
    return f"{reverse('orders:list')}?{urlencode(params)}"


def _orders(n: int) -> str:
    return ngettext("%(n)s order", "%(n)s orders", n) % {"n": number(n)}


def _time(moment: datetime) -> str:
    """A time in the near future: the hour, with the weekday unless it is today."""
    local, today = timezone.localtime(moment), timezone.localdate()
    clock = date_format(local, "H:i")
    return clock if local.date() == today else f"{date_format(local, 'D')} {clock}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A large figure, what it says and where it leads."""

    label: str
    text: str
    note: str
    href: str
    tone: str = ""
    icon: str = ""
    title: str = ""


def due_cells(figures: Figures) -> list[Figure]:
    """What is late, and what must leave today."""
    counts = figures.counts
    return [
        Figure(
            label,
            number(n),
            note,
            orders_href(deadline=name),
            tone if n else "",
            icon,
        )
        for label, n, name, tone, icon, note in (
            (
                _("Overdue"),
                counts.overdue,
                "overdue",
                "danger",
                "circle-alert",
                _("the deadline has passed"),
            ),
            (
                _("Due today"),
                counts.due_today,
                "due_today",
                "warn",
                "clock-alert",
                ngettext("%(n)s more is due soon", "%(n)s more are due soon", counts.due_soon)
                % {"n": number(counts.due_soon)},
            ),
        )
    ]


def money_rows(figures: Figures, now: datetime) -> list[dict[str, Any]]:
    """One row per currency with three figures, each with the orders behind it."""
    rows = []
    for risk in figures.money:
        currency = risk.currency
        next_note = _orders(risk.next_orders)
        if risk.next_at:
            next_note = _("%(orders)s, next at %(time)s") % {
                "orders": next_note,
                "time": _time(max(risk.next_at, now)),
            }
        rows.append(
            {
                "currency": currency,
                "figures": [
                    Figure(
                        _("Fines booked"),
                        money(risk.booked, currency),
                        ngettext(
                            "%(n)s order is still open",
                            "%(n)s orders are still open",
                            risk.booked_orders,
                        )
                        % {"n": number(risk.booked_orders)},
                        orders_href(deadline="fined", currency=currency),
                        "danger" if risk.booked else "",
                    ),
                    Figure(
                        _("At risk in 24 hours"),
                        money(risk.next, currency),
                        next_note,
                        orders_href(deadline="fine_soon", currency=currency),
                        "warn" if risk.next else "",
                        title=absolute_time(risk.next_at) if risk.next_at else "",
                    ),
                    Figure(
                        _("If nothing is done"),
                        money(risk.total, currency),
                        ngettext(
                            "%(n)s order overdue or due soon",
                            "%(n)s orders overdue or due soon",
                            risk.orders,
                        )
                        % {"n": number(risk.orders)},
                        orders_href(deadline="at_risk", currency=currency),
                    ),
                ],
            }
        )
    return rows


# --- the steps -------------------------------------------------------------------------------


def steps(figures: Figures, actor: Actor) -> list[dict[str, Any]]:
    """The stages with their ages, and for each the action for all of it."""
    found: list[dict[str, Any]] = []
    for stage in OPEN:
        these = figures.stages[stage.value]
        action = TABLE[NEXT_ACTION[stage]]
        may = actor.may(registered(action.name).scope)
        age = ""
        if these.oldest and these.median:
            age = _("oldest %(oldest)s · median %(median)s") % {
                "oldest": duration_text(figures.at - these.oldest),
                "median": duration_text(figures.at - these.median),
            }
        found.append(
            {
                "label": stage.label,
                "count": these.count,
                "href": orders_href(stage=stage.value),
                "late": these.late,
                "late_href": orders_href(stage=stage.value, deadline="overdue"),
                "age": age,
                "action": action if may and these.ready else None,
                "ready": these.ready,
                "filter": QueryDict(f"stage={stage.value}&on_hold=false").urlencode(),
                "do": _do_all(these.ready),
                "confirm": _CONFIRM.get(action.name, ""),
                "confirm_one": _CONFIRM_ONE.get(action.name, ""),
            }
        )
    found.append(
        {
            "label": Stage.UPLOADED.label,
            "count": figures.counts.stages[Stage.UPLOADED],
            "href": orders_href(stage=Stage.UPLOADED.value),
        }
    )
    return found


def _do_all(n: int) -> str:
    # Translators: follows the name of an action: “Accept · all 14”.
    return ngettext("all %(n)s", "all %(n)s", n) % {"n": number(n)}


#: Said before an action that asks nothing itself is done with all orders of a stage.
_CONFIRM = {
    "accept": gettext_lazy(
        "All {count} orders are checked and accepted; what does not pass stays."
    ),
    "allocate": gettext_lazy(
        "Stock is reserved for {count} orders, the most urgent first; what is short stays."
    ),
}
_CONFIRM_ONE = {
    "accept": gettext_lazy("The order is checked and accepted, or stays if it does not pass."),
    "allocate": gettext_lazy("Stock is reserved for the order, or it stays if stock is short."),
}


# --- when orders fall due ----------------------------------------------------------------------


def heat_rows(heat: Heat, now: datetime) -> dict[str, Any]:
    """The heat map: hours as columns, days as rows; each cell leads to its orders."""
    highest = heat.highest
    days = [_heat_day(day, highest, now) for day in heat.days]
    return {
        "hours": [f"{cell.start:%H}" for cell in heat.days[0].cells],
        "days": days,
        "before": heat.before,
        "before_href": orders_href(deadline="running", ship_by_before=_instant(heat.days[0].start)),
        "after": heat.after,
        "after_href": orders_href(deadline="running", ship_by_after=_instant(heat.days[-1].end)),
    }


def _heat_day(day: DueDay, highest: int, now: datetime) -> dict[str, Any]:
    mark, label = day_words(day.reason)
    return {
        "day": day.day,
        "mark": mark,
        "label": label,
        "working": day.working,
        "count": day.count,
        "href": _between(day.start, day.end),
        "cells": [
            {
                "count": cell.count,
                "step": heat_step(cell.count, highest),
                "late": cell.end <= now,
                "href": _between(cell.start, cell.end),
                "title": _cell_title(day, cell),
            }
            if cell.count
            else None
            for cell in day.cells
        ],
    }


def _cell_title(day: DueDay, cell: Cell) -> str:
    return _("%(day)s %(from)s–%(to)s: %(orders)s") % {
        "day": date_format(day.day, "D j"),
        "from": f"{cell.start:%H:%M}",
        "to": "24:00" if cell.end.hour == 0 else f"{cell.end:%H:%M}",
        "orders": _orders(cell.count),
    }


def _between(start: datetime, end: datetime) -> str:
    return orders_href(
        deadline="running", ship_by_after=_instant(start), ship_by_before=_instant(end)
    )


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- what is wrong -----------------------------------------------------------------------------


def trouble_rows(figures: Figures, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """What is not as it should be, as far as the reader may see and mend it."""
    rows = [
        _trouble(trouble)
        for trouble in figures.troubles
        if actor.may(_TROUBLES[trouble.kind].scope)
    ]
    if figures.shortages and actor.may("stock:read"):
        rows.insert(0, _shortage(figures))
    return rows


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of trouble is shown: the list it leads to is an address or ``url?query``."""

    label: Any
    note: Any
    url: str
    query: str
    tone: str
    icon: str
    scope: str = "orders:read"


_TROUBLES: dict[str, _Kind] = {
    "hold": _Kind(
        gettext_lazy("On hold"),
        gettext_lazy("decide and release"),
        "orders:list",
        "on_hold=true",
        "neutral",
        "pause",
    ),
    "problem": _Kind(
        gettext_lazy("Problems in orders"),
        gettext_lazy("address, SKU data or placed twice"),
        "orders:list",
        "problems=true",
        "warn",
        "triangle-alert",
    ),
    "unmapped": _Kind(
        gettext_lazy("Unknown SKUs"),
        gettext_lazy("say which SKU is meant"),
        "shortages:unmapped",
        "",
        "warn",
        "link",
        "stock:read",
    ),
    "low_stock": _Kind(
        gettext_lazy("Running low"),
        gettext_lazy("order before it runs out"),
        "stock:levels",
        "show=alert",
        "warn",
        "trending-down",
        "stock:read",
    ),
    "unnumbered": _Kind(
        gettext_lazy("No tracking number"),
        gettext_lazy("handed over, cannot be uploaded"),
        "logistics:shipments",
        "state=unnumbered",
        "danger",
        "barcode",
        "shipments:read",
    ),
    "unscanned": _Kind(
        gettext_lazy("No first scan"),
        gettext_lazy("uploaded, not scanned by the carrier"),
        "logistics:shipments",
        "state=unscanned",
        "warn",
        "scan-barcode",
        "shipments:read",
    ),
    "parcel_problem": _Kind(
        gettext_lazy("Parcels in trouble"),
        gettext_lazy("failed, returning, lost or never scanned"),
        "logistics:shipments",
        "state=problem",
        "danger",
        "package-x",
        "shipments:read",
    ),
    "outbox": _Kind(
        gettext_lazy("Messages that did not go out"),
        gettext_lazy("repeated or looked at by the service"),
        "",
        "",
        "danger",
        "cloud-off",
        "settings:read",
    ),
    "import": _Kind(
        gettext_lazy("Imports with rejected rows"),
        gettext_lazy("of the last 7 days"),
        "marketplaces:import",
        "",
        "warn",
        "file-x",
        "orders:write",
    ),
}


def _trouble(trouble: Trouble) -> dict[str, Any]:
    kind = _TROUBLES[trouble.kind]
    href = reverse(kind.url) if kind.url else ""
    if trouble.kind == "import" and trouble.ref:
        href = reverse("marketplaces:run", args=[encode(ImportRun.id_prefix, trouble.ref)])
    elif kind.query:
        href += f"?{kind.query}"
    return {
        "label": kind.label,
        "note": kind.note,
        "count": trouble.count,
        "since": trouble.since,
        "href": href,
        "tone": kind.tone,
        "icon": kind.icon,
    }


def _shortage(figures: Figures) -> dict[str, Any]:
    short = figures.shortages
    return {
        "label": _("Short of stock"),
        "note": _("SKUs that open orders wait for"),
        "count": len(short),
        "due": short[0].ship_by,
        "href": reverse("shortages:list"),
        "tone": "danger" if short[0].ship_by and short[0].ship_by <= figures.at else "warn",
        "icon": "package-minus",
    }
