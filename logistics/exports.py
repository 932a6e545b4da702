"""Parcels and waves as files, and what parcels add to the file of orders."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from logistics.models import Shipment, ShipmentLine, ShipmentState, TrackingState, Wave
from logistics.pick_queries import Progress, progress_of, waves_of
from logistics.queries import TABS, contents_of, shipment_list
from orders.views.words import country_name
from sellers.exports import Column, Export, Line, Reader, chunks_of, extend, register


def _shipments(reader: Reader, query: QueryDict) -> QuerySet[Shipment]:
    tab = query.get("state", "")
    return shipment_list(
        reader.seller,
        tab=tab if tab in TABS else "",
        q=query.get("q", "")[:20_000],
        now=timezone.now(),
    )


def _chunks(reader: Reader, query: QueryDict) -> Iterator[tuple[int, list[Shipment]]]:
    order = ("declared_at", "pk") if query.get("state") == "unscanned" else ("-pk",)
    rows = _shipments(reader, query).select_related("carrier", "service", "warehouse")
    return chunks_of(rows.order_by(*order))


def _with_contents(reader: Reader, lines: Sequence[Line]) -> None:
    contents = contents_of([line.row for line in lines])
    for line in lines:
        inside = contents[line.row.pk]
        line.more["orders"] = "; ".join(each.number for each in inside.orders)
        line.more["units"] = inside.units


SHIPMENTS = Export(
    "shipments",
    _("Shipments"),
    "shipments:read",
    [
        Column("orders", _("Order number"), lambda x: x.more["orders"]),
        Column("number", _("Tracking number"), lambda x: x.row.tracking_number),
        Column("carrier", _("Carrier"), lambda x: x.row.carrier.label),
        Column("service", _("Service"), lambda x: x.row.service.label if x.row.service else ""),
        Column("state", _("State"), lambda x: str(ShipmentState(x.row.state).label)),
        Column("tracking", _("Tracking"), lambda x: str(TrackingState(x.row.tracking_state).label)),
        Column("country", _("Country"), lambda x: country_name(x.row.country)),
        Column("units", _("Units"), lambda x: x.more["units"]),
        Column("weight", _("Weight (g)"), lambda x: x.row.weight_grams),
        Column("warehouse", _("Warehouse"),
               lambda x: x.row.warehouse.name if x.row.warehouse else "", chosen=False),
        Column("packed_at", _("Packed at"), lambda x: x.row.packed_at),
        Column("handed_over_at", _("Handed over at"), lambda x: x.row.handed_over_at),
        Column("declared_at", _("Uploaded at"), lambda x: x.row.declared_at),
        Column("first_scan_at", _("First scan"), lambda x: x.row.first_scan_at),
        Column("last_event_at", _("Last news"), lambda x: x.row.last_event_at, chosen=False),
        Column("delivered_at", _("Delivered at"), lambda x: x.row.delivered_at),
    ],
    _chunks,
    lambda reader, query: _shipments(reader, query).order_by().count(),
    enrich=[_with_contents],
)  # fmt: skip
register(SHIPMENTS)


def _with_tracking(reader: Reader, lines: Sequence[Line]) -> None:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    ids = [line.row.pk for line in lines]
    for order, carrier, number in (
        ShipmentLine.objects.filter(order__in=ids, seller=reader.seller)
        .exclude(shipment__state=ShipmentState.VOID)
        .order_by("order_id", "shipment_id")
        .values_list("order_id", "shipment__carrier__name", "shipment__tracking_number")
        .distinct()
    ):
        found[order].append((carrier, number))
    for line in lines:
        parcels = found[line.row.pk]
        line.more["carrier"] = "; ".join(dict.fromkeys(carrier for carrier, _n in parcels))
        line.more["tracking"] = "; ".join(number for _c, number in parcels if number)


extend(
    "orders",
    [
        Column("carrier", _("Carrier"), lambda x: x.more["carrier"], "shipments:read"),
        Column("tracking", _("Tracking number"), lambda x: x.more["tracking"], "shipments:read"),
    ],
    _with_tracking,
)


def _wave_state(wave: Wave) -> str:
    if wave.cancelled:
        return pgettext("a wave", "cancelled")
    return pgettext("a wave", "finished") if wave.closed_at else pgettext("a wave", "open")


def _with_progress(_reader: Reader, lines: Sequence[Line]) -> None:
    found = progress_of([line.row for line in lines])
    for line in lines:
        line.more["progress"] = found.get(line.row.pk, Progress())


register(
    Export(
        "waves",
        _("Waves"),
        "orders:read",
        [
            Column("code", _("Wave"), lambda x: x.row.code),
            Column("warehouse", _("Warehouse"), lambda x: x.row.warehouse.name),
            Column("service", _("Service"), lambda x: x.row.service.label if x.row.service else ""),
            Column("state", _("State"), lambda x: _wave_state(x.row)),
            Column("orders", _("Orders"), lambda x: x.more["progress"].orders),
            Column("units", _("Units"), lambda x: x.more["progress"].total),
            Column("picked", _("Picked"), lambda x: x.more["progress"].picked),
            Column("short", _("Units not found"), lambda x: x.more["progress"].short),
            Column("extra", _("Units to put back"), lambda x: x.more["progress"].extra),
            Column("picker", _("Picker"), lambda x: str(x.row.picker or "")),
            Column("made_by", _("Made by"), lambda x: x.row.made_by),
            Column("created_at", _("Made"), lambda x: x.row.created_at),
            Column("closed_at", _("Finished"), lambda x: x.row.closed_at),
        ],
        lambda reader, query: chunks_of(waves_of(reader.seller).order_by("-pk")),
        lambda reader, query: waves_of(reader.seller).count(),
        enrich=[_with_progress],
    )
)
