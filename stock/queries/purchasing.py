"""Reading what is bought: replenishments, what is on the way, suppliers. The seller comes first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from sellers.models import Seller
from stock.models import (
    COMING,
    Receipt,
    ReceiptLine,
    Replenishment,
    ReplenishmentLine,
    ReplenishmentState,
    Sku,
    Supplier,
    SupplierSku,
)

#: The tabs of the list: name → label.
TABS: dict[str, Text] = {
    "coming": _("On the way"),
    "late": _("Late"),
    "draft": _("Drafts"),
    "received": _("Received"),
    "cancelled": _("Cancelled"),
    "": _("All"),
}

_OPEN = F("quantity") + F("extra") - F("received") - F("cancelled")


@dataclass(slots=True)
class Total:
    """What a replenishment amounts to. ``cost`` is ``None`` when a line has none."""

    lines: int = 0
    ordered: int = 0
    received: int = 0
    open: int = 0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of a SKU that are on the way; of a draft (``planned``) they are not yet ordered."""

    replenishment: int
    number: str
    units: int
    expected_on: date | None
    planned: bool = False

    @property
    def public_id(self) -> str:
        return Replenishment(pk=self.replenishment).public_id


@dataclass(slots=True)
class OnTheWay:
    """All that comes of a SKU, the earliest first."""

    parts: list[Coming] = field(default_factory=list)

    @property
    def units(self) -> int:
        """Ordered and not here."""
        return sum(part.units for part in self.parts if not part.planned)

    @property
    def planned(self) -> int:
        """In drafts."""
        return sum(part.units for part in self.parts if part.planned)

    @property
    def next(self) -> Coming | None:
        return next((part for part in self.parts if not part.planned), None)


NOTHING_COMES = OnTheWay()


def replenishments(
    seller: Seller, *, tab: str = "", q: str = "", today: date | None = None
) -> QuerySet[Replenishment]:
    """The seller's replenishments of a tab; ``q`` is part of a number, a supplier's name or a SKU
    code. Page the coming and late ones by ``expected_on``, the others by id, newest first."""
    rows = Replenishment.objects.filter(seller=seller)
    if tab in ("coming", "late"):
        rows = rows.filter(state__in=COMING)
        if tab == "late":
            rows = rows.filter(expected_on__lt=today)
    elif tab:
        rows = rows.filter(state=tab)
    if q := q.strip():
        lines = ReplenishmentLine.objects.filter(seller=seller, sku__code__iexact=q)
        rows = rows.filter(
            Q(number__icontains=q)
            | Q(supplier__in=Supplier.objects.filter(seller=seller, name__icontains=q))
            | Q(pk__in=lines.values("replenishment"))
        )
    return rows.select_related("supplier", "warehouse")


def tab_counts(seller: Seller, today: date) -> dict[str, int]:
    """How many wait in the tabs of what is still to do. One query over what is open."""
    return Replenishment.objects.filter(
        seller=seller, state__in=[ReplenishmentState.DRAFT, *COMING]
    ).aggregate(
        draft=Count("pk", filter=Q(state="draft")),
        coming=Count("pk", filter=Q(state__in=COMING)),
        late=Count("pk", filter=Q(state__in=COMING, expected_on__lt=today)),
    )


def totals(rows: Collection[Replenishment]) -> dict[int, Total]:
    """What replenishments amount to. One query."""
    found = {
        pk: Total(lines, ordered, received, open_, cost if priced == lines else None)
        for pk, lines, ordered, received, open_, cost, priced in (
            ReplenishmentLine.objects.filter(replenishment__in=[row.pk for row in rows])
            .order_by()
            .values_list("replenishment")
            .annotate(
                lines=Count("pk"), ordered=Sum("quantity"), came=Sum("received"),
                left=Sum(_OPEN), money=Sum(F("unit_cost") * F("quantity")),
                priced=Count("unit_cost"),
            )
        )
    }  # fmt: skip
    return {row.pk: found.get(row.pk, Total()) for row in rows}


def on_the_way(
    seller: Seller, skus: Collection[int] | None = None, *, drafts: bool = False
) -> dict[int, OnTheWay]:
    """What comes of these SKUs, or of any, by SKU; with ``drafts`` also what is planned. One query
    over what is open."""
    states = [*COMING, *([ReplenishmentState.DRAFT] if drafts else [])]
    lines = ReplenishmentLine.objects.filter(
        replenishment__seller=seller, replenishment__state__in=states
    ).annotate(left=_OPEN)
    if skus is not None:
        lines = lines.filter(sku__in=skus)
    found: dict[int, OnTheWay] = defaultdict(OnTheWay)
    for sku, pk, number, left, day, state in (
        lines.filter(left__gt=0)
        .order_by(F("replenishment__expected_on").asc(nulls_last=True), "replenishment_id")
        .values_list(
            *("sku_id", "replenishment_id", "replenishment__number", "left"),
            *("replenishment__expected_on", "replenishment__state"),
        )
    ):
        planned = state == ReplenishmentState.DRAFT
        found[sku].parts.append(Coming(pk, number, left, day, planned))
    return dict(found)


def suppliers_of(seller: Seller) -> list[Supplier]:
    """The suppliers in use, by name."""
    return list(Supplier.objects.filter(seller=seller, active=True).order_by("name"))


def offers_of(supplier: Supplier) -> list[SupplierSku]:
    """What a supplier delivers, by code of the SKU."""
    return list(supplier.skus.select_related("sku").order_by("sku__code"))


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier with how many SKUs it delivers, and how many orders of it are under way."""

    supplier: Supplier
    skus: int
    coming: int


def supplier_rows(rows: Collection[Supplier]) -> list[SupplierRow]:
    """Suppliers with what they deliver. Two queries."""
    ids = [row.pk for row in rows]
    skus = dict(
        SupplierSku.objects.filter(supplier__in=ids)
        .order_by()
        .values_list("supplier")
        .annotate(n=Count("pk"))
    )
    coming = dict(
        Replenishment.objects.filter(supplier__in=ids, state__in=COMING)
        .order_by()
        .values_list("supplier")
        .annotate(n=Count("pk"))
    )
    return [SupplierRow(row, skus.get(row.pk, 0), coming.get(row.pk, 0)) for row in rows]


def sources(seller: Seller, skus: Collection[int]) -> dict[int, SupplierSku]:
    """From whom each SKU is bought: the preferred supplier, else the oldest in use. One query."""
    found: dict[int, SupplierSku] = {}
    for row in (
        SupplierSku.objects.filter(seller=seller, sku__in=skus, supplier__active=True)
        .select_related("supplier")
        .order_by("sku_id", "-preferred", "pk")
    ):
        found.setdefault(row.sku_id, row)
    return found


def lines_of(row: Replenishment) -> list[ReplenishmentLine]:
    """The lines with their SKUs, in their order."""
    return list(row.lines.select_related("sku").order_by("position"))


def own_codes(row: Replenishment, lines: Sequence[ReplenishmentLine]) -> dict[int, str]:
    """The supplier's own codes of the SKUs, by SKU. One query."""
    if row.supplier_id is None:
        return {}
    return dict(
        SupplierSku.objects.filter(
            supplier=row.supplier_id, sku__in=[line.sku_id for line in lines]
        ).values_list("sku_id", "code")
    )


def skus_named(seller: Seller, names: Collection[str]) -> dict[str, Sku]:
    """SKUs by code; what is no code may be a barcode. Two queries at most."""
    known = {s.code: s for s in Sku.objects.filter(seller=seller, code__in=names)}
    rest = [name for name in names if name not in known]
    if rest:
        known |= {s.barcode: s for s in Sku.objects.filter(seller=seller, barcode__in=rest)}
    return known


def receipts_of(row: Replenishment) -> list[Receipt]:
    """What came of it, newest first, with lines and SKUs. Two queries."""
    return list(
        row.receipts.select_related("warehouse")
        .prefetch_related(
            Prefetch("lines", ReceiptLine.objects.select_related("line__sku").order_by("pk"))
        )
        .order_by("-pk")
    )
