"""Reading transfers. The seller comes first."""

from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import F, QuerySet, Sum

from sellers.models import Seller
from stock.models import StockLevel, Transfer, TransferLine


def transfers_of(seller: Seller) -> QuerySet[Transfer]:
    """The transfers of a seller. Page them by id, the newest first."""
    return Transfer.objects.filter(seller=seller).select_related("source", "target")


def sums_of(rows: Sequence[Transfer]) -> dict[int, tuple[int, int, int, int]]:
    """By transfer: SKUs, units, units received, units on the way. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfer_id, count(*), sum(quantity), sum(received), "
            "sum(sent - received - returned - lost) FROM stock_transferline "
            "WHERE transfer_id = ANY(%s) GROUP BY 1",
            [[row.pk for row in rows]],
        )
        return {pk: (a, int(b), int(c), int(d)) for pk, a, b, c, d in cursor.fetchall()}


def lines_of(transfer: Transfer) -> list[TransferLine]:
    """The lines with their SKUs, by code; of a draft ``free`` says what could leave the source."""
    lines = list(transfer.lines.select_related("sku").order_by("sku__code"))
    free = (
        dict(
            StockLevel.objects.filter(
                warehouse=transfer.source_id, sku__in=[line.sku_id for line in lines]
            ).values_list("sku_id", F("on_hand") - F("reserved"))
        )
        if transfer.state == Transfer.State.DRAFT
        else {}
    )
    for line in lines:
        line.free = free.get(line.sku_id, 0)  # type: ignore[attr-defined]
    return lines


def units_on_the_way(seller: Seller, skus: Collection[int]) -> dict[int, int]:
    """Units between warehouses, by SKU. One query."""
    rows = TransferLine.objects.filter(
        seller=seller, sku__in=skus, sent__gt=F("received") + F("returned") + F("lost")
    )
    return dict(
        rows.values_list("sku").annotate(
            n=Sum(F("sent") - F("received") - F("returned") - F("lost"))
        )
    )
