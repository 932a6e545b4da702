"""Reading boxes. The seller comes first."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q

from logistics.models import Box, PackSettings, QualityCheck, Shipment
from sellers.models import Seller


@dataclass(frozen=True, slots=True)
class BoxStock:
    """A box and how many are left; ``None`` when nobody counts them. Below zero: count again."""

    box: Box
    left: int | None


def boxes_of(seller: Seller, *, active: bool = False) -> list[Box]:
    """The seller's boxes, the smallest first. One query."""
    rows = Box.objects.filter(seller=seller)
    if active:
        rows = rows.filter(active=True)
    return sorted(rows, key=lambda b: (not b.active, b.volume, b.pk))


def box_stock(seller: Seller) -> list[BoxStock]:
    """The boxes with how many are left: counted, less those that parcels took since. Two
    queries."""
    boxes = boxes_of(seller)
    used = dict(
        Shipment.objects.filter(
            box__in=[b.pk for b in boxes if b.counted is not None],
            packed_at__gt=F("box__counted_at"),
        )
        .exclude(state="void")
        .order_by()
        .values_list("box")
        .annotate(n=Count("pk"))
    )
    return [
        BoxStock(b, None if b.counted is None else b.counted - used.get(b.pk, 0)) for b in boxes
    ]


def settings_of(seller: Seller) -> PackSettings:
    """How the shop packs; the defaults when it never said."""
    return PackSettings.objects.filter(seller=seller).first() or PackSettings(seller=seller)


def checks_for(seller: Seller, skus: Iterable[int]) -> list[QualityCheck]:
    """What is to be checked for these SKUs: their own checks and those of every parcel."""
    return list(
        QualityCheck.objects.filter(
            Q(sku__isnull=True) | Q(sku__in=list(skus)), seller=seller
        ).order_by("sku_id", "pk")
    )
