"""What the actions on parcels share: which parcels an action touches, and the order's counters.

Locks are taken in the order of ``core.locks``: orders, then parcels, then stock levels. A parcel
can hold units of several orders, so all of them are locked before the parcel is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from core.locks import lock
from core.outcome import Refusal
from core.sql import update_unnest
from logistics.models import Shipment, ShipmentLine
from orders.actions.base import Row, lock_orders, write_counters
from orders.models import OrderLine
from sellers.models import Seller


class Content(NamedTuple):
    """Units of an order line in a parcel."""

    shipment: int
    order: int
    line: int
    quantity: int


class Locked(NamedTuple):
    """Locked orders and parcels, with what is inside those parcels."""

    orders: dict[int, Row]
    parcels: dict[int, Shipment]
    contents: list[Content]

    def parcels_of(self) -> dict[int, list[Shipment]]:
        """The parcels of each order, oldest first."""
        found: dict[int, dict[int, Shipment]] = defaultdict(dict)
        for c in self.contents:
            found[c.order][c.shipment] = self.parcels[c.shipment]
        return {order: [by[k] for k in sorted(by)] for order, by in found.items()}

    def orders_of(self) -> dict[int, set[int]]:
        """The orders of each parcel."""
        found: dict[int, set[int]] = defaultdict(set)
        for c in self.contents:
            found[c.shipment].add(c.order)
        return found


def lock_parcels(
    seller: Seller,
    *,
    states: Sequence[str],
    orders: Iterable[int] = (),
    parcels: Iterable[int] = (),
) -> Locked:
    """Lock parcels in one of ``states``, of these orders or by id, and all orders inside them."""
    orders, parcels = list(orders), list(parcels)
    ids = set(parcels) | set(
        ShipmentLine.objects.filter(order__in=orders, shipment__state__in=states).values_list(
            "shipment_id", flat=True
        )
    )
    inside = set(ShipmentLine.objects.filter(shipment__in=ids).values_list("order_id", flat=True))
    rows = {row.id: row for row in lock_orders(seller, {*orders, *inside})}
    locked = lock(Shipment.objects.filter(seller=seller, state__in=states), ids) if ids else []
    contents = [
        Content._make(values)
        for values in ShipmentLine.objects.filter(shipment__in=[p.pk for p in locked])
        .order_by("shipment_id", "line_id")
        .values_list("shipment_id", "order_id", "line_id", "quantity")
    ]
    # What was put into a parcel between the two reads belongs to orders we did not lock.
    unlocked = {c.shipment for c in contents if c.order not in rows}
    return Locked(
        rows,
        {p.pk: p for p in locked if p.pk not in unlocked},
        [c for c in contents if c.shipment not in unlocked],
    )


def move_units(
    locked: Locked, contents: Sequence[Content], counter: str, *, at: datetime, sign: int = 1
) -> dict[int, str]:
    """Add the units in ``contents`` to a counter of their lines and orders.

    Writes lines and orders with one statement each; returns the stage of each order touched.
    """
    by_line: dict[int, int] = defaultdict(int)
    by_order: dict[int, int] = defaultdict(int)
    for c in contents:
        by_line[c.line] += sign * c.quantity
        by_order[c.order] += sign * c.quantity
    update_unnest(
        OrderLine._meta.db_table,
        ("id", "bigint"),
        [(counter, "int")],
        list(by_line.items()),
        add=True,
    )
    rows = [
        locked.orders[order]._replace(**{counter: getattr(locked.orders[order], counter) + n})
        for order, n in by_order.items()
    ]
    return write_counters(rows, at=at) if rows else {}


def not_approved(seller: Seller) -> Refusal | None:
    """A seller that is not approved prepares everything and ships nothing."""
    if seller.status == Seller.Status.APPROVED:
        return None
    return Refusal(
        "not_approved",
        _("The shop is not approved yet. Everything can be prepared; nothing can be shipped."),
    )


def event_rows(orders: Mapping[int, Row], ids: Iterable[int]) -> list[tuple[int, int]]:
    """(seller, order) as ``orders.events.record`` wants them."""
    return [(orders[i].seller_id, i) for i in ids]
