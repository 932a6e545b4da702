"""发货 and 上传物流信息: parcels leave the house, and the marketplace is told."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, Refusal, RowOutcome
from logistics.actions.pack import other_states
from logistics.actions.parcels import (
    Content,
    Locked,
    event_rows,
    lock_parcels,
    move_units,
    not_approved,
)
from logistics.models import Shipment, ShipmentState
from orders import events
from orders.actions.base import Batch
from orders.deadlines import stop_clocks
from orders.models import StopOn
from orders.registry import register
from sellers.models import Seller
from stock.actions import levels as stock

#: The platform calls a parcel falsely shipped when no carrier has scanned it in this time after it
#: was declared (AliExpress; known second-hand).
FIRST_SCAN_WITHIN = timedelta(days=5)
FIRST_SCAN_WARNING = timedelta(days=2)

_FIRST_SCAN_CLOCK = """
INSERT INTO orders_deadline
    (seller_id, order_id, kind, due_at, warn_at, stop_on, outcome, warned, overdue, provisional,
     steps, fine_next, fine_total)
SELECT o.seller_id, o.id, 'first_scan', %s, %s, '', 'open', false, false, false, '[]', 0, 0
FROM orders_order o WHERE o.id = ANY(%s)
ON CONFLICT (order_id, kind) DO NOTHING
"""


@register("ship", scope="shipments:write")
@retry_on_deadlock
def ship_orders(*, seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Hand over all packed parcels of orders. Stock goes down; the clock stops where the rule book
    counts the hand-over.

    Refused: ``not_packed``, and ``not_approved`` for a seller that may not ship yet.
    """
    now = timezone.now()
    with transaction.atomic():
        locked = lock_parcels(seller, states=[ShipmentState.PACKED], orders=orders)
        batch = _begin("ship", seller, orders, locked)
        go = _only(batch, locked)
        stages = _hand_over(seller, go, actor, now)
        for row in batch.go:
            batch.done(row, stages[row.id])
    return batch.outcome(orders)


@retry_on_deadlock
def ship_shipments(*, seller: Seller, shipments: Sequence[int], actor: Actor) -> BatchOutcome:
    """Hand over parcels by id. An order on hold keeps its parcels here (``on_hold``)."""
    actor.require("shipments:write")
    now = timezone.now()
    with transaction.atomic():
        locked = lock_parcels(seller, states=[ShipmentState.PACKED], parcels=shipments)
        go, answers = _judge_parcels(locked, not_approved(seller))
        _hand_over(seller, go, actor, now)
        answers += [
            RowOutcome(pk, p.tracking_number, "done", ShipmentState.HANDED_OVER.value)
            for pk, p in go.parcels.items()
        ]
        answers += other_states(
            seller,
            shipments,
            locked,
            already=[ShipmentState.HANDED_OVER, ShipmentState.DECLARED],
            action=_("Ship"),
        )
    return BatchOutcome.in_order(shipments, answers)


@register("upload", scope="shipments:write")
@retry_on_deadlock
def upload_orders(*, seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Declare the handed-over parcels of orders to the marketplace.

    A store without a connection is told by hand: the parcel counts as uploaded and stands in the
    tracking sheet. Refused: ``not_shipped``, ``no_tracking_number``.
    """
    now = timezone.now()
    with transaction.atomic():
        locked = lock_parcels(seller, states=[ShipmentState.HANDED_OVER], orders=orders)
        batch = _begin("upload", seller, orders, locked)
        go = _only(batch, locked, numbered=True)
        stages = _declare(go, actor, now)
        for row in batch.go:
            batch.done(row, stages[row.id])
    return batch.outcome(orders)


@retry_on_deadlock
def upload_shipments(*, seller: Seller, shipments: Sequence[int], actor: Actor) -> BatchOutcome:
    """Declare parcels by id."""
    actor.require("shipments:write")
    now = timezone.now()
    with transaction.atomic():
        locked = lock_parcels(seller, states=[ShipmentState.HANDED_OVER], parcels=shipments)
        go, answers = _judge_parcels(locked, not_approved(seller), numbered=True)
        _declare(go, actor, now)
        answers += [
            RowOutcome(pk, p.tracking_number, "done", ShipmentState.DECLARED.value)
            for pk, p in go.parcels.items()
        ]
        answers += other_states(
            seller, shipments, locked, already=[ShipmentState.DECLARED], action=_("Upload tracking")
        )
    return BatchOutcome.in_order(shipments, answers)


_NO_NUMBER = Refusal(
    "no_tracking_number",
    _("The parcel has no tracking number. Enter it first; a marketplace accepts none without."),
)
_NOTHING = Refusal("nothing_ready", _("No parcel of it is ready any more."))
_HELD = Refusal("on_hold", _("An order in this parcel is on hold. Release it first."))


def _begin(name: str, seller: Seller, orders: Sequence[int], locked: Locked) -> Batch:
    batch = Batch.of(name, locked.orders.values(), set(orders))
    refusal = not_approved(seller)
    if refusal:
        batch.refuse_all({row.id: refusal for row in batch.go})
    return batch


def _only(batch: Batch, locked: Locked, *, numbered: bool = False) -> Locked:
    """The parcels of the batch that may go; orders that are left without one are refused.

    A parcel stays when any order inside is on hold, or when it needs a number and has none.
    """
    wanted = set(batch.ids)
    ready: set[int] = set()
    why: dict[int, Refusal] = {}
    served: set[int] = set()
    for pk, inside in locked.orders_of().items():
        if any(locked.orders[i].on_hold for i in inside):
            why |= dict.fromkeys(inside, _HELD)
        elif numbered and not locked.parcels[pk].tracking_number:
            why |= dict.fromkeys(inside, _NO_NUMBER)
        elif inside & wanted:
            ready.add(pk)
            served |= inside
    batch.refuse_all({i: why.get(i, _NOTHING) for i in wanted - served})
    return Locked(
        locked.orders,
        {pk: p for pk, p in locked.parcels.items() if pk in ready},
        [c for c in locked.contents if c.shipment in ready],
    )


def _judge_parcels(
    locked: Locked, refusal: Refusal | None, *, numbered: bool = False
) -> tuple[Locked, list[RowOutcome]]:
    answers = []
    ready = set()
    for pk, inside in locked.orders_of().items():
        p = locked.parcels[pk]
        why = refusal
        if why is None and any(locked.orders[i].on_hold for i in inside):
            why = _HELD
        if why is None and numbered and not p.tracking_number:
            why = _NO_NUMBER
        if why is None:
            ready.add(pk)
        else:
            answers.append(
                RowOutcome(pk, p.tracking_number, "refused", p.state, why.code, why.detail)
            )
    go = Locked(
        locked.orders,
        {pk: p for pk, p in locked.parcels.items() if pk in ready},
        [c for c in locked.contents if c.shipment in ready],
    )
    return go, answers


def _hand_over(seller: Seller, go: Locked, actor: Actor, now: datetime) -> dict[int, str]:
    if not go.parcels:
        return {}
    Shipment.objects.filter(pk__in=go.parcels).update(
        state=ShipmentState.HANDED_OVER,
        handed_over_at=now,
        updated_at=now,
        version=F("version") + 1,
    )
    units: dict[int, int] = defaultdict(int)
    for c in go.contents:
        units[c.line] += c.quantity
    stock.ship(seller_id=seller.pk, quantities=units, actor=actor, at=now)
    stages = move_units(go, go.contents, "shipped", at=now)
    _stop(go, go.contents, "shipped", StopOn.HANDED_OVER, now)
    _record("shipped", go, actor, now)
    return stages


def _declare(go: Locked, actor: Actor, now: datetime) -> dict[int, str]:
    if not go.parcels:
        return {}
    Shipment.objects.filter(pk__in=go.parcels).update(
        state=ShipmentState.DECLARED, declared_at=now, updated_at=now, version=F("version") + 1
    )
    stages = move_units(go, go.contents, "uploaded", at=now)
    whole = _stop(go, go.contents, "uploaded", StopOn.UPLOADED, now)
    with connection.cursor() as cursor:
        due = now + FIRST_SCAN_WITHIN
        cursor.execute(_FIRST_SCAN_CLOCK, [due, due - FIRST_SCAN_WARNING, whole])
    _record("uploaded", go, actor, now)
    return stages


def _stop(
    go: Locked, contents: Sequence[Content], counter: str, criterion: StopOn, now: datetime
) -> list[int]:
    """Stop the clock of orders all of whose units have now passed. Returns those orders."""
    by_order: dict[int, int] = defaultdict(int)
    for c in contents:
        by_order[c.order] += c.quantity
    whole = [
        order
        for order, n in by_order.items()
        if getattr(go.orders[order], counter) + n == go.orders[order].units
    ]
    stop_clocks(orders=whole, at=now, criterion=criterion)
    return whole


def _record(kind: str, go: Locked, actor: Actor, now: datetime) -> None:
    """One event per order, naming its parcels."""
    parcels = go.parcels_of()
    events.record(
        kind,
        rows=event_rows(go.orders, parcels),
        actor=actor,
        at=now,
        data=[
            {
                "shipments": [
                    {
                        "id": p.public_id,
                        **({"number": p.tracking_number} if p.tracking_number else {}),
                    }
                    for p in mine
                ]
            }
            for mine in parcels.values()
        ],
    )
