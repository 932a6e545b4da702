"""Rates: the scorecard of a period, and the rates day by day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F, Q

from dashboard.budget import Day
from logistics.actions.ship import FIRST_SCAN_WITHIN
from orders.models import Deadline, DeadlineKind, Order, RateKind
from orders.queries import stage_counts
from orders.states import Stage
from sellers.models import Seller

#: The period of the scorecard when nobody names one.
RATE_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    numerator: int
    denominator: int

    @property
    def rate(self) -> str | None:
        """Four decimals, rounded half even; ``None`` where there was nothing to count."""
        if not self.denominator:
            return None
        return str((Decimal(self.numerator) / self.denominator).quantize(Decimal("0.0001")))

    def as_dict(self) -> dict[str, int | str | None]:
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "rate": self.rate,
        }


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Rates of a period ``start`` ≤ time < ``end``, and where the orders are now."""

    start: datetime
    end: datetime
    late_shipment_rate: Rate
    cancellation_rate: Rate
    stages: dict[str, int]


def late_shipment_rate(seller: Seller, start: datetime, end: datetime) -> Rate:
    """Orders whose ship-by clock stopped in the period, and those of them that stopped late.

    What stops the clock is the criterion of each order's rule book.
    """
    found = Deadline.objects.filter(
        seller=seller,
        kind=DeadlineKind.SHIP_BY,
        outcome=Deadline.Outcome.MET,
        stopped_at__gte=start,
        stopped_at__lt=end,
    ).aggregate(all=Count("pk"), late=Count("pk", filter=Q(stopped_at__gt=F("due_at"))))
    return Rate(found["late"], found["all"])


def scorecard(seller: Seller, start: datetime, end: datetime) -> Scorecard:
    """The seller's rates in a period. Three queries.

    Cancellation rate: cancelled orders among those that were decided in the period, that is
    cancelled, or their ship-by clock stopped.
    """
    late = late_shipment_rate(seller, start, end)
    cancelled = Order.objects.filter(
        seller=seller,
        stage=Stage.CANCELLED,
        cancelled_at__gte=start,
        cancelled_at__lt=end,
    ).count()
    return Scorecard(
        start=start,
        end=end,
        late_shipment_rate=late,
        cancellation_rate=Rate(cancelled, cancelled + late.denominator),
        stages=stage_counts(seller),
    )


#: A parcel declared is valid when its first scan came within this time; judged once it is over.
_RATE_DAYS = """
SELECT 'late_shipment', s.marketplace, (d.stopped_at AT TIME ZONE %(zone)s)::date,
    count(*) FILTER (WHERE d.stopped_at > d.due_at), count(*)
FROM orders_deadline d JOIN orders_order o ON o.id = d.order_id
JOIN sellers_store s ON s.id = o.store_id
WHERE d.seller_id = %(seller)s AND d.kind = 'ship_by' AND d.outcome = 'met'
    AND d.stopped_at >= %(start)s AND d.stopped_at < %(end)s
GROUP BY 2, 3
UNION ALL
SELECT 'cancellation', s.marketplace, (o.cancelled_at AT TIME ZONE %(zone)s)::date, count(*),
    count(*)
FROM orders_order o JOIN sellers_store s ON s.id = o.store_id
WHERE o.seller_id = %(seller)s AND o.stage = 'cancelled'
    AND o.cancelled_at >= %(start)s AND o.cancelled_at < %(end)s
GROUP BY 2, 3
UNION ALL
SELECT 'valid_tracking', s.marketplace, ((p.declared_at + %(within)s) AT TIME ZONE %(zone)s)::date,
    count(DISTINCT p.id) FILTER (
        WHERE p.first_scan_at IS NULL OR p.first_scan_at > p.declared_at + %(within)s),
    count(DISTINCT p.id)
FROM logistics_shipment p JOIN logistics_shipmentline c ON c.shipment_id = p.id
JOIN orders_order o ON o.id = c.order_id JOIN sellers_store s ON s.id = o.store_id
WHERE p.seller_id = %(seller)s AND p.state = 'declared'
    AND p.declared_at >= %(start)s - %(within)s AND p.declared_at < %(end)s - %(within)s
GROUP BY 2, 3
"""


def rate_days(
    seller: Seller, first: date, last: date, now: datetime
) -> dict[str, dict[str, list[Day]]]:
    """Marketplace → rate → (bad, all) of each day from ``first`` to ``last``, in the seller's zone.
    One query.

    Late shipment and cancellation are counted as in the scorecard. A parcel counts on the day on
    which the time for its first scan was over; bad is the one that had none until then.
    """
    zone = ZoneInfo(seller.time_zone)
    days = (last - first).days + 1
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    params: dict[str, Any] = {
        "seller": seller.pk,
        "zone": seller.time_zone,
        "start": datetime.combine(first, time(), zone),
        "end": min(end, now),
        "within": FIRST_SCAN_WITHIN,
    }
    found: dict[str, dict[str, list[Day]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_RATE_DAYS, params)
        for kind, marketplace, day, bad, total in cursor.fetchall():
            kinds = found.setdefault(marketplace, {k.value: [(0, 0)] * days for k in RateKind})
            at = (day - first).days
            if 0 <= at < days:
                kinds[kind][at] = (bad, total)
    for kinds in found.values():
        # Decided are those that were cancelled and those that left.
        kinds[RateKind.CANCELLATION] = [
            (cancelled, cancelled + left)
            for (cancelled, _), (_, left) in zip(
                kinds[RateKind.CANCELLATION], kinds[RateKind.LATE_SHIPMENT], strict=True
            )
        ]
    return found
