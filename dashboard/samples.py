"""Sample data: what the product looks like in use, in the seller's own shop, and gone again.

Everything stands in a store and a warehouse of its own that are marked as samples, and is made by
the actions that people use. Removal deletes exactly those (docs/adr/0013).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from dashboard.demo.goods import GOODS, Good
from dashboard.demo.story import Story
from logistics.actions.samples import remove_sample_parcels
from logistics.actions.tracking import News, record_tracking
from logistics.models import Shipment
from orders.actions.receive import receive_orders
from orders.actions.samples import check_samples_alone, remove_sample_orders
from orders.drafts import HistoryDraft, OrderDraft
from orders.models import Order
from orders.registry import perform
from sellers.actions import create_store, delete_sample_stores
from sellers.models import Notice, Seller, Store
from stock.actions.levels import Move, post_movements
from stock.actions.samples import remove_sample_goods
from stock.actions.skus import create_sku
from stock.actions.warehouses import create_warehouse

CODE = "SAMPLE"
#: The carrier of the sample parcels; its numbers may begin with letters that say what they are.
SERVICE = "cainiao-standard"
_SKUS = ("MUG-CEL-01", "MUG-CEL-02", "CASE-15-BK", "CASE-15-BL", "CABLE-C2-1M", "CABLE-C2-2M",
         "TOWEL-BAM-3", "APRON-LIN-M", "SOCK-WOOL-2", "PUZZLE-500")  # fmt: skip
GOODS_OF_SAMPLES: tuple[Good, ...] = tuple(
    replace(g, code=f"{CODE}-{g.code}", name=f"Sample · {g.name}", name_zh=f"示例 · {g.name_zh}")
    for g in GOODS
    if g.code in _SKUS
)
#: The steps that take an order on, in their order.
_STEPS = ("accept", "allocate", "pack", "ship", "upload")


@dataclass(frozen=True, slots=True)
class Part:
    """So many orders, paid from ``first`` hours ago to ``last``, taken on for ``steps`` steps."""

    orders: int
    first: int
    last: int
    steps: int = 0
    goods: str = ""
    held: bool = False
    delivered: bool = False


_PARTS = (
    Part(7, 1, 20),
    Part(1, 146, 150),  # overdue, and nobody has accepted it
    Part(5, 5, 30, 1),
    Part(1, 140, 144, 1, "CABLE-C2-2M"),  # late for lack of stock
    Part(2, 20, 40, 1, "CABLE-C2-2M"),
    Part(5, 8, 34, 2),
    Part(1, 20, 30, 2, held=True),
    Part(4, 12, 40, 3),
    Part(3, 20, 44, 4),
    Part(4, 30, 60, 5),
    Part(9, 400, 1000, delivered=True),
)


def has_samples(seller: Seller) -> bool:
    """Whether the shop holds sample data. One query."""
    return Store.objects.filter(seller=seller, sample=True).exists()


def load_samples(*, seller: Seller, actor: Actor) -> int:
    """Put sample SKUs, stock and orders into the shop, all or nothing; how many orders.

    ``Refused`` (``samples_loaded``) when they are there, ``Invalid`` when a code is in use.
    """
    for scope in ("settings:write", "stock:write", "orders:write", "shipments:write"):
        actor.require(scope)
    with transaction.atomic():
        Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
        if has_samples(seller):
            raise Refused(_("The sample data is there already."), code="samples_loaded")
        store = create_store(
            seller=seller,
            code=CODE,
            actor=actor,
            name=gettext("Sample store"),
            time_zone=seller.time_zone,
            sample=True,
        )
        _stock_up(seller, actor)
        return _tell(store, seller, actor)


def remove_samples(*, seller: Seller, actor: Actor) -> int:
    """Take the sample data out again, and nothing else; how many orders went.

    ``Refused`` (``samples_mixed``) when it cannot be exact, since something of the seller's own
    has been put among the samples.
    """
    actor.require("settings:write")
    with transaction.atomic():
        # As long as the store is locked, no order comes in.
        list(
            Store.objects.select_for_update(of=("self",))
            .filter(seller=seller, sample=True)
            .order_by("pk")
        )
        check_samples_alone(seller=seller)
        remove_sample_parcels(seller=seller, actor=actor)
        removed = remove_sample_orders(seller=seller, actor=actor)
        remove_sample_goods(seller=seller, actor=actor)
        delete_sample_stores(seller=seller, actor=actor)
        if not Order.objects.filter(seller=seller).exists():
            Notice.objects.filter(seller=seller).delete()  # they told of the samples
    return removed


def _stock_up(seller: Seller, actor: Actor) -> None:
    warehouse = create_warehouse(
        seller=seller, code=CODE, name=gettext("Sample warehouse"), actor=actor, sample=True
    )
    moves = []
    for g in GOODS_OF_SAMPLES:
        sku = create_sku(
            seller=seller,
            code=g.code,
            actor=actor,
            sample=True,
            name=g.name,
            name_zh=g.name_zh,
            specification=g.specification,
            weight_grams=g.grams,
            length_mm=g.size[0],
            width_mm=g.size[1],
            height_mm=g.size[2],
            declared_name=g.declared,
            declared_name_zh=g.declared_zh,
            declared_value=g.amount / 2,
            price=g.amount,
            price_currency="USD",
            fragile=g.fragile,
        )
        if g.stock:
            moves.append(Move("receive", sku, warehouse, g.stock, reference=CODE))
    post_movements(seller=seller, moves=moves, actor=actor)


def _tell(store: Store, seller: Seller, actor: Actor) -> int:
    """Take the orders in and bring each to where its part says."""
    story = Story(seller, [store], actor, people=[actor], seed=seller.pk, goods=GOODS_OF_SAMPLES)
    drafts = [(part, _draft(story, part, i)) for part in _PARTS for i in range(part.orders)]
    drafts = [
        (part, draft._replace(number=f"{CODE}-{n:04d}"))
        for n, (part, draft) in enumerate(drafts, 1)
    ]
    outcome = receive_orders(
        store=store, drafts=[draft for _part, draft in drafts], actor=actor, samples=True
    )
    reached: dict[Part, list[int]] = defaultdict(list)
    for part, row in zip((part for part, _draft in drafts), outcome, strict=True):
        assert row.id is not None, row.errors  # noqa: S101 - the drafts are ours
        reached[part].append(row.id)
    for n, step in enumerate(_STEPS, 1):
        ids = [pk for part, found in reached.items() if part.steps >= n for pk in found]
        perform(step, seller=seller, orders=ids, actor=actor, params=_params(step, ids, seller))
    held = [pk for part, found in reached.items() if part.held for pk in found]
    note = gettext("Asked the buyer for the street")
    perform(
        "hold",
        seller=seller,
        orders=held,
        actor=actor,
        params={"reason": "address", "note": note},
    )
    _track(seller, actor)
    return len(drafts)


def _draft(story: Story, part: Part, index: int) -> OrderDraft:
    hours = part.first + (part.last - part.first) * index / part.orders
    paid = story.now - timedelta(hours=hours)
    short = [g for g in GOODS_OF_SAMPLES if part.goods and g.code.endswith(part.goods)]
    goods = short or [g for g in story.basket() if g.stock > 30]
    history = HistoryDraft()
    if part.delivered:
        left = paid + timedelta(hours=(9, 22, 26, 28, 118)[index % 5])
        arrived = left + timedelta(days=9 + index % 7)
        history = HistoryDraft(status="FINISH", handed_over_at=left, delivered_at=arrived)
    return story.draft(paid, goods, history=history)


def _params(step: str, ids: Iterable[int], seller: Seller) -> dict[str, Any]:
    if step != "pack":
        return {}
    # As long and as plain as a real one, and no carrier will ever give it to anybody.
    numbers = {
        Order(pk=pk).public_id: f"{CODE}{seller.pk:07d}{n:05d}" for n, pk in enumerate(ids, 1)
    }
    return {"service": SERVICE, "tracking_numbers": numbers}


def _track(seller: Seller, actor: Actor) -> None:
    now = timezone.now()
    parcels = Shipment.objects.filter(
        seller=seller, state="declared", warehouse__sample=True
    ).order_by("pk")
    said = (
        ("picked_up", gettext("Picked up by the carrier")),
        ("in_transit", gettext("Left the sorting centre")),
        ("failed", gettext("Delivery attempted, nobody at home")),
    )
    news = {p.pk: [News(now, *each)] for p, each in zip(parcels, said, strict=False)}
    record_tracking(seller=seller, news=news, actor=actor)
