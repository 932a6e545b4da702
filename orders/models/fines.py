"""The rule book and the ledger of fines."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from orders.models.clocks import StopOn
from sellers.models import Seller, Store


class Trigger(models.TextChoices):
    LATE_SHIPMENT = "late_shipment", _("Late shipment")
    NO_FIRST_SCAN = "no_first_scan", _("No first scan")
    FALSE_TRACKING = "false_tracking", _("False tracking number")
    STOCK_OUT = "stock_out", _("Cancelled for lack of stock")
    LATE_RESPONSE = "late_response", _("Late answer to a case")


class PenaltyRule(PublicIdMixin, models.Model):
    """One version of one rule. Never changed once orders are judged by it: an edit makes a new
    version, and closes this one.

    Without a seller it is a preset for everybody; a seller's own rule goes before it.
    """

    id_prefix = "rul"

    seller = models.ForeignKey(Seller, models.CASCADE, null=True, blank=True, related_name="+")
    marketplace = models.CharField(
        _("marketplace"), max_length=16, choices=Store.Marketplace.choices
    )
    mode = models.CharField(_("mode"), max_length=16, choices=Store.Mode.choices)
    trigger = models.CharField(
        _("trigger"), max_length=16, choices=Trigger.choices, default=Trigger.LATE_SHIPMENT
    )
    criterion = models.CharField(
        _("what stops the clock"),
        max_length=12,
        choices=StopOn.choices,
        default=StopOn.UPLOADED,
    )
    #: Empty: amounts are read in the order's own currency.
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    total_cap = models.DecimalField(
        _("cap in total"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    effective_from = models.DateTimeField(_("in force from"), default=timezone.now)
    effective_to = models.DateTimeField(_("in force until"), null=True, blank=True)
    is_example = models.BooleanField(_("example"), default=False)
    source_note = models.CharField(_("source"), max_length=300, blank=True)
    created_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("penalty rule")
        verbose_name_plural = _("rule book")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "marketplace", "mode", "trigger", "currency", "version"],
                name="rule_version_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["seller", "marketplace", "mode", "trigger", "currency"],
                name="rule_one_in_force",
                condition=Q(effective_to__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="rule_known",
                condition=Q(trigger__in=Trigger.values, criterion__in=StopOn.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_marketplace_display()} · {self.get_trigger_display()} v{self.version}"


class PenaltyStep(models.Model):
    """What is added to the fine when an order is so late."""

    rule = models.ForeignKey(PenaltyRule, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    after_hours = models.PositiveIntegerField(_("hours late"), null=True, blank=True)
    after_working_days = models.PositiveSmallIntegerField(
        _("working days late"), null=True, blank=True
    )
    fixed = models.DecimalField(
        _("fixed amount"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    percent = models.DecimalField(
        _("percent of goods value"), max_digits=6, decimal_places=3, default=Decimal(0)
    )
    cap = models.DecimalField(_("at most"), max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["rule", "position"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "position"], name="step_position_once"),
            models.CheckConstraint(
                name="step_one_delay",
                condition=Q(after_hours__isnull=False, after_working_days__isnull=True)
                | Q(after_hours__isnull=True, after_working_days__isnull=False),
            ),
            models.CheckConstraint(
                name="step_amounts",
                condition=Q(fixed__gte=0, percent__gte=0, percent__lte=1000)
                & (Q(cap__isnull=True) | Q(cap__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} #{self.position}"


class Penalty(PublicIdMixin, models.Model):
    """A ledger entry. A waiver is a second entry with the negative amount that names the first.

    Append-only, also for the database.
    """

    id_prefix = "fin"

    class Kind(models.TextChoices):
        FINE = "fine", _("Fine")
        WAIVER = "waiver", _("Waiver")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="penalties")
    rule = models.ForeignKey(PenaltyRule, models.PROTECT, related_name="+")
    step = models.ForeignKey(PenaltyStep, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.FINE)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    #: When the step was reached, whenever it was booked.
    at = models.DateTimeField(_("time"))
    booked_at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(_("by"), max_length=120)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("fine")
        verbose_name_plural = _("fines")
        constraints = [
            models.UniqueConstraint(fields=["order", "rule", "step", "kind"], name="penalty_once"),
            models.CheckConstraint(
                name="penalty_sign",
                condition=Q(kind="fine", amount__gte=0, reverses__isnull=True)
                | Q(kind="waiver", amount__lte=0, reverses__isnull=False),
            ),
            models.CheckConstraint(
                name="waiver_has_reason", condition=Q(kind="fine") | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-at", "-id"], name="penalty_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
