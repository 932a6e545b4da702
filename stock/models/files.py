"""Files of stock that were sent."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Job, Seller
from stock.models.counting import StockTake
from stock.models.goods import Warehouse


def stock_file_path(row: "StockFile", filename: str) -> str:
    """Where a file is stored: below the seller; the storage keeps names apart."""
    return f"imports/{row.seller_id}/stock.csv"


class StockFile(PublicIdMixin, models.Model):
    """One file of quantities: looked at, then taken in by its job, which knows what came of it."""

    id_prefix = "stf"

    class Mode(models.TextChoices):
        SET = "set", _("The file says how many there are")
        ADD = "add", _("The file says how many came: add them")
        COUNT = "count", _("Counts of a stock take")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    mode = models.CharField(_("what the numbers are"), max_length=5, choices=Mode.choices)
    #: Of rows that name none.
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, null=True, related_name="+")
    take = models.ForeignKey(StockTake, models.CASCADE, null=True, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    #: As CSV, whatever was sent. Private: nothing serves it.
    file = models.FileField(upload_to=stock_file_path, max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    header = models.JSONField(default=list)
    #: Of the header, for reading the next file like this one.
    signature = models.CharField(max_length=64)
    #: Our field → index of its column.
    columns = models.JSONField(default=dict)
    #: ``None`` while it waits for somebody's go-ahead.
    job = models.OneToOneField(Job, models.CASCADE, null=True, related_name="+")
    actor_name = models.CharField(_("by"), max_length=120)
    created_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("file of stock")
        verbose_name_plural = _("files of stock")
        constraints = [
            models.CheckConstraint(
                name="stock_file_of_a_count",
                condition=Q(mode="count", take__isnull=False)
                | Q(mode__in=["set", "add"], take__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="stock_file_newest"),
            models.Index(fields=["seller", "signature", "-id"], name="stock_file_like"),
            models.Index(
                fields=["created_at"], name="stock_file_not_started", condition=Q(job=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name
