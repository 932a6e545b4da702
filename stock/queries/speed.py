"""How fast goods sell: units that left the house, from the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from sellers.models import Seller

#: The two periods, in days.
SHORT, LONG = 7, 30

# From the index of shipments alone (movement_shipped); as much work as a month has shipments.
_SHIPPED = """
SELECT l.sku_id, sum(m.units) FILTER (WHERE m.recent), sum(m.units) FROM (
    SELECT level_id, at > %(short)s AS recent, -sum(on_hand) AS units
    FROM stock_stockmovement
    WHERE seller_id = %(seller)s AND kind = 'ship' AND at > %(long)s AND at <= %(now)s
    GROUP BY 1, 2
) m JOIN stock_stocklevel l ON l.id = m.level_id
GROUP BY l.sku_id
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """Units that were shipped in the last 7 and 30 days."""

    short: int = 0
    long: int = 0

    @property
    def per_day_short(self) -> float:
        return self.short / SHORT

    @property
    def per_day_long(self) -> float:
        return self.long / LONG

    @property
    def per_day(self) -> float:
        """What to plan with: the faster of the two. Running out costs orders and fines, a few days
        of stock too many only cost money for a few days."""
        return max(self.per_day_short, self.per_day_long)

    def days_of(self, units: int) -> float | None:
        """For how many days so many units last; ``None`` when nothing sells."""
        return max(0, units) / self.per_day if self.long else None


STILL = Speed()


def speeds(
    seller: Seller, skus: Collection[int] | None = None, *, now: datetime | None = None
) -> dict[int, Speed]:
    """The speed of these SKUs, or of all that sell, by SKU. One query."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _SHIPPED,
            {
                "seller": seller.pk,
                "now": now,
                "short": now - timedelta(days=SHORT),
                "long": now - timedelta(days=LONG),
            },
        )
        found = {sku: Speed(int(short or 0), int(long)) for sku, short, long in cursor.fetchall()}
    return found if skus is None else {sku: found[sku] for sku in skus if sku in found}
