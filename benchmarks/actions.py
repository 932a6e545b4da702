"""Accept, allocate, pack, ship (and upload, cancel) on 1,000 orders, beside plain SQL."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.actions_sql import PLAIN
from benchmarks.data import START, Shop, load_orders, make_shop
from benchmarks.database import rows, settle
from benchmarks.measure import ROUNDS, Figure, figure, timed
from core.ids import encode
from orders.registry import MAX_BATCH, perform
from testing.factories import STAFF

BOUND = 3.0
MAX_STATEMENTS = 30
HELD_TO_BOUND = ("accept", "allocate", "pack", "ship")
#: What is done with a set of orders, in turn.
JOURNEYS = (("accept", "allocate", "pack", "ship", "upload"), ("accept", "allocate", "cancel"))
TABLES = (
    *("orders_order", "orders_orderline", "orders_deadline", "orders_orderevent"),
    *("stock_stocklevel", "stock_reservation", "stock_stockmovement"),
    *("logistics_shipment", "logistics_shipmentline", "core_outboxmessage"),
)

#: What both sides must have written; compared after every action.
_WRITTEN = """
SELECT 'order', stage, sum(units), sum(allocated), sum(packed), sum(shipped), sum(uploaded),
    count(*) FILTER (WHERE clock_open), sum(version) FROM orders_order
WHERE id = ANY(%(orders)s) GROUP BY stage
UNION ALL
SELECT 'line', '', sum(quantity - cancelled), sum(allocated), sum(packed), sum(shipped),
    sum(uploaded), 0, 0 FROM orders_orderline WHERE order_id = ANY(%(orders)s)
UNION ALL
SELECT 'event', kind, count(*), 0, 0, 0, 0, 0, 0 FROM orders_orderevent
WHERE order_id = ANY(%(orders)s) GROUP BY kind
UNION ALL
SELECT 'clock', kind || outcome, count(*), 0, 0, 0, 0, 0, 0 FROM orders_deadline
WHERE order_id = ANY(%(orders)s) GROUP BY 2
UNION ALL
SELECT 'parcel', p.state, count(*), sum(s.quantity), 0, 0, 0, 0, 0
FROM logistics_shipmentline s JOIN logistics_shipment p ON p.id = s.shipment_id
WHERE s.order_id = ANY(%(orders)s) GROUP BY 2
UNION ALL
SELECT 'ledger', m.kind, count(*), sum(m.on_hand), sum(m.reserved), 0, 0, 0, 0
FROM stock_stockmovement m JOIN orders_orderline l ON l.id = m.holder_id
WHERE l.order_id = ANY(%(orders)s) GROUP BY 2
UNION ALL
SELECT 'reserved', '', count(*), sum(r.quantity), 0, 0, 0, 0, 0
FROM stock_reservation r JOIN orders_orderline l ON l.id = r.holder_id
WHERE l.order_id = ANY(%(orders)s)
ORDER BY 1, 2
"""


def measure(*, quick: bool) -> list[Figure]:
    """Two batches of 500 each; the statements are those of one batch."""
    shop = make_shop()
    others = make_shop()
    load_orders(others, 2_000 if quick else 20_000, prefix="OTHER", stages=["new", "accepted"])
    rounds = ROUNDS + 2
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    statements: dict[str, int] = {}
    for n in range(rounds + 1):
        for j, journey in enumerate(JOURNEYS):
            sets = [
                load_orders(shop, 2 * MAX_BATCH, prefix=f"{side}{n}-{j}-", first_due=START)
                for side in "AB"
            ]
            settle(*TABLES)
            for action in journey:
                times = [0.0, 0.0]
                works = (
                    lambda name=action, ids=sets[0]: _ours(shop, name, ids),
                    lambda name=action, ids=sets[1]: _plain(shop, name, ids),
                )
                for side in (0, 1) if n % 2 else (1, 0):
                    if n == 0 and side == 0:  # the round that does not count
                        with CaptureQueriesContext(connection) as captured:
                            works[side]()
                        statements[action] = len(captured) // 2
                    else:
                        times[side] = timed(works[side])
                if n:
                    pairs[action].append((times[0], times[1]))
                _same(action, *sets)
    figures = []
    for action, found in {**pairs}.items():
        held = action in HELD_TO_BOUND
        figures += [
            figure(f"{action} 1,000 orders", found, BOUND if held else None),
            Figure(
                f"{action}: statements per 500",
                statements[action],
                MAX_STATEMENTS,
                unit="statements",
            ),
        ]
    return figures


def _ours(shop: Shop, action: str, ids: Sequence[int]) -> None:
    for batch in _batches(ids):
        params: dict[str, Any] = {}
        if action == "pack":
            params["tracking_numbers"] = {encode("ord", pk): _number(pk) for pk in batch}
        outcome = perform(action, seller=shop.seller, orders=batch, actor=STAFF, params=params)
        if outcome.done != len(batch):
            raise RuntimeError(f"{action}: {outcome.refusals()}")


def _plain(shop: Shop, action: str, ids: Sequence[int]) -> None:
    for batch in _batches(ids):
        params: dict[str, Any] = {"orders": list(batch), "now": timezone.now()}
        if action == "pack":
            params["numbers"] = [_number(pk) for pk in batch]
            params["warehouse"] = shop.warehouse.pk
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in PLAIN[action]:
                cursor.execute(statement, params)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[i : i + MAX_BATCH] for i in range(0, len(ids), MAX_BATCH))


def _number(pk: int) -> str:
    return f"TRACK{pk:010d}X"


def _same(action: str, ours: Sequence[int], plain: Sequence[int]) -> None:
    written = [rows(_WRITTEN, {"orders": list(ids)}) for ids in (ours, plain)]
    if written[0] != written[1]:
        raise RuntimeError(f"{action}: not the same rows: {written[0]} and {written[1]}")
