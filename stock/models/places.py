"""From which warehouses a store's orders are served."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sellers.models import Seller, Store
from stock.models.goods import Warehouse


class StorePlace(models.Model):
    """A warehouse in a store's order of preference, or one that it may not use. Warehouses without
    a row come after those with one, the oldest first."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="places")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")
    #: 1 comes first.
    position = models.PositiveSmallIntegerField(_("position"))
    closed = models.BooleanField(_("not used"), default=False)

    class Meta:
        verbose_name = _("preferred warehouse")
        verbose_name_plural = _("preferred warehouses")
        constraints = [
            models.UniqueConstraint(fields=["store", "warehouse"], name="place_once"),
            models.UniqueConstraint(
                fields=["store", "position"],
                name="place_order",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(name="place_position", condition=Q(position__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.store_id}: {self.position}. {self.warehouse_id}"
