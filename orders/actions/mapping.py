"""Lines that arrived with a SKU code nobody knew get their SKU as soon as it exists."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.actor import Actor
from core.locks import retry_on_deadlock
from orders import events
from orders.actions.base import lock_orders
from orders.deadlines import recompute_deadlines
from orders.models import Order
from orders.states import OPEN
from sellers.models import Seller

CHUNK = 2_000

_WAITING = """
SELECT DISTINCT l.order_id FROM orders_orderline l
JOIN stock_sku s ON s.seller_id = l.seller_id AND s.code = l.sku_code
JOIN orders_order o ON o.id = l.order_id AND o.stage = ANY(%s)
WHERE l.seller_id = %s AND l.sku_id IS NULL ORDER BY l.order_id LIMIT %s
"""
_MAP = """
UPDATE orders_orderline l SET sku_id = s.id FROM stock_sku s
WHERE l.order_id = ANY(%s) AND l.sku_id IS NULL
    AND s.seller_id = l.seller_id AND s.code = l.sku_code
RETURNING l.order_id, l.sku_code
"""


@retry_on_deadlock
def map_lines(*, seller: Seller, actor: Actor) -> int:
    """Map unmapped lines of the seller's open orders whose code is that of a SKU. Returns how many.

    Transactions of 2,000 orders, a constant number of statements each; running it again changes
    nothing.
    """
    actor.require("orders:write")
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_WAITING, [[stage.value for stage in OPEN], seller.pk, CHUNK])
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return total
            locked = [row.id for row in lock_orders(seller, ids)]
            cursor.execute(_MAP, [locked])
            mapped = cursor.fetchall()
            _note(seller, mapped, actor)
        total += len(mapped)
        if len(ids) < CHUNK or not mapped:
            return total


def _note(seller: Seller, mapped: Sequence[tuple[int, str]], actor: Actor) -> None:
    """One event per order; a SKU may bring a handling time of its own."""
    if not mapped:
        return
    now = timezone.now()
    codes: dict[int, list[str]] = {}
    for order, code in mapped:
        codes.setdefault(order, []).append(code)
    Order.objects.filter(pk__in=codes).update(updated_at=now, version=F("version") + 1)
    recompute_deadlines(list(codes), now=now)
    events.record(
        "mapped",
        rows=[(seller.pk, order) for order in codes],
        actor=actor,
        at=now,
        data=[{"codes": sorted(set(of_order))} for of_order in codes.values()],
    )
