"""The sweep: what happens to orders because time passes.

Everything is selected by a due time through a partial index that holds only what has not been
handled, so the cost follows the number of rows that newly cross a line, and a sweep that did not
run for hours catches up. What it writes carries the line's own time, never the time of the sweep:
running late, or twice, or in two places at once gives the same rows with the same time stamps.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from orders import events
from orders.actions.fines import book_fines
from orders.models import DeadlineKind

ACTOR = "sweep"

#: Clocks whose crossings people are told about → how the name of the message begins.
ANNOUNCED = {DeadlineKind.SHIP_BY: "", DeadlineKind.ACCEPT: "accept_"}

# One statement: find what has crossed the line, mark it, write the events, count. The conditions
# repeat those of the partial indexes word by word. A clock that stopped after the line counts, one
# that stopped before it does not. Rows that an action holds right now are left to the next sweep.
# ARRAY(...) makes the planner look each row up, whatever it thinks of the size of the batch.
_CROSS = """
WITH crossed AS (
    UPDATE orders_deadline SET {flag} = true
    WHERE id = ANY (ARRAY(
        SELECT id FROM orders_deadline
        WHERE NOT {flag} AND (stopped_at IS NULL OR stopped_at > {line}) AND {line} <= %(now)s
        ORDER BY {line} LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
    ))
    RETURNING seller_id, order_id, kind, {line} AS at, due_at, stopped_at
), written AS (
    INSERT INTO orders_orderevent
        (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
    SELECT seller_id, order_id, %(event)s, at, 'job', NULL, %(actor)s,
        jsonb_build_object('clock', kind, 'due_at', due_at)
    FROM crossed
)
SELECT kind, seller_id, count(*), count(*) FILTER (WHERE stopped_at IS NULL)
FROM crossed GROUP BY kind, seller_id ORDER BY kind, seller_id
"""

# What there is to do, in one look: most sweeps find nothing. The first entry of each index says it.
# Asked for rows before a time, the planner might read the table: it cannot know how few are left.
_ANYTHING = """
SELECT
    (SELECT min(warn_at) FROM orders_deadline
        WHERE NOT warned AND (stopped_at IS NULL OR stopped_at > warn_at)) <= %(now)s,
    (SELECT min(due_at) FROM orders_deadline
        WHERE NOT overdue AND (stopped_at IS NULL OR stopped_at > due_at)) <= %(now)s,
    (SELECT min(until) FROM orders_hold
        WHERE released_at IS NULL AND until IS NOT NULL) <= %(now)s,
    (SELECT min(fine_at) FROM orders_deadline
        WHERE fine_at IS NOT NULL AND (stopped_at IS NULL OR stopped_at > fine_at)) <= %(now)s
"""

_HELD = """
SELECT id FROM orders_order WHERE id = ANY (ARRAY(
    SELECT order_id FROM orders_hold
    WHERE released_at IS NULL AND until <= %(now)s
    ORDER BY until LIMIT %(batch)s
))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
# A hold is over at its own time; the order is free when no other hold is left.
_RELEASE = """
WITH over AS (
    UPDATE orders_hold SET released_at = until, released_by = %(actor)s
    WHERE order_id = ANY (%(orders)s) AND released_at IS NULL AND until <= %(now)s
    RETURNING seller_id, order_id, reason, until
), freed AS (
    UPDATE orders_order o SET
        updated_at = %(written_at)s, version = o.version + 1,
        on_hold = EXISTS (
            SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL
            AND (h.until IS NULL OR h.until > %(now)s)
        )
    WHERE o.id IN (SELECT order_id FROM over)
), written AS (
    INSERT INTO orders_orderevent
        (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
    SELECT seller_id, order_id, 'released', until, 'job', NULL, %(actor)s,
        jsonb_build_object('reason', reason, 'expired', true)
    FROM over ORDER BY until, order_id
)
SELECT seller_id, count(*) FROM over GROUP BY seller_id ORDER BY seller_id
"""

_COMPACT = """
WITH taken AS (
    DELETE FROM orders_stagecount WHERE (seller_id, stage) IN (
        SELECT seller_id, stage FROM orders_stagecount GROUP BY 1, 2 HAVING count(*) > 1
    )
    RETURNING seller_id, stage, n
), added AS (
    INSERT INTO orders_stagecount (seller_id, stage, n)
    SELECT seller_id, stage, sum(n) FROM taken GROUP BY 1, 2
)
SELECT count(*) FROM taken
"""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many rows a sweep wrote: events of crossings, holds that were over, fines booked."""

    due_soon: int = 0
    overdue: int = 0
    released: int = 0
    fined: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def sweep_deadlines(*, now: datetime | None = None, batch: int = 10_000) -> SweepResult:
    """Write what time has brought about up to ``now``, in transactions of ``batch`` rows.

    Clocks that came close to their end or passed it get their events and flags, holds that are
    over are released, fines that are due are booked.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_ANYTHING, {"now": now})
        soon, late, held, fines = cursor.fetchone()

    def cross(event: str, flag: str, line: str) -> int:
        return _cross(event, flag=flag, line=line, now=now, batch=batch)

    return SweepResult(
        due_soon=cross("due_soon", "warned", "warn_at") if soon else 0,
        overdue=cross("overdue", "overdue", "due_at") if late else 0,
        released=release_expired_holds(now=now, batch=batch) if held else 0,
        fined=book_fines(now=now) if fines else 0,
    )


def _cross(event: str, *, flag: str, line: str, now: datetime, batch: int) -> int:
    sql = _CROSS.format(flag=flag, line=line)
    params: dict[str, Any] = {"now": now, "batch": batch, "event": event, "actor": ACTOR}
    total = 0
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                rows = cursor.fetchall()
            for clock, start in ANNOUNCED.items():
                running = {seller: n for kind, seller, _, n in rows if kind == clock and n}
                events.announce(f"{start}{event}", running, at=now)
        found = sum(row[2] for row in rows)
        total += found
        if found < batch:
            return total


def release_expired_holds(*, now: datetime | None = None, batch: int = 10_000) -> int:
    """Release holds whose time is over; returns how many."""
    now = now or timezone.now()
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # Two statements: the second must see holds that were made while the first one waited.
            cursor.execute(_HELD, {"now": now, "batch": batch})
            orders = [pk for (pk,) in cursor.fetchall()]
            if not orders:
                return total
            cursor.execute(
                _RELEASE,
                {"now": now, "orders": orders, "actor": ACTOR, "written_at": timezone.now()},
            )
            released = Counter(dict(cursor.fetchall()))
            events.announce("released", released, at=now)
        total += released.total()


def compact_stage_counts() -> int:
    """Add up the rows of ``StageCount``, one per seller and stage; returns how many it took."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPACT)
        return int(cursor.fetchone()[0])
