"""打包: units into parcels, and out of them again while they are here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, Refusal, RowOutcome
from core.sql import insert_unnest, take_ids
from logistics.actions.numbers import Route, judge, read_int, read_numbers, route
from logistics.actions.parcels import (
    Content,
    Locked,
    event_rows,
    lock_parcels,
    move_units,
)
from logistics.models import Box, Shipment, ShipmentLine, ShipmentState
from logistics.tracking_numbers import normalise
from orders import events
from orders.actions.base import Batch, Row, lock_orders, why_not
from orders.actions.cancel import read_text, unpackers
from orders.models import Order, OrderLine
from orders.registry import register
from orders.states import TABLE
from sellers.models import Seller
from stock.models import Reservation

MAX_WEIGHT_GRAMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to be made: (order, line, quantity) inside, and what is known of it."""

    contents: Sequence[tuple[int, int, int]]
    country: str
    way: Route
    number: str
    weight_grams: int | None
    box: int | None = None


@register(
    "pack",
    scope="shipments:write",
    params={
        "service": read_text(60),
        "tracking_number": read_text(60),
        "tracking_numbers": read_numbers,
        "weight_grams": read_int(1, MAX_WEIGHT_GRAMS),
        "reason": read_text(200),
    },
)
@retry_on_deadlock
def pack_orders(
    *,
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    service: str = "",
    tracking_number: str = "",
    tracking_numbers: Mapping[int, str] | None = None,
    weight_grams: int | None = None,
    reason: str = "",
) -> BatchOutcome:
    """Put all units of each order that have stock and are in no parcel yet into one parcel.

    ``tracking_number`` is for one order, ``tracking_numbers`` (by order id) for many; ``reason``
    lets an unusual number pass. Refused: ``not_stocked``, a number that must not be used, a service
    that does not take the parcel.
    """
    if tracking_number and len(set(orders)) != 1:
        raise Invalid(
            errors=[
                FieldError(
                    "/params/tracking_number",
                    _("One tracking number is for one order. Use tracking_numbers for many."),
                )
            ]
        )
    numbers = dict(tracking_numbers or {})
    if tracking_number:
        numbers[orders[0]] = normalise(tracking_number)
    way = route(service, pointer="/params/service")
    try:
        return _pack(seller, orders, actor, way, numbers, weight_grams, reason)
    except IntegrityError:
        # Somebody took one of the numbers between our look and our write; now the look sees it.
        return _pack(seller, orders, actor, way, numbers, weight_grams, reason)


def _pack(
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    way: Route,
    numbers: Mapping[int, str],
    weight_grams: int | None,
    reason: str,
) -> BatchOutcome:
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("pack", seller, orders)
        refusals = judge(
            {row.id: (way.carrier, numbers[row.id]) for row in batch.go if row.id in numbers},
            reason=reason,
        )
        for row in batch.go:
            if refusal := way.refuses(country=row.country, weight_grams=weight_grams):
                refusals.setdefault(row.id, refusal)
        batch.refuse_all(refusals)
        ready: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for line, order, allocated, packed in (
            OrderLine.objects.filter(order__in=batch.ids)
            .order_by("order_id", "position")
            .values_list("pk", "order_id", "allocated", "packed")
        ):
            if allocated > packed:
                ready[order].append((order, line, allocated - packed))
        ids, stages = _create(
            seller,
            {row.id: row for row in batch.go},
            [
                Parcel(ready[row.id], row.country, way, numbers.get(row.id, ""), weight_grams)
                for row in batch.go
            ],
            actor,
            now,
            reason,
        )
        for row, pk in zip(batch.go, ids, strict=True):
            batch.done(row, stages[row.id], shipment=Shipment(pk=pk).public_id)
    return batch.outcome(orders)


@retry_on_deadlock
def pack_lines(
    *,
    seller: Seller,
    lines: Mapping[int, int],
    actor: Actor,
    service: str = "",
    tracking_number: str = "",
    weight_grams: int | None = None,
    reason: str = "",
    box: Box | None = None,
) -> Shipment:
    """Pack units (by order-line id) into one parcel: a part of an order, or several orders of one
    buyer and address.

    All or nothing. Raises ``NotFound``, ``Invalid`` (pointers ``/lines/0/quantity``) or
    ``Refused`` with the code of what is in the way.
    """
    actor.require("shipments:write")
    way = route(service)
    number = normalise(tracking_number) if tracking_number else ""
    now = timezone.now()
    order_ids = list(
        OrderLine.objects.filter(seller=seller, pk__in=lines).values_list("order_id", flat=True)
    )
    with transaction.atomic():
        rows = {row.id: row for row in lock_orders(seller, order_ids)}
        found = {line.pk: line for line in OrderLine.objects.filter(order__in=rows, pk__in=lines)}
        if not lines or len(found) != len(lines):
            raise NotFound(_("There is no such order line."))
        for row in rows.values():
            if refusal := why_not(TABLE["pack"], row):
                raise Refused(f"{row.number}: {refusal.detail}", code=refusal.code)
        _same_door(rows)
        errors = [
            FieldError(
                f"/lines/{i}/quantity",
                _("From 1 to %(free)s units of %(code)s have stock and are in no parcel yet.")
                % {
                    "free": found[pk].allocated - found[pk].packed,
                    "code": found[pk].sku_code or found[pk].title,
                },
            )
            for i, (pk, n) in enumerate(lines.items())
            if not 1 <= n <= found[pk].allocated - found[pk].packed
        ]
        if errors:
            raise Invalid(errors=errors)
        country = next(iter(rows.values())).country
        refused: Refusal | None = way.refuses(country=country, weight_grams=weight_grams)
        if number and refused is None:
            refused = judge({0: (way.carrier, number)}, reason=reason).get(0)
        if refused:
            raise Refused(refused.detail, code=refused.code)
        contents = [(found[pk].order_id, pk, n) for pk, n in lines.items()]
        ids, _stages = _create(
            seller,
            rows,
            [Parcel(contents, country, way, number, weight_grams, box.pk if box else None)],
            actor,
            now,
            reason,
        )
    return Shipment.objects.get(pk=ids[0])


def _same_door(rows: Mapping[int, Row]) -> None:
    keys = set(Order.objects.filter(pk__in=rows).values_list("ship_to_key", flat=True))
    if len(keys) > 1:
        raise Refused(
            _("Only orders of one buyer to one address can leave in one parcel."),
            code="different_address",
        )


_SHIPMENT = [
    ("id", "bigint"),
    ("seller_id", "bigint"),
    ("warehouse_id", "bigint"),
    ("carrier_id", "bigint"),
    ("service_id", "bigint"),
    ("tracking_number", "text"),
    ("number_reason", "text"),
    ("state", "text"),
    ("tracking_state", "text"),
    ("weight_grams", "int"),
    ("box_id", "bigint"),
    ("country", "text"),
    ("packed_at", "timestamptz"),
    ("version", "int"),
    ("updated_at", "timestamptz"),
]
_LINE = [
    ("seller_id", "bigint"),
    ("shipment_id", "bigint"),
    ("order_id", "bigint"),
    ("line_id", "bigint"),
    ("quantity", "int"),
]


def _create(
    seller: Seller,
    rows: Mapping[int, Row],
    parcels: Sequence[Parcel],
    actor: Actor,
    now: datetime,
    reason: str,
) -> tuple[list[int], dict[int, str]]:
    """Write parcels, their lines, the counters and one event per order and parcel."""
    if not parcels:
        return [], {}
    ids = take_ids("logistics_shipment_id_seq", len(parcels))
    holders = [line for p in parcels for _o, line, _n in p.contents]
    warehouses = dict(
        Reservation.objects.filter(holder_id__in=holders)
        .order_by("-quantity")
        .values_list("holder_id", "level__warehouse_id")
    )
    insert_unnest(
        Shipment._meta.db_table,
        _SHIPMENT,
        [
            (
                *(pk, seller.pk, warehouses.get(p.contents[0][1]), p.way.carrier.pk),
                *(p.way.service.pk if p.way.service else None, p.number, reason[:200]),
                *(
                    ShipmentState.PACKED.value,
                    "pending",
                    p.weight_grams,
                    p.box,
                    p.country,
                    now,
                    1,
                    now,
                ),
            )
            for pk, p in zip(ids, parcels, strict=True)
        ],
    )
    contents = [
        Content(pk, order, line, n)
        for pk, p in zip(ids, parcels, strict=True)
        for order, line, n in p.contents
    ]
    insert_unnest(
        ShipmentLine._meta.db_table,
        _LINE,
        [(seller.pk, c.shipment, c.order, c.line, c.quantity) for c in contents],
    )
    stages = move_units(Locked(dict(rows), {}, contents), contents, "packed", at=now)
    units: dict[tuple[int, int], int] = defaultdict(int)
    for c in contents:
        units[c.order, c.shipment] += c.quantity
    numbers = {pk: p.number for pk, p in zip(ids, parcels, strict=True)}
    events.record(
        "packed",
        rows=event_rows(rows, [order for order, _pk in units]),
        actor=actor,
        at=now,
        data=[
            {
                "shipment": Shipment(pk=pk).public_id,
                "units": n,
                **({"number": numbers[pk]} if numbers[pk] else {}),
            }
            for (_order, pk), n in units.items()
        ],
    )
    return ids, stages


@retry_on_deadlock
def void_shipments(*, seller: Seller, shipments: Sequence[int], actor: Actor) -> BatchOutcome:
    """Undo packing: parcels that are still here become void, their units wait to be packed again.

    Refused: ``wrong_state`` for a parcel that has left; a void one is ``already``.
    """
    actor.require("shipments:write")
    now = timezone.now()
    with transaction.atomic():
        locked = lock_parcels(seller, states=[ShipmentState.PACKED], parcels=shipments)
        _void(locked, actor, now)
        answers = [
            RowOutcome(pk, p.tracking_number, "done", ShipmentState.VOID.value)
            for pk, p in locked.parcels.items()
        ]
        answers += other_states(
            seller, shipments, locked, already=[ShipmentState.VOID], action=_("Undo packing")
        )
    return BatchOutcome.in_order(shipments, answers)


def other_states(
    seller: Seller,
    shipments: Sequence[int],
    locked: Locked,
    *,
    already: Sequence[str],
    action: object,
) -> list[RowOutcome]:
    """Answers for the named parcels that the action did not lock, because of their state."""
    rest = Shipment.objects.filter(seller=seller, pk__in=set(shipments) - set(locked.parcels))
    return [
        RowOutcome(p.pk, p.tracking_number, "already", p.state)
        if p.state in already
        else RowOutcome(
            p.pk,
            p.tracking_number,
            "refused",
            p.state,
            "wrong_state",
            _("“%(action)s” is not possible while the parcel is “%(state)s”.")
            % {"action": action, "state": p.get_state_display()},
        )
        for p in rest
    ]


def _void(locked: Locked, actor: Actor, now: datetime) -> None:
    Shipment.objects.filter(pk__in=locked.parcels).update(
        state=ShipmentState.VOID, voided_at=now, updated_at=now
    )
    move_units(locked, locked.contents, "packed", at=now, sign=-1)
    pairs = sorted({(c.order, c.shipment) for c in locked.contents})
    events.record(
        "unpacked",
        rows=event_rows(locked.orders, [order for order, _pk in pairs]),
        actor=actor,
        at=now,
        data=[{"shipment": locked.parcels[pk].public_id} for _order, pk in pairs],
    )


def _take_out(orders: Sequence[int], actor: Actor, at: datetime) -> None:
    """Before packed orders are cancelled: their units leave the parcels that are still here.

    A parcel with nothing else inside becomes void; one that other orders share stays.
    """
    here = ShipmentLine.objects.filter(
        order__in=orders, shipment__state=ShipmentState.PACKED
    ).values_list("shipment_id", flat=True)
    parcels = set(
        Shipment.objects.filter(pk__in=set(here))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .values_list("pk", flat=True)
    )
    shared = set(
        ShipmentLine.objects.filter(shipment__in=parcels)
        .exclude(order__in=orders)
        .values_list("shipment_id", flat=True)
    )
    ShipmentLine.objects.filter(shipment__in=shared, order__in=orders).delete()
    Shipment.objects.filter(pk__in=parcels - shared).update(
        state=ShipmentState.VOID, voided_at=at, updated_at=at
    )


unpackers.append(_take_out)
