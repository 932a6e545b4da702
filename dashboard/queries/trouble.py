"""What is not as it should be: one figure for each kind, with its oldest case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Value

from core.models import OutboxMessage, OutboxState
from logistics.queries import shipments_for, tab_q
from marketplaces.models import ImportRun
from orders.models import Order
from orders.queries import orders_for
from orders.queries.lists import PROBLEMS
from orders.queries.shortages import unmapped_codes
from sellers.models import JobState, Seller
from stock.models import LowStock

#: Imports are mentioned for so long.
IMPORTS_WITHIN = timedelta(days=7)
#: A parcel without a scan is nothing to mention before this.
QUIET_SCAN = timedelta(days=1)

#: Tab of the list of parcels → the time stamp that says since when.
_PARCELS = {
    "unnumbered": "handed_over_at",
    "unscanned": "declared_at",
    "problem": "last_event_at",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """``count`` cases of one kind; ``since`` is the time of the oldest, ``ref`` the primary key of
    the only one, where it has a page."""

    kind: str
    count: int
    since: datetime | None
    ref: int | None = None


def troubles(seller: Seller, now: datetime) -> list[Trouble]:
    """Every kind that has a case. Seven queries."""
    return [trouble for trouble in _all(seller, now) if trouble.count]


def _all(seller: Seller, now: datetime) -> Iterator[Trouble]:
    held = Order.objects.filter(seller=seller, on_hold=True).aggregate(
        n=Count("pk", distinct=True),
        since=Min("holds__held_at", filter=Q(holds__released_at__isnull=True)),
    )
    yield Trouble("hold", held["n"], held["since"])
    problems = orders_for(seller).filter(PROBLEMS).aggregate(n=Count("pk"), since=Min("created_at"))
    yield Trouble("problem", problems["n"], problems["since"])
    codes = unmapped_codes(seller)
    yield Trouble("unmapped", len(codes), None)
    low = LowStock.objects.filter(seller=seller).aggregate(n=Count("pk"), since=Min("since"))
    yield Trouble("low_stock", low["n"], low["since"])
    yield from _parcels(seller, now)
    stuck = OutboxMessage.objects.filter(
        seller_id=seller.pk, state__in=[OutboxState.REJECTED, OutboxState.UNKNOWN]
    ).aggregate(n=Count("pk"), since=Min("created_at"))
    yield Trouble("outbox", stuck["n"], stuck["since"])
    runs = list(
        ImportRun.objects.filter(seller=seller, created_at__gte=now - IMPORTS_WITHIN)
        .filter(Q(job__state=JobState.FAILED) | Q(job__counts__rejected__gt=0))
        .order_by("-pk")
        .values_list("pk", "created_at")[:50]
    )
    if runs:
        yield Trouble("import", len(runs), runs[-1][1], runs[0][0] if len(runs) == 1 else None)


def _parcels(seller: Seller, now: datetime) -> Iterator[Trouble]:
    first, *others = (
        shipments_for(seller)
        .filter(tab_q(tab, now))
        .order_by()
        .values(tab=Value(tab))
        .annotate(n=Count("pk"), since=Min(stamp))
        for tab, stamp in _PARCELS.items()
    )
    found = {row["tab"]: (row["n"], row["since"]) for row in first.union(*others, all=True)}
    for tab in _PARCELS:
        n, since = found.get(tab, (0, None))
        if tab == "unscanned" and since is not None and now - since < QUIET_SCAN:
            continue
        yield Trouble("parcel_problem" if tab == "problem" else tab, n, since)
