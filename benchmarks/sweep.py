"""The sweep over 1,000,000 open orders, beside one plain statement."""

import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from benchmarks.data import START, load_orders, make_shop
from benchmarks.database import run, settle, without_limit
from benchmarks.measure import ROUNDS, Figure, figure, in_turns, say, timed
from orders.sweep import SweepResult, sweep_deadlines

ORDERS, MANY, FEW = 1_000_000, 100_000, 500
QUICK = 10  # --quick divides by this
SELLERS = 20
BOUND_MANY, BOUND_FEW = 2.0, 3.0
BOUND_NOTHING_MS = 5.0

_PLAIN = """
WITH crossed AS (
    UPDATE orders_deadline SET overdue = true
    WHERE NOT overdue AND (stopped_at IS NULL OR stopped_at > due_at) AND due_at <= %(now)s
    RETURNING seller_id, order_id, kind, due_at
)
INSERT INTO orders_orderevent
    (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
SELECT seller_id, order_id, 'overdue', due_at, 'job', NULL, 'sweep',
    jsonb_build_object('clock', kind, 'due_at', due_at)
FROM crossed
"""
#: Clocks in this range of due times are as they were before a sweep.
_BACK = """
UPDATE orders_deadline SET overdue = false
WHERE overdue AND due_at > %s AND due_at <= %s AND kind = 'ship_by'
"""


class Clock:
    """Time that goes on by a number of orders: order i of all is due at ``START + i * STEP``."""

    STEP = timedelta(seconds=1)

    def __init__(self) -> None:
        self.passed = 0

    def at(self, orders: int) -> datetime:
        return START + orders * self.STEP

    def on(self, orders: int) -> datetime:
        """The time at which so many more orders have become overdue."""
        self.passed += orders
        return self.at(self.passed)

    def sweep(self, orders: int, *, fined: int = 0) -> None:
        """Ours, with a look at whether it did what it is measured for."""
        result = sweep_deadlines(now=self.on(orders))
        if result != SweepResult(overdue=orders, fined=fined):
            raise RuntimeError(f"expected {orders} to cross: {result}")

    def plain(self, orders: int) -> None:
        with without_limit(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PLAIN, {"now": self.on(orders)})
            if cursor.rowcount != orders:
                raise RuntimeError(f"expected {orders} to cross: {cursor.rowcount}")


def measure(*, quick: bool) -> list[Figure]:
    """Everything is one call of ``sweep_deadlines``; only ship-by clocks cross their due time."""
    total, many = (n // QUICK if quick else n for n in (ORDERS, MANY))
    _load(total)
    clock = Clock()
    clock.on(1)  # the order that is due at START itself
    sweep_deadlines(now=clock.at(1))
    figures = [
        figure(
            f"sweep: {FEW:,} of {total:,} newly crossing",
            in_turns(lambda: clock.sweep(FEW), lambda: clock.plain(FEW), rounds=2 * ROUNDS),
            BOUND_FEW,
        ),
        _nothing(clock),
        _many(clock, many, total),
    ]
    return [*figures, _fines(clock, many)]


def _load(total: int) -> None:
    say(f"Loading {total:,} open orders")
    each = total // SELLERS
    for n in range(SELLERS):
        # Order i of this seller is order SELLERS * i + n of all.
        load_orders(
            make_shop(skus=1),
            each,
            prefix=f"S{n}-",
            stages=["accepted", "stocked", "packed"],
            first_due=START + (n + 1) * Clock.STEP,
            step=SELLERS * Clock.STEP,
            with_lines=False,
        )
    with without_limit():
        # Those that are due in the next days have been warned of.
        run(
            "UPDATE orders_deadline SET warned = true WHERE kind = 'ship_by' AND due_at <= %s",
            [START + timedelta(days=14)],
        )
        settle("orders_order", "orders_deadline", "orders_orderevent")


def _nothing(clock: Clock) -> Figure:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    pairs = in_turns(lambda: clock.sweep(0), ask, rounds=3 * ROUNDS)
    baseline = statistics.median(b for _, b in pairs)
    ours = statistics.median(a for a, _ in pairs)
    return Figure(
        "sweep: nothing to do",
        ours,
        BOUND_NOTHING_MS,
        ours,
        baseline,
        unit="ms",
        note=f"{ours / baseline:,.0f} × SELECT 1",
    )


def _many(clock: Clock, many: int, total: int) -> Figure:
    pairs: list[tuple[float, float]] = []
    start = clock.passed
    for n in range(ROUNDS + 1):
        sides = [lambda: clock.sweep(many), lambda: clock.plain(many)]
        times = [0.0, 0.0]
        for side in (0, 1) if n % 2 else (1, 0):
            times[side] = timed(sides[side])
        if n:
            pairs.append((times[0], times[1]))
        _back(clock, start)
    return figure(f"sweep: {many:,} of {total:,} newly crossing", pairs, BOUND_MANY)


def _back(clock: Clock, start: int) -> None:
    with without_limit():
        run(_BACK, [clock.at(start), clock.at(clock.passed)])
        settle("orders_deadline", "orders_orderevent")
        run("CHECKPOINT")
    clock.passed = start


def _fines(clock: Clock, many: int) -> Figure:
    """For information: every one that crosses is fined at once."""
    rules: Sequence[object] = [clock.at(clock.passed), clock.at(clock.passed + many)]
    with without_limit():
        run(
            "UPDATE orders_order SET rule_id = (SELECT min(id) FROM orders_penaltyrule) "
            "WHERE ship_by > %s AND ship_by <= %s",
            rules,
        )
        run(
            "UPDATE orders_deadline SET fine_at = due_at "
            "WHERE kind = 'ship_by' AND due_at > %s AND due_at <= %s",
            rules,
        )
        settle("orders_order", "orders_deadline")
    taken = timed(lambda: sweep_deadlines(now=clock.on(many)))
    return Figure(f"sweep: {many:,} crossing and fined", taken / 1000, ours=taken, unit="s")
