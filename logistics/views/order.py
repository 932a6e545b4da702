"""The page of one order, served below ``/orders/``.

It lives here and not in ``orders`` because it shows parcels: an app imports only from its left.
What needs no parcels is done by ``orders.views``; this module only reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, Sum
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.actor import Actor
from core.errors import Text
from logistics.action_forms import service_choices
from logistics.models import Shipment, ShipmentLine, ShipmentState, TrackingEvent, TrackingState
from logistics.views.order_forms import Choices, NumberForm, PackPartForm, TrackingEventForm
from orders.action_forms import form_of
from orders.actions.base import available
from orders.actions.detail import may_reveal
from orders.checks import Address, check_address, problem_text
from orders.clock_text import explain
from orders.event_text import tell
from orders.models import Deadline, DeadlineKind, Hold, Order, OrderLine
from orders.queries import duplicates, fine_of, orders_for, ship_together, timeline
from orders.states import OPEN, Stage
from orders.views.list import order_path
from orders.views.order import is_revealed
from orders.views.words import country_name, masked, progress_of, stage_badge
from sellers.access import PageRequest, own, page
from stock.models import StockLevel

_PATH: list[Stage] = [stage for stage in Stage if stage != Stage.CANCELLED]
_REACHED = {
    Stage.NEW: "accepted_at",
    Stage.ACCEPTED: "stocked_at",
    Stage.STOCKED: "packed_at",
    Stage.PACKED: "shipped_at",
    Stage.SHIPPED: "uploaded_at",
    Stage.UPLOADED: "confirmed_at",
}
"""Stage → when it was left."""

_OTHER_PROBLEMS: dict[str, Text] = {
    "weight_missing": gettext_lazy("A SKU of this order has no weight. Enter it in the catalogue."),
    "declared_value_missing": gettext_lazy(
        "A SKU of this order has no declared value. Customs need one."
    ),
    "possible_duplicate": gettext_lazy(
        "This looks like another order of the same buyer. Ask before you ship both."
    ),
}
_SHIPMENT_TONES = {
    ShipmentState.PACKED: "progress",
    ShipmentState.HANDED_OVER: "progress",
    ShipmentState.DECLARED: "success",
    ShipmentState.VOID: "neutral",
}
_BAD_NEWS = {
    TrackingState.FAILED,
    TrackingState.RETURNING,
    TrackingState.RETURNED,
    TrackingState.LOST,
    TrackingState.EXPIRED,
}


@dataclass(slots=True)
class Parcel:
    """A parcel as the page shows it."""

    shipment: Shipment
    tone: str
    tracking_tone: str
    href: str
    contents: list[ShipmentLine] = field(default_factory=list)
    events: list[TrackingEvent] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    number_form: NumberForm | None = None
    event_form: TrackingEventForm | None = None

    @property
    def changeable(self) -> bool:
        return self.shipment.state in (ShipmentState.PACKED, ShipmentState.HANDED_OVER)

    @property
    def on_its_way(self) -> bool:
        return self.shipment.state in (ShipmentState.HANDED_OVER, ShipmentState.DECLARED)


@page("orders:read")
@require_GET
@never_cache
def detail(request: PageRequest, order_id: str) -> HttpResponseBase:
    """The page; for htmx the part of it that actions change."""
    rows = orders_for(request.seller).select_related("store", "rule")
    order = own(rows, request.seller, Order.id_prefix, order_id)
    now = timezone.now()
    actor = request.actor
    together = list(ship_together(order).order_by("ship_by", "pk")[:20])
    twice = _twice(request, order)
    services = service_choices() if actor.may("shipments:write") else []
    parcels = _parcels(order, actor, services) if actor.may("shipments:read") else []
    lines = _lines(order, actor)
    context = {
        "order": order,
        "path": order_path(order.pk),
        "badge": stage_badge(order.stage),
        "stages": _stages(order),
        "choices": _choices(order, actor),
        "clock": _clock(order, now),
        "fine": fine_of(order) if actor.may("money:read") else None,
        "rule_steps": _rule_steps(order) if actor.may("money:read") else [],
        "lines": lines,
        "cancellable": any(line["cancellable"] for line in lines) and actor.may("orders:write"),
        "parcels": parcels,
        "pack_lines": _packable(order, together, actor),
        "pack_form": PackPartForm(auto_id="id_pack_%s", services=services),
        "buyer": _buyer(order, is_revealed(request, order)),
        "may_reveal": may_reveal(actor),
        "problems": _problems(order),
        "holds": list(Hold.objects.filter(order=order).order_by("-held_at", "-pk")),
        "together": [(other, order_path(other.pk)) for other in together],
        "twice": twice,
        "events": [
            tell(event, may_see_money=actor.may("money:read"))
            for event in reversed(list(timeline(order)))
        ],
        "sees_money": actor.may("money:read"),
        "total": order.goods_amount + order.freight_amount,
    }
    template = "logistics/_order.html" if request.htmx else "logistics/order.html"
    return render(request, template, context)


def _twice(request: PageRequest, order: Order) -> list[tuple[Order, str]]:
    if order.stage not in OPEN:
        return []
    others = duplicates(request.seller, [order.pk]).get(order.pk, [])
    return [(o, order_path(o.pk)) for o in orders_for(request.seller).filter(pk__in=others)]


def _choices(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """The actions as buttons: the next step first and as the main one."""
    choices = available(order, actor)
    main = next((c.name for c in choices[:6] if c.allowed), None)
    return [
        {
            "choice": c,
            "main": c.name == main,
            "asks": form_of(c.name) is not None,
            "danger": c.name == "cancel",
        }
        for c in choices
    ]


def _stages(order: Order) -> list[dict[str, Any]]:
    part = progress_of(order)
    if order.stage == Stage.CANCELLED:
        done = [
            stage
            for stage in _PATH
            if stage in _REACHED and getattr(order, _REACHED[stage]) is not None
        ]
        bars = [_stage(order, stage, "done") for stage in done]
        return [*bars, {"label": Stage.CANCELLED.label, "state": "stopped"}]
    at = _PATH.index(Stage(order.stage))
    bars = []
    for i, stage in enumerate(_PATH):
        finished = i < at or order.stage == Stage.CONFIRMED
        bar = _stage(order, stage, "done" if finished else "current" if i == at else "todo")
        if i == at and part:
            bar |= {"value": part[0], "max": part[1], "note": _part_note(*part)}
        bars.append(bar)
    return bars


def _stage(order: Order, stage: Stage, state: str) -> dict[str, Any]:
    return {"label": stage.label, "state": state}


def _part_note(n: int, of: int) -> str:
    return ngettext("%(n)d of %(of)d unit", "%(n)d of %(of)d units", of) % {"n": n, "of": of}


def _clock(order: Order, now: datetime) -> dict[str, Any]:
    """The ship-by clock: how it came about, and whether two deadlines disagree."""
    clocks = {clock.kind: clock for clock in Deadline.objects.filter(order=order)}
    ship_by = clocks.get(DeadlineKind.SHIP_BY)
    others = [c for kind, c in clocks.items() if kind != DeadlineKind.SHIP_BY]
    differs = bool(
        ship_by
        and ship_by.given_at
        and ship_by.computed_at
        and abs(ship_by.given_at - ship_by.computed_at) >= timedelta(minutes=1)
    )
    return {
        "row": ship_by,
        "running": order.clock_open,
        "warn_at": ship_by.warn_at if ship_by else None,
        "sentences": explain(ship_by.steps, zone=order.store.time_zone) if ship_by else [],
        "differs": differs,
        "late": ship_by is not None
        and ship_by.stopped_at is not None
        and ship_by.stopped_at > ship_by.due_at,
        "others": sorted(others, key=lambda c: c.due_at),
        "now": now,
    }


def _rule_steps(order: Order) -> list[Any]:
    return list(order.rule.steps.all()) if order.rule else []


def _lines(order: Order, actor: Actor) -> list[dict[str, Any]]:
    lines = list(OrderLine.objects.filter(order=order).select_related("sku").order_by("position"))
    stock: dict[int, int] = {}
    if actor.may("stock:read"):
        stock = dict(
            StockLevel.objects.filter(
                seller=order.seller_id, sku__in=[line.sku_id for line in lines if line.sku_id]
            )
            .order_by()
            .values_list("sku")
            .annotate(free=Sum(F("on_hand") - F("reserved")))
        )
    open_ = order.stage in (Stage.NEW, Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED)
    return [
        {
            "line": line,
            "stock": stock.get(line.sku_id or 0, 0) if actor.may("stock:read") else None,
            "missing": max(0, line.open - line.allocated - stock.get(line.sku_id or 0, 0)),
            "cancellable": line.open - line.packed if open_ else 0,
            "amount": line.unit_price * line.open,
        }
        for line in lines
    ]


def _packable(order: Order, together: Sequence[Order], actor: Actor) -> list[dict[str, Any]]:
    """Lines with units that could go into a parcel now, of this order and of those to the same
    door."""
    if not actor.may("shipments:write") or order.stage not in OPEN or order.on_hold:
        return []
    ids = [order.pk, *(other.pk for other in together if not other.on_hold)]
    lines = (
        OrderLine.objects.filter(order__in=ids, allocated__gt=F("packed"))
        .filter(Q(order__stage=Stage.ACCEPTED) | Q(order__stage=Stage.STOCKED))
        .select_related("order")
        .order_by("order_id", "position")
    )
    return [
        {"line": line, "free": line.allocated - line.packed, "own": line.order_id == order.pk}
        for line in sorted(lines, key=lambda line: (line.order_id != order.pk, line.order_id))
    ]


def _parcels(order: Order, actor: Actor, services: Choices) -> list[Parcel]:
    shipments = list(
        Shipment.objects.filter(lines__order=order)
        .distinct()
        .select_related("carrier", "service", "warehouse")
        .order_by("pk")
    )
    contents: dict[int, list[ShipmentLine]] = defaultdict(list)
    for content in (
        ShipmentLine.objects.filter(shipment__in=shipments)
        .select_related("line", "order")
        .order_by("order_id", "line__position")
    ):
        contents[content.shipment_id].append(content)
    news: dict[int, list[TrackingEvent]] = defaultdict(list)
    for event in TrackingEvent.objects.filter(shipment__in=shipments).order_by("-at", "-pk"):
        news[event.shipment_id].append(event)
    parcels = []
    for shipment in shipments:
        inside = contents[shipment.pk]
        parcel = Parcel(
            shipment=shipment,
            tone=_SHIPMENT_TONES[ShipmentState(shipment.state)],
            tracking_tone=_tracking_tone(shipment),
            href=shipment.carrier.page_for(shipment.tracking_number)
            if shipment.tracking_number
            else "",
            contents=[c for c in inside if c.order_id == order.pk],
            events=news[shipment.pk],
            others=_other_orders(inside, order),
        )
        if actor.may("shipments:write"):
            auto_id = f"id_{shipment.public_id}_%s"
            if parcel.changeable:
                parcel.number_form = NumberForm(
                    initial={
                        "tracking_number": shipment.tracking_number,
                        "service": shipment.service.code if shipment.service else "",
                    },
                    auto_id=auto_id,
                    services=services,
                )
            if parcel.on_its_way:
                parcel.event_form = TrackingEventForm.blank(auto_id + "_event")
        parcels.append(parcel)
    return parcels


def _other_orders(inside: Iterable[ShipmentLine], order: Order) -> list[tuple[str, str]]:
    numbers = {c.order_id: c.order.number for c in inside if c.order_id != order.pk}
    return [(number, order_path(pk)) for pk, number in numbers.items()]


def _tracking_tone(shipment: Shipment) -> str:
    if shipment.tracking_state in _BAD_NEWS:
        return "danger"
    if shipment.tracking_state == TrackingState.DELIVERED:
        return "success"
    return "neutral" if shipment.tracking_state == TrackingState.PENDING else "info"


def _buyer(order: Order, revealed: bool) -> dict[str, Any]:
    """Name and address, in full only when it was asked for."""
    hidden = "•••••"

    def show(text: str) -> str:
        return text if revealed else (hidden if text else "")

    parts = [order.city, order.state, show(order.postcode)]
    return {
        "revealed": revealed,
        "name": order.buyer_name if revealed else masked(order.buyer_name),
        "phone": show(order.buyer_phone),
        "address": show(order.address),
        "place": ", ".join(part for part in parts if part),
        "country": country_name(order.country),
        "tax_number": show(order.tax_number),
    }


def _problems(order: Order) -> list[dict[str, str]]:
    """What the machine found, in words, while something can still be done about it."""
    if order.stage not in OPEN:
        return []
    address = Address(
        name=order.buyer_name,
        phone=order.buyer_phone,
        country=order.country,
        state=order.state,
        city=order.city,
        postcode=order.postcode,
        street=order.address,
        tax_number=order.tax_number,
    )
    found = [problem for problem in check_address(address) if problem.code in order.problems]
    told = [
        {"tone": "danger" if p.severity == "block" else "warn", "text": problem_text(p)}
        for p in found
    ]
    known = {p.code for p in found}
    for code in order.problems:
        if code not in known:
            text = _OTHER_PROBLEMS.get(code)
            told.append(
                {
                    "tone": "warn",
                    "text": str(text) if text else _("To check: %(code)s") % {"code": code},
                }
            )
    return told
