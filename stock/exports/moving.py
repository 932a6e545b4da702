"""Stock takes, transfers and suppliers as files."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sellers.exports import Column, Export, Line, Reader, chunks_of, register
from stock.models import Supplier, Transfer
from stock.queries.counts import progress_of, scope_text, takes_of
from stock.queries.transfers import sums_of, transfers_of


def _with_progress(_reader: Reader, lines: Sequence[Line]) -> None:
    found = progress_of([line.row for line in lines])
    for line in lines:
        line.more["counted"], line.more["rows"] = found.get(line.row.pk, (0, 0))


COUNTS = Export(
    "stock-takes",
    _("Stock takes"),
    "stock:read",
    [
        Column("number", _("Number"), lambda x: x.row.code),
        Column("warehouse", _("Warehouse"), lambda x: x.row.warehouse.name),
        Column("scope", _("What is counted"), lambda x: scope_text(x.row)),
        Column("state", _("State"), lambda x: x.row.get_state_display()),
        Column("skus", _("SKUs"), lambda x: x.more["rows"]),
        Column("counted", _("Counted"), lambda x: x.more["counted"]),
        Column("differences", _("Differences"), lambda x: x.row.result.get("differences")),
        Column("started_at", _("Started"), lambda x: x.row.created_at),
        Column("made_by", _("Made by"), lambda x: x.row.made_by),
        Column("note", _("Note"), lambda x: x.row.note),
    ],
    lambda reader, query: chunks_of(takes_of(reader.seller).order_by("-id")),
    lambda reader, query: takes_of(reader.seller).count(),
    enrich=[_with_progress],
)


def _transfers(reader: Reader, query: QueryDict) -> QuerySet[Transfer]:
    rows = transfers_of(reader.seller).order_by("-id")
    return rows.filter(state=Transfer.State.SENT) if query.get("show") == "sent" else rows


def _with_sums(_reader: Reader, lines: Sequence[Line]) -> None:
    found = sums_of([line.row for line in lines])
    for line in lines:
        line.more["sums"] = found.get(line.row.pk, (0, 0, 0, 0))


TRANSFERS = Export(
    "transfers",
    _("Transfers"),
    "stock:read",
    [
        Column("number", _("Number"), lambda x: x.row.code),
        Column("source", pgettext_lazy("a warehouse", "From"), lambda x: x.row.source.name),
        Column("target", pgettext_lazy("a warehouse", "To"), lambda x: x.row.target.name),
        Column("state", _("State"), lambda x: x.row.get_state_display()),
        Column("skus", _("SKUs"), lambda x: x.more["sums"][0]),
        Column("units", _("Units"), lambda x: x.more["sums"][1]),
        Column("received", _("Received"), lambda x: x.more["sums"][2]),
        Column("on_the_way", _("On the way"), lambda x: x.more["sums"][3]),
        Column("created_at", _("Made"), lambda x: x.row.created_at),
        Column("made_by", _("Made by"), lambda x: x.row.made_by),
        Column("note", _("Note"), lambda x: x.row.note),
    ],
    lambda reader, query: chunks_of(_transfers(reader, query)),
    lambda reader, query: _transfers(reader, query).count(),
    enrich=[_with_sums],
)


def _suppliers(reader: Reader) -> QuerySet[Supplier]:
    return Supplier.objects.filter(seller=reader.seller).order_by("name", "pk")


SUPPLIERS = Export(
    "suppliers",
    _("Suppliers"),
    "stock:read",
    [
        Column("name", _("Name"), lambda x: x.row.name),
        Column("contact", _("Contact person"), lambda x: x.row.contact),
        Column("phone", _("Phone or WeChat"), lambda x: x.row.phone),
        Column("email", _("E-mail address"), lambda x: x.row.email),
        Column("lead_days", _("Lead time (working days)"), lambda x: x.row.lead_days),
        Column("currency", _("Currency"), lambda x: x.row.currency),
        Column("min_value", _("Least order value"), lambda x: x.row.min_value, "money:read"),
        Column("min_quantity", _("Least order quantity"), lambda x: x.row.min_quantity),
        Column("note", _("Note"), lambda x: x.row.note),
    ],
    lambda reader, query: chunks_of(_suppliers(reader)),
    lambda reader, query: _suppliers(reader).count(),
)

for each in (COUNTS, TRANSFERS, SUPPLIERS):
    register(each)
