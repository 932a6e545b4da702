"""Imports of files: what was sent, how far it has got, what came of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller, Store


def import_path(run: "ImportRun", filename: str) -> str:
    """Where a file is stored: below the seller; the storage keeps names apart."""
    return f"imports/{run.seller_id}/orders.csv"


def rejected_path(run: "ImportRun", filename: str) -> str:
    return f"imports/{run.seller_id}/rejected.csv"


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Waiting for your go-ahead")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ImportRun(PublicIdMixin, models.Model):
    """One file of orders on its way in. Counts are of orders, ``rows_…`` of rows of the file."""

    id_prefix = "imp"

    class Kind(models.TextChoices):
        ORDERS = "orders", _("Orders")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.ORDERS)
    name = models.CharField(_("file"), max_length=200)
    #: Private: nothing serves it but the page, after asking for the permission.
    file = models.FileField(upload_to=import_path, max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    #: ``time_zone``, ``create_skus``.
    options = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(_("new"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    rejected_rows = models.PositiveIntegerField(default=0)
    #: The first ones; all of them are in ``rejected_file``.
    errors = models.JSONField(default=list)
    rejected_file = models.FileField(upload_to=rejected_path, max_length=200, blank=True)
    #: Why it failed as a whole, as a stable code with parameters.
    failure = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("by"), max_length=120)
    created_at = models.DateTimeField(_("sent"), default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: While it runs: when it last said so.
    beat_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="import_state_known", condition=models.Q(state__in=ImportState.values)
            ),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="import_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        """How much of the file is behind it."""
        return min(100, 100 * self.rows_done // self.rows_total) if self.rows_total else 0

    @property
    def going_on(self) -> bool:
        return self.state in (ImportState.QUEUED, ImportState.RUNNING)
