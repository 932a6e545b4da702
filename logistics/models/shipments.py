"""Carriers, parcels and what carriers say about them."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from orders.models import Order, OrderLine
from sellers.models import Seller
from stock.models import Warehouse


class Carrier(models.Model):
    """Who carries parcels. Data kept by ops; ``other`` stands for anybody not listed."""

    class Kind(models.TextChoices):
        PLATFORM = "platform", _("Platform logistics")
        OTHER = "other", _("Other carrier")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.OTHER)
    recommended = models.BooleanField(_("recommended"), default=False)
    pattern = models.CharField(
        _("pattern of tracking numbers"),
        max_length=300,
        blank=True,
        help_text=_("Regular expression for the whole number; empty: anything."),
    )
    tracking_url = models.CharField(
        _("tracking page"),
        max_length=300,
        blank=True,
        help_text=_("With {number} where the tracking number goes."),
    )
    aggregator_code = models.CharField(_("aggregator code"), max_length=20, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        ordering = ["-recommended", "name"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the current language."""
        chinese = (get_language() or "").startswith("zh")
        return self.name_zh if chinese and self.name_zh else self.name

    def page_for(self, number: str) -> str:
        """The carrier's public page for a tracking number; empty when it has none."""
        return self.tracking_url.replace("{number}", number) if self.tracking_url else ""


class CarrierService(models.Model):
    """One service of a carrier and what it takes. Grams and millimetres; empty: no limit known."""

    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="services")
    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    mode = models.CharField(_("mode"), max_length=12, default="parcel")
    countries = models.CharField(
        _("countries"),
        max_length=600,
        blank=True,
        help_text=_("ISO codes with spaces; empty: everywhere."),
    )
    max_weight_grams = models.PositiveIntegerField(_("weight limit (g)"), null=True, blank=True)
    max_length_mm = models.PositiveIntegerField(_("longest side (mm)"), null=True, blank=True)
    max_sum_mm = models.PositiveIntegerField(
        _("length + width + height (mm)"), null=True, blank=True
    )
    refuses_battery = models.BooleanField(_("refuses batteries"), default=False)
    refuses_liquid = models.BooleanField(_("refuses liquids"), default=False)
    min_days = models.PositiveSmallIntegerField(_("days at least"), null=True, blank=True)
    max_days = models.PositiveSmallIntegerField(_("days at most"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("carrier service")
        verbose_name_plural = _("carrier services")
        ordering = ["carrier", "name"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the current language."""
        chinese = (get_language() or "").startswith("zh")
        return self.name_zh if chinese and self.name_zh else self.name


class ShipmentState(models.TextChoices):
    PACKED = "packed", _("Packed")
    HANDED_OVER = "handed_over", _("Handed over")
    DECLARED = "declared", _("Uploaded")
    VOID = "void", _("Void")


class TrackingState(models.TextChoices):
    PENDING = "pending", _("No information yet")
    INFO_RECEIVED = "info_received", _("Information received")
    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("In transit")
    CUSTOMS = "customs", _("At customs")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    AVAILABLE_FOR_PICKUP = "available_for_pickup", _("Waiting for pick-up")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Delivery failed")
    RETURNING = "returning", _("Returning")
    RETURNED = "returned", _("Returned")
    LOST = "lost", _("Lost")
    EXPIRED = "expired", _("No news for long")


class Shipment(PublicIdMixin, models.Model):
    """One parcel with one tracking number. Its lines say what is inside, of one order or several.

    ``logistics.actions`` is the only writer of its state.
    """

    id_prefix = "shp"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, null=True, related_name="+")
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="+")
    service = models.ForeignKey(CarrierService, models.PROTECT, null=True, related_name="+")
    tracking_number = models.CharField(_("tracking number"), max_length=40, blank=True)
    #: Why a person let an unusual number pass.
    number_reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=ShipmentState.choices, default=ShipmentState.PACKED
    )
    tracking_state = models.CharField(
        _("tracking"),
        max_length=20,
        choices=TrackingState.choices,
        default=TrackingState.PENDING,
    )
    weight_grams = models.PositiveIntegerField(
        _("weight (g)"), null=True, validators=[MinValueValidator(1)]
    )
    #: What it was packed into; a box's stock follows from these.
    box = models.ForeignKey("logistics.Box", models.PROTECT, null=True, related_name="+")
    country = models.CharField(_("country"), max_length=2)
    #: How often its label was printed; 0: it still has to be.
    label_copies = models.PositiveSmallIntegerField(_("labels printed"), default=0, db_default=0)
    packed_at = models.DateTimeField(_("packed"), default=timezone.now)
    handed_over_at = models.DateTimeField(_("handed over"), null=True)
    declared_at = models.DateTimeField(_("uploaded"), null=True)
    first_scan_at = models.DateTimeField(_("first scan"), null=True)
    last_event_at = models.DateTimeField(_("last news"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    voided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"],
                name="tracking_number_once",
                condition=~Q(tracking_number="") & ~Q(state="void"),
                violation_error_message=_("Another parcel has this tracking number."),
            ),
            models.CheckConstraint(
                name="shipment_state_known",
                condition=Q(state__in=ShipmentState.values)
                & Q(tracking_state__in=TrackingState.values),
            ),
            models.CheckConstraint(
                name="shipment_times",
                condition=(
                    Q(state="packed", handed_over_at__isnull=True, declared_at__isnull=True)
                    | Q(state="handed_over", handed_over_at__isnull=False)
                    | Q(
                        state="declared",
                        handed_over_at__isnull=False,
                        declared_at__isnull=False,
                    )
                    | Q(state="void", voided_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="declared_has_number",
                condition=~Q(state="declared") | ~Q(tracking_number=""),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="shipment_newest"),
            models.Index(fields=["seller", "state", "-id"], name="shipment_state"),
            models.Index(fields=["seller", "tracking_state", "-id"], name="shipment_tracking"),
            # Parcels on their way of which nothing was heard for long.
            models.Index(
                fields=["seller", "last_event_at"],
                name="shipment_silent",
                condition=Q(
                    tracking_state__in=[
                        *("picked_up", "in_transit", "out_for_delivery"),
                        *("available_for_pickup", "customs"),
                    ]
                ),
            ),
            models.Index(
                fields=["seller", "tracking_number"],
                name="shipment_number",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
            # What rates and reports count.
            models.Index(
                fields=["seller", "declared_at"],
                name="shipment_declared",
                condition=Q(state="declared"),
            ),
            models.Index(
                fields=["seller", "delivered_at"],
                name="shipment_delivered",
                condition=Q(delivered_at__isnull=False),
            ),
            models.Index(
                fields=["box", "packed_at"], name="shipment_box", condition=Q(box__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number or self.public_id


class ShipmentLine(models.Model):
    """So many units of an order line inside a parcel."""

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    order = models.ForeignKey(Order, models.PROTECT, related_name="shipment_lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("parcel content")
        verbose_name_plural = _("parcel contents")
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="parcel_line_once"),
            models.CheckConstraint(name="parcel_quantity_positive", condition=Q(quantity__gte=1)),
        ]
        indexes = [models.Index(fields=["order", "shipment"], name="parcel_of_order")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class TrackingEvent(PublicIdMixin, models.Model):
    """What a carrier, the marketplace or a person said about a parcel. Append-only."""

    id_prefix = "trk"

    class Source(models.TextChoices):
        PERSON = "person", _("Entered by hand")
        API = "api", _("API")
        IMPORT = "import", _("Import")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="events")
    state = models.CharField(_("state"), max_length=20, choices=TrackingState.choices, blank=True)
    #: As the source said it; a status we do not know is kept here with an empty ``state``.
    raw_status = models.CharField(max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    location = models.CharField(_("place"), max_length=120, blank=True)
    at = models.DateTimeField(_("time"))
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.PERSON)
    actor = models.CharField(_("by"), max_length=120)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("tracking event")
        verbose_name_plural = _("tracking events")
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "at", "state", "raw_status", "description", "location"],
                name="tracking_event_once",
            ),
        ]
        indexes = [models.Index(fields=["shipment", "at", "id"], name="tracking_of_shipment")]

    def __str__(self) -> str:
        return f"{self.state or self.raw_status} {self.at:%Y-%m-%d %H:%M}"
