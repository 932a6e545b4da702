"""The tracking spreadsheet: what a person puts into a marketplace that has no connection."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, NamedTuple, TextIO
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext

from core.cells import safe_cell
from logistics.models import ShipmentLine, ShipmentState
from sellers.models import Seller, Store


class TrackingRow(NamedTuple):
    """One parcel of one order."""

    order: str
    store: str
    carrier: str
    tracking_number: str
    shipped_at: datetime


def tracking_rows(
    seller: Seller,
    *,
    store: Store | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    to_upload: bool = False,
) -> Iterator[TrackingRow]:
    """Parcels that were handed over in a period (``until`` exclusive), by time; an order in two
    parcels has two rows. ``to_upload``: only those whose number is not on the marketplace yet.

    One query, read as it is written out.
    """
    lines = ShipmentLine.objects.filter(
        seller=seller,
        shipment__seller=seller,
        shipment__state__in=[ShipmentState.HANDED_OVER]
        if to_upload
        else [ShipmentState.HANDED_OVER, ShipmentState.DECLARED],
    ).exclude(shipment__tracking_number="")
    if store is not None:
        lines = lines.filter(order__store=store)
    if since is not None:
        lines = lines.filter(shipment__handed_over_at__gte=since)
    if until is not None:
        lines = lines.filter(shipment__handed_over_at__lt=until)
    rows = (
        lines.order_by("shipment__handed_over_at", "shipment_id", "order_id")
        .values_list(
            "order__number",
            "order__store__code",
            "shipment__carrier__name",
            "shipment__tracking_number",
            "shipment__handed_over_at",
        )
        .distinct()
    )
    for order, shop, carrier, number, at in rows.iterator(chunk_size=2_000):
        if at is not None:
            yield TrackingRow(order, shop, carrier, number, at)


def header() -> list[str]:
    return [
        gettext("Order number"),
        gettext("Store"),
        gettext("Carrier"),
        gettext("Tracking number"),
        gettext("Shipped"),
    ]


def _cells(row: TrackingRow, zone: ZoneInfo) -> list[str]:
    shipped = row.shipped_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return [*(safe_cell(text) for text in row[:4]), shipped]


def write_csv(stream: TextIO, rows: Iterable[TrackingRow], zone: ZoneInfo) -> None:
    """UTF-8 with a mark, as spreadsheet programs want it; ``stream`` is told by its encoding."""
    writer = csv.writer(stream)
    writer.writerow(header())
    writer.writerows(_cells(row, zone) for row in rows)


def write_xlsx(stream: IO[bytes], rows: Iterable[TrackingRow], zone: ZoneInfo) -> None:
    """Texts only, so that long numbers keep all their digits and nothing is evaluated."""
    with xlsxwriter.Workbook(
        stream,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    ) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.set_column(0, 4, 24)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(header()):
            sheet.write_string(0, column, title, bold)
        for index, row in enumerate(rows, 1):
            for column, cell in enumerate(_cells(row, zone)):
                sheet.write_string(index, column, cell)
