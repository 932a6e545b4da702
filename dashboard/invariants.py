"""What must hold over all tables at any time. Each check is one statement that finds what does not.

The database refuses most of it row by row; these look across tables. A check sees one snapshot, so
they can run while people work.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from orders.states import STAGE_SQL

LIMIT = 20


@dataclass(frozen=True, slots=True)
class Check:
    """``sql`` answers the ids of offending rows; ``of`` says of what."""

    name: str
    of: str
    says: str
    sql: str


CHECKS: tuple[Check, ...] = (
    Check(
        "stock_ledger",
        "stock level",
        "A stock level is the sum of its movements.",
        """
        SELECT l.id FROM stock_stocklevel l LEFT JOIN (
            SELECT level_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved
            FROM stock_stockmovement GROUP BY level_id
        ) m ON m.level_id = l.id
        WHERE l.on_hand <> coalesce(m.on_hand, 0) OR l.reserved <> coalesce(m.reserved, 0)
        """,
    ),
    Check(
        "stock_reservations",
        "stock level",
        "What is reserved at a stock level is the sum of its reservations.",
        """
        SELECT l.id FROM stock_stocklevel l LEFT JOIN (
            SELECT level_id, sum(quantity) AS n FROM stock_reservation GROUP BY level_id
        ) r ON r.level_id = l.id
        WHERE l.reserved <> coalesce(r.n, 0)
        """,
    ),
    Check(
        "stock_takes",
        "row of a stock take",
        "A row of a stock take is of its seller and warehouse, and is open while that is.",
        """
        SELECT r.id FROM stock_countrow r
        JOIN stock_stocktake t ON t.id = r.take_id JOIN stock_stocklevel l ON l.id = r.level_id
        WHERE r.open <> (t.state = 'counting') OR r.seller_id <> t.seller_id
            OR l.seller_id <> t.seller_id OR l.warehouse_id <> t.warehouse_id
            OR l.sku_id <> r.sku_id
        """,
    ),
    Check(
        "posted_counts",
        "row of a stock take",
        "A stock take has posted exactly what differed.",
        """
        SELECT r.id FROM stock_countrow r JOIN stock_stocktake t ON t.id = r.take_id
        LEFT JOIN stock_stockmovement m ON m.level_id = r.level_id AND m.kind = 'adjust'
            AND m.at = t.ended_at AND m.reference = 'ST-' || t.number
        WHERE t.state = 'posted'
            AND coalesce(r.counted - r.expected_then, 0) <> coalesce(m.on_hand, 0)
        """,
    ),
    Check(
        "transfers",
        "line of a transfer",
        "What a transfer sent, received and took back is in the ledger; the rest is on the way, "
        "and nothing is when it is over.",
        """
        SELECT n.id FROM stock_transferline n JOIN stock_transfer t ON t.id = n.transfer_id
        LEFT JOIN (
            SELECT m.seller_id, m.reference, l.warehouse_id, l.sku_id,
                sum(-m.on_hand) FILTER (WHERE m.kind = 'transfer_out') AS sent,
                sum(m.on_hand) FILTER (WHERE m.kind = 'transfer_in') AS came
            FROM stock_stockmovement m JOIN stock_stocklevel l ON l.id = m.level_id
            WHERE m.kind IN ('transfer_out', 'transfer_in') GROUP BY 1, 2, 3, 4
        ) s ON s.seller_id = t.seller_id AND s.reference = 'TR-' || t.number
            AND s.warehouse_id = t.source_id AND s.sku_id = n.sku_id
        LEFT JOIN (
            SELECT m.seller_id, m.reference, l.warehouse_id, l.sku_id, sum(m.on_hand) AS came
            FROM stock_stockmovement m JOIN stock_stocklevel l ON l.id = m.level_id
            WHERE m.kind = 'transfer_in' GROUP BY 1, 2, 3, 4
        ) d ON d.seller_id = t.seller_id AND d.reference = 'TR-' || t.number
            AND d.warehouse_id = t.target_id AND d.sku_id = n.sku_id
        WHERE n.sent <> coalesce(s.sent, 0) OR n.returned <> coalesce(s.came, 0)
            OR n.received <> coalesce(d.came, 0) OR n.seller_id <> t.seller_id
            OR (t.state IN ('draft', 'cancelled') AND n.sent <> 0)
            OR (t.state = 'sent' AND n.sent <> n.quantity)
            OR (t.state = 'done' AND n.sent <> n.received + n.returned + n.lost)
        """,
    ),
    Check(
        "line_reservations",
        "order line",
        "What is allocated to a line and has not left is reserved for it.",
        """
        SELECT l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id LEFT JOIN (
            SELECT holder_id, sum(quantity) AS n FROM stock_reservation GROUP BY holder_id
        ) r ON r.holder_id = l.id
        WHERE NOT o.history AND l.allocated - l.shipped <> coalesce(r.n, 0)
        """,
    ),
    Check(
        "replenishments",
        "replenishment",
        "The state of an ordered replenishment follows from its lines.",
        """
        SELECT r.id FROM stock_replenishment r LEFT JOIN (
            SELECT replenishment_id, sum(received) AS came,
                sum(quantity + extra - received - cancelled) AS open
            FROM stock_replenishmentline GROUP BY 1
        ) l ON l.replenishment_id = r.id
        WHERE r.state <> 'draft' AND r.state <> CASE
            WHEN l.open > 0 AND l.came > 0 THEN 'partly_received' WHEN l.open > 0 THEN 'ordered'
            WHEN l.came > 0 THEN 'received' ELSE 'cancelled' END
            OR r.state = 'draft' AND l.came > 0
        """,
    ),
    Check(
        "receipts",
        "line of a replenishment",
        "What was received of a line is the sum of its receipts, none of them beyond its order.",
        """
        SELECT l.id FROM stock_replenishmentline l LEFT JOIN (
            SELECT line_id, sum(quantity) AS n FROM stock_receiptline GROUP BY 1
        ) r ON r.line_id = l.id
        WHERE l.received <> coalesce(r.n, 0) OR l.extra > l.received
        """,
    ),
    Check(
        "receipt_movements",
        "line of a receipt",
        "A receipt is the movement that it names, of the same seller, SKU and warehouse.",
        """
        SELECT c.id FROM stock_receiptline c
        JOIN stock_receipt t ON t.id = c.receipt_id
        JOIN stock_replenishmentline l ON l.id = c.line_id
        JOIN stock_replenishment r ON r.id = l.replenishment_id
        JOIN stock_stockmovement m ON m.id = c.movement_id
        JOIN stock_stocklevel v ON v.id = m.level_id
        WHERE m.kind <> 'receive' OR m.on_hand <> c.quantity OR m.reference <> r.number
            OR v.sku_id <> l.sku_id OR v.warehouse_id <> t.warehouse_id
            OR t.replenishment_id <> r.id
            OR m.seller_id <> r.seller_id OR t.seller_id <> r.seller_id
            OR l.seller_id <> r.seller_id
        """,
    ),
    Check(
        "order_counters",
        "order",
        "The counters of an order are the sums over its lines.",
        """
        SELECT o.id FROM orders_order o LEFT JOIN (
            SELECT order_id, sum(quantity - cancelled) AS units, sum(allocated) AS allocated,
                sum(packed) AS packed, sum(shipped) AS shipped, sum(uploaded) AS uploaded
            FROM orders_orderline GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE (o.units, o.allocated, o.packed, o.shipped, o.uploaded) IS DISTINCT FROM
            (coalesce(l.units, 0), coalesce(l.allocated, 0), coalesce(l.packed, 0),
             coalesce(l.shipped, 0), coalesce(l.uploaded, 0))
        """,
    ),
    Check(
        "order_stage",
        "order",
        "The stage of an order follows from its counters.",
        "SELECT t.id FROM orders_order t WHERE t.stage <> " + STAGE_SQL,  # noqa: S608
    ),
    Check(
        "line_parcels",
        "order line",
        "Units packed, shipped and uploaded are those in parcels of that state.",
        """
        SELECT l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id LEFT JOIN (
            SELECT c.line_id, sum(c.quantity) AS packed,
                sum(c.quantity) FILTER (WHERE s.state IN ('handed_over', 'declared')) AS shipped,
                sum(c.quantity) FILTER (WHERE s.state = 'declared') AS uploaded
            FROM logistics_shipmentline c JOIN logistics_shipment s ON s.id = c.shipment_id
            WHERE s.state <> 'void' GROUP BY c.line_id
        ) p ON p.line_id = l.id
        WHERE NOT o.history AND (l.packed, l.shipped, l.uploaded) IS DISTINCT FROM
            (coalesce(p.packed, 0), coalesce(p.shipped, 0), coalesce(p.uploaded, 0))
        """,
    ),
    Check(
        "parcel_lines",
        "parcel content",
        "What is in a parcel belongs to the order it names and to the parcel's seller.",
        """
        SELECT c.id FROM logistics_shipmentline c
        JOIN logistics_shipment s ON s.id = c.shipment_id
        JOIN orders_orderline l ON l.id = c.line_id
        WHERE c.order_id <> l.order_id OR c.seller_id <> s.seller_id OR l.seller_id <> s.seller_id
        """,
    ),
    Check(
        "picks",
        "pick",
        "A pick belongs to its wave's seller and warehouse and to its line's order, and is open "
        "while the wave is.",
        """
        SELECT p.id FROM logistics_pick p
        JOIN logistics_wave w ON w.id = p.wave_id
        JOIN stock_stocklevel v ON v.id = p.level_id
        JOIN orders_orderline l ON l.id = p.line_id
        WHERE p.seller_id <> w.seller_id OR p.seller_id <> v.seller_id
            OR v.warehouse_id <> w.warehouse_id OR l.order_id <> p.order_id
            OR p.open <> (w.closed_at IS NULL)
        """,
    ),
    Check(
        "packing_sessions",
        "order being packed",
        "An order lies on a packing table while its session is open.",
        """
        SELECT o.id FROM logistics_packorder o JOIN logistics_packsession s ON s.id = o.session_id
        WHERE o.open <> (s.outcome = 'open') OR o.seller_id <> s.seller_id
        """,
    ),
    Check(
        "scanned_parcels",
        "parcel content",
        "A parcel of the packing table holds what was scanned for it.",
        """
        SELECT c.id FROM logistics_shipmentline c
        JOIN logistics_packsession s ON s.shipment_id = c.shipment_id
        LEFT JOIN (
            SELECT session_id, line_id, sum(quantity) AS n FROM logistics_scan
            WHERE quantity <> 0 GROUP BY 1, 2
        ) n ON n.session_id = s.id AND n.line_id = c.line_id
        WHERE c.quantity <> coalesce(n.n, 0)
        """,
    ),
    Check(
        "sellers",
        "order",
        "An order, its store, its lines and their SKUs belong to one seller.",
        """
        SELECT o.id FROM orders_order o JOIN sellers_store s ON s.id = o.store_id
        WHERE s.seller_id <> o.seller_id
        UNION
        SELECT o.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN stock_sku k ON k.id = l.sku_id
        WHERE l.seller_id <> o.seller_id OR k.seller_id <> o.seller_id
        """,
    ),
    Check(
        "stage_counts",
        "seller",
        "The kept counts of stages are the real ones.",
        """
        SELECT DISTINCT seller_id FROM (
            SELECT seller_id, stage, n FROM orders_stagecount
            UNION ALL
            SELECT seller_id, stage, -count(*) FROM orders_order GROUP BY seller_id, stage
        ) AS both_sides GROUP BY seller_id, stage HAVING sum(n) <> 0
        """,
    ),
    Check(
        "received_events",
        "order",
        "Every order was received exactly once.",
        """
        SELECT o.id FROM orders_order o LEFT JOIN orders_orderevent e
            ON e.order_id = o.id AND e.kind = 'received'
        GROUP BY o.id HAVING count(e.id) <> 1
        """,
    ),
    Check(
        "clocks",
        "order",
        "An order shows its ship-by clock as it is.",
        """
        SELECT o.id FROM orders_order o LEFT JOIN orders_deadline d
            ON d.order_id = o.id AND d.kind = 'ship_by'
        WHERE o.clock_open <> coalesce(d.outcome = 'open', false) OR o.ship_by <> d.due_at
        """,
    ),
    Check(
        "holds",
        "order",
        "An order is on hold while one of its holds is open.",
        """
        SELECT o.id FROM orders_order o WHERE o.on_hold <> EXISTS (
            SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL
        )
        """,
    ),
    Check(
        "fines",
        "order",
        "Fines of an order are in its currency, of the rule it is judged by, and never below zero.",
        """
        SELECT o.id FROM orders_penalty p JOIN orders_order o ON o.id = p.order_id
        JOIN orders_penaltystep s ON s.id = p.step_id
        GROUP BY o.id HAVING sum(p.amount) < 0
            OR bool_or(p.currency <> o.currency OR p.seller_id <> o.seller_id
                OR s.rule_id <> p.rule_id)
        """,
    ),
    Check(
        "fined_events",
        "order",
        "Every fine and every waiver has its event.",
        """
        SELECT coalesce(p.order_id, e.order_id) FROM (
            SELECT order_id, CASE kind WHEN 'fine' THEN 'fined' ELSE 'waived' END AS kind,
                count(*) AS n
            FROM orders_penalty GROUP BY 1, 2
        ) p FULL JOIN (
            SELECT order_id, kind, count(*) AS n FROM orders_orderevent
            WHERE kind IN ('fined', 'waived') GROUP BY 1, 2
        ) e ON e.order_id = p.order_id AND e.kind = p.kind
        WHERE p.n IS DISTINCT FROM e.n
        """,
    ),
    Check(
        "waivers",
        "fine",
        "A waiver takes back exactly the fine that it names.",
        """
        SELECT w.id FROM orders_penalty w JOIN orders_penalty f ON f.id = w.reverses_id
        WHERE w.amount <> -f.amount OR w.currency <> f.currency OR w.order_id <> f.order_id
            OR w.step_id <> f.step_id OR f.kind <> 'fine'
        """,
    ),
)


def broken() -> dict[str, list[int]]:
    """Name of each check → ids that break it, at most 20; empty where all is well."""
    found: dict[str, list[int]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        # A look at everything may take longer than a page is given.
        cursor.execute("SET LOCAL statement_timeout = 0")
        for check in CHECKS:
            cursor.execute(f"SELECT * FROM ({check.sql}) AS offending LIMIT {LIMIT}")  # noqa: S608
            found[check.name] = sorted(row[0] for row in cursor.fetchall())
    return found
