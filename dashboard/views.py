"""The first page, and the notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from core.templatetags.ui import countdown, money
from dashboard.queries import Bar, Rate, due_ahead, most_urgent, today
from logistics.queries import tab_counts
from orders.event_text import tell
from orders.models import Order
from orders.queries import Counts, fines_of
from orders.queries.shortages import shortages, skus_of
from orders.states import OPEN, TABLE, Stage
from orders.views.list import order_path
from orders.views.words import stage_badge
from sellers import notices
from sellers.access import PageRequest, page
from stock.models import Sku

#: What the page compares the late-shipment rate with, in percent. Published by the marketplaces
#: that publish one (TikTok Shop US and Amazon: less than 4 %).
LATE_LIMIT = 4
SHORTAGES = 5

#: Stage → the action that takes an order on from there.
_NEXT = {
    Stage.NEW: TABLE["accept"],
    Stage.ACCEPTED: TABLE["allocate"],
    Stage.STOCKED: TABLE["pack"],
    Stage.PACKED: TABLE["ship"],
    Stage.SHIPPED: TABLE["upload"],
}


@dataclass(frozen=True, slots=True)
class Urgent:
    """One of the orders to look at first, and why."""

    href: str
    number: str
    store: str
    badge: str
    time: str
    why: str
    fine: str


@page("orders:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """Today: what must leave, what it costs if it does not, and where to begin."""
    now = timezone.now()
    may = request.actor.may
    sees_money = may("money:read")
    figures = today(request.seller, now, money=sees_money, events=12)
    short = shortages(request.seller)[:SHORTAGES] if may("stock:read") else []
    skus = skus_of(request.seller, short)
    bars = due_ahead(request.seller, now)
    context = {
        "now": now,
        "empty": not any(figures.counts.stages.values()),
        "attention": _attention(figures.counts),
        "stages": [
            {
                "label": stage.label,
                "count": figures.counts.stages.get(stage, 0),
                "href": f"{reverse('orders:list')}?stage={stage.value}",
            }
            for stage in (*OPEN, Stage.UPLOADED)
        ],
        "money": figures.money,
        "sees_money": sees_money,
        "urgent": _urgent(request, now, sees_money),
        "bars": _drawn(bars),
        "due_ahead": sum(bar.count for bar in bars),
        "late": _late(figures.late_shipment_rate) if may("reports:read") else None,
        "short": [
            {
                "href": reverse("shortages:sku", args=[skus[s.sku_id].public_id]),
                "sku": skus[s.sku_id],
                "name": _name(skus[s.sku_id], request.LANGUAGE_CODE),
                "missing": s.missing,
                "orders": s.orders,
                "ship_by": s.ship_by,
            }
            for s in short
            if s.sku_id in skus
        ],
        "parcels": tab_counts(request.seller, now) if may("shipments:read") else None,
        "events": [
            (tell(event, may_see_money=sees_money), event.order)
            for event in figures.events
            if event.kind not in _MONEY_EVENTS or sees_money
        ],
    }
    return render(request, "dashboard/today.html", context)


#: Events that only say what something costs.
_MONEY_EVENTS = {"fined", "waived"}


def _attention(counts: Counts) -> list[dict[str, object]]:
    orders = reverse("orders:list")
    return [
        {
            "label": label,
            "count": count,
            "href": f"{orders}?{query}",
            "tone": tone if count else "",
            "icon": icon,
        }
        for label, count, query, tone, icon in (
            (_("Overdue"), counts.overdue, "deadline=overdue", "danger", "circle-alert"),
            (_("Due today"), counts.due_today, "deadline=due_today", "warn", "clock-alert"),
            (_("On hold"), counts.on_hold, "on_hold=true", "neutral", "pause"),
            (_("Problems"), counts.problems, "problems=true", "warn", "triangle-alert"),
        )
    ]


def _urgent(request: PageRequest, now: datetime, sees_money: bool) -> list[Urgent]:
    orders = most_urgent(request.seller)
    fines = fines_of(orders) if sees_money else {}
    found = []
    for order in orders:
        warn = order.ship_by - timedelta(hours=order.store.warn_hours)
        fine = fines.get(order.pk)
        amount = fine.next_amount if fine else None
        found.append(
            Urgent(
                href=order_path(order.pk),
                number=order.number,
                store=order.store.name,
                badge=stage_badge(order.stage),
                time=str(countdown(order.ship_by, now, warn)),
                why=_why(order),
                fine=money(amount, fine.currency) if fine and amount else "",
            )
        )
    return found


def _why(order: Order) -> str:
    """What has to be done with an order next."""
    if order.on_hold:
        return gettext("On hold: decide and release")
    following = _NEXT.get(Stage(order.stage))
    if following is None:
        return gettext("Waits for the carrier's first scan")
    return gettext("Next: %(action)s") % {"action": following.label}


def _name(sku: Sku, language: str) -> str:
    return sku.name_zh if language.startswith("zh") and sku.name_zh else sku.name


def _drawn(bars: Sequence[Bar]) -> list[dict[str, object]]:
    """Bars with the sizes that the drawing needs, in its own units (100 high)."""
    highest = max((bar.count for bar in bars), default=0)
    return [
        {
            "bar": bar,
            "x": 4 + i * 50,
            "height": round(100 * bar.count / highest) if highest else 0,
            "y": 110 - (round(100 * bar.count / highest) if highest else 0),
            "new_day": i == 0 or bar.start.date() != bars[i - 1].start.date(),
        }
        for i, bar in enumerate(bars)
    ]


def _late(rate: Rate) -> dict[str, object]:
    percent = float(rate.rate) * 100 if rate.rate is not None else None
    return {
        "rate": rate,
        "percent": percent,
        "limit": LATE_LIMIT,
        "over": percent is not None and percent >= LATE_LIMIT,
    }


@page()
@require_GET
def notice_list(request: PageRequest) -> HttpResponseBase:
    """The newest notices; looking at them makes them seen."""
    now = timezone.now()
    rows = notices.latest(request.membership, limit=50)
    notices.mark_seen(request.membership, at=now)
    return render(request, "dashboard/notices.html", {"rows": rows})
