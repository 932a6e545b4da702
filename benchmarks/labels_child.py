"""``python -m benchmarks.labels_child N``: draws N labels into nothing in a process of its own.

Prints the most memory it had, as JSON. Without a database: the labels come one by one.
"""

import json
import os
import resource
import sys
from decimal import Decimal
from pathlib import Path

import django


def main(n: int) -> None:
    django.setup()
    from benchmarks.labels import NAMES, PAPER
    from logistics.paper.content import Address, Item, ParcelPaper
    from logistics.paper.file import write_parcels

    item = Item("MUG-01", "Celadon mug", "青瓷茶杯", "350 ml", 2, "Ceramic mug", "陶瓷杯",
                Decimal("4.50"), "USD", "691110", 320)  # fmt: skip
    sender = Address("岭南家居", ("广东省深圳市宝安区固戍二路 88 号",), "+86 755 2345 6789")
    papers = (
        ParcelPaper(
            id=i,
            public_id=f"shp_{i:010d}",
            number=f"YT{2612345678900000 + i}",
            carrier="YunExpress",
            service="Registered",
            country="BR",
            to=Address(f"{NAMES[i % 5]} {i}", (f"Av. Paulista {i}", "SÃO PAULO-SP"), "+55 11"),
            sender=sender,
            shop="Lingnan",
            orders=[f"8190001{i:09d}"],
            items=[item],
        )
        for i in range(n)
    )
    with Path(os.devnull).open("wb") as nowhere:
        write_parcels(nowhere, PAPER, ([paper] for paper in papers), total=n)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB
    print(json.dumps({"peak_mb": peak}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
