"""Figures over all apps: the scorecard of a period, and what Today shows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, F, IntegerField, Q
from django.db.models.functions import Cast, Extract, Floor
from django.utils import timezone

from orders.models import Deadline, DeadlineKind, Order, OrderEvent
from orders.queries import Counts, MoneyAtRisk, list_counts, money_at_risk, stage_counts
from orders.states import Stage
from sellers.models import Seller

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


@dataclass(frozen=True, slots=True)
class Today:
    """What the first page shows. ``money`` is empty for people who may not see amounts."""

    counts: Counts
    money: list[MoneyAtRisk]
    late_shipment_rate: Rate
    events: list[OrderEvent]


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


def today(
    seller: Seller, now: datetime | None = None, *, money: bool = True, events: int = 20
) -> Today:
    """The figures of the first page, in a constant number of queries.

    The rate is that of the last 30 days.
    """
    now = now or timezone.now()
    return Today(
        counts=list_counts(seller, now),
        money=money_at_risk(seller, now) if money else [],
        late_shipment_rate=late_shipment_rate(seller, now - RATE_WINDOW, now),
        events=list(
            OrderEvent.objects.filter(seller=seller)
            .select_related("order")
            .order_by("-xid", "-pk")[:events]
        ),
    )


#: The bars of the first page: so many, so many hours each.
BARS, BAR_HOURS = 12, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """Orders whose ship-by clock runs out between two times."""

    start: datetime
    end: datetime
    count: int


def due_ahead(seller: Seller, now: datetime) -> list[Bar]:
    """How many open orders fall due in each of the next bars. One query over the running clocks."""
    # Bars begin at full hours of the shop, so that the end of a day stays in one bar.
    local = now.astimezone(ZoneInfo(seller.time_zone)).replace(minute=0, second=0, microsecond=0)
    start = local - timedelta(hours=local.hour % BAR_HOURS)
    step = timedelta(hours=BAR_HOURS)
    seconds = Extract("ship_by", "epoch", tzinfo=UTC) - start.timestamp()
    counts = dict(
        Order.objects.filter(
            seller=seller, clock_open=True, ship_by__gte=now, ship_by__lt=start + BARS * step
        )
        .order_by()
        .values_list(Cast(Floor(seconds / step.total_seconds()), IntegerField()))
        .annotate(n=Count("pk"))
    )
    return [Bar(start + i * step, start + (i + 1) * step, counts.get(i, 0)) for i in range(BARS)]


def most_urgent(seller: Seller, limit: int = 8) -> list[Order]:
    """The orders whose clock runs out first, with their stores."""
    rows = Order.objects.filter(seller=seller, clock_open=True).select_related("store")
    return list(rows.order_by("ship_by", "pk")[:limit])
