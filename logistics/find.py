"""Finding orders by the tracking number of a parcel."""

from logistics.models import ShipmentLine
from logistics.tracking_numbers import normalise
from sellers.models import Seller


def orders_with_number(seller: Seller, text: str) -> list[int]:
    """Orders inside the parcels of a seller that have this tracking number."""
    return list(
        ShipmentLine.objects.filter(seller=seller, shipment__tracking_number=normalise(text))
        .exclude(shipment__state="void")
        .values_list("order_id", flat=True)
        .distinct()[:2]
    )
