"""Transfers: goods that go from one warehouse of a seller to another."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller
from stock.models.goods import Sku, Warehouse


class Transfer(PublicIdMixin, models.Model):
    """What one warehouse sends another. From the moment it is sent its units lie in neither."""

    id_prefix = "trf"

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("On the way")
        DONE = "done", _("Received")
        CANCELLED = "cancelled", _("Cancelled")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    source = models.ForeignKey(Warehouse, models.CASCADE, related_name="+", verbose_name=_("from"))
    target = models.ForeignKey(Warehouse, models.CASCADE, related_name="+", verbose_name=_("to"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    note = models.CharField(_("note"), max_length=120, blank=True)
    made_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    sent_by = models.CharField(max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.UniqueConstraint(fields=["seller", "number"], name="transfer_number_once"),
            models.CheckConstraint(name="transfer_between_two", condition=~Q(source=F("target"))),
            models.CheckConstraint(
                name="transfer_state_known",
                condition=Q(state__in=["draft", "sent", "done", "cancelled"]),
            ),
            models.CheckConstraint(
                name="transfer_times",
                condition=Q(state="draft", sent_at__isnull=True, ended_at__isnull=True)
                | Q(state="sent", sent_at__isnull=False, ended_at__isnull=True)
                | Q(state="done", sent_at__isnull=False, ended_at__isnull=False)
                | Q(state="cancelled", sent_at__isnull=True, ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="transfer_newest"),
            models.Index(
                fields=["seller", "-id"], name="transfer_on_the_way", condition=Q(state="sent")
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """How people and the ledger name it."""
        return f"TR-{self.number}"


class TransferLine(PublicIdMixin, models.Model):
    """So many units of a SKU. Each of those that were sent has arrived, went back, is lost, or is
    still on the way."""

    id_prefix = "trl"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    sent = models.PositiveIntegerField(_("sent"), default=0)
    received = models.PositiveIntegerField(_("received"), default=0)
    returned = models.PositiveIntegerField(_("gone back"), default=0)
    lost = models.PositiveIntegerField(_("lost"), default=0)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of a transfer")
        verbose_name_plural = _("lines of transfers")
        constraints = [
            models.UniqueConstraint(fields=["transfer", "sku"], name="transfer_sku_once"),
            models.CheckConstraint(
                name="transfer_line_sums",
                condition=Q(quantity__gte=1, sent__in=[0, F("quantity")])
                & Q(sent__gte=F("received") + F("returned") + F("lost")),
            ),
            models.CheckConstraint(
                name="transfer_loss_has_reason", condition=Q(lost=0) | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["seller", "sku"],
                name="transfer_units_away",
                condition=Q(sent__gt=F("received") + F("returned") + F("lost")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.received}/{self.sent} × {self.sku_id}"

    @property
    def on_the_way(self) -> int:
        return self.sent - self.received - self.returned - self.lost


class TransferReceipt(models.Model):
    """One arrival: what was received of a transfer, once by the client's id. Append-only."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="receipts")
    client_id = models.CharField(max_length=64)
    units = models.PositiveIntegerField()
    actor = models.CharField(_("by"), max_length=120)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("receipt of a transfer")
        verbose_name_plural = _("receipts of transfers")
        constraints = [
            models.UniqueConstraint(fields=["seller", "client_id"], name="transfer_receipt_once")
        ]

    def __str__(self) -> str:
        return f"{self.units} @ {self.at}"
