"""The demo shop's warehouse: bins with what lies in them, boxes, checks, a wave to pick, a count
that goes on and a transfer on the way."""

from django.db.models import F

from core.actor import Actor
from logistics.actions.boxes import add_check, save_box
from logistics.actions.waves import make_wave
from logistics.pick_queries import Wish, candidates
from sellers.models import Seller
from stock.actions.bins import create_bins, set_bins
from stock.actions.counts import Count, enter_counts, start_take
from stock.actions.transfers import create_transfer, receive_transfer, send_transfer
from stock.models import Bin, StockLevel, StockTake, Transfer, Warehouse
from stock.queries.counts import levels_to_count, rows_of

#: Code, name, inner size in mm, own weight, load limit in g, cost in CNY, how many are there.
BOXES = (
    ("F1", "Bubble mailer 气泡袋", (230, 160, 30), 18, 1_000, "0.45", 600),
    ("S2", "Small carton 小纸箱", (200, 150, 110), 85, 3_000, "0.90", 240),
    ("M3", "Middle carton 中纸箱", (310, 230, 170), 170, 8_000, "1.60", 180),
    ("L4", "Large carton 大纸箱", (420, 320, 260), 340, 20_000, "2.90", 60),
)
CHECKS = (
    ("MUG-CEL-01", "No cracks, glaze even / 无裂纹，釉面均匀"),
    ("TEA-SET-4", "Pot and four cups, no chips / 一壶四杯，无缺口"),
    ("POWER-10K", "Battery mark on the box / 盒上有电池标"),
)
WAVE = 12
COUNTED = 4


def equip(seller: Seller, actor: Actor, *, large: bool) -> None:
    """Shelves, boxes and, in the large shop, what is checked."""
    for warehouse in Warehouse.objects.filter(seller=seller).order_by("pk"):
        last = "C-04-3" if large else "A-03-2"
        create_bins(
            seller=seller, warehouse=warehouse, first="A-01-1", last=last, actor=actor, snake=True
        )
        bins = list(Bin.objects.filter(warehouse=warehouse).order_by("walk_order"))
        levels = StockLevel.objects.filter(warehouse=warehouse).order_by("sku__code")
        set_bins(
            seller=seller,
            places={
                (level.sku_id, warehouse.pk): bins[i * 5 % len(bins)].pk
                for i, level in enumerate(levels)
            },
            actor=actor,
        )
    for code, name, (length, width, height), grams, limit, cost, n in BOXES:
        save_box(
            seller=seller, actor=actor, code=code, name=name, length_mm=length, width_mm=width,
            height_mm=height, weight_grams=grams, limit_grams=limit, cost=cost, counted=n,
        )  # fmt: skip
    if large:
        for sku, text in CHECKS:
            add_check(seller=seller, actor=actor, sku=sku, text=text)


def begin_wave(seller: Seller, actor: Actor) -> None:
    """The most urgent orders with stock in the first warehouse wait in a wave."""
    warehouse = Warehouse.objects.filter(seller=seller).order_by("pk").first()
    if warehouse is None:
        return
    ready = candidates(seller, Wish(warehouse)).values_list("pk", flat=True)[:WAVE]
    if ready:
        make_wave(seller=seller, warehouse=warehouse, orders=list(ready), actor=actor)


def begin_count(seller: Seller, actor: Actor) -> None:
    """Some bins of the first warehouse are being counted; a few rows are done, two differ."""
    warehouse = Warehouse.objects.filter(seller=seller).order_by("pk").first()
    if warehouse is None or StockTake.objects.filter(seller=seller).exists():
        return
    levels, data = levels_to_count(seller, warehouse, scope="bins", first="A-01-1", last="A-04-3")
    take = start_take(
        seller=seller, warehouse=warehouse, levels=levels, scope="bins", scope_data=data,
        actor=actor, note="Monthly 月度盘点",
    ).take  # fmt: skip
    rows = rows_of(take).order_by("position")[:COUNTED]
    enter_counts(
        seller=seller,
        take=take.pk,
        counts={
            f"demo-{take.public_id}-{i}": Count(row.sku, max(0, row.expected + by))
            for i, (row, by) in enumerate(zip(rows, (0, -2, 0, 1), strict=False))
        },
        actor=actor,
    )


def send_goods(seller: Seller, actor: Actor) -> None:
    """A transfer from the first warehouse to the second has arrived in part; another is a draft."""
    places = list(Warehouse.objects.filter(seller=seller).order_by("pk")[:2])
    if len(places) < 2 or Transfer.objects.filter(seller=seller).exists():
        return
    levels = StockLevel.objects.filter(warehouse=places[0], on_hand__gte=F("reserved") + 40)
    skus = levels.order_by("-on_hand", "pk").values_list("sku_id", flat=True)[:3]
    if not skus:
        return
    row = create_transfer(
        seller=seller, source=places[0], target=places[1], units=dict.fromkeys(skus, 12),
        actor=actor, note="Truck on Thursday 周四货车",
    )  # fmt: skip
    send_transfer(seller=seller, transfer=row.pk, actor=actor)
    create_transfer(
        seller=seller, source=places[0], target=places[1], units=dict.fromkeys(skus, 6), actor=actor
    )
    first = row.lines.order_by("pk").first()
    if first is not None:
        receive_transfer(
            seller=seller, transfer=row.pk, units={first.pk: 5}, actor=actor,
            client_id=f"demo-{row.public_id}",
        )  # fmt: skip
