"""SKUs with their stock, and the ledger, as files."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.ids import decode
from sellers.exports import Column, Export, Line, Reader, chunks_of, register
from stock.demand import holders_of
from stock.models import MovementKind, Sku, StockLevel, StockMovement
from stock.queries.goods import SHOWS, Stock, ledger, sku_list, stock_of


def _skus(reader: Reader, query: QueryDict) -> QuerySet[Sku]:
    show = query.get("show", "")
    return sku_list(reader.seller, q=query.get("q", "")[:100], show=show if show in SHOWS else "")


def _stock_chunks(
    reader: Reader, query: QueryDict
) -> Iterator[tuple[int, list[tuple[Stock, StockLevel | None]]]]:
    """A row per SKU and warehouse; a SKU that lies nowhere has one row."""
    for n, skus in chunks_of(_skus(reader, query).order_by("code", "pk")):
        rows: list[tuple[Stock, StockLevel | None]] = []
        for stock in stock_of(reader.seller, skus):
            rows += [(stock, level) for level in stock.levels] or [(stock, None)]
        yield n, rows


STOCK = Export(
    "stock",
    _("Stock"),
    "stock:read",
    [
        Column("sku", _("SKU"), lambda x: x.row[0].sku.code),
        Column("barcode", _("Barcode"), lambda x: x.row[0].sku.barcode, chosen=False),
        Column("name", _("Name"), lambda x: x.row[0].sku.name),
        Column("name_zh", _("Chinese name"), lambda x: x.row[0].sku.name_zh),
        Column("specification", _("Specification"), lambda x: x.row[0].sku.specification),
        Column("warehouse", _("Warehouse"), lambda x: x.row[1].warehouse.name if x.row[1] else ""),
        Column("on_hand", _("On hand"), lambda x: x.row[1].on_hand if x.row[1] else 0),
        Column("reserved", _("Reserved"), lambda x: x.row[1].reserved if x.row[1] else 0),
        Column("available", _("Available"), lambda x: x.row[1].available if x.row[1] else 0),
        Column(
            "reorder_point", _("Reorder point"), lambda x: x.row[1].reorder_point if x.row[1] else 0
        ),
        Column("wanted", _("Wanted by open orders"), lambda x: x.row[0].want.units),
        Column("short", _("Short over all warehouses"), lambda x: x.row[0].short),
        Column("on_sale", _("On sale"), lambda x: x.row[0].sku.on_sale, chosen=False),
        Column("weight", _("Weight (g)"), lambda x: x.row[0].sku.weight_grams, chosen=False),
        Column("length", _("Length (mm)"), lambda x: x.row[0].sku.length_mm, chosen=False),
        Column("width", _("Width (mm)"), lambda x: x.row[0].sku.width_mm, chosen=False),
        Column("height", _("Height (mm)"), lambda x: x.row[0].sku.height_mm, chosen=False),
        Column("hs_code", _("HS code"), lambda x: x.row[0].sku.hs_code, chosen=False),
        Column("price", _("Price"), lambda x: x.row[0].sku.price, "money:read"),
        Column("currency", _("Currency"), lambda x: x.row[0].sku.price_currency, "money:read"),
    ],
    _stock_chunks,
    lambda reader, query: _skus(reader, query).count(),
)


def _movements(reader: Reader, query: QueryDict) -> QuerySet[StockMovement]:
    pk = decode(Sku.id_prefix, query.get("sku", ""))
    sku = Sku.objects.filter(seller=reader.seller, pk=pk).first() if pk else None
    return ledger(reader.seller, sku)


def _with_holders(reader: Reader, lines: Sequence[Line]) -> None:
    ids = {line.row.holder_id for line in lines if line.row.holder_id is not None}
    found = holders_of(reader.seller, ids) if reader.actor.may("orders:read") else {}
    for line in lines:
        holder = found.get(line.row.holder_id or 0)
        line.more["order"] = holder.number if holder else ""


LEDGER = Export(
    "ledger",
    _("Stock ledger"),
    "stock:read",
    [
        Column("at", _("Time"), lambda x: x.row.at),
        Column("sku", _("SKU"), lambda x: x.row.level.sku.code),
        Column("warehouse", _("Warehouse"), lambda x: x.row.level.warehouse.name),
        Column("kind", _("Kind"), lambda x: str(MovementKind(x.row.kind).label)),
        Column("on_hand", _("Change on hand"), lambda x: x.row.on_hand),
        Column("reserved", _("Change reserved"), lambda x: x.row.reserved),
        Column("order", _("Order number"), lambda x: x.more["order"], "orders:read"),
        Column("reference", _("Reference"), lambda x: x.row.reference),
        Column("reason", _("Reason"), lambda x: x.row.reason),
        Column("actor", _("By"), lambda x: x.row.actor),
    ],
    lambda reader, query: chunks_of(_movements(reader, query).order_by("-id")),
    lambda reader, query: _movements(reader, query).count(),
    enrich=[_with_holders],
)

for each in (STOCK, LEDGER):
    register(each)
