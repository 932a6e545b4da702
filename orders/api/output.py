"""Orders, events and fines as the API tells them: plain dictionaries, since lists are hot."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actor import Actor
from core.api import moment, money
from core.ids import encode
from core.outcome import BatchOutcome
from orders.actions.base import available
from orders.actions.detail import may_reveal
from orders.api.embeds import embeds
from orders.clock_text import explain
from orders.models import Deadline, DeadlineKind, Hold, Order, OrderEvent, OrderLine, Penalty
from orders.problem_text import findings
from orders.queries import deadline_state, fine_of, running_state, stopped_late
from stock.models import Sku

#: The columns that a list reads. Rows of them are enough: making 50 orders and their stores out of
#: them takes longer than the rest of the list.
SUMMARY_COLUMNS = [
    "pk",
    "number",
    "stage",
    "marketplace_status",
    "ship_by",
    "deliver_by",
    "placed_at",
    "paid_at",
    "country",
    "units",
    "allocated",
    "packed",
    "shipped",
    "uploaded",
    "on_hold",
    "history",
    "clock_open",
    "problems",
    "currency",
    "goods_amount",
    "freight_amount",
    "version",
    "created_at",
    "updated_at",
    "store__code",
    "store__warn_hours",
]
_STAMPS = [
    "accepted_at",
    "stocked_at",
    "packed_at",
    "shipped_at",
    "uploaded_at",
    "delivered_at",
    "confirmed_at",
    "cancelled_at",
]
_BUYER = (
    ("name", "buyer_name"),
    ("phone", "buyer_phone"),
    ("state", "state"),
    ("city", "city"),
    ("postcode", "postcode"),
    ("address", "address"),
    ("tax_number", "tax_number"),
    ("ref", "buyer_ref"),
)
#: Kinds of events whose data hold amounts.
_MONEY_EVENTS = frozenset({"fined", "waived"})


@lru_cache
def summary_rows() -> Any:
    """All orders, for narrowing, as rows of ``SUMMARY_COLUMNS`` that ``summaries`` can show."""
    return Order.objects.values_list(*SUMMARY_COLUMNS, named=True)


def summaries(rows: Sequence[Any], *, with_money: bool) -> list[dict[str, Any]]:
    """Rows of ``SUMMARY_COLUMNS`` as a list shows them. At most one query more."""
    stopped = [row.pk for row in rows if not row.clock_open]
    late = stopped_late(stopped) if stopped else set()
    now = timezone.now()
    found = []
    for row in rows:
        if row.clock_open:
            state = running_state(row.ship_by, row.store__warn_hours, now)
        else:
            state = "overdue" if row.pk in late else "on_time"
        each = _fields(row, row.store__code, state, with_money)
        each["problem_codes"] = row.problems
        found.append(each)
    return found


def _fields(order: Any, store: str, deadline: str, with_money: bool) -> dict[str, Any]:
    """What a list and a single order have in common; ``order`` may be a row of its columns."""
    row: dict[str, Any] = {
        "object": "order",
        "id": encode(Order.id_prefix, order.pk),
        "store": store,
        "number": order.number,
        "stage": order.stage,
        "marketplace_status": order.marketplace_status,
        "deadline": deadline,
        "ship_by": moment(order.ship_by),
        "deliver_by": moment(order.deliver_by),
        "placed_at": moment(order.placed_at),
        "paid_at": moment(order.paid_at),
        "country": order.country,
        "units": order.units,
        "allocated": order.allocated,
        "packed": order.packed,
        "shipped": order.shipped,
        "uploaded": order.uploaded,
        "on_hold": order.on_hold,
        "history": order.history,
        "version": order.version,
        "created_at": moment(order.created_at),
        "updated_at": moment(order.updated_at),
    }
    if with_money:
        row["goods_amount"] = money(order.goods_amount, order.currency)
        row["freight_amount"] = money(order.freight_amount, order.currency)
    return row


def order_json(order: Order, actor: Actor) -> dict[str, Any]:
    """One order with everything: a constant number of queries."""
    prefetch_related_objects(
        [order],
        Prefetch("lines", queryset=OrderLine.objects.select_related("sku").order_by("position")),
        Prefetch("holds", queryset=Hold.objects.filter(released_at=None).order_by("pk")),
        Prefetch("deadlines", queryset=Deadline.objects.order_by("due_at", "pk")),
    )
    with_money = actor.may("money:read")
    found = _fields(order, order.store.code, deadline_state(order), with_money)
    found |= {name: moment(getattr(order, name)) for name in _STAMPS}
    found |= {
        "currency": order.currency,
        "handling_days": order.handling_days,
        "remark": order.remark,
        "buyer": _buyer(order, actor),
        "lines": [_line(line, order.currency, with_money) for line in order.lines.all()],
        "holds": [_hold(hold) for hold in order.holds.all()],
        "deadlines": [_clock(clock) for clock in order.deadlines.all()],
        "ship_by_explanation": _explanation(order),
        "problems": [
            {"code": f.code, "detail": str(f.detail), "blocking": f.blocking}
            for f in findings(order)
        ],
        "allowed_actions": allowed_actions(order, actor),
    }
    for name, registered in embeds.items():
        found[name] = registered.function([order], actor).get(order.pk, [])
    if with_money:
        fine = fine_of(order)
        found["fine"] = {
            "booked": money(fine.booked, fine.currency),
            "next": money(fine.next_amount, fine.currency),
            "next_step_at": moment(fine.next_at),
            "expected": money(fine.total, fine.currency),
        }
    return found


def allowed_actions(order: Any, actor: Actor) -> list[str]:
    """The names of what the actor can do with an order now; the buttons of the page."""
    return [choice.name for choice in available(order, actor) if choice.allowed]


def _buyer(order: Order, actor: Actor) -> dict[str, Any]:
    full = may_reveal(actor)
    found: dict[str, Any] = {"country": order.country}
    for name, column in _BUYER:
        value = getattr(order, column)
        found[name] = value if full else _mask(value)
    return found | {"masked": not full}


def _mask(value: str) -> str:
    """The first letter, and that there is more."""
    return f"{value[0]}***" if value else ""


def _line(line: OrderLine, currency: str, with_money: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "object": "order_line",
        "id": line.public_id,
        "position": line.position,
        "sku": line.sku.code if line.sku else None,
        "sku_id": encode(Sku.id_prefix, line.sku_id) if line.sku_id else None,
        "sku_code": line.sku_code,
        "title": line.title,
        "specification": line.specification,
        "quantity": line.quantity,
        "cancelled": line.cancelled,
        "allocated": line.allocated,
        "packed": line.packed,
        "shipped": line.shipped,
        "uploaded": line.uploaded,
    }
    if with_money:
        found["unit_price"] = money(line.unit_price, currency)
    return found


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "reason": hold.reason,
        "note": hold.note,
        "held_by": hold.held_by,
        "held_at": moment(hold.held_at),
        "until": moment(hold.until),
    }


def _clock(clock: Deadline) -> dict[str, Any]:
    end = clock.stopped_at or timezone.now()
    return {
        "kind": clock.kind,
        "due_at": moment(clock.due_at),
        "warn_at": moment(clock.warn_at),
        "outcome": clock.outcome,
        "stopped_at": moment(clock.stopped_at),
        "stops_on": clock.stop_on or None,
        "overdue": clock.outcome != Deadline.Outcome.VOID and end > clock.due_at,
        "given_at": moment(clock.given_at),
        "computed_at": moment(clock.computed_at),
        "provisional": clock.provisional,
    }


def _explanation(order: Order) -> dict[str, Any]:
    for clock in order.deadlines.all():
        if clock.kind == DeadlineKind.SHIP_BY:
            return {
                "text": explain(clock.steps, zone=order.store.time_zone),
                "steps": clock.steps,
            }
    return {"text": [], "steps": []}


def outcome_json(outcome: BatchOutcome, named: Iterable[int]) -> dict[str, Any]:
    """The answer of a batch: a row per order that was named, in that order, each once.

    What the seller does not have is refused as ``not_found``; whether somebody else has it is
    not told.
    """
    rows = {row.id: row for row in outcome}
    results = []
    for pk in dict.fromkeys(named):
        row = rows.get(pk)
        results.append(
            {
                "order": encode(Order.id_prefix, pk),
                "number": row.number if row else "",
                "status": row.status if row else "refused",
                "code": (row.code or None) if row else "not_found",
                "detail": (str(row.detail) or None) if row else _("There is no such order."),
                "stage": row.stage if row else None,
                "data": row.data if row else {},
            }
        )
    summary = outcome.summary
    summary["refused"] += len(results) - len(rows)
    return {"results": results, "summary": summary}


def event_json(event: OrderEvent, *, with_money: bool) -> dict[str, Any]:
    hidden = event.kind in _MONEY_EVENTS and not with_money
    return {
        "object": "event",
        "id": event.public_id,
        "type": f"order.{event.kind}",
        "order": encode(Order.id_prefix, event.order_id),
        "at": moment(event.at),
        "actor": {"kind": event.actor_kind, "name": event.actor_name},
        "data": {} if hidden else event.data,
    }


def fine_json(fine: Penalty) -> dict[str, Any]:
    """An entry of the ledger, its order and step given with it."""
    return {
        "object": "fine",
        "id": fine.public_id,
        "kind": fine.kind,
        "order": encode(Order.id_prefix, fine.order_id),
        "order_number": fine.order.number,
        "amount": money(fine.amount, fine.currency),
        "at": moment(fine.at),
        "booked_at": moment(fine.booked_at),
        "rule": encode("rul", fine.rule_id),
        "step": fine.step.position,
        "actor": fine.actor,
        "reason": fine.reason,
        "reverses": encode(Penalty.id_prefix, fine.reverses_id) if fine.reverses_id else None,
    }
