"""What to do next: the orders whose clock runs out first, and what stands in their way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Sum

from logistics.models import ShipmentLine, ShipmentState
from orders.checks import BLOCKING
from orders.models import Hold, Order
from orders.queries import Fine, fines_of
from orders.queries.shortages import waiting_lines
from orders.states import OPEN, Stage
from sellers.models import Seller
from stock.models import StockLevel

#: Stage → the action that takes an order on from there.
NEXT_ACTION: Mapping[str, str] = {
    Stage.NEW: "accept",
    Stage.ACCEPTED: "allocate",
    Stage.STOCKED: "pack",
    Stage.PACKED: "ship",
    Stage.SHIPPED: "upload",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Units of a SKU that an order waits for and stock does not have for it."""

    sku: int
    code: str
    units: int


@dataclass(slots=True)
class Next:
    """An order, the action that takes it on, and what stops that.

    ``block`` is empty, ``hold``, ``address``, ``unmapped``, ``short`` or ``scan`` (nothing to do
    but to wait for the carrier).
    """

    order: Order
    action: str = ""
    block: str = ""
    hold: Hold | None = None
    missing: list[Missing] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    bare: bool = False
    fine: Fine | None = None


def next_orders(
    seller: Seller, *, limit: int, money: bool, only: Sequence[int] | None = None
) -> list[Next]:
    """The first ``limit`` orders by the end of their clock, or those of ``only``. At most seven
    queries, however many orders."""
    rows = Order.objects.filter(seller=seller).select_related("store")
    rows = rows.filter(pk__in=only) if only is not None else rows.filter(clock_open=True)
    orders = list(rows.order_by("ship_by", "pk")[:limit])
    fines = fines_of(orders) if money else {}
    holds = {
        hold.order_id: hold
        for hold in Hold.objects.filter(
            seller=seller,
            order__in=[order.pk for order in orders if order.on_hold],
            released_at__isnull=True,
        ).order_by("-held_at")
    }
    missing, unmapped = _lacking(seller, orders)
    bare = _without_number(seller, orders)
    found = []
    for order in orders:
        each = Next(
            order,
            action=NEXT_ACTION.get(order.stage, ""),
            hold=holds.get(order.pk),
            missing=missing.get(order.pk, []),
            unmapped=unmapped.get(order.pk, []),
            bare=order.pk in bare,
            fine=fines.get(order.pk),
        )
        each.block = _block(each)
        found.append(each)
    return found


def _block(each: Next) -> str:
    order = each.order
    if order.on_hold:
        return "hold"
    if order.stage not in OPEN:
        return "scan"
    if order.stage == Stage.NEW and BLOCKING.intersection(order.problems):
        return "address"
    if order.stage in (Stage.NEW, Stage.ACCEPTED) and each.unmapped:
        return "unmapped"
    if order.stage == Stage.ACCEPTED and each.missing:
        return "short"
    return ""


def _lacking(
    seller: Seller, orders: Sequence[Order]
) -> tuple[dict[int, list[Missing]], dict[int, list[str]]]:
    """What stock lacks and what no SKU stands for, by order.

    The orders are served in their own order, as the allocation would: what the first one takes is
    not there for the second.
    """
    waiting = [order.pk for order in orders if order.stage in (Stage.NEW, Stage.ACCEPTED)]
    if not waiting:
        return {}, {}
    wanted: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    unmapped: dict[int, list[str]] = defaultdict(list)
    for order, sku, code, mine, units in (
        waiting_lines(seller)
        .filter(order__in=waiting)
        .order_by("order_id", "position")
        .values_list(
            "order_id",
            "sku_id",
            "sku_code",
            "sku__code",
            F("quantity") - F("cancelled") - F("allocated"),
        )
    ):
        if sku is None:
            unmapped[order].append(code)
        else:
            wanted[order].append((sku, mine, units))
    skus = {sku for lines in wanted.values() for sku, _, _ in lines}
    free: dict[int, int] = dict(
        StockLevel.objects.filter(seller=seller, sku__in=skus)
        .order_by()
        .values_list("sku")
        .annotate(n=Sum(F("on_hand") - F("reserved")))
    )
    missing: dict[int, list[Missing]] = {}
    for order in orders:
        lines = wanted.get(order.pk, [])
        short = [
            Missing(sku, code, units - max(free.get(sku, 0), 0))
            for sku, code, units in lines
            if units > free.get(sku, 0)
        ]
        if short:
            missing[order.pk] = short
        else:
            for sku, _, units in lines:
                free[sku] -= units
    return missing, dict(unmapped)


def _without_number(seller: Seller, orders: Sequence[Order]) -> set[int]:
    """Orders with a parcel that was handed over and has no tracking number."""
    shipped = [order.pk for order in orders if order.stage == Stage.SHIPPED]
    if not shipped:
        return set()
    return set(
        ShipmentLine.objects.filter(
            seller=seller,
            order__in=shipped,
            shipment__state=ShipmentState.HANDED_OVER,
            shipment__tracking_number="",
        ).values_list("order_id", flat=True)
    )
