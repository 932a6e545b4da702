"""Replenishments as files: the list of them, and one as it is sent to its supplier."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from core.ids import decode
from sellers.exports import Column, Export, Line, Reader, batches, chunks_of, register
from stock.lead_time import today_of
from stock.models import Replenishment, ReplenishmentLine, ReplenishmentState
from stock.queries.purchasing import TABS, lines_of, own_codes, replenishments, totals

CHUNK = 1_000


def _rows(reader: Reader, query: QueryDict) -> QuerySet[Replenishment]:
    q = query.get("q", "")[:100]
    tab = query.get("tab", "" if q else "coming")
    return replenishments(
        reader.seller, tab=tab if tab in TABS else "", q=q, today=today_of(reader.seller)
    )


def _with_totals(_reader: Reader, lines: Sequence[Line]) -> None:
    found = totals([line.row for line in lines])
    for line in lines:
        line.more["total"] = found[line.row.pk]


def _state(row: Replenishment) -> str:
    return str(ReplenishmentState(row.state).label)


LIST = Export(
    "replenishments",
    _("Purchase orders"),
    "stock:read",
    [
        Column("number", _("Number"), lambda x: x.row.number),
        Column("supplier", _("Supplier"), lambda x: x.row.supplier.name if x.row.supplier else ""),
        Column("state", _("State"), lambda x: _state(x.row)),
        Column("warehouse", _("Warehouse"), lambda x: x.row.warehouse.name),
        Column("created_at", _("Made"), lambda x: x.row.created_at),
        Column("ordered_at", _("Ordered on"), lambda x: x.row.ordered_at),
        Column("expected_on", _("Expected on"), lambda x: _day(x.row)),
        Column("skus", _("SKUs"), lambda x: x.more["total"].lines),
        Column("ordered", _("Units ordered"), lambda x: x.more["total"].ordered),
        Column("received", _("Received"), lambda x: x.more["total"].received),
        Column("open", _("To come"), lambda x: x.more["total"].open),
        Column("cost", _("Cost"), lambda x: x.more["total"].cost, "money:read"),
        Column("currency", _("Currency"), lambda x: x.row.currency, "money:read"),
        Column("note", _("Note"), lambda x: x.row.note),
    ],
    lambda reader, query: chunks_of(_rows(reader, query).order_by("-id")),
    lambda reader, query: _rows(reader, query).count(),
    enrich=[_with_totals],
)


def _day(row: Replenishment) -> str:
    return row.expected_on.isoformat() if row.expected_on else ""


def _one(reader: Reader, query: QueryDict) -> Replenishment:
    pk = decode(Replenishment.id_prefix, query.get("id", ""))
    row = Replenishment.objects.filter(seller=reader.seller, pk=pk or 0).first()
    if row is None:
        raise NotFound
    return row


def _one_chunks(
    reader: Reader, query: QueryDict
) -> Iterator[tuple[int, list[tuple[Replenishment, ReplenishmentLine, str]]]]:
    row = _one(reader, query)
    lines = lines_of(row)
    codes = own_codes(row, lines)
    for chunk in batches(lines, CHUNK):
        yield len(chunk), [(row, line, codes.get(line.sku_id, "")) for line in chunk]


ONE = Export(
    "replenishment",
    _("Purchase order"),
    "stock:read",
    [
        Column("number", _("Number"), lambda x: x.row[0].number),
        Column("sku", _("SKU"), lambda x: x.row[1].sku.code),
        Column("code", _("Supplier's code"), lambda x: x.row[2]),
        Column("barcode", _("Barcode"), lambda x: x.row[1].sku.barcode),
        Column("name", _("Name"), lambda x: x.row[1].sku.name),
        Column("name_zh", _("Chinese name"), lambda x: x.row[1].sku.name_zh),
        Column("specification", _("Specification"), lambda x: x.row[1].sku.specification),
        Column("quantity", _("Units ordered"), lambda x: x.row[1].quantity),
        Column("received", _("Received"), lambda x: x.row[1].received, chosen=False),
        Column("open", _("To come"), lambda x: x.row[1].open, chosen=False),
        Column("unit_cost", _("Unit cost"), lambda x: x.row[1].unit_cost, "money:read"),
        Column("cost", _("Cost"), lambda x: x.row[1].cost, "money:read"),
        Column("currency", _("Currency"), lambda x: x.row[0].currency, "money:read"),
    ],
    _one_chunks,
    lambda reader, query: _one(reader, query).lines.count(),
)

for each in (LIST, ONE):
    register(each)
