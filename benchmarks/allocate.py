"""8 clients that allocate one SKU over HTTP, beside an empty view of the API."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.data import load_orders, make_shop
from benchmarks.database import rows
from benchmarks.measure import Figure, say, timed
from core.ids import encode
from sellers.actions import create_api_key
from testing.factories import STAFF

CLIENTS = 8
ORDERS, STOCK = 800, 600  # a quarter of the orders comes too late
QUICK = 4  # --quick divides by this
ROUNDS = 7
BOUND = 0.2


def measure(*, quick: bool) -> list[Figure]:
    """One order a request, one connection a client. All stock is promised, none of it twice."""
    orders, stock = (n // QUICK if quick else n for n in (ORDERS, STOCK))
    pairs = []
    with _server() as port:
        for n in range(ROUNDS + 1):
            times = [0.0, 0.0]
            for side in (0, 1) if n % 2 else (1, 0):
                times[side] = (_allocate if side == 0 else _nothing)(port, n, orders, stock)
            if n:
                pairs.append((times[0], times[1]))
    rate, bare = (orders * 1000 / statistics.median(side) for side in zip(*pairs, strict=True))
    return [
        Figure(
            f"{CLIENTS} clients allocating one SKU",
            statistics.median(b / a for a, b in pairs),
            BOUND,
            statistics.median(a for a, _ in pairs) / orders,
            statistics.median(b for _, b in pairs) / orders,
            at_least=True,
            note=f"{rate:,.0f} and {bare:,.0f} requests a second",
        )
    ]


def _allocate(port: int, n: int, orders: int, stock: int) -> float:
    shop = make_shop(skus=1, on_hand=stock)
    # One line each; every fifth order has two units of the SKU on two lines.
    ids = load_orders(shop, orders, prefix=f"H{n}-", stages=["accepted"])
    _key, token = create_api_key(
        seller=shop.seller, name="benchmark", scopes=["orders:write"], actor=STAFF
    )
    bodies = [{"action": "allocate", "orders": [encode("ord", pk)]} for pk in ids]
    taken = timed(lambda: _send(port, "/api/v1/orders/actions", token, bodies))
    level = shop.levels[0]
    level.refresh_from_db()
    promised = rows(
        "SELECT coalesce(sum(quantity), 0) FROM stock_reservation WHERE level_id = %s", [level.pk]
    )[0][0]
    allocated = rows("SELECT sum(allocated) FROM orders_order WHERE id = ANY(%s)", [ids])[0][0]
    if not stock == level.reserved == promised == allocated:
        raise RuntimeError(
            f"{stock} units: {level.reserved} reserved, {promised} promised, {allocated} allocated"
        )
    return taken


def _nothing(port: int, n: int, orders: int, stock: int) -> float:
    shop = make_shop(skus=1, on_hand=stock)
    _key, token = create_api_key(
        seller=shop.seller, name="benchmark", scopes=["orders:write"], actor=STAFF
    )
    bodies = [{"action": "allocate", "orders": [encode("ord", i + 1)]} for i in range(orders)]
    return timed(lambda: _send(port, "/bare/empty", token, bodies))


def _send(port: int, path: str, token: str, bodies: Sequence[object]) -> None:
    """All bodies, shared out to the clients."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def client(mine: Sequence[object]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for body in mine:
                connection.request("POST", path, json.dumps(body), headers)
                response = connection.getresponse()
                text = response.read()
                if response.status != 200:
                    raise RuntimeError(f"{path}: {response.status} {text[:300]!r}")
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, [bodies[i::CLIENTS] for i in range(CLIENTS)]))


@contextmanager
def _server() -> Iterator[int]:
    """The web server as ``script/server`` starts it; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "fulfillment.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            *("--timeout", "120", "--log-level", "error", "--no-control-socket"),
        ],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    try:
        _wait(lambda: _answers(port) or process.poll() is not None)
        say(f"gunicorn: 2 processes of 4 threads on port {port}")
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False


def _wait(until: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            raise RuntimeError("the web server does not answer")
        time.sleep(0.1)
