"""Clocks of orders as rows: how they are made, stopped and computed again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from orders.models import Deadline, DeadlineKind, StopOn

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
