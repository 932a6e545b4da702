"""Importing 100,000 orders from a file, beside COPY of the rows that it writes."""

import csv
import json
import statistics
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction

from benchmarks.data import START, Shop, make_shop
from benchmarks.database import rows, run, without_limit
from benchmarks.measure import Figure, say, timed
from fulfillment import embedded

ORDERS = 100_000
QUICK = 10  # --quick divides by this
ROUNDS = 5
BOUND = 1 / 3
MAX_MB = 300.0
#: Written by triggers, also when rows come by COPY.
BY_TRIGGER = {"orders_stagecount"}


def measure(*, quick: bool) -> list[Figure]:
    """``manage.py import_orders`` in a process of its own; COPY from files, in one transaction,
    with all constraints, indexes and triggers in place."""
    n = ORDERS // QUICK if quick else ORDERS
    shop = make_shop()
    pairs, peaks = [], []
    with TemporaryDirectory(dir=embedded.var_dir()) as name, without_limit():
        folder = Path(name)
        source = folder / "orders.csv"
        say(f"Writing a file of {n:,} orders")
        _write(source, n, shop)
        empty = {table for table, count in _counts().items() if not count}
        for _ in range(ROUNDS):
            ours, peak = _import(source, shop, n)
            written = sorted({t for t, count in _counts().items() if count} & empty - BY_TRIGGER)
            say(f"Imported in {ours / 1000:.1f} s into {', '.join(written)}")
            _dump(folder, written)
            _empty(written)
            copied = timed(lambda written=written: _copy(folder, written))
            _empty(written)
            pairs.append((ours, copied))
            peaks.append(peak)
    return [
        Figure(
            f"import of {n:,} orders: speed of COPY",
            statistics.median(b / a for a, b in pairs),
            BOUND,
            statistics.median(a for a, _ in pairs),
            statistics.median(b for _, b in pairs),
            at_least=True,
            note=f"{n * 1000 / statistics.median(a for a, _ in pairs):,.0f} orders a second",
        ),
        Figure(f"import of {n:,} orders: memory", max(peaks), MAX_MB, unit="MB"),
    ]


def _write(path: Path, n: int, shop: Shop) -> None:
    """1.2 lines an order, with all that a marketplace gives of an order that is to be shipped."""
    codes = [sku.code for sku in shop.skus]
    places = (
        ("BR", "SP", "São Paulo", "01310-100", "Av. Paulista"),
        ("US", "CA", "Los Angeles", "90012", "Main Street"),
        ("ES", "M", "Madrid", "28013", "Gran Vía"),
        ("FR", "", "Paris", "75001", "Rue de Rivoli"),
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            [
                *("order_number", "store", "platform_status", "placed_at", "paid_at", "buyer_id"),
                *("buyer_name", "buyer_phone", "buyer_address", "buyer_country", "buyer_state"),
                *("buyer_city", "buyer_postcode", "sku", "title", "quantity", "unit_price"),
                *("currency", "freight", "weight_grams", "remark"),
            ]
        )
        for i in range(n):
            placed = START - timedelta(seconds=2 * (n - i))
            country, state, city, postcode, street = places[i % len(places)]
            for line in range(1 + (i % 5 == 0)):
                out.writerow(
                    [
                        *(f"81{i:014d}", shop.store.code, "WAIT_SELLER_SEND_GOODS"),
                        *(placed.isoformat(), (placed + timedelta(minutes=3)).isoformat()),
                        *(f"b-{i}", f"Buyer {i}", "+5511912345678", f"{street} {i}"),
                        *(country, state, city, postcode, codes[(i + line) % len(codes)]),
                        *(f"Thing number {i % 977}", 1 + i % 2, "19.90", "USD", "1.50", "320", ""),
                    ]
                )


def _import(source: Path, shop: Shop, n: int) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_child", str(source), shop.store.code],
        check=True,
        stdout=subprocess.PIPE,
    )
    said = json.loads(done.stdout)
    if said["result"]["orders"]["created"] != n:
        raise RuntimeError(f"not all orders went in: {said['result']}")
    return said["ms"], said["peak_mb"]


def _counts() -> dict[str, int]:
    return {
        table: rows(f'SELECT count(*) FROM "{table}"')[0][0]
        for table in connection.introspection.table_names()
    }


def _dump(folder: Path, tables: list[str]) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            with (folder / table).open("wb") as file:
                cursor.copy_expert(f'COPY "{table}" TO STDOUT', file)


def _copy(folder: Path, tables: list[str]) -> None:
    # Keys into another table are looked at when the transaction ends.
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            with (folder / table).open("rb") as file:
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', file)


def _empty(tables: list[str]) -> None:
    # What refers to them has no rows but theirs.
    run(f"TRUNCATE {', '.join([*tables, *BY_TRIGGER])} CASCADE")
    run("CHECKPOINT")
