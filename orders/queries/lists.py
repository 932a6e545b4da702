"""Lists of orders, and the counts on their tabs: the same conditions, so that they agree."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from orders.models import Deadline, DeadlineKind, Order, OrderEvent, Penalty, StageCount
from orders.states import OPEN, Stage
from sellers.models import Seller, Store

#: Sort key → (column, descending), each with an index led by the seller.
SORTS: dict[str, tuple[str, bool]] = {
    "ship_by": ("ship_by", False),
    "-ship_by": ("ship_by", True),
    "placed_at": ("placed_at", False),
    "-placed_at": ("placed_at", True),
    "updated_at": ("updated_at", False),
    "-updated_at": ("updated_at", True),
}

#: What a list can be narrowed to by its ship-by clock. Only clocks that run count.
DEADLINES: dict[str, Text] = {
    "on_time": _("On time"),
    "due_soon": _("Due soon"),
    "overdue": _("Overdue"),
    "due_today": _("Due today"),
    "at_risk": _("Overdue or due soon"),
    "fined": _("Fined and still open"),
    "fine_soon": _("Fined within 24 hours"),
    "running": _("Clock running"),
}

#: How far ahead the next step of a fine counts as at risk now.
NEXT_WITHIN = timedelta(hours=24)

#: Stages that the list of problems looks at: later nobody can mend them.
PROBLEMS = ~Q(problems=[]) & Q(stage__in=OPEN)

#: Orders of one buyer with the same goods within this time look like one order placed twice.
TWICE_WITHIN = timedelta(hours=24)

# Neighbours in time within a window instead of a join of orders with each other: the time it takes
# follows the number of orders, also when all go to one address, and does not hang on statistics,
# which PostgreSQL does not have yet of orders that just came in.
_DUPLICATES = """
WITH near AS (
    SELECT id, ship_to_key, placed_at, (
        SELECT array_agg(sku || ' ' || units ORDER BY sku) FROM (
            SELECT coalesce('#' || sku_id, sku_code) AS sku, sum(quantity - cancelled) AS units
            FROM orders_orderline WHERE order_id = o.id GROUP BY 1
        ) AS lines
    ) AS goods
    FROM orders_order o
    WHERE seller_id = %(seller)s AND stage IN ('new', 'accepted', 'stocked', 'packed', 'shipped')
        AND ship_to_key = ANY (ARRAY(
            SELECT ship_to_key FROM orders_order
            WHERE seller_id = %(seller)s AND id = ANY (%(orders)s)
                AND (buyer_name <> '' OR buyer_ref <> '')
        ))
), around AS (
    SELECT id, placed_at, array_agg(id) OVER w AS ids, array_agg(placed_at) OVER w AS times
    FROM near
    WINDOW w AS (
        PARTITION BY ship_to_key, goods ORDER BY placed_at, id
        ROWS BETWEEN %(most)s PRECEDING AND %(most)s FOLLOWING EXCLUDE CURRENT ROW
    )
)
SELECT id, twins FROM around CROSS JOIN LATERAL (
    SELECT array_agg(twin ORDER BY twin) AS twins FROM (
        SELECT twin FROM unnest(ids, times) AS other (twin, at)
        WHERE at BETWEEN placed_at - %(within)s::interval AND placed_at + %(within)s::interval
        ORDER BY abs(extract(epoch FROM at - placed_at)), twin LIMIT %(most)s
    ) AS nearest
) AS found
WHERE id = ANY (%(orders)s) AND twins IS NOT NULL
"""
#: How many orders that look like it are told of an order.
_MOST_TWINS = 10


#: The conditions are those of ``deadline_q`` and ``PROBLEMS``; a test holds them together. Written
#: out, since this is on every page of orders and each branch must read its partial index.
_COUNTS = """
SELECT 'overdue' AS name, count(*) FROM orders_order
    WHERE seller_id = %(seller)s AND clock_open AND ship_by <= %(now)s
UNION ALL SELECT 'due_today', count(*) FROM orders_order
    WHERE seller_id = %(seller)s AND clock_open AND ship_by >= %(start)s AND ship_by < %(end)s
UNION ALL SELECT 'due_soon', coalesce(sum(found.n), 0) FROM sellers_store s
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM orders_order o
        WHERE o.seller_id = %(seller)s AND o.clock_open AND o.store_id = s.id
            AND o.ship_by > %(now)s AND o.ship_by <= %(now)s + s.warn_hours * interval '1 hour'
    ) AS found
    WHERE s.seller_id = %(seller)s
UNION ALL SELECT 'on_hold', count(*) FROM orders_order
    WHERE seller_id = %(seller)s AND on_hold
UNION ALL SELECT 'problems', count(*) FROM orders_order
    WHERE seller_id = %(seller)s AND NOT (problems = '{}'::varchar(40)[])
        AND stage IN ('new', 'accepted', 'stocked', 'packed', 'shipped')
UNION ALL SELECT stage, sum(n) FROM orders_stagecount WHERE seller_id = %(seller)s GROUP BY stage
"""


_STOPPED_LATE = """
SELECT order_id FROM orders_deadline
WHERE order_id = ANY (%s) AND kind = 'ship_by' AND outcome = 'met' AND stopped_at > due_at
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers on the tabs of the list of orders."""

    stages: dict[str, int]
    due_today: int
    due_soon: int
    overdue: int
    on_hold: int
    problems: int


def orders_for(seller: Seller) -> QuerySet[Order]:
    """All orders of a seller."""
    return Order.objects.filter(seller=seller)


def deadline_q(
    name: str,
    seller: Seller,
    now: datetime,
    prefix: str = "",
    stores: Iterable[Store] | None = None,
) -> Q:
    """The condition of a name of ``DEADLINES``, for orders or, with ``prefix``, what has one.

    ``stores`` are the seller's, when they are at hand.

    From rows and the clock, never from flags: an order is overdue from the moment its ship-by
    passes. *Due soon* begins as many hours before as its store says. ``at_risk`` is both.
    ``fined``: overdue, with entries in the ledger; ``fine_soon``: a step of the rule book is
    reached within a day.
    """
    running = Q(**{f"{prefix}clock_open": True})

    def between(start: datetime | None, end: datetime | None) -> Q:
        q = running
        if start:
            q &= Q(**{f"{prefix}ship_by__gt": start})
        return q & Q(**{f"{prefix}ship_by__lte": end}) if end else q

    if name == "running":
        return running
    if name == "overdue":
        return between(None, now)
    if name == "fined":
        return between(None, now) & Q(_has(Penalty.objects.filter(seller=seller), prefix))
    if name == "fine_soon":
        # A step lies after the deadline, so the range of the deadline bounds what is looked at.
        soon = now + NEXT_WITHIN
        steps = Deadline.objects.filter(kind=DeadlineKind.SHIP_BY, fine_at__lte=soon)
        return between(None, soon) & Q(_has(steps, prefix))
    if name == "due_today":
        start, end = day_of(seller, now)
        return between(start - _TICK, end - _TICK)
    hours = _warn_hours(seller, stores)
    last = max(hours)
    if name == "at_risk":
        q = between(None, now + timedelta(hours=last))
        return q if len(hours) == 1 else q & _by_store(hours, now, prefix, soon=True)
    if name == "due_soon":
        # The outer range is what the index serves; stores that warn later narrow it.
        q = between(now, now + timedelta(hours=last))
        return q if len(hours) == 1 else q & _by_store(hours, now, prefix, soon=True)
    if len(hours) == 1:
        return between(now + timedelta(hours=last), None)
    return between(now, None) & _by_store(hours, now, prefix, soon=False)


_TICK = timedelta(microseconds=1)


def _has(rows: QuerySet[Any], prefix: str) -> Exists:
    return Exists(rows.filter(order=OuterRef(f"{prefix}pk")))


def _warn_hours(seller: Seller, stores: Iterable[Store] | None) -> dict[int, list[int]]:
    """Hours of warning → the stores that have them."""
    hours: dict[int, list[int]] = defaultdict(list)
    for store in seller.stores.order_by("pk") if stores is None else stores:
        hours[store.warn_hours].append(store.pk)
    return hours or {0: []}


def _by_store(hours: dict[int, list[int]], now: datetime, prefix: str, *, soon: bool) -> Q:
    compare = "lte" if soon else "gt"
    return reduce(
        or_,
        (
            Q(
                **{
                    f"{prefix}store__in": stores,
                    f"{prefix}ship_by__{compare}": now + timedelta(hours=warn),
                }
            )
            for warn, stores in hours.items()
        ),
    )


def deadline_state(order: Order, now: datetime | None = None) -> str:
    """``on_time``, ``due_soon`` or ``overdue`` of one order, its store given with it.

    A clock that has stopped was either on time or late, by the deadline row's ``stopped_at`` when
    the deadlines are there, else by the order's last time stamp.
    """
    now = now or timezone.now()
    if order.clock_open:
        return running_state(order.ship_by, order.store.warn_hours, now)
    if order.stage == Stage.CANCELLED:
        return "on_time"
    for clock in order.deadlines.all():
        if clock.kind == "ship_by" and clock.outcome == "met" and clock.stopped_at:
            return "overdue" if clock.stopped_at > clock.due_at else "on_time"
    return "on_time"


def running_state(ship_by: datetime, warn_hours: int, now: datetime) -> str:
    """``on_time``, ``due_soon`` or ``overdue`` of a clock that runs."""
    if ship_by <= now:
        return "overdue"
    return "due_soon" if ship_by - timedelta(hours=warn_hours) <= now else "on_time"


def stopped_late(orders: Iterable[int]) -> set[int]:
    """Those of these orders whose ship-by clock stopped after it was due. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STOPPED_LATE, [list(orders)])
        return {pk for (pk,) in cursor.fetchall()}


def day_of(seller: Seller, now: datetime) -> tuple[datetime, datetime]:
    """When today began for a seller and when tomorrow does, in the seller's time zone."""
    zone = ZoneInfo(seller.time_zone)
    today = now.astimezone(zone).date()
    start = datetime(today.year, today.month, today.day, tzinfo=zone)
    tomorrow = today + timedelta(days=1)
    return start, datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)


def stage_counts(seller: Seller) -> dict[str, int]:
    """How many orders are in each stage, from the kept counts; every stage is there. One query."""
    found = dict(
        StageCount.objects.filter(seller_id=seller.pk)
        .values_list("stage")
        .annotate(total=Sum("n"))
        .order_by()
    )
    return {stage.value: int(found.get(stage.value, 0)) for stage in Stage}


def list_counts(seller: Seller, now: datetime | None = None) -> Counts:
    """All counts on the tabs, in one query; each is that of the list it stands on."""
    now = now or timezone.now()
    start, end = day_of(seller, now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"seller": seller.pk, "now": now, "start": start, "end": end})
        found: dict[str, int] = {name: int(n) for name, n in cursor.fetchall()}
    return Counts(
        stages={stage.value: found.get(stage.value, 0) for stage in Stage},
        **{
            name: found[name]
            for name in ("due_today", "due_soon", "overdue", "on_hold", "problems")
        },
    )


#: A shop with more orders than this is counted again only when something has happened to one of
#: them, or after so many seconds, in which clocks may have crossed a line.
_MANY, _COUNTED_FOR = 5_000, 10
_NEWEST = "SELECT id FROM orders_orderevent WHERE seller_id = %s ORDER BY xid DESC, id DESC LIMIT 1"


def newest_event(seller: Seller) -> int | None:
    """The last thing that happened to an order of the seller. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [seller.pk])
        row = cursor.fetchone()
    return row[0] if row else None


def latest_events(seller: Seller, limit: int) -> list[OrderEvent]:
    """What happened last to orders of the seller, newest first, each with its order's number. One
    query."""
    rows = OrderEvent.objects.filter(seller=seller).select_related("order")
    shown = ("kind", "at", "data", "xid", "actor_kind", "actor_name", "order__number")
    return list(rows.only(*shown).order_by("-xid", "-pk")[:limit])


def kept_counts(seller: Seller, now: datetime) -> Counts:
    """``list_counts`` for a page that is asked for again and again."""
    key = f"counts:{seller.pk}:{seller.created_at.timestamp()}:{newest_event(seller)}"
    kept: Counts | None = cache.get(key)
    if kept is None:
        kept = list_counts(seller, now)
        if sum(kept.stages.values()) > _MANY:
            cache.set(key, kept, timeout=_COUNTED_FOR)
    return kept


#: Among how many of the orders that are due last tags are looked for.
_TAGGED = 500


def tags_of(seller: Seller) -> list[str]:
    """The tags in use, sorted: those on the tagged orders that are due last. One query."""
    rows = orders_for(seller).exclude(tags=[]).order_by("-ship_by", "-pk")
    return sorted({tag for tags in rows.values_list("tags", flat=True)[:_TAGGED] for tag in tags})


def ship_together(order: Order) -> QuerySet[Order]:
    """Other open orders of the same buyer to the same address: they could leave in one parcel."""
    if order.stage not in OPEN:
        return Order.objects.none()
    return Order.objects.filter(
        seller=order.seller_id, ship_to_key=order.ship_to_key, stage__in=OPEN
    ).exclude(pk=order.pk)


def duplicates(seller: Seller, orders: Sequence[int] | Iterable[int]) -> dict[int, list[int]]:
    """Which open orders look like the same order placed twice, by order. One query.

    Same buyer and address, the same SKUs in the same quantities, placed within a day of each other.
    At most ten are told of an order, the nearest in time: everything may go to one forwarder's
    address.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _DUPLICATES,
            {
                "seller": seller.pk,
                "orders": list(orders),
                "within": f"{TWICE_WITHIN.total_seconds()} seconds",
                "most": _MOST_TWINS,
            },
        )
        return dict(cursor.fetchall())
