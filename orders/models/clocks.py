"""Clocks as rows, and the days that differ from the published calendar."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller


class DeadlineKind(models.TextChoices):
    ACCEPT = "accept", _("Accept")
    SHIP_BY = "ship_by", _("Ship by")
    FIRST_SCAN = "first_scan", _("First scan")
    DELIVER_BY = "deliver_by", _("Deliver by")


class StopOn(models.TextChoices):
    """What stops the ship-by clock: the criterion of the rule book."""

    HANDED_OVER = "handed_over", _("Parcel handed over")
    UPLOADED = "uploaded", _("Tracking number uploaded")
    FIRST_SCAN = "first_scan", _("First scan by the carrier")


class Deadline(models.Model):
    """One clock of one order: when it is due, when to warn, when and how it stopped.

    Whether it is late follows from ``due_at``, ``stopped_at`` and the clock on the wall. ``warned``
    and ``overdue`` only say that the sweep has written the event of that crossing.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("Running")
        MET = "met", _("Stopped")
        VOID = "void", _("No longer counts")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="deadlines")
    kind = models.CharField(_("kind"), max_length=12, choices=DeadlineKind.choices)
    due_at = models.DateTimeField(_("due"))
    warn_at = models.DateTimeField(_("warn"))
    stop_on = models.CharField(max_length=12, choices=StopOn.choices, blank=True)
    outcome = models.CharField(max_length=4, choices=Outcome.choices, default=Outcome.OPEN)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    warned = models.BooleanField(default=False)
    overdue = models.BooleanField(default=False)
    #: Given by the marketplace, and computed by us; ``due_at`` is the given one where there is one.
    given_at = models.DateTimeField(null=True)
    computed_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False)
    #: The arithmetic, as ``orders.clock`` tells it.
    steps = models.JSONField(default=list)
    #: Ship-by only: the next step of the rule book, its amount, and what the rule book would reach,
    #: in the order's currency. The booking job selects by ``fine_at``.
    fine_at = models.DateTimeField(null=True)
    fine_next = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    fine_total = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(fields=["order", "kind"], name="deadline_once"),
            models.CheckConstraint(
                name="deadline_stopped_with_outcome",
                condition=Q(outcome="open", stopped_at__isnull=True)
                | Q(outcome__in=["met", "void"], stopped_at__isnull=False),
            ),
            models.CheckConstraint(
                name="deadline_kind_known", condition=Q(kind__in=DeadlineKind.values)
            ),
        ]
        indexes = [
            # What the sweep and the booking job look for. A clock that stopped in time leaves
            # these indexes, so their size follows what is open.
            models.Index(
                fields=["warn_at"],
                name="deadline_to_warn",
                condition=Q(warned=False)
                & (Q(stopped_at__isnull=True) | Q(stopped_at__gt=F("warn_at"))),
            ),
            models.Index(
                fields=["due_at"],
                name="deadline_to_flag",
                condition=Q(overdue=False)
                & (Q(stopped_at__isnull=True) | Q(stopped_at__gt=F("due_at"))),
            ),
            models.Index(
                fields=["fine_at"],
                name="deadline_to_fine",
                condition=Q(fine_at__isnull=False)
                & (Q(stopped_at__isnull=True) | Q(stopped_at__gt=F("fine_at"))),
            ),
            models.Index(
                fields=["seller", "kind", "stopped_at"],
                name="deadline_met",
                condition=Q(outcome="met"),
            ),
            models.Index(
                fields=["seller", "kind", "due_at"],
                name="deadline_open",
                condition=Q(outcome="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"


class Closure(PublicIdMixin, models.Model):
    """A day that differs from the published calendar: closed, or worked although it is a day off.

    Without a seller it holds for everybody (the platform's).
    """

    id_prefix = "clo"

    seller = models.ForeignKey(Seller, models.CASCADE, null=True, blank=True, related_name="+")
    day = models.DateField(_("day"))
    working = models.BooleanField(_("working day"), default=False)
    note = models.CharField(_("note"), max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("calendar exception")
        verbose_name_plural = _("calendar exceptions")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "day"],
                name="closure_once",
                nulls_distinct=False,
                violation_error_message=_("There is an entry for this day already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {'+' if self.working else '-'}"


class OfficialYear(models.Model):
    """A year whose public holidays ops have entered as exceptions, ahead of the library."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    note = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("official year")
        verbose_name_plural = _("official years")

    def __str__(self) -> str:
        return str(self.year)
