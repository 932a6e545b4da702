"""Carriers and parcels, and the work at the shelf and at the packing table."""

from logistics.models.packing import (
    Box,
    PackOrder,
    PackPhoto,
    PackSession,
    PackSettings,
    QualityCheck,
    Scan,
)
from logistics.models.picking import Pick, Wave
from logistics.models.shipments import (
    Carrier,
    CarrierService,
    Shipment,
    ShipmentLine,
    ShipmentState,
    TrackingEvent,
    TrackingState,
)

__all__ = [
    "Box",
    "Carrier",
    "CarrierService",
    "PackOrder",
    "PackPhoto",
    "PackSession",
    "PackSettings",
    "Pick",
    "QualityCheck",
    "Scan",
    "Shipment",
    "ShipmentLine",
    "ShipmentState",
    "TrackingEvent",
    "TrackingState",
    "Wave",
]
