"""Reading stock: SKUs with their levels, and the ledger. The seller comes first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from sellers.models import Seller
from stock.demand import NOTHING, Want, wanted
from stock.models import LowStock, Sku, StockLevel, StockMovement, Warehouse

#: What the list of SKUs can be narrowed to.
SHOWS: dict[str, Text] = {
    "": _("All SKUs"),
    "short": _("Short for open orders"),
    "low": _("At or below the reorder point"),
    "alert": _("Running low: to be ordered"),
    "out": _("Nothing available"),
    "off_sale": _("Not on sale"),
}


@dataclass(slots=True)
class Stock:
    """A SKU with what is there, over all warehouses or in one."""

    sku: Sku
    levels: list[StockLevel] = field(default_factory=list)
    want: Want = NOTHING

    @property
    def on_hand(self) -> int:
        return sum(level.on_hand for level in self.levels)

    @property
    def reserved(self) -> int:
        return sum(level.reserved for level in self.levels)

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def short(self) -> int:
        """Units that open orders want and that are not there."""
        return max(0, self.want.units - self.available)

    @property
    def low(self) -> bool:
        """Whether a warehouse is at or below its reorder point."""
        return any(x.reorder_point and x.available <= x.reorder_point for x in self.levels)


def warehouses_of(seller: Seller) -> list[Warehouse]:
    """The seller's warehouses, oldest first."""
    return list(Warehouse.objects.filter(seller=seller).order_by("pk"))


def sku_list(seller: Seller, *, q: str = "", show: str = "") -> QuerySet[Sku]:
    """The seller's SKUs with ``q`` in code or name, or as their barcode, narrowed by ``SHOWS``."""
    rows = Sku.objects.filter(seller=seller)
    q = q.strip()
    if q:
        rows = rows.filter(
            Q(code__icontains=q) | Q(barcode=q) | Q(name__icontains=q) | Q(name_zh__icontains=q)
        )
    levels = StockLevel.objects.filter(seller=seller, sku=OuterRef("pk"))
    if show == "low":
        rows = rows.filter(
            Exists(
                levels.filter(reorder_point__gt=0, on_hand__lte=F("reserved") + F("reorder_point"))
            )
        )
    elif show == "alert":
        rows = rows.filter(Exists(LowStock.objects.filter(seller=seller, sku=OuterRef("pk"))))
    elif show == "out":
        rows = rows.filter(~Exists(levels.filter(on_hand__gt=F("reserved"))))
    elif show == "off_sale":
        rows = rows.filter(on_sale=False)
    elif show == "short":
        rows = rows.filter(pk__in=short_skus(seller))
    return rows


def short_skus(seller: Seller) -> list[int]:
    """SKUs of which open orders want more than is available. Two queries."""
    wants = wanted(seller)
    free: dict[int, int] = defaultdict(int)
    for sku, units in StockLevel.objects.filter(seller=seller, sku__in=wants).values_list(
        "sku_id", F("on_hand") - F("reserved")
    ):
        free[sku] += units
    return [sku for sku, want in wants.items() if want.units > free[sku]]


def stock_of(seller: Seller, skus: Sequence[Sku]) -> list[Stock]:
    """SKUs with their levels in all warehouses and what waits for them. Two queries."""
    found = {sku.pk: Stock(sku) for sku in skus}
    for level in (
        StockLevel.objects.filter(seller=seller, sku__in=found)
        .select_related("warehouse", "bin")
        .order_by("sku_id", "warehouse_id")
    ):
        found[level.sku_id].levels.append(level)
    for pk, want in wanted(seller, list(found)).items():
        if pk in found:
            found[pk].want = want
    return list(found.values())


def ledger(seller: Seller, sku: Sku | None = None) -> QuerySet[StockMovement]:
    """The movements of a SKU, or of all, with their level and warehouse. Page it by id."""
    rows = StockMovement.objects.filter(seller=seller)
    if sku is not None:
        levels = StockLevel.objects.filter(seller=seller, sku=sku)
        rows = rows.filter(level__in=list(levels.values_list("pk", flat=True)))
    return rows.select_related("level__sku", "level__warehouse")


def skus_by_code(seller: Seller, codes: Sequence[str]) -> dict[str, Sku]:
    """SKUs by their code."""
    return {sku.code: sku for sku in Sku.objects.filter(seller=seller, code__in=codes)}
