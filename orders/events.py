"""Writing order events, and telling the apps to the right of this one about them."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from core import outbox
from core.actor import Actor

#: Kinds of events, with the past tense of what happened. The API's and the webhooks' names are
#: ``order.<kind>``.
KINDS = (
    "received",
    "updated",
    "accepted",
    "stocked",
    "partly_stocked",
    "unallocated",
    "packed",
    "unpacked",
    "shipped",
    "uploaded",
    "first_scan",
    "delivered",
    "confirmed",
    "cancelled",
    "units_cancelled",
    "held",
    "released",
    "mapped",
    "due_soon",
    "overdue",
    "fined",
    "waived",
    "tracking",
    "tracking_number",
    "revealed",
    "noted",
    "tagged",
    "address_corrected",
    "printed",
)


def record(
    kind: str,
    *,
    rows: Sequence[tuple[int, int]],
    actor: Actor,
    at: datetime | Sequence[datetime],
    data: dict[str, Any] | Sequence[dict[str, Any]] | None = None,
) -> None:
    """Write one event per row, a row being (seller id, order id), with one statement.

    ``at`` and ``data`` are one for all rows or one per row. Handlers of ``order.<kind>`` get one
    outbox message per seller with the number of orders.
    """
    if not rows:
        return
    texts = (
        [json.dumps(d, ensure_ascii=False, default=str) for d in data]
        if isinstance(data, Sequence)
        else [json.dumps(data or {}, ensure_ascii=False, default=str)] * len(rows)
    )
    times = [at] * len(rows) if isinstance(at, datetime) else list(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_orderevent "
            "(seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data) "
            "SELECT r.seller_id, r.order_id, %s, r.at, %s, %s, %s, r.data::jsonb "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[]) "
            "AS r(seller_id, order_id, at, data)",
            [
                *(kind, actor.kind, actor.id, actor.name[:120]),
                *([r[0] for r in rows], [r[1] for r in rows], times, texts),
            ],
        )
    announce(kind, Counter(r[0] for r in rows), at=max(times))


def announce(kind: str, count_by_seller: dict[int, int], *, at: datetime) -> None:
    """Queue one message per seller for the handlers of ``order.<kind>``."""
    outbox.put_many(
        f"order.{kind}",
        [
            (seller_id, {"kind": kind, "count": n, "at": at.isoformat()})
            for seller_id, n in count_by_seller.items()
        ],
    )
