"""Bins to print stickers for. The seller comes first."""

from collections.abc import Sequence

from django.db.models import CharField, Count, F, Func, Value

from core.ids import decode
from sellers.models import Seller
from stock.models import Bin, Warehouse

_ZONE = Func(F("code"), Value("-"), Value(1), function="split_part", output_field=CharField())


def zones_of(seller: Seller, warehouse: Warehouse) -> list[tuple[str, int]]:
    """The zones of a warehouse, which are the first parts of its bin codes, and how many bins
    each has. One query."""
    rows = Bin.objects.filter(seller=seller, warehouse=warehouse)
    found = rows.annotate(zone=_ZONE).values_list("zone").annotate(n=Count("pk")).order_by("zone")
    return [(zone, n) for zone, n in found]


def bins_of(
    seller: Seller, warehouse: Warehouse | None, *, zone: str = "", ids: Sequence[str] = ()
) -> list[Bin]:
    """Bins in walking order: those named by their public ids, else those of a warehouse, all or
    of a zone. One query."""
    rows = Bin.objects.filter(seller=seller)
    if ids:
        pks = [pk for each in ids if (pk := decode(Bin.id_prefix, each))]
        rows = rows.filter(pk__in=pks)
    else:
        rows = rows.filter(warehouse=warehouse)
        if zone:
            rows = rows.annotate(zone=_ZONE).filter(zone=zone)
    return list(rows.select_related("warehouse").order_by("warehouse", "walk_order", "code"))
