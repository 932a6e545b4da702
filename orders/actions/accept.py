"""接单: a machine looks at what it can, a person at the rest."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, Refusal
from orders import events
from orders.actions.base import Batch, Row
from orders.checks import BLOCKING
from orders.deadlines import stop_clocks
from orders.models import DeadlineKind
from orders.queries import duplicates
from orders.registry import register
from sellers.models import Seller

_ACCEPT = """
UPDATE orders_order t SET
    stage = 'accepted', accepted_at = v.at, updated_at = v.at, version = t.version + 1,
    problems = CASE WHEN v.found = '' THEN t.problems
        ELSE t.problems || string_to_array(v.found, ' ')::varchar[] END
FROM (SELECT unnest(%s::bigint[]) AS id, unnest(%s::text[]) AS found, %s::timestamptz AS at) v
WHERE t.id = v.id
"""

#: What the machine finds in the lines: unknown SKUs, SKUs without weight or declared value.
_LINES = """
SELECT l.order_id,
       string_agg(l.sku_code, ', ' ORDER BY l.position) FILTER (WHERE l.sku_id IS NULL),
       count(*) FILTER (WHERE l.sku_id IS NULL),
       coalesce(bool_or(s.weight_grams = 0), false),
       coalesce(bool_or(s.declared_value = 0), false)
FROM orders_orderline l LEFT JOIN stock_sku s ON s.id = l.sku_id
WHERE l.order_id = ANY(%s)
GROUP BY l.order_id
HAVING bool_or(l.sku_id IS NULL) OR bool_or(s.weight_grams = 0) OR bool_or(s.declared_value = 0)
"""

_MAP = """
UPDATE orders_orderline l SET sku_id = s.id
FROM stock_sku s
WHERE l.order_id = ANY(%s) AND l.sku_id IS NULL AND l.sku_code <> ''
  AND s.seller_id = l.seller_id AND s.code = l.sku_code
"""


@register("accept", scope="orders:write")
@retry_on_deadlock
def accept_orders(*, seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Accept orders: ``new`` → ``accepted``; their accept clock stops.

    Refused: an address that cannot be shipped to (``address``), a line whose SKU nobody knows
    (``sku_unknown``). What only makes a person look is kept in the order's ``problems``.
    """
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("accept", seller, orders)
        refusals, found = _check(seller, batch.go)
        batch.refuse_all(refusals)
        if batch.go:
            with connection.cursor() as cursor:
                cursor.execute(
                    _ACCEPT, [batch.ids, [" ".join(found.get(i, ())) for i in batch.ids], now]
                )
            stop_clocks(orders=batch.ids, at=now, kinds=[DeadlineKind.ACCEPT])
            events.record("accepted", rows=batch.keys, actor=actor, at=now)
        for row in batch.go:
            batch.done(row, "accepted")
    return batch.outcome(orders)


def _check(seller: Seller, rows: Sequence[Row]) -> tuple[dict[int, Refusal], dict[int, list[str]]]:
    """Refusals, and new problem codes of those that may go on, by order."""
    refusals: dict[int, Refusal] = {}
    found: dict[int, list[str]] = {}
    if not rows:
        return refusals, found
    ids = [row.id for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_MAP, [ids])
        cursor.execute(_LINES, [ids])
        lines = {row[0]: row[1:] for row in cursor.fetchall()}
    twice = duplicates(seller, ids)
    for row in rows:
        blocking = BLOCKING.intersection(row.problems)
        unknown, n_unknown, no_weight, no_value = lines.get(row.id, (None, 0, False, False))
        if blocking:
            refusals[row.id] = Refusal(
                "address",
                _("The address cannot be shipped to. Correct it with the buyer, then try again."),
            )
        elif n_unknown:
            refusals[row.id] = Refusal(
                "sku_unknown",
                _("Unknown SKU: %(codes)s. Map the line or create the SKU, then try again.")
                % {"codes": unknown or "?"},
            )
        else:
            codes = [
                code
                for code, so in (
                    ("weight_missing", no_weight),
                    ("declared_value_missing", no_value),
                    ("possible_duplicate", row.id in twice),
                )
                if so and code not in row.problems
            ]
            if codes:
                found[row.id] = codes
    return refusals, found
