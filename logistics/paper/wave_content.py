"""What stands on the paper of a wave: the pick list, and the list of its orders for packing.

Totes are numbered by urgency over all orders of the wave, so that both papers name them alike and
a list printed again names them as before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from logistics.models import Wave
from logistics.pick_queries import Part, Place, places_of
from orders.models import Order
from stock.models import Sku


@dataclass(frozen=True, slots=True)
class WaveHead:
    """What both papers say first: which wave, from where to whom, and who printed it when."""

    code: str
    warehouse: str
    service: str
    picker: str
    orders: int
    units: int
    printed_by: str
    printed_at: datetime


@dataclass(frozen=True, slots=True)
class Goods:
    """So many units of a SKU, as a picker and a packer know it."""

    code: str
    barcode: str
    name: str
    name_zh: str
    specification: str
    quantity: int
    weight_grams: int = 0

    @property
    def scan(self) -> str:
        """What its bar code holds: its own one, else the SKU code."""
        return self.barcode or self.code


@dataclass(frozen=True, slots=True)
class PickRow:
    """One SKU in one bin. ``totes`` says how many units go where; ``back`` are to be returned."""

    bin: str
    goods: Goods
    picked: int
    back: int
    totes: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PickPaper:
    """A pick list, in walking order. ``sorts`` when orders are sorted into totes while picking."""

    head: WaveHead
    rows: Sequence[PickRow]
    sorts: bool

    def texts(self) -> list[tuple[str, str]]:
        """What may hold any script, as (field, text)."""
        return _texts(self.head, (row.goods for row in self.rows))


@dataclass(slots=True)
class PackOrder:
    """An order of a wave. ``with_tote`` is that of another order of its buyer to its address."""

    tote: int
    number: str
    country: str
    ship_by: datetime | None
    remark: str
    with_tote: int | None = None
    goods: list[Goods] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(goods.quantity for goods in self.goods)


@dataclass(frozen=True, slots=True)
class PackPaper:
    """The orders of a wave with what goes into each, by urgency."""

    head: WaveHead
    orders: Sequence[PackOrder]

    @property
    def sums(self) -> list[Goods]:
        """All units of each SKU."""
        units: dict[str, int] = defaultdict(int)
        known: dict[str, Goods] = {}
        for order in self.orders:
            for goods in order.goods:
                units[goods.code] += goods.quantity
                known.setdefault(goods.code, goods)
        return [_counted(known[code], units[code]) for code in sorted(known)]

    def texts(self) -> list[tuple[str, str]]:
        """What may hold any script, as (field, text)."""
        goods = (goods for order in self.orders for goods in order.goods)
        remarks = [("remark", order.remark) for order in self.orders if order.remark]
        return _texts(self.head, goods) + remarks


def pick_paper(wave: Wave, actor: Actor) -> PickPaper:
    """What is still to be fetched of a wave read by ``waves_of``, and what goes back. Three
    queries. Raises ``Refused`` (``wave_over``) for a wave that nothing is fetched for any more."""
    if wave.closed_at is not None:
        raise Refused(
            _("The wave %(code)s is over: nothing more is fetched for it.") % {"code": wave.code},
            code="wave_over",
        )
    places = places_of(wave)
    totes = {order.pk: n for n, order in enumerate(_orders(places), 1)}
    visits: dict[int, int] = defaultdict(int)
    for part in _parts(places):
        visits[part.order] += 1
    rows = [
        PickRow(
            bin=place.bin,
            goods=_goods(place.sku, place.rest),
            picked=place.picked,
            back=place.extra,
            totes=[(totes[part.order], part.rest) for part in place.parts if part.rest],
        )
        for place in places
        if place.rest or place.extra
    ]
    head = _head(wave, actor, orders=len(totes), units=sum(place.rest for place in places))
    return PickPaper(head, rows, sorts=any(n > 1 for n in visits.values()))


def pack_paper(wave: Wave, actor: Actor) -> PackPaper:
    """The orders of a wave read by ``waves_of``, with what was and is to be fetched for them.
    Three queries."""
    places = places_of(wave)
    orders = _orders(places)
    first_to: dict[str, int] = {}
    papers: dict[int, PackOrder] = {}
    for tote, order in enumerate(orders, 1):
        key = order.ship_to_key or f"order {order.pk}"
        same = first_to.setdefault(key, tote)
        papers[order.pk] = PackOrder(
            tote, order.number, order.country, order.ship_by, order.remark,
            with_tote=same if same != tote else None,
        )  # fmt: skip
    for place in places:
        for part in place.parts:
            if n := part.picked - part.extra + part.rest:
                papers[part.order].goods.append(_goods(place.sku, n))
    wanted = [papers[order.pk] for order in orders if papers[order.pk].goods]
    head = _head(wave, actor, orders=len(wanted), units=sum(order.units for order in wanted))
    return PackPaper(head, wanted)


def _parts(places: Iterable[Place]) -> Iterable[Part]:
    return (part for place in places for part in place.parts)


def _orders(places: Sequence[Place]) -> list[Order]:
    """All orders of a wave, the most urgent first."""
    ids = {part.order for part in _parts(places)}
    return list(Order.objects.filter(pk__in=ids).order_by("ship_by", "pk"))


def _goods(sku: Sku, quantity: int) -> Goods:
    return Goods(
        sku.code, sku.barcode, sku.name, sku.name_zh, sku.specification, quantity, sku.weight_grams
    )


def _counted(goods: Goods, quantity: int) -> Goods:
    return Goods(
        goods.code, goods.barcode, goods.name, goods.name_zh, goods.specification, quantity,
        goods.weight_grams,
    )  # fmt: skip


def _head(wave: Wave, actor: Actor, *, orders: int, units: int) -> WaveHead:
    return WaveHead(
        code=wave.code,
        warehouse=wave.warehouse.name,
        service=str(wave.service.label) if wave.service else "",
        picker=str(wave.picker) if wave.picker else "",
        orders=orders,
        units=units,
        printed_by=actor.name,
        printed_at=timezone.now(),
    )


def _texts(head: WaveHead, goods: Iterable[Goods]) -> list[tuple[str, str]]:
    found = [("warehouse", head.warehouse), ("people", f"{head.picker} {head.printed_by}")]
    for each in goods:
        text = f"{each.code} {each.name} {each.name_zh} {each.specification}"
        found.append(("goods", text))
    return found
