"""When open orders fall due: by day and hour of the shop, with its working calendar."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from orders.calendar import DayReason
from orders.store_clock import calendars_for
from sellers.models import Seller

DAYS, HOURS = 7, 2
_CELLS = """
SELECT date_bin(%(width)s, ship_by AT TIME ZONE %(zone)s, TIMESTAMP '2000-01-01'), count(*)
FROM orders_order
WHERE seller_id = %(seller)s AND clock_open AND ship_by >= %(start)s AND ship_by < %(end)s
GROUP BY 1
"""
_OUTSIDE = """
SELECT count(*) FILTER (WHERE ship_by < %(start)s), count(*) FILTER (WHERE ship_by >= %(end)s)
FROM orders_order
WHERE seller_id = %(seller)s AND clock_open AND (ship_by < %(start)s OR ship_by >= %(end)s)
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Orders due from ``start`` to before ``end``."""

    start: datetime
    end: datetime
    count: int


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day of the shop; ``reason`` says why it is worked or not."""

    day: date
    working: bool
    reason: DayReason
    cells: list[Cell]

    @property
    def count(self) -> int:
        return sum(cell.count for cell in self.cells)

    @property
    def start(self) -> datetime:
        return self.cells[0].start

    @property
    def end(self) -> datetime:
        return self.cells[-1].end


@dataclass(frozen=True, slots=True)
class Heat:
    """The days from today on, what was due ``before`` them and is ``after`` them. Orders of a cell
    of today that lies behind us are late."""

    days: list[DueDay]
    before: int
    after: int

    @property
    def highest(self) -> int:
        return max((cell.count for day in self.days for cell in day.cells), default=0)


def heat(seller: Seller, now: datetime) -> Heat:
    """Orders whose ship-by clock runs, by when it runs out. Four queries."""
    zone = ZoneInfo(seller.time_zone)
    today = now.astimezone(zone).date()
    start = datetime.combine(today, time(), zone)
    end = datetime.combine(today + timedelta(days=DAYS), time(), zone)
    params: dict[str, Any] = {
        "seller": seller.pk,
        "zone": seller.time_zone,
        "width": timedelta(hours=HOURS),
        "start": start,
        "end": end,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, params)
        counts = dict(cursor.fetchall())
        cursor.execute(_OUTSIDE, params)
        before, after = cursor.fetchone()
    calendar = calendars_for([seller.pk])[seller.pk]
    days = []
    for n in range(DAYS):
        day = today + timedelta(days=n)
        edges = [datetime.combine(day, time()) + timedelta(hours=h) for h in range(0, 25, HOURS)]
        cells = [
            Cell(left.replace(tzinfo=zone), right.replace(tzinfo=zone), counts.get(left, 0))
            for left, right in pairwise(edges)
        ]
        days.append(DueDay(day, calendar.is_working(day), calendar.reason(day), cells))
    return Heat(days, before, after)
