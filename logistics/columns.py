"""What the list of orders can show about parcels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from logistics.models import Shipment, ShipmentState
from orders.views.columns import Column, register_column


def parcels(orders: Sequence[int]) -> Mapping[int, str]:
    """The first parcel of each order (number and carrier), and how many there are. One query."""
    found: dict[int, list[Shipment]] = defaultdict(list)
    rows = (
        Shipment.objects.filter(lines__order__in=orders)
        .exclude(state=ShipmentState.VOID)
        .select_related("carrier")
        .order_by("pk")
        .annotate(order=F("lines__order"))
        .distinct()
    )
    for shipment in rows:
        found[shipment.order].append(shipment)
    return {order: _cell(shipments) for order, shipments in found.items()}


def _cell(shipments: Sequence[Shipment]) -> str:
    first, more = shipments[0], len(shipments) - 1
    note = first.carrier.label
    if more:
        note += " · " + ngettext("+%(n)d parcel", "+%(n)d parcels", more) % {"n": more}
    number = escape(first.tracking_number or "—")
    return f'<span class="mono">{number}</span><span class="cell-sub">{escape(note)}</span>'


register_column(Column("parcel", _("Tracking number"), load=parcels), after="time")
