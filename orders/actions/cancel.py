"""Cancelling orders and units: stock goes back, parcels are voided, the clock no longer counts."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome
from core.sql import update_unnest
from orders import deadlines, events
from orders.actions.base import Batch, Row, lock_orders, why_not, write_counters
from orders.deadlines import stop_clocks
from orders.models import Deadline, DeadlineKind, Order, OrderLine
from orders.registry import register
from orders.states import TABLE, Stage
from sellers.models import Seller
from stock.actions import levels as stock

#: Called with (locked orders, actor, time) before packed orders are cancelled, in the transaction.
#: ``logistics`` takes their units out of the parcels.
unpackers: list[Callable[[Sequence[int], Actor, datetime], None]] = []

_CANCEL_LINES = """
UPDATE orders_orderline SET cancelled = quantity, allocated = 0, packed = 0
WHERE order_id = ANY(%s)
"""
_ALL_CLOCKS = list(DeadlineKind)


def read_text(limit: int) -> Callable[[object], str]:
    """A reader of a text parameter of at most ``limit`` characters."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(_("A text."))
        if len(value) > limit or "\x00" in value:
            raise ValueError(_("At most %(n)s characters.") % {"n": limit})
        return value.strip()

    return read


@register("cancel", scope="orders:write", params={"reason": read_text(300)})
@retry_on_deadlock
def cancel_orders(
    *, seller: Seller, orders: Sequence[int], actor: Actor, reason: str = ""
) -> BatchOutcome:
    """Cancel orders of which nothing has left. Reserved stock is free again, packed parcels are
    voided, running clocks no longer count; fines booked until now stay.

    Refused: ``partly_shipped`` when a parcel has left.
    """
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("cancel", seller, orders)
        if batch.go:
            packed = [row.id for row in batch.go if row.packed]
            if packed:
                for unpack in unpackers:
                    unpack(packed, actor, now)
            _release(
                seller,
                dict(
                    OrderLine.objects.filter(order__in=batch.ids, allocated__gt=0).values_list(
                        "pk", "allocated"
                    )
                ),
                actor,
                now,
            )
            with connection.cursor() as cursor:
                cursor.execute(_CANCEL_LINES, [batch.ids])
            write_counters([r._replace(units=0, allocated=0, packed=0) for r in batch.go], at=now)
            stop_clocks(orders=batch.ids, at=now, kinds=_ALL_CLOCKS, outcome=Deadline.Outcome.VOID)
            events.record(
                "cancelled",
                rows=batch.keys,
                actor=actor,
                at=now,
                data={"reason": reason} if reason else None,
            )
        for row in batch.go:
            batch.done(row, Stage.CANCELLED.value)
    return batch.outcome(orders)


def _release(seller: Seller, quantities: Mapping[int, int], actor: Actor, at: datetime) -> None:
    if quantities:
        stock.release(seller=seller, quantities=quantities, actor=actor, at=at)


@retry_on_deadlock
def cancel_units(
    *, seller: Seller, order: int, units: Mapping[int, int], actor: Actor, reason: str = ""
) -> Row:
    """Cancel some units of an order's lines: ``units`` by line id.

    Units in a packed parcel are not touched: void the parcel first. When nothing is left, the
    order is cancelled. Raises ``NotFound``, ``Invalid`` (pointers ``/units/<line>``) or
    ``Refused``. Returns the order as it is then.
    """
    actor.require("orders:write")
    now = timezone.now()
    with transaction.atomic():
        rows = lock_orders(seller, [order])
        if not rows:
            raise NotFound()
        row = rows[0]
        transition = TABLE["cancel"]
        refusal = why_not(transition, row)
        if refusal and refusal.code != "partly_shipped":
            raise Refused(refusal.detail, code=refusal.code)
        lines = {line.pk: line for line in OrderLine.objects.filter(order=order)}
        _check_units(units, lines)
        back: dict[int, int] = {}
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for pk, n in units.items():
            line = lines[pk]
            waiting = line.open - line.allocated  # these go first: they hold no stock
            back[pk] = max(0, n - waiting)
            sums[pk] = [n, -back[pk]]
        _release(seller, {pk: n for pk, n in back.items() if n}, actor, now)
        update_unnest(
            OrderLine._meta.db_table,
            ("id", "bigint"),
            [("cancelled", "int"), ("allocated", "int")],
            [(pk, *both) for pk, both in sums.items()],
            add=True,
        )
        less = sum(units[pk] * lines[pk].unit_price for pk in units)
        row = row._replace(
            units=row.units - sum(units.values()), allocated=row.allocated - sum(back.values())
        )
        stage = write_counters([row], at=now)[row.id]
        Order.objects.filter(pk=row.id).update(
            goods_amount=Order.objects.get(pk=row.id).goods_amount - less
        )
        if stage == Stage.CANCELLED:
            stop_clocks(orders=[row.id], at=now, kinds=_ALL_CLOCKS, outcome=Deadline.Outcome.VOID)
        else:
            deadlines.recompute_fines([row.id])
        events.record(
            "cancelled" if stage == Stage.CANCELLED else "units_cancelled",
            rows=[(row.seller_id, row.id)],
            actor=actor,
            at=now,
            data={
                "units": [
                    {"line": lines[pk].position, "code": lines[pk].sku_code, "quantity": n}
                    for pk, n in units.items()
                ],
                "reason": reason,
            },
        )
    return row._replace(stage=stage)


def _check_units(units: Mapping[int, int], lines: Mapping[int, OrderLine]) -> None:
    errors = []
    for pk, n in units.items():
        line = lines.get(pk)
        if line is None:
            raise NotFound()
        free = line.open - line.packed
        if not 1 <= n <= free:
            errors.append(
                FieldError(
                    f"/units/{pk}",
                    _("From 1 to %(free)s units of %(code)s can be cancelled.")
                    % {"free": free, "code": line.sku_code or line.title},
                )
            )
    if errors or not units:
        raise Invalid(errors=errors or [FieldError("/units", _("Say which units."))])
