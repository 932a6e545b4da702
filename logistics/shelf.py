"""What has left its bin and is on hand still: units that were picked, or lie in a parcel that has
not left the house."""

from collections import defaultdict
from collections.abc import Collection

from django.db import connection

from sellers.models import Seller

# ``r`` the promise, ``p`` what was fetched for it here. A line that was packed without a pick list
# is in the parcel all the same. What was shipped has left the promise, and its picks with it.
_SQL = """
SELECT r.holder_id, r.level_id, r.quantity, l.packed - l.shipped,
    greatest(coalesce(p.picked, 0) - l.shipped, 0)
FROM stock_reservation r JOIN orders_orderline l ON l.id = r.holder_id
LEFT JOIN (
    SELECT k.line_id, k.level_id, sum(k.picked) AS picked
    FROM logistics_pick k JOIN logistics_wave w ON w.id = k.wave_id
    WHERE k.line_id = ANY(%(lines)s) AND NOT w.cancelled GROUP BY 1, 2
) p ON p.line_id = r.holder_id AND p.level_id = r.level_id
WHERE r.holder_id = ANY(%(lines)s) ORDER BY r.holder_id, r.id
"""


def fetched(seller: Seller, levels: Collection[int]) -> dict[tuple[int, int], int]:
    """See ``stock.demand.fetched``. Of a line that is promised units of several levels, those in a
    parcel are the ones that were fetched, then those that shipping would take first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r.holder_id FROM stock_reservation r "
            "JOIN orders_orderline l ON l.id = r.holder_id "
            "WHERE r.seller_id = %s AND r.level_id = ANY(%s) AND (l.packed > l.shipped "
            "OR EXISTS (SELECT 1 FROM logistics_pick p WHERE p.order_id = l.order_id "
            "AND p.line_id = l.id AND p.picked > 0))",
            [seller.pk, list(levels)],
        )
        lines = [row[0] for row in cursor.fetchall()]
        if not lines:
            return {}
        cursor.execute(_SQL, {"lines": lines})
        rows: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        for line, level, quantity, packed, picked in cursor.fetchall():
            rows[line].append((level, quantity, packed, picked))
    wanted = set(levels)
    found: dict[tuple[int, int], int] = {}
    for line, places in rows.items():
        taken = {level: min(quantity, picked) for level, quantity, _packed, picked in places}
        rest = places[0][2] - sum(taken.values())
        for level, quantity, _packed, _picked in places:
            more = max(0, min(rest, quantity - taken[level]))
            rest -= more
            taken[level] += more
            if level in wanted and taken[level]:
                found[line, level] = taken[level]
    return found
