"""Taking sample goods out again, with their stock and their ledger (docs/adr/0013)."""

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from sellers.models import Seller
from stock.models import (
    CountEntry,
    Reservation,
    Sku,
    StockLevel,
    StockMovement,
    StockTake,
    Transfer,
    TransferReceipt,
    Warehouse,
)


def remove_sample_goods(*, seller: Seller, actor: Actor) -> None:
    """Delete the sample SKUs and warehouses of a seller. Their orders and parcels went before.

    Runs in the caller's transaction. ``Refused`` when goods of the seller's own lie among them.
    """
    actor.require("stock:write")
    skus = Sku.objects.filter(seller=seller, sample=True)
    warehouses = Warehouse.objects.filter(seller=seller, sample=True)
    levels = StockLevel.objects.filter(seller=seller)
    mixed = levels.filter(warehouse__in=warehouses).exclude(sku__in=skus) | levels.filter(
        sku__in=skus
    ).exclude(warehouse__in=warehouses)
    if mixed.exists():
        raise Refused(
            _("Goods of your own and samples lie in one warehouse. Book yours out first."),
            code="samples_mixed",
        )
    CountEntry.objects.filter(row__take__warehouse__in=warehouses).delete()
    TransferReceipt.objects.filter(transfer__source__in=warehouses).delete()
    Transfer.objects.filter(source__in=warehouses).delete()
    StockTake.objects.filter(warehouse__in=warehouses).delete()
    Reservation.objects.filter(level__warehouse__in=warehouses).delete()
    StockMovement.objects.filter(level__warehouse__in=warehouses).delete()
    levels.filter(warehouse__in=warehouses).delete()
    skus.delete()
    warehouses.delete()
