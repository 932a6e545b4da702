"""One scan at the packing table beside an empty page behind the same middleware and login."""

import statistics
from itertools import count
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.measure import Figure, say, timed
from logistics.actions.boxes import save_box
from logistics.models import Carrier, CarrierService
from logistics.seeds import load
from orders.models import Order
from orders.registry import perform
from stock.models import Sku
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
    make_orders,
)

ORDERS, LINES = 2_000, 5
SCANS = 600
BOUND = 3.0
_ids = count(1)


def measure(*, quick: bool) -> list[Figure]:
    scans = SCANS // 4 if quick else SCANS
    client, orders, skus = _shop(ORDERS // (10 if quick else 1))
    ours, baseline, queries = [], [], 0
    todo = iter(orders)
    left: list[str] = []
    for n in range(scans + 20):
        if not left:
            _scan(client, "LEAVE")
            _scan(client, next(todo).number)
            left = [f"{sku.code}" for sku in skus for _ in range(2)][:-1]
        code = left.pop()
        pair = [lambda code=code: _scan(client, code), lambda: client.get("/bare/nothing")]
        times = {i: timed(pair[i]) for i in ((0, 1) if n % 2 else (1, 0))}
        if n >= 20:
            ours.append(times[0])
            baseline.append(times[1])
    with CaptureQueriesContext(connection) as seen:
        _scan(client, "NOBODY KNOWS")
    queries = len(seen)
    p95 = [statistics.quantiles(times, n=20)[-1] for times in (ours, baseline)]
    medians = [statistics.median(times) for times in (ours, baseline)]
    say(f"{scans} scans; medians {medians[0]:.2f} and {medians[1]:.2f} ms")
    return [
        Figure(
            "scan to answer, p95 beside an empty page",
            p95[0] / p95[1],
            BOUND,
            ours=p95[0],
            baseline=p95[1],
            note=f"{queries} statements with savepoints",
        ),
        Figure(
            "scan to answer, median beside an empty page",
            medians[0] / medians[1],
            None,
            ours=medians[0],
            baseline=medians[1],
        ),
    ]


def _scan(client: Client, text: str) -> Any:
    response = client.post(
        "/pack/scan/", {"code": text, "client_id": f"b{next(_ids)}"}, headers={"X-Scan": "1"}
    )
    if response.status_code != 200:
        raise RuntimeError(f"{text}: {response.status_code}")
    return response


def _shop(n: int) -> tuple[Client, list[Order], list[Sku]]:
    say(f"Stocking {n:,} orders of {LINES} lines")
    if not Carrier.objects.exists():
        load(Carrier, CarrierService)
    store = StoreFactory.create()
    seller = store.seller
    warehouse = WarehouseFactory.create(seller=seller)
    skus = [SkuFactory.create(seller=seller) for _ in range(LINES)]
    for sku in skus:
        StockLevelFactory.create(seller=seller, sku=sku, warehouse=warehouse, on_hand=n * 3)
    for i in range(4):
        save_box(seller=seller, actor=STAFF, code=f"B{i}", length_mm=100 * (i + 1), width_mm=200,
                 height_mm=100)  # fmt: skip
    orders = make_orders(n, store=store, lines=[(sku, 2) for sku in skus])
    for name in ("accept", "allocate"):
        for start in range(0, n, 500):
            ids = [o.pk for o in orders[start : start + 500]]
            perform(name, seller=seller, orders=ids, actor=STAFF)
    client = Client(SERVER_NAME="localhost")
    client.force_login(MembershipFactory.create(seller=seller).user)
    return client, orders, skus
