"""Reading waves and what is to be fetched. The seller comes first.

What is still wanted of a pick is not stored: it is the smaller of what was asked for and what is
still promised to the line there, so a cancelled order takes itself off the list.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from logistics.models import CarrierService, Pick, Wave
from orders.models import Order, OrderLine
from orders.states import Stage
from sellers.models import Seller
from stock.models import Reservation, Sku, Warehouse

#: How many orders one wave may have.
MAX_ORDERS = 200

KINDS: dict[str, Text] = {
    "": _("All orders"),
    "one": _("One unit"),
    "single": _("One SKU, several units"),
    "multi": _("Several SKUs"),
}

#: What is wanted of ``p`` now, and what is left of that to fetch: ``r`` its reservation, ``l`` its
#: line.
_WANTED = "least(p.quantity - p.short, coalesce(r.quantity, 0))"
_REST = f"least(greatest({_WANTED} - p.picked, 0), greatest(l.allocated - l.packed, 0))"
#: Fetched for nothing: the reservation went without the units leaving the house.
_EXTRA = "greatest(p.picked - coalesce(r.quantity, 0) - l.shipped, 0)"
_FROM = """
FROM logistics_pick p JOIN orders_orderline l ON l.id = p.line_id
LEFT JOIN stock_reservation r ON r.holder_id = p.line_id AND r.level_id = p.level_id
"""

_PROGRESS = f"""
SELECT p.wave_id, count(DISTINCT p.order_id), sum(p.quantity), sum(p.picked), sum(p.short),
    sum({_REST}), sum({_EXTRA}), count(DISTINCT p.level_id)
{_FROM} WHERE p.wave_id = ANY(%s) GROUP BY 1
"""

_ROWS = f"""
SELECT p.id, p.order_id, o.number, p.line_id, p.level_id, p.quantity, p.picked, p.short,
    p.short_reason, {_REST}, {_EXTRA}, v.sku_id, coalesce(b.code, ''), coalesce(b.walk_order, 0)
{_FROM} JOIN orders_order o ON o.id = p.order_id
JOIN stock_stocklevel v ON v.id = p.level_id LEFT JOIN stock_bin b ON b.id = v.bin_id
WHERE p.wave_id = %s ORDER BY o.ship_by, o.id, p.id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a wave is, in units: ``rest`` is still to be fetched, ``extra`` to be put back."""

    orders: int = 0
    units: int = 0
    picked: int = 0
    short: int = 0
    rest: int = 0
    extra: int = 0
    places: int = 0

    @property
    def total(self) -> int:
        """What there is to fetch in all, without what was not found or is wanted no longer."""
        return self.picked + self.rest


@dataclass(frozen=True, slots=True)
class Part:
    """What one order wants of a place."""

    pick: int
    order: int
    number: str
    line: int
    quantity: int
    picked: int
    short: int
    reason: str
    rest: int
    extra: int


@dataclass(slots=True)
class Place:
    """One SKU in one bin, for all orders of the wave. ``parts`` come by urgency."""

    level: int
    sku: Sku
    bin: str
    walk: int
    parts: list[Part] = field(default_factory=list)

    def _sum(self, name: str) -> int:
        return sum(getattr(part, name) for part in self.parts)

    @property
    def picked(self) -> int:
        return self._sum("picked")

    @property
    def short(self) -> int:
        return self._sum("short")

    @property
    def rest(self) -> int:
        return self._sum("rest")

    @property
    def extra(self) -> int:
        return self._sum("extra")

    @property
    def total(self) -> int:
        return self.picked + self.rest

    @property
    def reason(self) -> str:
        return next((part.reason for part in self.parts if part.reason), "")


def waves_of(seller: Seller, *, is_open: bool | None = None) -> QuerySet[Wave]:
    """The seller's waves. Page them by id, the newest first."""
    rows = Wave.objects.filter(seller=seller)
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    return rows.select_related("warehouse", "picker", "service__carrier")


def progress_of(waves: Iterable[Wave]) -> dict[int, Progress]:
    """How far waves are, by wave. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [[wave.pk for wave in waves]])
        return {pk: Progress(*map(int, numbers)) for pk, *numbers in cursor.fetchall()}


def places_of(wave: Wave) -> list[Place]:
    """What is to be fetched, in walking order. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [wave.pk])
        rows = cursor.fetchall()
    skus = Sku.objects.in_bulk({row[11] for row in rows})
    found: dict[int, Place] = {}
    for *values, sku, bin_, walk in rows:
        pick, order, number, line, level, quantity, picked, short, reason, rest, extra = values
        place = found.setdefault(level, Place(level, skus[sku], bin_, walk))
        place.parts.append(
            Part(pick, order, number, line, quantity, picked, short, reason, rest, extra)
        )
    # What lies in no bin comes last: it has to be looked for.
    return sorted(found.values(), key=lambda p: (not p.bin, p.walk, p.bin, p.sku.code, p.level))


@dataclass(frozen=True, slots=True)
class Wish:
    """Which orders a wave is made of. ``due_before`` is when they must ship at the latest."""

    warehouse: Warehouse
    due_before: datetime | None = None
    kind: str = ""
    sku: str = ""
    service: CarrierService | None = None
    orders: Sequence[int] = ()


def candidates(seller: Seller, wish: Wish) -> QuerySet[Order]:
    """Orders with their stock in the warehouse that no open wave has, the most urgent first."""
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    here = Reservation.objects.filter(
        holder_id=OuterRef("pk"), level__warehouse=wish.warehouse, seller=seller
    )
    rows = Order.objects.filter(
        Exists(lines.filter(Exists(here), allocated__gt=F("packed"))),
        ~Exists(
            Pick.objects.filter(order=OuterRef("pk"), open=True, level__warehouse=wish.warehouse)
        ),
        seller=seller,
        stage=Stage.STOCKED,
        on_hold=False,
    )
    if wish.orders:
        rows = rows.filter(pk__in=wish.orders)
    if wish.due_before is not None:
        rows = rows.filter(ship_by__lt=wish.due_before)
    if wish.kind:
        if wish.kind == "one":
            rows = rows.filter(units=1)
        else:
            wanted = Q(lines__quantity__gt=F("lines__cancelled"))
            rows = rows.annotate(n=Count("lines", filter=wanted))
            rows = rows.filter(n=1, units__gt=1) if wish.kind == "single" else rows.filter(n__gt=1)
    if wish.sku:
        named = lines.filter(sku__code__iexact=wish.sku, quantity__gt=F("cancelled"))
        rows = rows.filter(Exists(named))
    if wish.service is not None:
        rows = _carried(rows, lines, wish.service)
    return rows.order_by("ship_by", "pk")


def _carried(
    rows: QuerySet[Order], lines: QuerySet[OrderLine], service: CarrierService
) -> QuerySet[Order]:
    """The orders that a service takes: by country, and by what it refuses."""
    if service.countries:
        rows = rows.filter(country__in=service.countries.split())
    refused = Q()
    if service.refuses_battery:
        refused |= Q(sku__battery=True)
    if service.refuses_liquid:
        refused |= Q(sku__liquid=True)
    return rows.filter(~Exists(lines.filter(refused))) if refused else rows


def notes_of(orders: Iterable[int]) -> dict[int, list[tuple[str, int, str]]]:
    """What pickers did not find of orders, by order: SKU code, units and why. One query."""
    found: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    rows = Pick.objects.filter(order__in=list(orders), short__gt=0).order_by("pk")
    values: Any = rows.values_list("order_id", "level__sku__code", "short", "short_reason")
    for order, code, n, reason in values:
        found[order].append((code, n, reason))
    return found
