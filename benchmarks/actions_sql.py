"""The baseline of the actions: the same rows written by set-based SQL, written by hand.

Each entry is the statements of one action for the orders ``%(orders)s``; they run in one
transaction. They check nothing: no guards, no address, no answers.
"""

_EVENT = """
INSERT INTO orders_orderevent
    (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
SELECT seller_id, id, '{kind}', %(now)s, 'staff', 1, 'ops', {data}
FROM orders_order o WHERE id = ANY(%(orders)s)
"""
_PLAIN = "'{}'::jsonb"
_PARCELS = """jsonb_build_object('shipments', (
    SELECT jsonb_agg(jsonb_build_object('id', 'shp_' || p.id, 'number', p.tracking_number))
    FROM logistics_shipment p WHERE p.id IN (
        SELECT shipment_id FROM logistics_shipmentline WHERE order_id = o.id)))"""

_STAGE = """
UPDATE orders_order SET stage = '{stage}', {stage}_at = %(now)s, updated_at = %(now)s,
    version = version + 1{more}
WHERE id = ANY(%(orders)s)
"""

_LEDGER = """
INSERT INTO stock_stockmovement (seller_id, level_id, kind, on_hand, reserved, holder_id,
    reference, reason, actor, at)
SELECT r.seller_id, r.level_id, '{kind}', {on_hand}, {reserved}, r.holder_id, '', '', 'ops',
    %(now)s
FROM stock_reservation r JOIN orders_orderline l ON l.id = r.holder_id
WHERE l.order_id = ANY(%(orders)s)
"""
_LEVELS = """
UPDATE stock_stocklevel s SET reserved = s.reserved + {sign} * t.n{more}
FROM (
    SELECT r.level_id, sum(r.quantity) AS n FROM stock_reservation r
    JOIN orders_orderline l ON l.id = r.holder_id
    WHERE l.order_id = ANY(%(orders)s) GROUP BY 1
) AS t WHERE s.id = t.level_id
"""
_FREE = """
DELETE FROM stock_reservation r USING orders_orderline l
WHERE l.id = r.holder_id AND l.order_id = ANY(%(orders)s)
"""
_STOP = """
UPDATE orders_deadline SET outcome = '{outcome}', stopped_at = %(now)s
WHERE order_id = ANY(%(orders)s) AND outcome = 'open' AND {which}
"""

PLAIN: dict[str, list[str]] = {
    "accept": [
        _STAGE.format(stage="accepted", more=""),
        _STOP.format(outcome="met", which="kind = 'accept'"),
        _EVENT.format(kind="accepted", data=_PLAIN),
    ],
    "allocate": [
        """
        INSERT INTO stock_reservation (seller_id, holder_id, level_id, quantity)
        SELECT l.seller_id, l.id, s.id, l.quantity FROM orders_orderline l
        JOIN stock_stocklevel s ON s.sku_id = l.sku_id
        WHERE l.order_id = ANY(%(orders)s)
        """,
        _LEVELS.format(sign="1", more=""),
        _LEDGER.format(kind="reserve", on_hand="0", reserved="r.quantity"),
        "UPDATE orders_orderline SET allocated = quantity WHERE order_id = ANY(%(orders)s)",
        _STAGE.format(stage="stocked", more=", allocated = units"),
        _EVENT.format(kind="stocked", data=_PLAIN),
    ],
    "pack": [
        """
        WITH parcels AS MATERIALIZED (
            SELECT o.id AS order_id, o.seller_id, o.country, n.number,
                nextval('logistics_shipment_id_seq') AS id
            FROM orders_order o
            JOIN unnest(%(orders)s::bigint[], %(numbers)s::text[]) AS n(id, number) ON n.id = o.id
        ), made AS (
            INSERT INTO logistics_shipment (id, seller_id, warehouse_id, carrier_id, service_id,
                tracking_number, number_reason, state, tracking_state, weight_grams, country,
                packed_at, version, updated_at)
            SELECT id, seller_id, %(warehouse)s, (
                SELECT id FROM logistics_carrier WHERE code = 'other'
            ), NULL, number, '', 'packed', 'pending', NULL, country, %(now)s, 1, %(now)s
            FROM parcels
        ), filled AS (
            INSERT INTO logistics_shipmentline (seller_id, shipment_id, order_id, line_id, quantity)
            SELECT l.seller_id, p.id, l.order_id, l.id, l.allocated
            FROM parcels p JOIN orders_orderline l ON l.order_id = p.order_id
        )
        INSERT INTO orders_orderevent
            (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
        SELECT p.seller_id, p.order_id, 'packed', %(now)s, 'staff', 1, 'ops', jsonb_build_object(
            'shipment', 'shp_' || p.id, 'units', o.units, 'number', p.number)
        FROM parcels p JOIN orders_order o ON o.id = p.order_id
        """,
        "UPDATE orders_orderline SET packed = allocated WHERE order_id = ANY(%(orders)s)",
        _STAGE.format(stage="packed", more=", packed = units"),
    ],
    "ship": [
        """
        UPDATE logistics_shipment SET state = 'handed_over', handed_over_at = %(now)s,
            updated_at = %(now)s, version = version + 1
        WHERE id IN (
            SELECT shipment_id FROM logistics_shipmentline WHERE order_id = ANY(%(orders)s))
        """,
        _LEDGER.format(kind="ship", on_hand="-r.quantity", reserved="-r.quantity"),
        _LEVELS.format(sign="-1", more=", on_hand = s.on_hand - t.n"),
        _FREE,
        "UPDATE orders_orderline SET shipped = packed WHERE order_id = ANY(%(orders)s)",
        _STAGE.format(stage="shipped", more=", shipped = units"),
        _EVENT.format(kind="shipped", data=_PARCELS),
    ],
    "upload": [
        """
        UPDATE logistics_shipment SET state = 'declared', declared_at = %(now)s,
            updated_at = %(now)s, version = version + 1
        WHERE id IN (
            SELECT shipment_id FROM logistics_shipmentline WHERE order_id = ANY(%(orders)s))
        """,
        "UPDATE orders_orderline SET uploaded = shipped WHERE order_id = ANY(%(orders)s)",
        _STAGE.format(stage="uploaded", more=", uploaded = units, clock_open = false"),
        _STOP.format(outcome="met", which="kind = 'ship_by'"),
        """
        INSERT INTO orders_deadline (seller_id, order_id, kind, due_at, warn_at, stop_on, outcome,
            warned, overdue, provisional, steps, fine_next, fine_total)
        SELECT seller_id, id, 'first_scan', %(now)s + interval '5 days',
            %(now)s + interval '3 days', '', 'open', false, false, false, '[]', 0, 0
        FROM orders_order WHERE id = ANY(%(orders)s)
        """,
        _EVENT.format(kind="uploaded", data=_PARCELS),
    ],
    # Of orders that have their stock.
    "cancel": [
        _LEDGER.format(kind="release", on_hand="0", reserved="-r.quantity"),
        _LEVELS.format(sign="-1", more=""),
        _FREE,
        """
        UPDATE orders_orderline SET cancelled = quantity, allocated = 0, packed = 0
        WHERE order_id = ANY(%(orders)s)
        """,
        _STAGE.format(
            stage="cancelled", more=", units = 0, allocated = 0, packed = 0, clock_open = false"
        ),
        _STOP.format(outcome="void", which="true"),
        _EVENT.format(kind="cancelled", data=_PLAIN),
    ],
}
