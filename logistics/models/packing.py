"""The packing table: boxes, what a shop wants checked, and every scan that was made there."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from logistics.models.picking import Pick, Wave
from logistics.models.shipments import Shipment
from orders.models import Order, OrderLine
from sellers.models import Seller, User, code_validator
from stock.models import Sku


class Box(PublicIdMixin, models.Model):
    """What parcels are packed into: inner size in mm, own weight and load limit in grams.

    How many are left is what was counted less those that parcels have taken since
    (``logistics.box_queries``), so undoing a parcel gives its box back by itself.
    """

    id_prefix = "box"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=20, validators=[code_validator])
    name = models.CharField(_("name"), max_length=60, blank=True)
    length_mm = models.PositiveIntegerField(_("inner length (mm)"))
    width_mm = models.PositiveIntegerField(_("inner width (mm)"))
    height_mm = models.PositiveIntegerField(_("inner height (mm)"))
    weight_grams = models.PositiveIntegerField(_("own weight (g)"), default=0)
    limit_grams = models.PositiveIntegerField(_("holds at most (g)"), null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=8, decimal_places=2, default=Decimal(0))
    cost_currency = models.CharField(_("currency"), max_length=3, default="CNY")
    counted = models.PositiveIntegerField(_("in stock"), null=True, blank=True)
    counted_at = models.DateTimeField(null=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="box_code_once"),
            models.CheckConstraint(
                name="box_has_room",
                condition=Q(length_mm__gte=1, width_mm__gte=1, height_mm__gte=1, cost__gte=0),
            ),
            models.CheckConstraint(
                name="box_counted_when",
                condition=Q(counted__isnull=True) | Q(counted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def volume(self) -> int:
        """Inner volume in mm³."""
        return self.length_mm * self.width_mm * self.height_mm


class PackSettings(models.Model):
    """How a shop packs. A shop without a row packs by the defaults."""

    class Photo(models.TextChoices):
        NONE = "none", _("No photo")
        OPTIONAL = "optional", _("May be taken")
        REQUIRED = "required", _("Each parcel needs one")

    seller = models.OneToOneField(Seller, models.CASCADE, primary_key=True, related_name="+")
    ask_box = models.BooleanField(_("ask for the box"), default=True)
    ask_weight = models.BooleanField(_("ask for the weight"), default=True)
    tolerance_percent = models.PositiveSmallIntegerField(_("tolerance (%)"), default=5)
    tolerance_grams = models.PositiveIntegerField(_("but at least (g)"), default=20)
    limit_grams = models.PositiveIntegerField(_("heaviest parcel (g)"), default=30_000)
    photo = models.CharField(
        _("photo of the open box"), max_length=8, choices=Photo.choices, default=Photo.NONE
    )

    class Meta:
        verbose_name = _("packing settings")
        verbose_name_plural = _("packing settings")
        constraints = [
            models.CheckConstraint(
                name="pack_settings_sane",
                condition=Q(tolerance_percent__lte=100, limit_grams__gte=1)
                & Q(photo__in=["none", "optional", "required"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller_id}"


class QualityCheck(PublicIdMixin, models.Model):
    """A question a packer answers before the parcel closes: of one SKU, or of every parcel."""

    id_prefix = "chk"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    sku = models.ForeignKey(Sku, models.CASCADE, null=True, blank=True, related_name="+")
    text = models.CharField(_("what to check"), max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("quality check")
        verbose_name_plural = _("quality checks")
        constraints = [
            models.CheckConstraint(name="check_text_given", condition=~Q(text="")),
        ]
        indexes = [models.Index(fields=["seller", "sku"], name="check_of_sku")]

    def __str__(self) -> str:
        return self.text


class PackSession(PublicIdMixin, models.Model):
    """One parcel being packed by one person. What is in it follows from its scans."""

    id_prefix = "pks"

    class Outcome(models.TextChoices):
        OPEN = "open", _("Being packed")
        PACKED = "packed", _("Packed")
        LEFT = "left", _("Left unfinished")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    packer = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    wave = models.ForeignKey(Wave, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.OPEN)
    shipment = models.OneToOneField(
        Shipment, models.PROTECT, null=True, related_name="pack_session"
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("packing session")
        verbose_name_plural = _("packing sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "packer"],
                name="one_parcel_at_a_time",
                condition=Q(outcome="open"),
            ),
            models.CheckConstraint(
                name="session_outcome",
                condition=Q(outcome="open", shipment__isnull=True, ended_at__isnull=True)
                | Q(outcome="packed", shipment__isnull=False, ended_at__isnull=False)
                | Q(outcome="left", shipment__isnull=True, ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["seller", "packer", "-id"], name="session_of_packer")]

    def __str__(self) -> str:
        return self.public_id


class PackOrder(models.Model):
    """An order in a session. ``open`` while the session is: an order is packed in one place."""

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    session = models.ForeignKey(PackSession, models.CASCADE, related_name="orders")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    #: Digest of the address as it was when the packer began.
    address = models.CharField(max_length=32)
    open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("order being packed")
        verbose_name_plural = _("orders being packed")
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="order_packed_in_one_place", condition=Q(open=True)
            ),
            models.UniqueConstraint(fields=["session", "order"], name="session_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.order_id}"


class Scan(models.Model):
    """What was scanned or typed, once, with the answer it got. Append-only, also for the database.

    ``client_id`` is the page's: however often a scan is sent, it is here once, and the answer of
    the first time is given again. Units in a parcel are the sum of ``quantity`` by line.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", _("Unit")
        UNDO = "undo", _("Taken back")
        FAIL = "fail", _("Failed a check")
        CHECK = "check", _("Passed a check")
        BOX = "box", _("Box")
        WEIGHT = "weight", _("Weight")
        PHOTO = "photo", _("Photo")
        OUT = "out", _("Next scan takes out")
        ORDER = "order", _("Order")
        CLOSE = "close", _("Parcel closed")
        PICK = "pick", _("Picked")
        SHORT = "short", _("Not found")
        OTHER = "other", _("Other")

    class Result(models.TextChoices):
        RIGHT = "right", _("Right")
        WRONG = "wrong", _("Wrong")
        CLOSED = "closed", _("Parcel closed")
        ASK = "ask", _("To be answered")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    client_id = models.CharField(max_length=64)
    session = models.ForeignKey(PackSession, models.PROTECT, null=True, related_name="scans")
    wave = models.ForeignKey(Wave, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    result = models.CharField(max_length=6, choices=Result.choices)
    text = models.CharField(max_length=200, blank=True)
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="+")
    pick = models.ForeignKey(Pick, models.PROTECT, null=True, related_name="+")
    quantity = models.IntegerField(default=0)
    data = models.JSONField(default=dict)
    message = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.UniqueConstraint(fields=["seller", "client_id"], name="scan_once"),
            models.CheckConstraint(
                name="scan_counts_a_line",
                condition=Q(quantity=0) | (Q(line__isnull=False) & ~Q(result="wrong")),
            ),
            models.CheckConstraint(
                name="scan_known",
                condition=Q(result__in=["right", "wrong", "closed", "ask"]) & ~Q(client_id=""),
            ),
        ]
        indexes = [models.Index(fields=["session", "id"], name="scan_of_session")]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+d}"


class PackPhoto(PublicIdMixin, models.Model):
    """A photo of an open box. Private: given out after a permission check only."""

    id_prefix = "pho"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    session = models.ForeignKey(PackSession, models.PROTECT, related_name="photos")
    file = models.FileField(upload_to="pack-photos/%Y/%m/")
    taken_by = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("photo of a parcel")
        verbose_name_plural = _("photos of parcels")

    def __str__(self) -> str:
        return self.public_id
