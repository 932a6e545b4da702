"""What open orders want and stock has not got: what is missing, for which orders, due when."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum

from orders.models import Order, OrderLine
from orders.states import Stage
from sellers.models import Seller
from stock.demand import Holder, Want
from stock.models import Sku, StockLevel

#: Stages in which an order can still want stock.
WAITING = (Stage.NEW, Stage.ACCEPTED)

_WANTED = F("quantity") - F("cancelled") - F("allocated")

_WANTING = """
WITH waiting AS (
    SELECT l.sku_id, l.order_id, sum(l.quantity - l.cancelled - l.allocated) AS units
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    WHERE o.seller_id = %(seller)s AND o.stage IN ('new', 'accepted')
        AND (%(skus)s::bigint[] IS NULL OR l.sku_id = ANY (%(skus)s::bigint[]))
        AND l.sku_id IS NOT NULL AND l.quantity - l.cancelled > l.allocated
    GROUP BY 1, 2
), shut AS (
    SELECT store_id, array_agg(warehouse_id ORDER BY warehouse_id) AS places
    FROM stock_storeplace WHERE seller_id = %(seller)s AND closed GROUP BY 1
), wanted AS (
    SELECT w.sku_id, s.places, o.currency, sum(w.units) AS units, count(*) AS orders,
        count(*) FILTER (WHERE o.stage = 'accepted' AND NOT o.on_hold) AS ready,
        min(o.ship_by) AS ship_by, coalesce(sum(d.fine_total), 0) AS fine
    FROM waiting w JOIN orders_order o ON o.id = w.order_id
    LEFT JOIN shut s ON s.store_id = o.store_id
    LEFT JOIN orders_deadline d
        ON d.order_id = o.id AND d.kind = 'ship_by' AND d.outcome = 'open'
    GROUP BY 1, 2, 3
), free AS (
    SELECT sku_id, array_agg(warehouse_id) AS places, array_agg(on_hand - reserved) AS units
    FROM stock_stocklevel
    WHERE sku_id IN (SELECT sku_id FROM wanted) AND on_hand > reserved GROUP BY 1
)
SELECT w.sku_id, coalesce(w.places, '{}'), w.currency, w.units, w.orders, w.ready, w.ship_by,
    w.fine, coalesce(f.places, '{}'), coalesce(f.units, '{}')
FROM wanted w LEFT JOIN free f ON f.sku_id = w.sku_id
"""


@dataclass(slots=True)
class Shortage:
    """What open orders want of a SKU, and what is there for it. ``ready``: orders to which stock
    could be allocated now. ``fines``: what the rule book would reach for the orders that wait, per
    currency."""

    sku_id: int
    orders: int = 0
    ready: int = 0
    ship_by: datetime | None = None
    fines: dict[str, Decimal] = field(default_factory=dict)
    #: Units by the warehouses that the stores which want them do not use.
    wants: dict[frozenset[int], int] = field(default_factory=dict)
    #: Units that are promised to nobody, by warehouse.
    free: dict[int, int] = field(default_factory=dict)

    @property
    def wanted(self) -> int:
        return sum(self.wants.values())

    @property
    def missing(self) -> int:
        """Units that cannot be promised: of all that is wanted, or of what the stores want that do
        not use a warehouse, whichever is more."""
        together = self.wanted - self._usable(frozenset.intersection(*self.wants))
        alone = (units - self._usable(closed) for closed, units in self.wants.items())
        return max(0, together, *alone)

    @property
    def available(self) -> int:
        """Units that can be promised to the orders that wait."""
        if missing := self.missing:
            return self.wanted - missing
        return self._usable(frozenset.intersection(*self.wants))

    @property
    def elsewhere(self) -> int:
        """Units that are free, in warehouses which the stores that wait do not use."""
        return sum(self.free.values()) - self.available

    @property
    def movable(self) -> int:
        """How many of these would help them where they do look."""
        return min(self.missing, self.elsewhere)

    def _usable(self, closed: Collection[int]) -> int:
        return sum(units for place, units in self.free.items() if place not in closed)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A marketplace code that no SKU stands for, on lines of open orders."""

    code: str
    title: str
    units: int
    orders: int
    ship_by: datetime


def wanting(seller: Seller, skus: Collection[int] | None = None) -> list[Shortage]:
    """Of which SKUs (of these, or of all) open orders want units, short or not, the most urgent
    first. One query over the orders that wait for stock."""
    found: dict[int, Shortage] = {}
    with connection.cursor() as cursor:
        given = None if skus is None else list(skus)
        cursor.execute(_WANTING, {"seller": seller.pk, "skus": given})
        for sku, shut, currency, units, orders, ready, ship_by, fine, places, free in cursor:
            row = found.setdefault(sku, Shortage(sku, free=dict(zip(places, free, strict=True))))
            closed = frozenset(shut)
            row.wants[closed] = row.wants.get(closed, 0) + int(units)
            row.orders += orders
            row.ready += ready
            row.ship_by = min(filter(None, (row.ship_by, ship_by)))
            if fine:
                row.fines[currency] = row.fines.get(currency, Decimal(0)) + fine
    return sorted(found.values(), key=lambda row: (row.ship_by, row.sku_id))


def shortages(seller: Seller) -> list[Shortage]:
    """All that is short, the most urgent first. One query."""
    return [row for row in wanting(seller) if row.missing]


def skus_of(seller: Seller, rows: Sequence[Shortage]) -> dict[int, Sku]:
    """The SKUs of shortages. One query."""
    return Sku.objects.filter(seller=seller).in_bulk([row.sku_id for row in rows])


_NOT_PROMISED = Q(quantity__gt=F("cancelled") + F("allocated"))


def waiting_lines(seller: Seller) -> QuerySet[OrderLine]:
    """Lines of open orders with units that nothing is promised to."""
    return OrderLine.objects.filter(_NOT_PROMISED, order__seller=seller, order__stage__in=WAITING)


def waiting_orders(seller: Seller, skus: Collection[int]) -> QuerySet[Order]:
    """Open orders that wait for any of these SKUs."""
    lines = OrderLine.objects.filter(_NOT_PROMISED, order=OuterRef("pk"), sku__in=skus)
    return Order.objects.filter(Exists(lines), seller=seller, stage__in=WAITING)


def ready_orders(seller: Seller, skus: Collection[int]) -> QuerySet[Order]:
    """Those of them to which stock could be allocated now."""
    return waiting_orders(seller, skus).filter(stage=Stage.ACCEPTED, on_hold=False)


def anything_left(seller: Seller, skus: Collection[int]) -> bool:
    """Whether a unit of one of these SKUs is promised to nobody."""
    levels = StockLevel.objects.filter(seller=seller, sku__in=skus)
    return levels.filter(on_hand__gt=F("reserved")).exists()


def units_wanted(seller: Seller, sku: Sku, orders: Sequence[Order]) -> dict[int, int]:
    """How many units of a SKU each order waits for. One query."""
    return dict(
        waiting_lines(seller)
        .filter(sku=sku, order__in=orders)
        .order_by()
        .values_list("order")
        .annotate(units=Sum(_WANTED))
    )


def available_of(sku: Sku) -> int:
    """Units of a SKU that are promised to nobody, over all warehouses."""
    free = StockLevel.objects.filter(sku=sku).aggregate(n=Sum(F("on_hand") - F("reserved")))["n"]
    return int(free or 0)


def wants(seller: Seller, skus: Collection[int] | None = None) -> dict[int, Want]:
    """For ``stock.demand``: what waits for SKUs, by SKU. One query."""
    lines = waiting_lines(seller).filter(sku__isnull=False)
    if skus is not None:
        lines = lines.filter(sku__in=skus)
    rows = (
        lines.order_by()
        .values_list("sku")
        .annotate(
            units=Sum(_WANTED),
            orders=Count("order", distinct=True),
            ready=Count(
                "order", distinct=True, filter=Q(order__stage=Stage.ACCEPTED, order__on_hold=False)
            ),
        )
    )
    return {sku: Want(units, orders, ready) for sku, units, orders, ready in rows}


def holders(seller: Seller, lines: Collection[int]) -> dict[int, Holder]:
    """For ``stock.demand``: the orders behind order lines."""
    rows = OrderLine.objects.filter(seller=seller, pk__in=lines).values_list(
        "pk", "order_id", "order__number"
    )
    return {pk: Holder(number, Order(pk=order).public_id) for pk, order, number in rows}


def unmapped_codes(seller: Seller) -> list[Unmapped]:
    """Codes on lines of open orders that no SKU stands for, the most urgent first. One query."""
    rows = (
        waiting_lines(seller)
        .filter(sku__isnull=True)
        .order_by()
        .values("sku_code")
        .annotate(
            title=Min("title"),
            units=Sum(_WANTED),
            orders=Count("order", distinct=True),
            ship_by=Min("order__ship_by"),
        )
        .order_by("ship_by", "sku_code")
    )
    return [
        Unmapped(r["sku_code"], r["title"], r["units"], r["orders"], r["ship_by"]) for r in rows
    ]


def orders_of_codes(seller: Seller, codes: Collection[str]) -> dict[str, list[Order]]:
    """Some orders (at most three, the most urgent) that have each unmapped code. One query."""
    found: dict[str, list[Order]] = defaultdict(list)
    lines = (
        waiting_lines(seller)
        .filter(sku__isnull=True, sku_code__in=codes)
        .select_related("order")
        .order_by("order__ship_by", "order_id")
    )
    for line in lines:
        orders = found[line.sku_code]
        if len(orders) < 3 and line.order not in orders:
            orders.append(line.order)
    return found
