"""What marketplaces tolerate: limits of the rates by which they judge a shop."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models import Seller, Store


class RateKind(models.TextChoices):
    LATE_SHIPMENT = "late_shipment", _("Late shipment")
    CANCELLATION = "cancellation", _("Cancellation")
    VALID_TRACKING = "valid_tracking", _("Valid tracking")


#: Rates that must not fall below their limit; the others must not rise above it.
AT_LEAST = frozenset({RateKind.VALID_TRACKING})


class RateLimit(models.Model):
    """The limit of one rate on one marketplace, in percent, over so many days.

    Without a seller it is a preset for everybody; a seller's own goes before it.
    """

    seller = models.ForeignKey(Seller, models.CASCADE, null=True, blank=True, related_name="+")
    marketplace = models.CharField(
        _("marketplace"), max_length=16, choices=Store.Marketplace.choices
    )
    kind = models.CharField(_("rate"), max_length=16, choices=RateKind.choices)
    percent = models.DecimalField(
        _("limit in percent"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    days = models.PositiveSmallIntegerField(
        _("over so many days"),
        default=30,
        validators=[MinValueValidator(7), MaxValueValidator(90)],
    )
    is_example = models.BooleanField(_("example"), default=False)
    source_note = models.CharField(_("source"), max_length=300, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("limit of a rate")
        verbose_name_plural = _("limits of rates")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "marketplace", "kind"],
                name="rate_limit_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="rate_limit_known",
                condition=Q(
                    kind__in=RateKind.values,
                    percent__gte=0,
                    percent__lte=100,
                    days__gte=7,
                    days__lte=90,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marketplace} {self.kind} {self.percent} %"
