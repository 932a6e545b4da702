"""Shops and orders, loaded by set-based SQL: identical but for their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.database import rows, run, without_limit
from orders.states import Stage
from sellers.models import Seller, Store
from stock.models import Sku, StockLevel, Warehouse
from testing.factories import (
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
)

#: A time without fractions from which all data of a run counts.
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

#: Stages in order; the place of a stage says which counters are reached.
PATH = [s.value for s in Stage if s is not Stage.CANCELLED]

_ORDERS = """
INSERT INTO orders_order (seller_id, store_id, number, marketplace_status, stage, buyer_ref,
    buyer_name, buyer_phone, country, state, city, postcode, address, tax_number, ship_to_key,
    remark, currency, goods_amount, freight_amount, placed_at, paid_at, ship_by, handling_days,
    rule_id, units, allocated, packed, shipped, uploaded, problems, on_hold, clock_open, history,
    accepted_at, stocked_at, packed_at, shipped_at, uploaded_at, confirmed_at, version,
    created_at, updated_at)
SELECT %(seller)s, %(store)s, %(prefix)s || lpad(i::text, 9, '0'), 'PAID', stage, 'B' || i,
    'Ana Souza ' || i, '+5511912345678', (ARRAY['BR', 'US', 'ES', 'FR', 'KR'])[1 + i %% 5], 'SP',
    'São Paulo', '01310-100', 'Av. Paulista ' || i, '111.444.777-35', md5(%(prefix)s || i),
    CASE WHEN %(varied)s AND i %% 20 = 0 THEN 'Please pack it as a present' ELSE '' END, 'USD',
    19.90 * units, 4.50, paid_at, paid_at, ship_by, 2, %(rule)s, units,
    CASE WHEN reach >= 2 THEN units ELSE 0 END, CASE WHEN reach >= 3 THEN units ELSE 0 END,
    CASE WHEN reach >= 4 THEN units ELSE 0 END, CASE WHEN reach >= 5 THEN units ELSE 0 END,
    CASE WHEN %(varied)s AND i %% 50 = 0 THEN '{postcode_format}'::varchar[] ELSE '{}' END,
    %(varied)s AND i %% 100 = 7, reach < 5, false,
    CASE WHEN reach >= 1 THEN paid_at + interval '1 hour' END,
    CASE WHEN reach >= 2 THEN paid_at + interval '2 hours' END,
    CASE WHEN reach >= 3 THEN paid_at + interval '3 hours' END,
    CASE WHEN reach >= 4 THEN paid_at + interval '4 hours' END,
    CASE WHEN reach >= 5 THEN paid_at + interval '5 hours' END,
    CASE WHEN reach >= 6 THEN paid_at + interval '6 hours' END,
    1, paid_at, paid_at
FROM (
    SELECT i, stage, array_position(%(path)s::text[], stage) - 1 AS reach,
        1 + (i %% 5 = 0)::int AS units, ship_by, ship_by - interval '48 hours' AS paid_at
    FROM (
        SELECT i, (%(stages)s::text[])[1 + i %% cardinality(%(stages)s::text[])] AS stage,
            %(first_due)s::timestamptz + i * %(step)s::interval AS ship_by
        FROM generate_series(0, %(n)s - 1) AS i
    ) AS counted
) AS drafts
"""

#: One line, and every fifth order a second one: 1.2 lines an order.
_LINES = """
INSERT INTO orders_orderline (seller_id, order_id, position, sku_id, sku_code, title,
    specification, quantity, unit_price, cancelled, allocated, packed, shipped, uploaded)
SELECT o.seller_id, o.id, p, s.id, s.code, s.name, '', 1, 19.90, 0,
    (o.allocated > 0)::int, (o.packed > 0)::int, (o.shipped > 0)::int, (o.uploaded > 0)::int
FROM orders_order o
CROSS JOIN LATERAL generate_series(1, o.units) AS p
JOIN stock_sku s ON s.id = (%(skus)s::bigint[])[1 + (o.id + p) %% cardinality(%(skus)s::bigint[])]
WHERE o.id BETWEEN %(first)s AND %(last)s
"""

_CLOCKS = """
INSERT INTO orders_deadline (seller_id, order_id, kind, due_at, warn_at, stop_on, outcome,
    stopped_at, warned, overdue, computed_at, provisional, steps, fine_at, fine_next, fine_total)
SELECT seller_id, id, 'ship_by', ship_by, ship_by - interval '12 hours', 'uploaded',
    CASE WHEN uploaded_at IS NULL THEN 'open' ELSE 'met' END, uploaded_at, false, false, ship_by,
    false, '[]'::jsonb, CASE WHEN %(fines)s THEN ship_by END, round(goods_amount * 0.05, 2),
    round(goods_amount * 0.15, 2)
FROM orders_order WHERE id BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT seller_id, id, 'accept', paid_at + interval '24 hours', paid_at + interval '12 hours', '',
    CASE WHEN accepted_at IS NULL THEN 'open' ELSE 'met' END, accepted_at, false, false,
    paid_at + interval '24 hours', false, '[]'::jsonb, NULL, 0, 0
FROM orders_order WHERE id BETWEEN %(first)s AND %(last)s
"""

_EVENTS = """
INSERT INTO orders_orderevent
    (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
SELECT seller_id, id, 'received', created_at, 'job', NULL, 'benchmark', '{}'::jsonb
FROM orders_order WHERE id BETWEEN %(first)s AND %(last)s
"""


@dataclass(frozen=True, slots=True)
class Shop:
    seller: Seller
    store: Store
    warehouse: Warehouse
    skus: list[Sku]
    levels: list[StockLevel]


def make_shop(skus: int = 200, on_hand: int = 1_000_000) -> Shop:
    """An approved seller with a store and with SKUs that are in stock in one warehouse."""
    seller = SellerFactory()
    store = StoreFactory(seller=seller)
    warehouse = WarehouseFactory(seller=seller)
    things = SkuFactory.create_batch(skus, seller=seller)
    levels = [
        StockLevelFactory(seller=seller, sku=sku, warehouse=warehouse, on_hand=on_hand)
        for sku in things
    ]
    return Shop(seller, store, warehouse, things, levels)


def load_orders(
    shop: Shop,
    n: int,
    *,
    prefix: str,
    stages: Sequence[str] = ("new",),
    first_due: datetime = START + timedelta(days=2),
    step: timedelta = timedelta(seconds=1),
    varied: bool = False,
    with_lines: bool = True,
    fines: bool = False,
) -> list[int]:
    """``n`` orders with lines, clocks and their ``received`` event; the ids in order.

    The order number i is due at ``first_due + i * step`` and is in ``stages[i % len(stages)]``.
    ``varied`` gives some of them remarks, holds and problems; ``fines`` gives the ship-by clocks
    a step of the rule book at their due time.
    """
    params = {
        "seller": shop.seller.pk,
        "store": shop.store.pk,
        "prefix": prefix,
        "n": n,
        "stages": list(stages),
        "path": PATH,
        "first_due": first_due,
        "step": step,
        "varied": varied,
        "fines": fines,
        "rule": _rule() if fines else None,
        "skus": [sku.pk for sku in shop.skus],
    }
    with without_limit():
        (before,) = rows("SELECT coalesce(max(id), 0) FROM orders_order")[0]
        run(_ORDERS, params)
        first, last = rows("SELECT min(id), max(id) FROM orders_order WHERE id > %s", [before])[0]
        params |= {"first": first, "last": last}
        if with_lines:
            run(_LINES, params)
        run(_CLOCKS, params)
        run(_EVENTS, params)
    found = rows(
        "SELECT id FROM orders_order WHERE id BETWEEN %s AND %s ORDER BY number", [first, last]
    )
    return [pk for (pk,) in found]


def _rule() -> int:
    return int(rows("SELECT min(id) FROM orders_penaltyrule WHERE effective_to IS NULL")[0][0])
