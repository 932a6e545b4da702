"""What a row of the list of orders shows beside the order itself, in one query for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from sellers.models import Seller

_DETAILS = """
SELECT o.id, coalesce(l.goods, ''), coalesce(l.quantity, 0), l.lines,
    coalesce(p.booked, 0), CASE WHEN d.fine_at IS NULL THEN 0 ELSE d.fine_next END
FROM unnest(%s::bigint[]) AS o (id)
CROSS JOIN LATERAL (
    SELECT (array_agg(coalesce(nullif(sku_code, ''), title) ORDER BY position))[1] AS goods,
        (array_agg(quantity ORDER BY position))[1] AS quantity, count(*) AS lines
    FROM orders_orderline WHERE order_id = o.id
) AS l
CROSS JOIN LATERAL (
    SELECT sum(amount) AS booked FROM orders_penalty WHERE order_id = o.id
) AS p
LEFT JOIN orders_deadline d ON d.order_id = o.id AND d.kind = 'ship_by' AND d.outcome = 'open'
"""

_RISK = """
SELECT o.currency, sum(coalesce(p.booked, 0)), sum(coalesce(d.fine_next, 0))
FROM orders_order o
LEFT JOIN LATERAL (
    SELECT sum(amount) AS booked FROM orders_penalty WHERE order_id = o.id
) AS p ON true
LEFT JOIN orders_deadline d ON d.order_id = o.id AND d.kind = 'ship_by' AND d.outcome = 'open'
    AND d.fine_at IS NOT NULL
WHERE o.seller_id = %s AND o.id = ANY (%s::bigint[])
GROUP BY 1 HAVING sum(coalesce(p.booked, 0)) + sum(coalesce(d.fine_next, 0)) <> 0 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class RowDetails:
    """The first line of an order and how many there are, its fine as booked, the next step."""

    goods: str
    quantity: int
    lines: int
    booked: Decimal
    next_amount: Decimal


def risk_of(seller: Seller, orders: Sequence[int]) -> dict[str, tuple[Decimal, Decimal]]:
    """What a selection is fined already and at its next steps, by currency. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_RISK, [seller.pk, list(orders)])
        return {currency: (booked, coming) for currency, booked, coming in cursor.fetchall()}


def row_details(orders: Sequence[int]) -> dict[int, RowDetails]:
    """The details of orders (of one seller, by primary key). One query."""
    if not orders:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DETAILS, [list(orders)])
        return {pk: RowDetails(*values) for pk, *values in cursor.fetchall()}
