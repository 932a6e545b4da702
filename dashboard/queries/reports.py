"""Reports over a period: what left in time, what lateness cost, how long things take.

Every function is one statement over an index that leads with the seller; none returns more rows
than the period has days, or the carriers have countries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from orders.states import Stage
from sellers.models import Seller, Store

#: Stage → (the time stamp at which it begins, the one at which it ends).
SPANS: dict[str, tuple[str, str]] = {
    Stage.NEW: ("paid_at", "accepted_at"),
    Stage.ACCEPTED: ("accepted_at", "stocked_at"),
    Stage.STOCKED: ("stocked_at", "packed_at"),
    Stage.PACKED: ("packed_at", "shipped_at"),
    Stage.SHIPPED: ("shipped_at", "uploaded_at"),
}
#: Name of the span from the payment to the upload.
WHOLE = "all"
MOST_ROUTES = 100


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a seller, both ends included, of one store or of all."""

    seller: Seller
    first: date
    last: date
    store: Store | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period of the same length that ends the day before."""
        return Period(
            self.seller,
            self.first - timedelta(days=self.days),
            self.first - timedelta(days=1),
            self.store,
        )

    @property
    def params(self) -> dict[str, Any]:
        zone = ZoneInfo(self.seller.time_zone)
        return {
            "seller": self.seller.pk,
            "zone": self.seller.time_zone,
            "start": datetime.combine(self.first, time(), zone),
            "end": datetime.combine(self.last + timedelta(days=1), time(), zone),
            "store": self.store.pk if self.store else None,
        }

    def dates(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.days)]


@dataclass(frozen=True, slots=True)
class Left:
    """Orders of a day: those whose clock stopped, the late ones among them, and the cancelled."""

    day: date
    left: int = 0
    late: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class FineDay:
    """What the ledger says of a day in one currency."""

    day: date
    currency: str
    fined: Decimal
    waived: Decimal
    orders: int


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long orders stayed in a stage: half of them at most ``median``, nine of ten ``most``."""

    stage: str
    count: int
    median: timedelta | None
    most: timedelta | None


@dataclass(frozen=True, slots=True)
class Transit:
    """Parcels of a carrier that reached a country: from the hand-over to the first scan, and to
    the buyer."""

    carrier: str
    carrier_zh: str
    country: str
    count: int
    scan: timedelta | None
    median: timedelta
    most: timedelta


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


_OF_STORE = "AND (%(store)s IS NULL OR o.store_id = %(store)s)"
_LEFT = """
SELECT day, sum(n), sum(late), sum(cancelled) FROM (
    SELECT (d.stopped_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS n,
        count(*) FILTER (WHERE d.stopped_at > d.due_at) AS late, 0 AS cancelled
    FROM orders_deadline d {join}
    WHERE d.seller_id = %(seller)s AND d.kind = 'ship_by' AND d.outcome = 'met'
        AND d.stopped_at >= %(start)s AND d.stopped_at < %(end)s {store}
    GROUP BY 1
    UNION ALL
    SELECT (o.cancelled_at AT TIME ZONE %(zone)s)::date, 0, 0, count(*)
    FROM orders_order o
    WHERE o.seller_id = %(seller)s AND o.stage = 'cancelled'
        AND o.cancelled_at >= %(start)s AND o.cancelled_at < %(end)s {store}
    GROUP BY 1
) AS both_kinds GROUP BY 1
"""


def left_by_day(period: Period) -> list[Left]:
    """Every day of the period with what left and what was cancelled."""
    of_store = _OF_STORE if period.store else ""
    join = "JOIN orders_order o ON o.id = d.order_id" if period.store else ""
    found = {
        day: Left(day, int(n), int(late), int(cancelled))
        for day, n, late, cancelled in _rows(_LEFT.format(join=join, store=of_store), period.params)
    }
    return [found.get(day) or Left(day) for day in period.dates()]


_FINES = """
SELECT (p.at AT TIME ZONE %(zone)s)::date, p.currency,
    coalesce(sum(p.amount) FILTER (WHERE p.kind = 'fine'), 0),
    coalesce(-sum(p.amount) FILTER (WHERE p.kind = 'waiver'), 0),
    count(DISTINCT p.order_id) FILTER (WHERE p.kind = 'fine')
FROM orders_penalty p {join}
WHERE p.seller_id = %(seller)s AND p.at >= %(start)s AND p.at < %(end)s {store}
GROUP BY 1, 2 ORDER BY 1, 2
"""


def fines_by_day(period: Period) -> list[FineDay]:
    """Fines and waivers by day and currency; days without any are left out."""
    of_store = _OF_STORE if period.store else ""
    join = "JOIN orders_order o ON o.id = p.order_id" if period.store else ""
    return [FineDay(*row) for row in _rows(_FINES.format(join=join, store=of_store), period.params)]


def _percentiles(name: str, start: str, end: str) -> str:
    span = f"extract(epoch FROM o.{end} - o.{start})::float8"
    return (
        f"count(o.{end}) FILTER (WHERE o.{start} IS NOT NULL), "
        f"percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {span})"
    )


_SPANS = {**SPANS, WHOLE: ("paid_at", "uploaded_at")}
_DWELL = (
    "SELECT "
    + ", ".join(_percentiles(name, start, end) for name, (start, end) in _SPANS.items())
    + """
FROM orders_order o
WHERE o.seller_id = %(seller)s AND NOT o.history
    AND o.placed_at >= %(start)s AND o.placed_at < %(end)s {store}
"""
)


def dwell(period: Period) -> list[Dwell]:
    """How long the orders placed in the period stayed in each stage, and from the payment to the
    upload (``WHOLE``). Orders that came in from a file as shipped are not counted."""
    (row,) = _rows(_DWELL.format(store=_OF_STORE if period.store else ""), period.params)
    found = []
    for i, name in enumerate(_SPANS):
        count, both = row[2 * i], row[2 * i + 1] or (None, None)
        median, most = (None if s is None else timedelta(seconds=s) for s in both)
        found.append(Dwell(str(name), count, median, most))
    return found


_HOURS = """
SELECT extract(isodow FROM local)::int, extract(hour FROM local)::int, count(*)
FROM (
    SELECT o.{column} AT TIME ZONE %(zone)s AS local FROM orders_order o
    WHERE o.seller_id = %(seller)s AND o.{column} >= %(start)s AND o.{column} < %(end)s {store}
) AS times GROUP BY 1, 2
"""
HOUR_COLUMNS = ("placed_at", "ship_by")


def by_hour(period: Period, column: str) -> list[list[int]]:
    """Orders by weekday (Monday first) and hour of the shop, by when they were placed or due."""
    if column not in HOUR_COLUMNS:
        raise LookupError(column)
    table = [[0] * 24 for _ in range(7)]
    of_store = _OF_STORE if period.store else ""
    for weekday, hour, n in _rows(_HOURS.format(column=column, store=of_store), period.params):
        table[weekday - 1][hour] = n
    return table


_TRANSIT = """
SELECT c.name, c.name_zh, p.country, count(*),
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM p.first_scan_at - p.handed_over_at)::float8),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
        ORDER BY extract(epoch FROM p.delivered_at - p.handed_over_at)::float8)
FROM logistics_shipment p JOIN logistics_carrier c ON c.id = p.carrier_id
WHERE p.seller_id = %(seller)s AND p.delivered_at >= %(start)s AND p.delivered_at < %(end)s
    AND p.handed_over_at IS NOT NULL {store}
GROUP BY c.id, c.name, c.name_zh, p.country
ORDER BY count(*) DESC, c.name, p.country LIMIT %(most)s
"""
_PARCELS_OF_STORE = """AND EXISTS (
        SELECT 1 FROM logistics_shipmentline l JOIN orders_order o ON o.id = l.order_id
        WHERE l.shipment_id = p.id AND o.store_id = %(store)s)"""


def transits(period: Period) -> list[Transit]:
    """Transit times of the parcels delivered in the period, the most frequent routes first."""
    store = _PARCELS_OF_STORE if period.store else ""
    return [
        Transit(
            name,
            name_zh,
            country,
            count,
            None if scan is None else timedelta(seconds=scan),
            timedelta(seconds=median),
            timedelta(seconds=most),
        )
        for name, name_zh, country, count, scan, (median, most) in _rows(
            _TRANSIT.format(store=store), period.params | {"most": MOST_ROUTES}
        )
    ]


def totals(days: Sequence[Left]) -> Left:
    """The sum over days; its day is the first."""
    return Left(
        days[0].day,
        sum(day.left for day in days),
        sum(day.late for day in days),
        sum(day.cancelled for day in days),
    )
