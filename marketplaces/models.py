"""Files of orders that were sent, and how their columns are read."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Job, Seller, Store


def import_path(run: "ImportRun", filename: str) -> str:
    """Where a file is stored: below the seller; the storage keeps names apart."""
    return f"imports/{run.seller_id}/orders.csv"


class ImportRun(PublicIdMixin, models.Model):
    """One file of orders: looked at, then taken in by its job, which knows what came of it."""

    id_prefix = "imp"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    #: As CSV, whatever was sent. Private: nothing serves it.
    file = models.FileField(upload_to=import_path, max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    #: ``time_zone``, ``create_skus``; ``header`` (the names of its columns) and ``mapping``
    #: (``ColumnMap``), ``None`` for a file in our own form.
    options = models.JSONField(default=dict)
    #: ``None`` while it waits for somebody's go-ahead.
    job = models.OneToOneField(Job, models.CASCADE, null=True, related_name="+")
    actor_name = models.CharField(_("by"), max_length=120)
    created_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["seller", "-id"], name="import_newest"),
            models.Index(
                fields=["created_at"], name="import_not_started", condition=models.Q(job=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """How a seller reads files with a certain header, remembered for the next one."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    #: Of the header (``mapping.signature``).
    signature = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    updated_by = models.CharField(max_length=120)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [
            models.UniqueConstraint(fields=["seller", "signature"], name="mapping_once"),
        ]

    def __str__(self) -> str:
        return self.signature[:12]
