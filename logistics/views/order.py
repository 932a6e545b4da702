"""The page of one order, served below ``/orders/``, and its preview in the list.

It lives here and not in ``orders`` because it shows parcels: an app imports only from its left.
What needs no parcels is done by ``orders.views``; this module only reads.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.actor import Actor
from logistics.action_forms import service_choices
from logistics.models import ShipmentState
from logistics.views import order_parts as parts
from logistics.views.order_cards import parcels_of
from logistics.views.order_forms import PackPartForm
from orders.actions.address import why_not_correctable
from orders.actions.detail import may_reveal
from orders.actions.notes import MAX_NOTE, MAX_TAG, MAX_TAGS, may_note
from orders.event_text import Told, tell
from orders.models import Order, OrderEvent
from orders.queries import fine_of, orders_for, ship_together, timeline
from orders.queries.lists import tags_of
from orders.views.conflict import stamp_of
from orders.views.list import order_path
from orders.views.order import is_revealed
from orders.views.place import place_in_list
from orders.views.words import country_name, masked, stage_badge
from sellers.access import PageRequest, own, page

#: How many of the last events a preview tells.
LAST_EVENTS = 4


def _order(request: PageRequest, order_id: str) -> Order:
    rows = orders_for(request.seller).select_related("store", "rule")
    return own(rows, request.seller, Order.id_prefix, order_id)


@page("orders:read")
@require_GET
@never_cache
def detail(request: PageRequest, order_id: str) -> HttpResponseBase:
    """The page; for htmx the part of it that actions change."""
    order = _order(request, order_id)
    now = timezone.now()
    actor = request.actor
    sees_money = actor.may("money:read")
    together = list(ship_together(order).order_by("ship_by", "pk")[:20])
    services = service_choices() if actor.may("shipments:write") else []
    lines = parts.lines_of(order, actor)
    about, by_part = parts.problems_of(order)
    revealed = is_revealed(request, order)
    told, events = _timeline(order, actor)
    context = {
        **_head(order, actor, events),
        "place": place_in_list(request, order),
        "stages": parts.stages_of(order),
        "clock": parts.clock_of(order, now),
        "fine": fine_of(order) if sees_money else None,
        "ladder": parts.ladder_of(order) if sees_money else [],
        "may_waive": sees_money and actor.may("settings:write"),
        "lines": lines,
        "cancellable": any(line["cancellable"] for line in lines) and actor.may("orders:write"),
        "parcels": parcels_of(order, actor, services) if actor.may("shipments:read") else [],
        "pack_lines": parts.packable(order, together, actor),
        "pack_form": PackPartForm(auto_id="id_pack_%s", services=services),
        "buyer": parts.buyer_of(order, revealed, by_part),
        "revealed": revealed,
        "may_reveal": may_reveal(actor),
        "may_correct": actor.may("orders:write"),
        "why_not_correctable": why_not_correctable(order.stage, order.packed),
        "problems": about,
        "address_problems": sum(len(found) for found in by_part.values()),
        "holds": list(order.holds.order_by("-held_at", "-pk")),
        "together": [(other, order_path(other.pk)) for other in together],
        "twice": parts.twins_of(request.seller, order),
        "days": told,
        "notes": [each for day in told for each in day["items"] if each.text],
        "may_note": may_note(actor),
        "max_note": MAX_NOTE,
        "max_tag": MAX_TAG,
        "more_tags": may_note(actor) and len(order.tags) < MAX_TAGS,
        "known_tags": tags_of(request.seller) if may_note(actor) else [],
        "sync": parts.sync_of(order, _last_news(events)),
        "sees_money": sees_money,
        "total": order.goods_amount + order.freight_amount,
    }
    template = "logistics/_order.html" if request.htmx else "logistics/order.html"
    return render(request, template, context)


@page("orders:read")
@require_GET
@never_cache
def preview(request: PageRequest, order_id: str) -> HttpResponseBase:
    """The order in short, for the drawer beside the list. Without a script: its page."""
    order = _order(request, order_id)
    if not request.htmx:
        return redirect(order_path(order.pk))
    actor = request.actor
    sees_money = actor.may("money:read")
    about, by_part = parts.problems_of(order)
    told, events = _timeline(order, actor)
    context = {
        **_head(order, actor, events),
        "clock": parts.clock_of(order, timezone.now()),
        "stages": parts.stages_of(order),
        "fine": fine_of(order) if sees_money else None,
        "lines": parts.lines_of(order, actor),
        "parcels": [
            parcel
            for parcel in parcels_of(order, actor)
            if parcel.shipment.state != ShipmentState.VOID
        ]
        if actor.may("shipments:read")
        else [],
        "problems": [*about, *(each for found in by_part.values() for each in found)],
        "buyer_name": masked(order.buyer_name),
        "country": country_name(order.country),
        "events": [each for day in told for each in day["items"]][:LAST_EVENTS],
        "sees_money": sees_money,
        "total": order.goods_amount + order.freight_amount,
        "preview": True,
    }
    return render(request, "logistics/_preview.html", context)


def _head(order: Order, actor: Actor, events: list[OrderEvent]) -> dict[str, Any]:
    """What the head of an order and its buttons need."""
    return {
        "order": order,
        "path": order_path(order.pk),
        "badge": stage_badge(order.stage),
        "choices": parts.choices_of(order, actor),
        "seen": stamp_of(events),
    }


def _timeline(order: Order, actor: Actor) -> tuple[list[dict[str, Any]], list[OrderEvent]]:
    """What happened, by day and the newest first, and the events themselves. One query."""
    events = list(timeline(order))
    told = [tell(event, may_see_money=actor.may("money:read")) for event in reversed(events)]

    def day(item: Told) -> Any:
        return timezone.localtime(item.at).date()

    days: Iterable[tuple[Any, Iterable[Told]]] = groupby(told, key=day)
    return [{"day": when, "items": list(items)} for when, items in days], events


def _last_news(events: list[OrderEvent]) -> Any:
    """When the marketplace told something of the order last."""
    return max((e.at for e in events if e.kind in ("received", "updated")), default=None)
