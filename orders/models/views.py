"""Lists that people keep under a name."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller, User


class Density(models.TextChoices):
    COMPACT = "compact", _("Compact")
    NORMAL = "normal", _("Normal")
    RELAXED = "relaxed", _("Relaxed")


class SavedView(PublicIdMixin, models.Model):
    """A list of orders under a name: its filter and order, its columns and how close its rows are.

    It is its owner's own until it is shared; then everybody in the shop sees it.
    """

    id_prefix = "viw"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    shared = models.BooleanField(_("for the whole team"), default=False)
    #: The list's parameters as they stand in its address: filter and sort.
    query = models.TextField(max_length=4000, blank=True)
    #: Names of columns; empty: those that the reader has chosen.
    columns = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    density = models.CharField(max_length=8, choices=Density.choices, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                "seller", "owner", Lower("name"), name="own_view_once", condition=Q(shared=False)
            ),
            models.UniqueConstraint(
                "seller", Lower("name"), name="team_view_once", condition=Q(shared=True)
            ),
            models.CheckConstraint(name="view_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="view_density_known", condition=Q(density__in=["", *Density.values])
            ),
        ]

    def __str__(self) -> str:
        return self.name
