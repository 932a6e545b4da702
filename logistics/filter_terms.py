"""What the filter of the list of orders knows about parcels: carrier, tracking number, state."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from logistics.models import Carrier, ShipmentLine, ShipmentState, TrackingState
from logistics.tracking_numbers import normalise
from orders.filter_keys import Key, Reading, register_key, same_for_all
from orders.filter_text import Value
from orders.filter_values import pattern_q

_ANY = {"yes", "有", "是"}
_NONE = {"no", "none", "无", "没有", "否"}


def _parcels(reading: Reading, *conditions: Q, **fields: Any) -> Q:
    """Orders with units in a parcel of this kind that is not void."""
    lines = ShipmentLine.objects.filter(
        ~Q(shipment__state=ShipmentState.VOID), *conditions, seller=reading.seller, **fields
    )
    return Q(Exists(lines.filter(order=OuterRef("pk"))))


def _carriers(reading: Reading) -> Mapping[str, Text]:
    return {carrier.code: carrier.label for carrier in Carrier.objects.all()}


def _carrier(value: Value, reading: Reading) -> Q:
    return _parcels(reading, shipment__carrier__code=value.text)


def _tracking(value: Value, reading: Reading) -> Q:
    numbered = _parcels(reading, ~Q(shipment__tracking_number=""))
    if not value.quoted and value.text.lower() in _ANY:
        return numbered
    if not value.quoted and value.text.lower() in _NONE:
        return ~numbered
    pattern = "*".join(normalise(part) for part in value.text.split("*"))
    return _parcels(reading, pattern_q("shipment__tracking_number", pattern))


def _parcel(value: Value, reading: Reading) -> Q:
    return _parcels(reading, shipment__tracking_state=value.text)


for _key in (
    Key(
        "carrier",
        _("Carrier"),
        _carrier,
        _("Of a parcel of the order, by code or name."),
        ("carrier:yunexpress",),
        aliases=("物流", "物流商"),
        choices=_carriers,
    ),
    Key(
        "tracking",
        _("Tracking number"),
        _tracking,
        _("A number, the beginning of one with *, or whether there is one."),
        ("tracking:YT*", "tracking:no"),
        aliases=("运单", "运单号"),
    ),
    Key(
        "parcel",
        _("Tracking"),
        _parcel,
        _("What the carrier says about a parcel."),
        ("parcel:in_transit", "parcel:failed"),
        aliases=("包裹", "物流状态", "轨迹"),
        choices=same_for_all(dict(TrackingState.choices)),
    ),
):
    register_key(_key)
