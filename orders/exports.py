"""Orders, their lines, fines and shortages as files."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from orders import events
from orders.filters import order_list
from orders.models import Order, OrderLine
from orders.queries import SORTS, fines_of
from orders.queries.outlook import Outlook, outlooks
from orders.queries.shortages import shortages, skus_of, unmapped_codes
from orders.states import Stage
from orders.views.words import country_name, masked
from sellers.exports import Column, Export, Line, Reader, batches, chunks_of, register
from sellers.models import Seller

_HIDDEN = "•••••"
_SMALL = 500


def _hide(text: str) -> str:
    return _HIDDEN if text else ""


def _params(query: QueryDict) -> QueryDict:
    params = query.copy()
    if params.get("sort") not in SORTS:
        params["sort"] = "-placed_at"
    return params


def _order_chunks(reader: Reader, query: QueryDict) -> Iterator[tuple[int, list[Order]]]:
    params = _params(query)
    key, descending = SORTS[str(params["sort"])]
    sign = "-" if descending else ""
    rows = order_list(reader.seller, params, actor=reader.actor).order_by(
        f"{sign}{key}", f"{sign}pk"
    )
    return chunks_of(rows)


def _count(reader: Reader, query: QueryDict) -> int:
    return order_list(reader.seller, _params(query), actor=reader.actor).order_by().count()


def _line_chunks(reader: Reader, query: QueryDict) -> Iterator[tuple[int, list[OrderLine]]]:
    for n, orders in _order_chunks(reader, query):
        by_id = {order.pk: order for order in orders}
        lines: dict[int, list[OrderLine]] = defaultdict(list)
        for line in (
            OrderLine.objects.filter(order__in=by_id).select_related("sku").order_by("position")
        ):
            line.order = by_id[line.order_id]
            lines[line.order_id].append(line)
        yield n, [line for pk in by_id for line in lines[pk]]


def _with_goods(reader: Reader, lines: Sequence[Line]) -> None:
    goods: dict[int, list[str]] = defaultdict(list)
    ids = [line.row.pk for line in lines]
    for order, sku, code, title, quantity, cancelled in (
        OrderLine.objects.filter(order__in=ids)
        .order_by("order_id", "position")
        .values_list("order_id", "sku__code", "sku_code", "title", "quantity", "cancelled")
    ):
        if quantity > cancelled:
            goods[order].append(f"{sku or code or title} × {quantity - cancelled}")
    fines = fines_of([line.row for line in lines]) if reader.money else {}
    for line in lines:
        line.more["goods"] = "; ".join(goods[line.row.pk])
        line.more["fine"] = fines.get(line.row.pk)


def _reveal(seller: Seller, orders: Sequence[int], actor: Actor, job: str) -> None:
    """One event per order whose buyer was given out."""
    now = timezone.now()
    for part in batches(orders, 5_000):
        events.record(
            "revealed",
            rows=[(seller.pk, order) for order in part],
            actor=actor,
            at=now,
            data={"export": job},
        )


ORDERS = Export(
    "orders",
    _("Orders"),
    "orders:read",
    [
        Column("number", _("Order number"), lambda x: x.row.number),
        Column("store", _("Store"), lambda x: x.row.store.name),
        Column("stage", _("Stage"), lambda x: str(Stage(x.row.stage).label)),
        Column(
            "status", _("Marketplace status"), lambda x: x.row.marketplace_status, chosen=False
        ),
        Column("goods", _("Goods"), lambda x: x.more["goods"]),
        Column("units", _("Units"), lambda x: x.row.units),
        Column("ship_by", _("Ship by"), lambda x: x.row.ship_by),
        Column("placed_at", _("Placed"), lambda x: x.row.placed_at),
        Column("paid_at", _("Paid"), lambda x: x.row.paid_at),
        Column("country", _("Country"), lambda x: country_name(x.row.country)),
        Column("country_code", _("Country code"), lambda x: x.row.country, chosen=False),
        Column("state", _("State or province"), lambda x: x.row.state, chosen=False),
        Column("city", _("City"), lambda x: x.row.city, chosen=False),
        Column(
            "buyer", _("Buyer"), lambda x: x.row.buyer_name,
            masked=lambda x: masked(x.row.buyer_name) if x.row.buyer_name else "",
        ),
        Column(
            "phone", _("Phone"), lambda x: x.row.buyer_phone,
            masked=lambda x: _hide(x.row.buyer_phone), chosen=False,
        ),
        Column(
            "postcode", _("Postcode"), lambda x: x.row.postcode,
            masked=lambda x: _hide(x.row.postcode), chosen=False,
        ),
        Column(
            "address", _("Address"), lambda x: x.row.address,
            masked=lambda x: _hide(x.row.address), chosen=False,
        ),
        Column(
            "tax_number", _("Tax number"), lambda x: x.row.tax_number,
            masked=lambda x: _hide(x.row.tax_number), chosen=False,
        ),
        Column("remark", _("Buyer's remark"), lambda x: x.row.remark, chosen=False),
        Column("on_hold", _("On hold"), lambda x: x.row.on_hold, chosen=False),
        Column("problems", _("Problems"), lambda x: len(x.row.problems), chosen=False),
        Column("accepted_at", _("Accepted at"), lambda x: x.row.accepted_at, chosen=False),
        Column("stocked_at", _("Allocated at"), lambda x: x.row.stocked_at, chosen=False),
        Column("packed_at", _("Packed at"), lambda x: x.row.packed_at, chosen=False),
        Column("shipped_at", _("Handed over at"), lambda x: x.row.shipped_at, chosen=False),
        Column("uploaded_at", _("Uploaded at"), lambda x: x.row.uploaded_at, chosen=False),
        Column("delivered_at", _("Delivered at"), lambda x: x.row.delivered_at, chosen=False),
        Column("currency", _("Currency"), lambda x: x.row.currency, "money:read"),
        Column("goods_amount", _("Goods amount"), lambda x: x.row.goods_amount, "money:read"),
        Column("freight_amount", _("Freight"), lambda x: x.row.freight_amount, "money:read"),
        Column("fine_booked", _("Fine booked"), lambda x: x.more["fine"].booked, "money:read"),
        Column("fine_total", _("Fine to be expected"), lambda x: x.more["fine"].total,
               "money:read", chosen=False),
    ],
    _order_chunks,
    _count,
    enrich=[_with_goods],
    reveal=_reveal,
    may_reveal=("orders:write", "shipments:write"),
    also="order-lines",
)  # fmt: skip

LINES = Export(
    "order-lines",
    _("Order lines"),
    "orders:read",
    [
        Column("number", _("Order number"), lambda x: x.row.order.number),
        Column("store", _("Store"), lambda x: x.row.order.store.name),
        Column("stage", _("Stage"), lambda x: str(Stage(x.row.order.stage).label)),
        Column("ship_by", _("Ship by"), lambda x: x.row.order.ship_by),
        Column("country", _("Country"), lambda x: country_name(x.row.order.country)),
        Column("position", _("Line"), lambda x: x.row.position),
        Column("sku", _("SKU"), lambda x: x.row.sku.code if x.row.sku else ""),
        Column("sku_code", _("SKU code on the marketplace"), lambda x: x.row.sku_code),
        Column("title", _("Title"), lambda x: x.row.title),
        Column("specification", _("Specification"), lambda x: x.row.specification),
        Column("quantity", _("Quantity"), lambda x: x.row.quantity),
        Column("cancelled", _("Cancelled units"), lambda x: x.row.cancelled, chosen=False),
        Column("allocated", _("Allocated units"), lambda x: x.row.allocated),
        Column("packed", _("Packed units"), lambda x: x.row.packed),
        Column("shipped", _("Shipped units"), lambda x: x.row.shipped),
        Column("currency", _("Currency"), lambda x: x.row.order.currency, "money:read"),
        Column("unit_price", _("Unit price"), lambda x: x.row.unit_price, "money:read"),
        Column(
            "amount", _("Amount"), lambda x: x.row.unit_price * x.row.quantity, "money:read"
        ),
    ],
    _line_chunks,
    _count,
    also="orders",
)  # fmt: skip


def _shortage_chunks(reader: Reader, query: QueryDict) -> Iterator[tuple[int, list[object]]]:
    for part in batches(shortages(reader.seller), _SMALL):
        skus, ahead = skus_of(reader.seller, part), outlooks(reader.seller, part)
        yield len(part), [(row, skus[row.sku_id], ahead[row.sku_id]) for row in part]


def _next_day(ahead: Outlook) -> str:
    found = ahead.way.next
    return found.expected_on.isoformat() if found and found.expected_on else ""


SHORTAGES = Export(
    "shortages",
    _("Shortages"),
    "stock:read",
    [
        Column("sku", _("SKU"), lambda x: x.row[1].code),
        Column("name", _("Name"), lambda x: x.row[1].label),
        Column("missing", _("Missing"), lambda x: x.row[0].missing),
        Column("wanted", _("Wanted"), lambda x: x.row[0].wanted),
        Column("available", _("Available"), lambda x: x.row[0].available),
        Column(
            "elsewhere",
            _("In warehouses that their stores do not use"),
            lambda x: x.row[0].elsewhere,
        ),
        Column("orders", _("Orders waiting"), lambda x: x.row[0].orders),
        Column("ship_by", _("First ship by"), lambda x: x.row[0].ship_by),
        Column(
            "fines",
            _("Fines waiting"),
            lambda x: "; ".join(
                f"{n} {currency}" for currency, n in sorted(x.row[0].fines.items())
            ),
            "money:read",
        ),
        Column("on_the_way", _("On the way"), lambda x: x.row[2].way.units),
        Column("expected_on", _("Expected on"), lambda x: _next_day(x.row[2])),
        Column(
            "too_late", _("Orders for which it comes too late"), lambda x: x.row[2].late.too_late
        ),
        Column("sold_7", _("Sold in 7 days"), lambda x: x.row[2].speed.short),
        Column("sold_30", _("Sold in 30 days"), lambda x: x.row[2].speed.long),
    ],
    _shortage_chunks,
    lambda reader, query: len(shortages(reader.seller)),
)

UNMAPPED = Export(
    "unmapped",
    _("Unknown codes"),
    "stock:read",
    [
        Column("code", _("SKU code on the marketplace"), lambda x: x.row.code),
        Column("title", _("Title"), lambda x: x.row.title),
        Column("units", _("Units"), lambda x: x.row.units),
        Column("orders", _("Orders waiting"), lambda x: x.row.orders),
        Column("ship_by", _("First ship by"), lambda x: x.row.ship_by),
    ],
    lambda reader, query: (
        (len(part), list(part)) for part in batches(unmapped_codes(reader.seller), _SMALL)
    ),
    lambda reader, query: len(unmapped_codes(reader.seller)),
)

for each in (ORDERS, LINES, SHORTAGES, UNMAPPED):
    register(each)
