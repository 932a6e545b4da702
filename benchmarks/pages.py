"""Today and the order list of a seller with 100,000 orders, beside an empty page of Django."""

import statistics
from datetime import timedelta

from django.test import Client

from benchmarks.data import PATH, START, Shop, load_orders, make_shop
from benchmarks.database import settle
from benchmarks.lists import body, logged_in, queries
from benchmarks.measure import Figure, say, timed

MANY, FEW = 100_000, 100
QUICK = 10  # --quick divides by this
ROUNDS, QUICK_ROUNDS = 200, 60
BOUND, BYTES = 6.0, 150_000
EMPTY = "/bare/nothing"
PAGES = (("Today", "/"), ("order list", "/orders/"))


def measure(*, quick: bool) -> list[Figure]:
    many = MANY // QUICK if quick else MANY
    big, small = logged_in(_shop(many)), logged_in(_shop(FEW))
    settle("orders_order", "orders_orderline", "orders_deadline", "orders_orderevent")
    figures = []
    for name, path in PAGES:
        say(f"{name} of {many:,} orders")
        counts = queries(big, path), queries(small, path)
        weight = len(body(big, path).encode())
        pairs = _in_turns(big, path, QUICK_ROUNDS if quick else ROUNDS)
        ours, empty = (_p95([pair[i] for pair in pairs]) for i in (0, 1))
        title = f"{name} of {many:,}"
        figures += [
            Figure(f"{title}: p95 beside an empty page", ours / empty, BOUND, ours, empty),
            Figure(
                f"{title}: queries beyond those of {FEW}", counts[0] - counts[1], 0, unit="queries",
                note=f"{counts[0]} and {counts[1]}",
            ),
            Figure(f"{title}: HTML", weight / 1000, BYTES / 1000, unit="kB"),
        ]  # fmt: skip
    return figures


def _shop(n: int) -> Shop:
    """A shop with orders in all stages, due from ten days ago on."""
    say(f"Loading {n:,} orders of one seller")
    shop = make_shop()
    load_orders(
        shop,
        n,
        prefix="P",
        stages=[*PATH, "accepted", "packed", "uploaded"],
        first_due=START - timedelta(days=10),
        step=timedelta(days=20) / n,
        varied=True,
        fines=True,
    )
    return shop


def _in_turns(client: Client, path: str, rounds: int) -> list[tuple[float, float]]:
    """Milliseconds of ours and of the empty page, one after the other, warmed up."""
    for _ in range(5):
        body(client, path)
        body(client, EMPTY)
    return [
        (timed(lambda: body(client, path)), timed(lambda: body(client, EMPTY)))
        for _ in range(rounds)
    ]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
