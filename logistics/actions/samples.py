"""Taking sample parcels out again, with how they were picked and packed (docs/adr/0013)."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from logistics.models import (
    PackOrder,
    PackPhoto,
    PackSession,
    Scan,
    Shipment,
    ShipmentLine,
    TrackingEvent,
    Wave,
)
from sellers.models import Seller


def remove_sample_parcels(*, seller: Seller, actor: Actor) -> None:
    """Delete the parcels of the orders in the seller's sample stores, their tracking, and the
    waves and packing sessions that they went through.

    Runs in the caller's transaction. ``Refused`` when an order of the seller's own is in one.
    """
    actor.require("shipments:write")
    lines = ShipmentLine.objects.filter(seller=seller)
    packed = PackOrder.objects.filter(seller=seller)
    parcels = list(
        lines.filter(order__store__sample=True).values_list("shipment", flat=True).distinct()
    )
    sessions = list(
        packed.filter(order__store__sample=True).values_list("session", flat=True).distinct()
    )
    if (
        lines.filter(shipment__in=parcels, order__store__sample=False).exists()
        or packed.filter(session__in=sessions, order__store__sample=False).exists()
    ):
        raise Refused(
            _("A parcel holds a sample order and one of your own. Void it first."),
            code="samples_mixed",
        )
    waves = Wave.objects.filter(seller=seller, warehouse__sample=True)
    Scan.objects.filter(Q(session__in=sessions) | Q(wave__in=waves)).delete()
    _delete_photos(sessions)
    PackSession.objects.filter(Q(pk__in=sessions) | Q(wave__in=waves)).delete()
    waves.delete()
    TrackingEvent.objects.filter(shipment__in=parcels).delete()
    Shipment.objects.filter(pk__in=parcels).delete()


def _delete_photos(sessions: list[int]) -> None:
    photos = list(PackPhoto.objects.filter(session__in=sessions))
    PackPhoto.objects.filter(pk__in=[photo.pk for photo in photos]).delete()
    for photo in photos:
        transaction.on_commit(lambda file=photo.file: file.storage.delete(file.name))  # type: ignore[misc]
