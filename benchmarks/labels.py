"""500 shipping labels in one PDF, beside the PDF library drawing the same marks without layout."""

import io
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from benchmarks.database import settle
from benchmarks.measure import Figure, in_turns, say
from logistics.actions.paper import MAX_PARCELS, print_parcels, read_parcels
from logistics.models import Carrier, CarrierService, Shipment
from logistics.paper import codes, fonts
from logistics.paper.file import PAPERS
from logistics.paper.labels import draw_label
from logistics.paper.sheet import DOT, MAX_BAR_DOTS, Align, Sheet
from logistics.seeds import load
from orders.models import Order
from orders.registry import perform
from sellers.models import Seller
from testing.factories import (
    STAFF,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
    make_orders,
)

LABELS = 500
ROUNDS = 5
BOUND = 0.5
#: The most labels in one file, and the most memory of a process that draws them.
MANY, MAX_MB = MAX_PARCELS, 250.0
PAPER = PAPERS["label-100x150"]
NAMES = ("欧阳娜娜", "Ana Luísa Gonçalves", "Пётр Иванов", "홍길동", "محمد بن عبدالله")


def measure(*, quick: bool) -> list[Figure]:
    """Ours is all of printing: reading the parcels, layout, drawing, and recording it."""
    n = LABELS // 5 if quick else LABELS
    seller, ids = _parcels(n)
    pages = _recorded(seller, ids)

    def ours() -> None:
        print_parcels(seller=seller, shipments=ids, paper=PAPER, actor=STAFF, target=io.BytesIO())

    def bare() -> None:
        canvas = Canvas(io.BytesIO(), pageCompression=1)
        for marks in pages:
            canvas.setPageSize((PAPER.size.width * mm, PAPER.size.height * mm))
            for mark in marks:
                mark(canvas)
            canvas.showPage()
        canvas.save()

    pairs = in_turns(ours, bare, rounds=ROUNDS)
    with CaptureQueriesContext(connection) as seen:
        ours()
    taken = statistics.median(a for a, _ in pairs)
    many = MANY // (5 if quick else 1)
    say(f"Drawing {many:,} labels in a process of its own")
    return [
        Figure(
            f"{n} labels with Chinese: speed of drawing bare",
            statistics.median(b / a for a, b in pairs),
            BOUND,
            taken,
            statistics.median(b for _, b in pairs),
            at_least=True,
            note=f"{n * 1000 / taken:,.0f} labels a second, {len(seen)} statements",
        ),
        Figure(
            f"{many:,} labels: memory",
            peak := _memory(many),
            MAX_MB,
            unit="MB",
            note=f"{peak - _memory(1):.0f} MB more than for one label",
        ),
    ]


def _parcels(n: int) -> tuple[Seller, list[int]]:
    say(f"Packing {n} orders of buyers who write in five scripts")
    if not Carrier.objects.exists():
        load(Carrier, CarrierService)
    store = StoreFactory.create()
    house = WarehouseFactory.create(
        seller=store.seller, sender_name="岭南家居", address="宝安区固戍二路 88 号", city="深圳市",
        state="广东省", postcode="518101", phone="+86 755 2345 6789",
    )  # fmt: skip
    skus = []
    for i in range(20):
        sku = SkuFactory.create(
            seller=store.seller, name="Celadon mug", name_zh="青瓷茶杯", specification="350 ml",
            declared_name=f"Ceramic mug {i}", declared_name_zh="陶瓷杯", hs_code="691110",
        )  # fmt: skip
        StockLevelFactory.create(seller=store.seller, sku=sku, warehouse=house, on_hand=n * 3)
        skus.append(sku)
    orders = []
    for i in range(20):
        lines = [(skus[(i + k) % 20], 1 + k) for k in range(1 + i % 3)]
        orders += make_orders(n // 20, store=store, lines=lines)
    for i, order in enumerate(orders):
        order.buyer_name = f"{NAMES[i % len(NAMES)]} {i}"
        order.address = f"Av. Paulista {i}, 广东省深圳市宝安区固戍二路 {i} 号"
        order.ship_to_key = f"to {i}"
    Order.objects.bulk_update(orders, ["buyer_name", "address", "ship_to_key"])
    settle("orders_order", "orders_orderline")
    ids = [order.pk for order in orders]
    for name in ("accept", "allocate", "pack"):
        params = {}
        if name == "pack":
            numbers = {o.public_id: f"YT{2612345678900000 + o.pk}" for o in orders}
            params = {"tracking_numbers": numbers}
        outcome = perform(name, seller=store.seller, orders=ids, actor=STAFF, params=params)
        if outcome.done != len(orders):
            raise RuntimeError(f"{name}: {outcome.refusals()}")
    parcels = Shipment.objects.filter(seller=store.seller).order_by("pk")
    return store.seller, list(parcels.values_list("pk", flat=True))


Mark = Callable[[Canvas], Any]


class Recorder(Sheet):
    """A sheet that notes what is drawn: texts in their fonts at their places, codes and lines."""

    def __init__(self) -> None:
        super().__init__(Canvas(io.BytesIO()), PAPER.size)
        self.marks: list[Mark] = []

    def _line(
        self, left: float, base: float, line: str, size: float, bold: bool, align: Align
    ) -> None:
        if align != "left":
            wide = fonts.width(line, size, bold)
            left -= wide if align == "right" else wide / 2
        for run in fonts.runs(line, bold):

            def mark(canvas: Canvas, left: float = left, run: fonts.Run = run) -> None:
                canvas.setFont(run.font, size)
                canvas.drawString(left, base, run.text)

            self.marks.append(mark)
            left += fonts.width(run.text, size, bold)

    def code128(
        self, x: float, y: float, width: float, height: float, text: str, *, align: Align = "center"
    ) -> None:
        modules = codes.code128(text).modules
        dots = min(MAX_BAR_DOTS, int(width * mm / modules / DOT))
        left, bottom = x * mm, (self.size.height - y - height) * mm

        def mark(canvas: Canvas) -> None:
            Code128(text, barWidth=dots * DOT, barHeight=height * mm, quiet=0).drawOn(
                canvas, left, bottom
            )

        self.marks.append(mark)

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        def mark(canvas: Canvas) -> None:
            # With the encoder that is quicker than the library's own, and as one path.
            rows = codes.qr(text)
            cell = side * mm / (len(rows) + 2 * codes.QR_QUIET)
            path = canvas.beginPath()
            for r, row in enumerate(rows):
                for start, end in row:
                    path.rect(x * mm + start * cell, -r * cell, (end - start) * cell, cell)
            canvas.drawPath(path, stroke=0, fill=1)

        self.marks.append(mark)

    def rule(
        self, y: float, x: float = 0, width: float | None = None, *, line: float = 0.4
    ) -> None:
        right = x + (self.size.width if width is None else width)
        self.marks.append(lambda canvas: canvas.line(x * mm, -y * mm, right * mm, -y * mm))

    def box(self, x: float, y: float, width: float, height: float, *, filled: bool = False) -> None:
        self.marks.append(
            lambda canvas: canvas.rect(x * mm, -y * mm, width * mm, height * mm, fill=int(filled))
        )


def _recorded(seller: Seller, ids: list[int]) -> list[list[Mark]]:
    pages = []
    for papers in read_parcels(seller, ids):
        for paper in papers:
            sheet = Recorder()
            draw_label(sheet, paper, position=(len(pages) + 1, len(ids)))
            pages.append(sheet.marks)
    return pages


def _memory(n: int) -> float:
    """The most memory (MB) of a process that draws so many labels."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.labels_child", str(n)],
        check=True,
        stdout=subprocess.PIPE,
    )
    return float(json.loads(done.stdout)["peak_mb"])
