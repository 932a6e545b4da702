"""When what is missing will be there: what is on the way, for whom it comes too late, and how long
what is left lasts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from orders.queries.shortages import Shortage
from sellers.models import Seller
from stock.lead_time import today_of
from stock.queries.purchasing import NOTHING_COMES, OnTheWay, on_the_way, sources
from stock.queries.speed import STILL, Speed, speeds
from stock.queries.suggestions import lead_days

# Orders stand in a queue by deadline; what is available serves its head, each delivery the next
# ones. A delivery that is late already comes today at the earliest.
_LATENESS = """
WITH waits AS (
    SELECT l.sku_id, o.id, o.ship_by, sum(l.quantity - l.cancelled - l.allocated) AS units
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    WHERE o.seller_id = %(seller)s AND o.stage IN ('new', 'accepted')
        AND l.sku_id = ANY (%(skus)s) AND l.quantity - l.cancelled > l.allocated
    GROUP BY 1, 2, 3
), queue AS (
    SELECT sku_id, ship_by, sum(units) OVER (PARTITION BY sku_id ORDER BY ship_by, id) AS upto
    FROM waits
), free AS (
    SELECT * FROM unnest(%(skus)s::bigint[], %(free)s::bigint[]) AS f (sku_id, units)
), comes AS (
    SELECT c.sku_id, greatest(r.expected_on, %(today)s) AS day,
        sum(c.quantity + c.extra - c.received - c.cancelled)
            OVER (PARTITION BY c.sku_id ORDER BY r.expected_on, r.id) AS upto
    FROM stock_replenishment r JOIN stock_replenishmentline c ON c.replenishment_id = r.id
    WHERE r.seller_id = %(seller)s AND r.state IN ('ordered', 'partly_received')
        AND c.sku_id = ANY (%(skus)s)
), judged AS (
    SELECT q.sku_id, (q.ship_by AT TIME ZONE %(zone)s)::date AS due, (
        SELECT min(c.day) FROM comes c
        WHERE c.sku_id = q.sku_id AND c.upto + coalesce(f.units, 0) >= q.upto
    ) AS day
    FROM queue q LEFT JOIN free f ON f.sku_id = q.sku_id
    WHERE q.upto > coalesce(f.units, 0)
)
SELECT sku_id, count(*) FILTER (WHERE day > due), count(*) FILTER (WHERE day IS NULL)
FROM judged GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Orders that wait for a SKU and get theirs after their deadline (``too_late``), or from
    nothing that is ordered yet (``uncovered``)."""

    too_late: int = 0
    uncovered: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """How it will go on with a SKU that is short."""

    way: OnTheWay
    speed: Speed
    cover: float | None
    lead_days: int
    late: Lateness


_IN_TIME = Lateness()


def lateness(seller: Seller, rows: Collection[Shortage]) -> dict[int, Lateness]:
    """Whose goods come too late, by SKU. One query over the orders that wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LATENESS,
            {
                "seller": seller.pk,
                "skus": [row.sku_id for row in rows],
                "free": [row.available for row in rows],
                "today": today_of(seller),
                "zone": seller.time_zone,
            },
        )
        return {sku: Lateness(late, bare) for sku, late, bare in cursor.fetchall()}


def outlooks(seller: Seller, rows: Sequence[Shortage]) -> Mapping[int, Outlook]:
    """The outlook of shortages, by SKU. Four queries."""
    skus = [row.sku_id for row in rows]
    if not skus:
        return {}
    way, sold = on_the_way(seller, skus, drafts=True), speeds(seller, skus)
    origin, late = sources(seller, skus), lateness(seller, rows)
    found = {}
    for row in rows:
        speed = sold.get(row.sku_id, STILL)
        found[row.sku_id] = Outlook(
            way=way.get(row.sku_id, NOTHING_COMES),
            speed=speed,
            cover=speed.days_of(row.available),
            lead_days=lead_days(origin.get(row.sku_id)),
            late=late.get(row.sku_id, _IN_TIME),
        )
    return found
