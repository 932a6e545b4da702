"""Which SKUs run low: at or below a reorder point, or gone before new goods could be there.

The job keeps one row a SKU that is low (``LowStock``), so that people are told once when it becomes
low and not again while it stays so. Running it twice, late or in two places changes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from sellers.models import Seller
from sellers.notices import notify
from stock.lead_time import calendar_days
from stock.models import (
    COMING,
    LowStock,
    ReplenishmentLine,
    StockLevel,
    SupplierSku,
    TransferLine,
)
from stock.queries.purchasing import sources
from stock.queries.speed import speeds
from stock.queries.suggestions import lead_days

NOTICE = "low_stock"
#: A SKU that is low by its speed stays so until it lasts this much longer than goods need: a day
#: with one sale less is no reason to tell people again tomorrow.
CALM = 1.2

_ADD = """
INSERT INTO stock_lowstock (seller_id, sku_id, why, since)
SELECT %s, v.sku_id, v.why, %s FROM unnest(%s::bigint[], %s::text[]) AS v(sku_id, why)
ON CONFLICT (sku_id) DO NOTHING RETURNING sku_id
"""


def watch_stock(*, now: datetime | None = None) -> int:
    """Look at every shop that said when it wants to be told. Returns how many SKUs are newly
    low."""
    now = now or timezone.now()
    told = StockLevel.objects.filter(reorder_point__gt=0).values("seller")
    bought = SupplierSku.objects.values("seller")
    known = LowStock.objects.values("seller")
    some = Seller.objects.filter(pk__in=told.union(bought, known))
    return sum(watch_seller(seller, now) for seller in some.order_by("pk").iterator())


def watch_seller(seller: Seller, now: datetime) -> int:
    """Bring the rows of one shop up to date and tell its people about new ones, once."""
    with transaction.atomic():
        before = dict(
            LowStock.objects.select_for_update(of=("self",))
            .filter(seller=seller)
            .order_by("sku_id")
            .values_list("sku_id", "why")
        )
        low = low_skus(seller, now, before)
        LowStock.objects.filter(seller=seller).exclude(sku__in=list(low)).delete()
        for why in LowStock.Why:
            other = [sku for sku, w in low.items() if w == why and before.get(sku, w) != w]
            if other:
                LowStock.objects.filter(seller=seller, sku__in=other).update(why=why)
        new = [sku for sku in low if sku not in before]
        if not new:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [seller.pk, now, new, [low[sku] for sku in new]])
            added = len(cursor.fetchall())
        notify(seller_id=seller.pk, kind=NOTICE, count=added, at=now)
    return added


def low_skus(
    seller: Seller, now: datetime, before: Mapping[int, str] | None = None
) -> dict[int, str]:
    """The SKUs that are low now, and why; goods on the way count as there. Six queries.

    ``before`` are those that were low: see ``CALM``.
    """
    before = before or {}
    coming, free = _coming(seller), _free(seller)
    found: dict[int, str] = {}
    for sku, place, gap in StockLevel.objects.filter(
        seller=seller,
        sku__sample=False,
        reorder_point__gt=0,
        on_hand__lte=F("reserved") + F("reorder_point"),
    ).values_list("sku_id", "warehouse_id", F("reserved") + F("reorder_point") - F("on_hand")):
        if coming.get((sku, place), 0) <= gap:
            found[sku] = LowStock.Why.POINT
    sold = speeds(seller, now=now)
    origin = sources(seller, list(sold))
    on_its_way: dict[int, int] = defaultdict(int)
    for (sku, _place), n in coming.items():
        on_its_way[sku] += n
    for sku, source in origin.items():
        if sku in found or sku not in free:
            continue
        factor = CALM if before.get(sku) == LowStock.Why.COVER else 1
        needed = sold[sku].per_day * calendar_days(lead_days(source)) * factor
        if free[sku] + on_its_way[sku] < needed:
            found[sku] = LowStock.Why.COVER
    return found


def _coming(seller: Seller) -> dict[tuple[int, int], int]:
    """Units on the way by SKU and warehouse: from suppliers and from other warehouses."""
    bought = (
        ReplenishmentLine.objects.filter(
            replenishment__seller=seller, replenishment__state__in=COMING
        )
        .order_by()
        .values_list("sku", "replenishment__warehouse")
        .annotate(n=Sum(F("quantity") + F("extra") - F("received") - F("cancelled")))
    )
    gone = F("received") + F("returned") + F("lost")
    moved = (
        TransferLine.objects.filter(seller=seller, sent__gt=gone)
        .order_by()
        .values_list("sku", "transfer__target")
        .annotate(n=Sum(F("sent") - gone))
    )
    found: dict[tuple[int, int], int] = defaultdict(int)
    for sku, place, n in (*bought, *moved):
        found[sku, place] += n
    return found


def _free(seller: Seller) -> dict[int, int]:
    """Units that are promised to nobody, by SKU; samples left out."""
    return dict(
        StockLevel.objects.filter(seller=seller, sku__sample=False)
        .order_by()
        .values_list("sku")
        .annotate(n=Sum(F("on_hand") - F("reserved")))
    )
