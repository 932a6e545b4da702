"""Clocks of orders as rows: how they are made, stopped and computed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import orjson
from django.db import connection, transaction
from django.db.models import F, Max, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.actor import Actor
from core.locks import retry_on_deadlock
from core.sql import update_unnest
from orders import events
from orders.clock import Step, given_deadline
from orders.models import (
    Deadline,
    DeadlineKind,
    Order,
    OrderLine,
    Penalty,
    PenaltyRule,
    StopOn,
)
from orders.store_clock import NO_FINE, FineAhead, StoreClock, clocks_for, fine_ahead
from sellers.models import Seller, Store

CHUNK = 2_000


# --- the rows of a new order --------------------------------------------------------------------


class DeadlineRow(NamedTuple):
    """A row of ``orders_deadline`` before it is written; the fields are the columns."""

    seller_id: int
    order_id: int
    kind: str
    due_at: datetime
    warn_at: datetime
    stop_on: str
    outcome: str
    stopped_at: datetime | None
    warned: bool
    overdue: bool
    given_at: datetime | None
    computed_at: datetime | None
    provisional: bool
    steps: str
    fine_at: datetime | None
    fine_next: Decimal
    fine_total: Decimal


_ZERO = Decimal(0)


def _steps_json(steps: Sequence[Step]) -> str:
    return orjson.dumps(steps).decode()


def new_deadlines(
    clock: StoreClock,
    *,
    order_id: int,
    paid_at: datetime,
    handling_days: int,
    rule: PenaltyRule | None,
    goods: Decimal,
    currency: str,
    given: datetime | None,
    deliver_by: datetime | None,
    now: datetime,
    shipped_at: datetime | None = None,
    delivered_at: datetime | None = None,
    cancelled_at: datetime | None = None,
) -> list[DeadlineRow]:
    """The clocks of a new order; ship-by comes first.

    A given ship-by wins over the computed one, and both are kept. An order that arrives shipped or
    cancelled has its ship-by stopped at that time, and no clock for accepting; what it crossed in
    the past is flagged as told, so that the sweep tells nobody about history. Fines are not
    foreseen for it either.
    """
    seller_id = clock.store.seller_id
    computed = clock.ship_by(paid_at, handling_days)
    told = given_deadline(given, computed) if given else computed
    due = told.due_at
    warn = due - clock.warn_before
    stopped = shipped_at or cancelled_at
    fine = NO_FINE
    if stopped is None and rule is not None:
        fine = fine_ahead(clock, rule, due=due, goods=goods, currency=currency)
    rows = [
        DeadlineRow(
            seller_id,
            order_id,
            "ship_by",
            due,
            warn,
            rule.criterion if rule else "uploaded",
            "met" if shipped_at else "void" if stopped else "open",
            stopped,
            stopped is not None and stopped > warn,
            stopped is not None and stopped > due,
            given,
            computed.due_at,
            told.provisional,
            _steps_json(told.steps),
            fine.at,
            fine.next,
            fine.total,
        )
    ]
    if stopped is None:
        within = clock.accept_within
        accept = paid_at + within
        rows.append(_plain(seller_id, order_id, "accept", accept, accept - within / 3))
    if deliver_by is not None:
        row = _plain(seller_id, order_id, "deliver_by", deliver_by, deliver_by - clock.warn_before)
        end = delivered_at or cancelled_at
        if stopped is not None:
            seen = end or now
            row = row._replace(
                outcome="met" if delivered_at else "void" if end else "open",
                stopped_at=end,
                warned=seen > row.warn_at,
                overdue=seen > row.due_at,
            )
        rows.append(row._replace(given_at=deliver_by))
    return rows


def _plain(seller_id: int, order_id: int, kind: str, due: datetime, warn: datetime) -> DeadlineRow:
    return DeadlineRow(
        *(seller_id, order_id, kind, due, warn, "", "open", None, False, False),
        *(None, None, False, "[]", None, _ZERO, _ZERO),
    )


_STOP = """
WITH stopped AS (
    UPDATE orders_deadline d SET outcome = %(outcome)s, stopped_at = v.at
    FROM unnest(%(orders)s::bigint[], %(times)s::timestamptz[]) AS v(order_id, at)
    WHERE d.order_id = v.order_id AND d.outcome = 'open'
      AND (d.kind = ANY(%(kinds)s) OR (d.kind = 'ship_by' AND d.stop_on = %(criterion)s))
    RETURNING d.order_id, d.kind
)
UPDATE orders_order o SET clock_open = false
FROM stopped s WHERE s.kind = 'ship_by' AND o.id = s.order_id AND o.clock_open
RETURNING o.id
"""


def stop_clocks(
    *,
    orders: Sequence[int],
    at: datetime | Sequence[datetime],
    kinds: Sequence[DeadlineKind] = (),
    criterion: StopOn | None = None,
    outcome: str = Deadline.Outcome.MET,
) -> list[int]:
    """Stop running clocks of orders with one statement.

    Stops the clocks of ``kinds``, and ship-by clocks whose rule book says that ``criterion`` stops
    them. ``at`` is when they stopped: one time, or one per order (a scan has its own). ``outcome``
    is ``met`` or ``void``. A clock that has stopped is left alone, so repeating changes nothing.
    The orders are locked by the caller. Returns the orders whose ship-by clock this stopped.
    """
    if not orders:
        return []
    times = [at] * len(orders) if isinstance(at, datetime) else list(at)
    if len(times) != len(orders):
        raise ValueError("one time per order is needed")
    with connection.cursor() as cursor:
        cursor.execute(
            _STOP,
            {
                "orders": list(orders),
                "times": times,
                "kinds": [str(kind) for kind in kinds],
                "criterion": str(criterion) if criterion else "",
                "outcome": str(outcome),
            },
        )
        return [row[0] for row in cursor.fetchall()]


# --- computing again ------------------------------------------------------------------------------


class Shift(NamedTuple):
    """A deadline that moved."""

    seller_id: int
    before: datetime
    after: datetime


def recompute_fines(orders: Sequence[int]) -> int:
    """Compute the fines ahead again after the goods value of orders changed.

    Steps that are booked stay booked. The orders are locked by the caller. A constant number of
    statements. Returns how many deadlines changed.
    """
    found = _Found.load(orders) if orders else None
    if found is None:
        return 0
    changed = []
    for row in found.deadlines:
        fine = found.fine(row, row.due_at)
        if (fine.at, fine.next, fine.total) != (row.fine_at, row.fine_next, row.fine_total):
            changed.append((row.pk, *fine))
    return update_unnest(
        Deadline._meta.db_table,
        ("id", "bigint"),
        [("fine_at", "timestamptz"), ("fine_next", "numeric"), ("fine_total", "numeric")],
        changed,
    )


def recompute_deadlines(orders: Sequence[int], *, now: datetime | None = None) -> dict[int, Shift]:
    """Compute running ship-by clocks again, by today's settings of store, SKUs and calendar.

    A given deadline keeps winning. What moves into the future is warned of and flagged again when
    its time comes; booked fines stay. The orders are locked by the caller. A constant number of
    statements. Returns the orders whose deadline moved.
    """
    found = _Found.load(orders) if orders else None
    if found is None:
        return {}
    now = now or timezone.now()
    moved: dict[int, Shift] = {}
    rows: list[tuple[object, ...]] = []
    order_rows: list[tuple[object, ...]] = []
    for row in found.deadlines:
        order = row.order
        clock = found.clocks[order.store_id]
        days = found.handling.get(order.pk) or clock.store.handling_days
        computed = clock.ship_by(order.paid_at, days)
        told = given_deadline(row.given_at, computed) if row.given_at else computed
        due = told.due_at
        warn = due - clock.warn_before
        fine = found.fine(row, due)
        before = (row.due_at, row.warn_at, row.computed_at, row.provisional, list(row.steps))
        after = (due, warn, computed.due_at, told.provisional, list(told.steps))
        if before != after or (fine.at, fine.next, fine.total) != (
            *(row.fine_at, row.fine_next, row.fine_total),
        ):
            rows.append(
                (
                    row.pk,
                    *after[:4],
                    _steps_json(after[4]),
                    row.warned and warn <= now,
                    row.overdue and due <= now,
                    *fine,
                )
            )
        if due != order.ship_by or days != order.handling_days:
            order_rows.append((order.pk, due, days, now))
        if due != row.due_at:
            moved[order.pk] = Shift(order.seller_id, row.due_at, due)
    update_unnest(Deadline._meta.db_table, ("id", "bigint"), _RECOMPUTED, rows)
    update_unnest(
        Order._meta.db_table,
        ("id", "bigint"),
        [("ship_by", "timestamptz"), ("handling_days", "int"), ("updated_at", "timestamptz")],
        order_rows,
        also="version = t.version + 1",
    )
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT, {"orders": [row.order_id for row in found.deadlines], "now": now})
    return moved


@retry_on_deadlock
def recompute_open_deadlines(*, seller: Seller, actor: Actor) -> int:
    """Compute the running clocks of a seller again, after closures, official years or the settings
    of a store changed. Orders whose deadline moved get an event ``updated`` with both times.

    Works in transactions of 2,000 orders, so that actions on them wait for moments only; running it
    again changes nothing. Returns how many deadlines moved.
    """
    total, last = 0, 0
    while True:
        now = timezone.now()
        with transaction.atomic():
            orders = list(
                Order.objects.filter(seller=seller, clock_open=True, pk__gt=last)
                .order_by("pk")
                .select_for_update(of=("self",), no_key=True)
                .values_list("pk", flat=True)[:CHUNK]
            )
            moved = recompute_deadlines(orders, now=now)
            events.record(
                "updated",
                rows=[(shift.seller_id, pk) for pk, shift in moved.items()],
                actor=actor,
                at=now,
                data=[
                    {"fields": ["ship_by"], "from": shift.before, "to": shift.after}
                    for shift in moved.values()
                ],
            )
        total += len(moved)
        if len(orders) < CHUNK:
            return total
        last = orders[-1]


_RECOMPUTED = [
    ("due_at", "timestamptz"),
    ("warn_at", "timestamptz"),
    ("computed_at", "timestamptz"),
    ("provisional", "boolean"),
    ("steps", "jsonb"),
    ("warned", "boolean"),
    ("overdue", "boolean"),
    ("fine_at", "timestamptz"),
    ("fine_next", "numeric"),
    ("fine_total", "numeric"),
]

_ACCEPT = """
UPDATE orders_deadline d SET due_at = n.due, warn_at = n.warn,
    warned = d.warned AND n.warn <= %(now)s, overdue = d.overdue AND n.due <= %(now)s
FROM (
    SELECT o.id, o.paid_at + s.accept_hours * interval '1 hour' AS due,
        o.paid_at + s.accept_hours * interval '40 minutes' AS warn
    FROM orders_order o JOIN sellers_store s ON s.id = o.store_id
    WHERE o.id = ANY(%(orders)s)
) n
WHERE d.order_id = n.id AND d.kind = 'accept' AND d.outcome = 'open'
    AND (d.due_at, d.warn_at) <> (n.due, n.warn)
"""


@dataclass(slots=True)
class _Found:
    """Running ship-by clocks with all that is needed to compute them again."""

    deadlines: list[Deadline]
    clocks: dict[int, StoreClock]
    rules: dict[int, PenaltyRule]
    goods: dict[int, Decimal]
    handling: dict[int, int]
    booked: dict[int, set[int]]

    @classmethod
    def load(cls, orders: Sequence[int]) -> "_Found | None":
        deadlines = list(
            Deadline.objects.filter(
                order__in=list(orders), kind=DeadlineKind.SHIP_BY, outcome=Deadline.Outcome.OPEN
            ).select_related("order")
        )
        if not deadlines:
            return None
        ids = [row.order_id for row in deadlines]
        stores = Store.objects.filter(pk__in={row.order.store_id for row in deadlines})
        goods: dict[int, Decimal] = {}
        handling: dict[int, int] = {}
        for order, amount, days in (
            OrderLine.objects.filter(order__in=ids)
            .order_by()
            .values_list("order")
            .annotate(
                value=Sum((F("quantity") - F("cancelled")) * F("unit_price")),
                days=Max(
                    Coalesce("sku__handling_days", "order__store__handling_days"),
                    filter=Q(quantity__gt=F("cancelled")),
                ),
            )
        ):
            goods[order], handling[order] = amount, days
        booked: dict[int, set[int]] = {}
        for order, step in Penalty.objects.filter(order__in=ids, kind="fine").values_list(
            "order", "step"
        ):
            booked.setdefault(order, set()).add(step)
        rules = PenaltyRule.objects.filter(
            pk__in={row.order.rule_id for row in deadlines}
        ).prefetch_related("steps")
        return cls(
            deadlines,
            clocks_for(stores),
            {rule.pk: rule for rule in rules},
            goods,
            handling,
            booked,
        )

    def fine(self, row: Deadline, due: datetime) -> FineAhead:
        order = row.order
        rule = self.rules.get(order.rule_id) if order.rule_id else None
        if rule is None:
            return NO_FINE
        return fine_ahead(
            self.clocks[order.store_id],
            rule,
            due=due,
            goods=self.goods[order.pk],
            currency=order.currency,
            booked=self.booked.get(order.pk, ()),
        )
