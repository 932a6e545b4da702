"""What the page of an order and its preview show, made ready so that templates only print."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.templatetags.ui import shorttime
from orders.action_forms import form_of
from orders.actions.base import available
from orders.checks import check_address
from orders.clock_text import explain
from orders.models import Deadline, DeadlineKind, Order, OrderLine, Penalty
from orders.problem_text import Finding, address_of, findings
from orders.queries import duplicates, orders_for
from orders.states import OPEN, Stage
from orders.views.list import order_path
from orders.views.settings_rules import cost_text, delay_text
from orders.views.words import country_name, masked, progress_of
from sellers.models import Seller
from stock.models import Reservation, StockLevel

_PATH: list[Stage] = [stage for stage in Stage if stage != Stage.CANCELLED]
_LEFT = {
    Stage.NEW: "accepted_at",
    Stage.ACCEPTED: "stocked_at",
    Stage.STOCKED: "packed_at",
    Stage.PACKED: "shipped_at",
    Stage.SHIPPED: "uploaded_at",
    Stage.UPLOADED: "confirmed_at",
}
"""Stage → when it was left."""

_HERE = (Stage.NEW, Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED)
_HIDDEN = "•••••"


def choices_of(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """The actions as buttons: the next step is the main one."""
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


def stages_of(order: Order) -> list[dict[str, Any]]:
    """The stages that an order goes through, with when each was left and how far the current one
    has got."""
    part = progress_of(order)
    if order.stage == Stage.CANCELLED:
        done = [stage for stage in _PATH if _left_at(order, stage) is not None]
        bars = [_stage(order, stage, "done") for stage in done]
        at = shorttime(order.cancelled_at) if order.cancelled_at else ""
        return [*bars, {"label": Stage.CANCELLED.label, "state": "stopped", "note": at}]
    at_stage = _PATH.index(Stage(order.stage))
    bars = []
    for i, stage in enumerate(_PATH):
        finished = i < at_stage or order.stage == Stage.CONFIRMED
        bar = _stage(order, stage, "done" if finished else "current" if i == at_stage else "todo")
        if i == at_stage and part:
            bar |= {"value": part[0], "max": part[1], "note": _part_note(*part)}
        bars.append(bar)
    return bars


def _left_at(order: Order, stage: Stage) -> datetime | None:
    return getattr(order, _LEFT[stage]) if stage in _LEFT else None


def _stage(order: Order, stage: Stage, state: str) -> dict[str, Any]:
    left = order.confirmed_at if stage == Stage.CONFIRMED else _left_at(order, stage)
    note = shorttime(left) if state == "done" and left else ""
    return {"label": stage.label, "state": state, "note": note}


def _part_note(n: int, of: int) -> str:
    return ngettext("%(n)d of %(of)d unit", "%(n)d of %(of)d units", of) % {"n": n, "of": of}


# --- clocks ------------------------------------------------------------------------------------


def clock_of(order: Order, now: datetime) -> dict[str, Any]:
    """The ship-by clock: how it came about, whether two deadlines disagree, and the other clocks.
    One query."""
    clocks = {clock.kind: clock for clock in Deadline.objects.filter(order=order)}
    ship_by = clocks.get(DeadlineKind.SHIP_BY)
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
        "state": _clock_state(ship_by) if ship_by else "",
        "others": _other_clocks(order, clocks),
        "now": now,
    }


def _clock_state(clock: Deadline) -> str:
    """``running``, ``late``, ``met`` or ``void``, as the page tells it."""
    if clock.outcome == Deadline.Outcome.OPEN:
        return "running"
    if clock.outcome == Deadline.Outcome.VOID:
        return "void"
    late = clock.stopped_at is not None and clock.stopped_at > clock.due_at
    return "late" if late else "met"


def _other_clocks(order: Order, clocks: dict[str, Deadline]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"label": clock.get_kind_display(), "clock": clock, "state": _clock_state(clock)}
        for clock in sorted(clocks.values(), key=lambda clock: clock.due_at)
        if clock.kind != DeadlineKind.SHIP_BY
    ]
    if DeadlineKind.FIRST_SCAN not in clocks and order.stage in OPEN:
        note = _("begins with the upload of the tracking number")
        rows.append({"label": DeadlineKind.FIRST_SCAN.label, "clock": None, "note": note})
    return rows


# --- fine --------------------------------------------------------------------------------------


def ladder_of(order: Order) -> list[dict[str, Any]]:
    """The steps of the rule that judges an order, with the entry that each has led to. A step
    is ``booked``, ``waived`` or still ahead."""
    if order.rule is None:
        return []
    entries = {entry.step_id: entry for entry in ledger_of(order) if entry.kind == "fine"}
    currency = order.rule.currency or order.currency
    return [
        {
            "delay": delay_text(step.after_hours, step.after_working_days),
            "cost": cost_text(step, currency),
            "entry": entries.get(step.pk),
            "waiver": getattr(entries.get(step.pk), "reversed_by", None),
        }
        for step in order.rule.steps.all()
    ]


def ledger_of(order: Order) -> list[Penalty]:
    """What was booked and waived, oldest first."""
    return list(
        Penalty.objects.filter(order=order).select_related("reversed_by").order_by("at", "pk")
    )


# --- goods -------------------------------------------------------------------------------------


def lines_of(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """The lines with what is in stock of them and where. Three queries."""
    lines = list(OrderLine.objects.filter(order=order).select_related("sku").order_by("position"))
    places: dict[int, list[StockLevel]] = defaultdict(list)
    held: dict[tuple[int, int], int] = {}
    sees_stock = actor.may("stock:read")
    if sees_stock:
        skus = {line.sku_id for line in lines if line.sku_id}
        for level in (
            StockLevel.objects.filter(seller=order.seller_id, sku__in=skus)
            .select_related("warehouse")
            .order_by("warehouse_id")
        ):
            places[level.sku_id].append(level)
        held = {
            (holder, level): quantity
            for holder, level, quantity in Reservation.objects.filter(
                holder_id__in=[line.pk for line in lines]
            ).values_list("holder_id", "level_id", "quantity")
        }
    return [
        {
            "line": line,
            "places": [
                {"level": level, "held": held.get((line.pk, level.pk), 0)}
                for level in places.get(line.sku_id or 0, [])
            ],
            "missing": _missing(line, places.get(line.sku_id or 0, []))
            if sees_stock and line.sku_id and order.stage in (Stage.NEW, Stage.ACCEPTED)
            else 0,
            "cancellable": line.open - line.packed if order.stage in _HERE else 0,
            "amount": line.unit_price * line.open,
        }
        for line in lines
    ]


def _missing(line: OrderLine, levels: Sequence[StockLevel]) -> int:
    free = sum(level.available for level in levels)
    return max(0, line.open - line.allocated - free)


def packable(order: Order, together: Sequence[Order], actor: Actor) -> list[dict[str, Any]]:
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


def twins_of(seller: Seller, order: Order) -> list[tuple[Order, str]]:
    """Orders that look like this one placed twice, with their addresses."""
    if order.stage not in OPEN:
        return []
    others = duplicates(seller, [order.pk]).get(order.pk, [])
    return [(o, order_path(o.pk)) for o in orders_for(seller).filter(pk__in=others)]


# --- buyer -------------------------------------------------------------------------------------


def problems_of(order: Order) -> tuple[list[Finding], dict[str, list[Finding]]]:
    """What the machine found, while something can still be done about it: about the order, and by
    part of the address."""
    if order.stage not in OPEN:
        return [], {}
    places = {p.code: p.field for p in check_address(address_of(order))}
    about: list[Finding] = []
    by_part: dict[str, list[Finding]] = defaultdict(list)
    for found in findings(order):
        if part := places.get(found.code):
            by_part[part].append(found)
        else:
            about.append(found)
    return about, by_part


def buyer_of(
    order: Order, revealed: bool, problems: dict[str, list[Finding]]
) -> list[dict[str, Any]]:
    """Name and address by parts, in full only when that was asked for, each part with what the
    checks found in it."""

    def hidden(text: str) -> str:
        return text if revealed or not text else _HIDDEN

    parts = [
        ("name", _("Name"), order.buyer_name if revealed else masked(order.buyer_name)),
        ("street", _("Address"), hidden(order.address)),
        ("city", _("City"), order.city),
        ("state", _("State or province"), order.state),
        ("postcode", _("Postcode"), hidden(order.postcode)),
        ("country", _("Country"), country_name(order.country)),
        ("phone", _("Phone"), hidden(order.buyer_phone)),
        ("tax_number", _("Tax number"), hidden(order.tax_number)),
    ]
    return [
        {"name": name, "label": label, "value": value, "problems": problems.get(name, [])}
        for name, label, value in parts
        if value or problems.get(name) or name in ("name", "country")
    ]


def sync_of(order: Order, last_news: datetime | None) -> dict[str, Any]:
    """How the marketplace and we stand: what it said last, and what it still has to be told."""
    waiting = order.shipped - order.uploaded
    if order.stage == Stage.CANCELLED or order.history:
        tone, text = "neutral", _("Nothing to tell the marketplace.")
    elif waiting:
        tone = "warn"
        text = ngettext(
            "%(n)d shipped unit has no uploaded tracking number yet.",
            "%(n)d shipped units have no uploaded tracking number yet.",
            waiting,
        ) % {"n": waiting}
    elif order.uploaded and order.uploaded == order.units:
        tone, text = "success", _("The marketplace has all tracking numbers.")
    else:
        tone, text = "neutral", _("No parcel has left yet, so there is nothing to upload.")
    return {"tone": tone, "text": text, "waiting": waiting, "last_news": last_news}
