"""What the first page counts, read together and kept for a short while.

Counting all open orders costs in proportion to them, and the page is asked for every few seconds by
everybody who works. So one reading serves all people of a shop: for as long as nothing happens to
its orders (their newest event is the same), and at most ``FRESH``. A shop with very many open
orders may be shown figures that old even while things happen; whoever acts is shown the new ones.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection

from dashboard.budget import Day
from dashboard.queries.heat import Heat, heat
from dashboard.queries.rates import rate_days
from dashboard.queries.trouble import Trouble, troubles
from orders.queries import Counts, MoneyAtRisk, list_counts, money_at_risk, newest_event
from orders.queries.shortages import Shortage, shortages
from orders.states import OPEN
from sellers.models import Seller

FRESH = timedelta(seconds=30)
#: More open orders than this, and a change alone does not make the page count again.
MANY = 5_000
#: Days of rates: the longest window of a limit, and the days of the sparkline before it.
RATE_DAYS, SPARK_DAYS = 90, 14

_STAGES = """
SELECT o.stage, count(*), count(*) FILTER (WHERE NOT o.on_hold),
    count(*) FILTER (WHERE o.clock_open AND o.ship_by <= %(now)s),
    min(e.entered), percentile_disc(0.5) WITHIN GROUP (ORDER BY e.entered),
    min(o.ship_by) FILTER (WHERE NOT o.on_hold)
FROM orders_order o CROSS JOIN LATERAL (SELECT CASE o.stage WHEN 'new' THEN o.created_at
    WHEN 'accepted' THEN o.accepted_at WHEN 'stocked' THEN o.stocked_at
    WHEN 'packed' THEN o.packed_at WHEN 'shipped' THEN o.shipped_at END AS entered) e
WHERE o.seller_id = %(seller)s AND o.stage = ANY(%(stages)s)
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class StageFigures:
    """The orders of one stage: ``ready`` are not on hold, the first of those is due at ``due``.
    ``oldest`` and ``median`` are when they came into the stage."""

    count: int = 0
    ready: int = 0
    late: int = 0
    oldest: datetime | None = None
    median: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """All that Today counts. Nothing in it is in any language, and nothing hides amounts: the page
    shows each reader what the role allows."""

    at: datetime
    event: int | None
    counts: Counts
    stages: dict[str, StageFigures]
    money: list[MoneyAtRisk]
    heat: Heat
    troubles: list[Trouble]
    shortages: list[Shortage]
    rates: dict[str, dict[str, list[Day]]]
    rates_first: date


def read_figures(seller: Seller, now: datetime) -> Figures:
    """Read them all, in a constant number of queries."""
    today = now.astimezone(ZoneInfo(seller.time_zone)).date()
    first = today - timedelta(days=RATE_DAYS + SPARK_DAYS - 1)
    short = shortages(seller)
    return Figures(
        at=now,
        event=newest_event(seller),
        counts=list_counts(seller, now),
        stages=_stages(seller, now),
        money=money_at_risk(seller, now),
        heat=heat(seller, now),
        troubles=troubles(seller, now),
        shortages=short,
        rates=rate_days(seller, first, today, now),
        rates_first=first,
    )


def kept_figures(seller: Seller, now: datetime, *, again: bool = False) -> Figures:
    """The figures, read anew when they have to be; ``again`` reads them in any case."""
    key = f"figures:{seller.pk}:{seller.created_at.timestamp()}"
    kept: Figures | None = None if again else cache.get(key)
    if kept is not None and abs(now - kept.at) < FRESH:
        many = sum(kept.counts.stages[stage] for stage in OPEN) > MANY
        if many or kept.event == newest_event(seller):
            return kept
    found = read_figures(seller, now)
    cache.set(key, found, timeout=FRESH.total_seconds())
    return found


def _stages(seller: Seller, now: datetime) -> dict[str, StageFigures]:
    params: dict[str, Any] = {
        "seller": seller.pk,
        "now": now,
        "stages": [stage.value for stage in OPEN],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STAGES, params)
        found = {stage: StageFigures(*row) for stage, *row in cursor.fetchall()}
    return {stage.value: found.get(stage.value, StageFigures()) for stage in OPEN}
