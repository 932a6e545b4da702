"""Waves: which orders are fetched from the shelves together, and what was found there."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from logistics.models.shipments import CarrierService
from orders.models import Order, OrderLine
from sellers.models import Seller, User
from stock.models import StockLevel, Warehouse


class Wave(PublicIdMixin, models.Model):
    """A walk through one warehouse for many orders. Progress follows from its picks."""

    id_prefix = "wav"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    #: Printed on the pick list and scanned at the packing table.
    code = models.CharField(_("wave"), max_length=20)
    #: Its parcels leave with this service.
    service = models.ForeignKey(CarrierService, models.PROTECT, null=True, related_name="+")
    picker = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("picker")
    )
    made_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    cancelled = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="wave_code_once"),
            models.CheckConstraint(
                name="wave_cancelled_is_closed",
                condition=Q(cancelled=False) | Q(closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="wave_newest"),
            models.Index(
                fields=["seller", "-id"], name="wave_open", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Pick(PublicIdMixin, models.Model):
    """So many units of an order line to fetch from one stock level, and how many were.

    ``open`` while its wave is: the database lets a line be fetched from a level by one wave only.
    What a cancellation has made needless is not written here: what is still wanted is the smaller
    of ``quantity`` and the reservation (``logistics.pick_queries``).
    """

    id_prefix = "pck"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="picks")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    picked = models.PositiveIntegerField(_("picked"), default=0)
    short = models.PositiveIntegerField(_("not found"), default=0)
    short_reason = models.CharField(_("reason"), max_length=200, blank=True)
    picked_by = models.CharField(max_length=120, blank=True)
    picked_at = models.DateTimeField(null=True)
    open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("pick")
        verbose_name_plural = _("picks")
        constraints = [
            models.UniqueConstraint(
                fields=["line", "level"], name="pick_once", condition=Q(open=True)
            ),
            models.UniqueConstraint(fields=["wave", "line", "level"], name="pick_once_in_wave"),
            models.CheckConstraint(
                name="pick_quantities",
                condition=Q(quantity__gte=1) & Q(quantity__gte=F("picked") + F("short")),
            ),
            models.CheckConstraint(
                name="pick_short_has_reason", condition=Q(short=0) | ~Q(short_reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["order"], name="pick_of_order"),
            models.Index(fields=["level"], name="pick_of_level", condition=Q(open=True)),
        ]

    def __str__(self) -> str:
        return f"{self.picked}/{self.quantity} × {self.line_id}"
