"""What to buy: from what is missing, how fast things sell, reorder points and lead times."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import ceil

from django.db.models import F, Sum

from sellers.models import Seller
from stock.demand import NOTHING, Want, wanted
from stock.lead_time import calendar_days, expecting
from stock.models import Sku, StockLevel, Supplier, SupplierSku
from stock.queries.purchasing import NOTHING_COMES, OnTheWay, on_the_way, sources
from stock.queries.speed import STILL, Speed, speeds
from stock.queries.transfers import units_on_the_way

#: For how many days to buy, and after how many working days goods come, where no supplier says.
COVER_DAYS = 14
LEAD_DAYS = 7
#: A list of suggestions is worked off, not paged: the most urgent ones come first.
MAX_SUGGESTIONS = 500


@dataclass(frozen=True, slots=True)
class Need:
    """What decides how much of a SKU is bought. Pure: no database."""

    available: int = 0
    coming: int = 0
    wanted: int = 0
    reorder_point: int = 0
    per_day: float = 0
    lead_days: int = LEAD_DAYS
    cover_days: int = COVER_DAYS
    min_quantity: int = 1
    pack_size: int = 1

    @property
    def position(self) -> int:
        """What there will be when everything has come and every order is served."""
        return self.available + self.coming - self.wanted

    @property
    def floor(self) -> int:
        """Below this it has to be ordered: the reorder point, or what sells until goods come."""
        return max(self.reorder_point, ceil(self.per_day * calendar_days(self.lead_days)))

    @property
    def quantity(self) -> int:
        """How many to buy: up to the floor and the days the supplier is asked for, at least the
        least quantity, in whole packs. 0 while there is enough."""
        if self.position > self.floor or (self.position == self.floor and not self.floor):
            return 0
        lacking = self.floor + ceil(self.per_day * self.cover_days) - self.position
        return in_packs(lacking, self.min_quantity, self.pack_size)


def in_packs(units: int, min_quantity: int, pack_size: int) -> int:
    """At least so many units, not less than the least quantity, in whole packs."""
    return ceil(max(units, min_quantity) / pack_size) * pack_size if units > 0 else 0


@dataclass(slots=True)
class Suggestion:
    """A SKU to buy, from whom, how many and why."""

    sku: Sku
    need: Need
    source: SupplierSku | None = None
    want: Want = NOTHING
    speed: Speed = STILL
    way: OnTheWay = field(default_factory=OnTheWay)
    #: Units between two warehouses.
    moving: int = 0

    @property
    def quantity(self) -> int:
        return self.need.quantity

    @property
    def missing(self) -> int:
        """Units that open orders want and that are neither here nor on the way."""
        return max(0, self.need.wanted - self.need.available - self.need.coming)

    @property
    def cover(self) -> float | None:
        """Days until what is available is sold."""
        return self.speed.days_of(self.need.available)

    @property
    def cost(self) -> Decimal | None:
        price = self.source.price if self.source else None
        return None if price is None else price * self.quantity


@dataclass(slots=True)
class Basket:
    """What to buy from one supplier (``None``: nobody is known to deliver it)."""

    supplier: Supplier | None
    rows: list[Suggestion]
    expected_on: date | None = None

    @property
    def units(self) -> int:
        return sum(row.quantity for row in self.rows)

    @property
    def cost(self) -> Decimal | None:
        """``None`` when a price is not known."""
        costs = [row.cost for row in self.rows]
        return None if None in costs else sum((c for c in costs if c is not None), Decimal(0))

    @property
    def under_value(self) -> bool:
        """Whether it is worth less than the supplier's least order."""
        return bool(self.supplier and self.supplier.is_too_little_worth(self.cost))

    @property
    def under_quantity(self) -> bool:
        """Whether it has fewer units than the supplier's least order."""
        return bool(self.supplier and self.supplier.is_too_few(self.units))

    @property
    def under_least(self) -> bool:
        return self.under_value or self.under_quantity


def suggestions(
    seller: Seller, skus: Collection[int] | None = None, *, now: datetime | None = None
) -> list[Suggestion]:
    """What should be bought of these SKUs, or of all, the most urgent first. Eight queries.

    What is on the way, from suppliers or between warehouses, and what stands in drafts is not
    suggested again. Samples are not bought.
    """
    wants = wanted(seller, skus)
    sold = speeds(seller, skus, now=now)
    points: dict[int, int] = defaultdict(int)
    free: dict[int, int] = defaultdict(int)
    levels = StockLevel.objects.filter(seller=seller)
    if skus is None:
        # Only what sells, is wanted or has a reorder point can be lacking.
        pointed = levels.filter(reorder_point__gt=0).values_list("sku_id", flat=True)
        skus = set(wants) | set(sold) | set(pointed)
    for sku, point, n in (
        levels.filter(sku__in=skus)
        .order_by()
        .values_list("sku")
        .annotate(p=Sum("reorder_point"), n=Sum(F("on_hand") - F("reserved")))
    ):
        points[sku], free[sku] = point, n
    way = on_the_way(seller, skus, drafts=True)
    moving = units_on_the_way(seller, skus)
    origin = sources(seller, skus)
    found: list[Suggestion] = []
    rows = Sku.objects.filter(seller=seller, pk__in=skus, sample=False).in_bulk()
    for pk, sku in rows.items():
        source, comes = origin.get(pk), way.get(pk, NOTHING_COMES)
        need = Need(
            available=free[pk],
            coming=comes.units + comes.planned + moving.get(pk, 0),
            wanted=wants.get(pk, NOTHING).units,
            reorder_point=points[pk],
            per_day=sold.get(pk, STILL).per_day,
            lead_days=lead_days(source),
            cover_days=source.supplier.cover_days if source else COVER_DAYS,
            min_quantity=source.min_quantity if source else 1,
            pack_size=source.pack_size if source else 1,
        )
        if need.quantity:
            speed, want = sold.get(pk, STILL), wants.get(pk, NOTHING)
            found.append(Suggestion(sku, need, source, want, speed, comes, moving.get(pk, 0)))
    found.sort(key=_urgency)
    return found


def lead_days(source: SupplierSku | None) -> int:
    """Working days until goods are there: the SKU's own, else the supplier's."""
    if source is None:
        return LEAD_DAYS
    return source.supplier.lead_days if source.lead_days is None else source.lead_days


def _urgency(row: Suggestion) -> tuple[bool, float, int, str]:
    """What orders wait for, then what runs out first."""
    cover = row.cover
    return (not row.missing, float("inf") if cover is None else cover, -row.missing, row.sku.code)


def baskets(seller: Seller, rows: Collection[Suggestion]) -> list[Basket]:
    """Suggestions by supplier, by name; those without one come last."""
    by_supplier: dict[int, list[Suggestion]] = defaultdict(list)
    for row in rows:
        by_supplier[row.source.supplier_id if row.source else 0].append(row)
    day_after = expecting(seller)
    found = [
        Basket(
            some[0].source.supplier if some[0].source else None,
            some,
            day_after(max(row.need.lead_days for row in some)) if pk else None,
        )
        for pk, some in by_supplier.items()
    ]
    return sorted(found, key=lambda b: (b.supplier is None, b.supplier.name if b.supplier else ""))
