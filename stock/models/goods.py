"""What is there, what is promised, and the ledger of every change. Knows nothing of orders."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller, code_validator


class Sku(PublicIdMixin, models.Model):
    """One thing that is stocked and sold, in one specification. Weights are grams, sizes mm."""

    id_prefix = "sku"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="skus")
    code = models.CharField(_("SKU code"), max_length=64)
    barcode = models.CharField(_("barcode"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=200)
    name_zh = models.CharField(_("Chinese name"), max_length=200, blank=True)
    specification = models.CharField(_("specification"), max_length=200, blank=True)
    weight_grams = models.PositiveIntegerField(_("weight (g)"), default=0)
    length_mm = models.PositiveIntegerField(_("length (mm)"), default=0)
    width_mm = models.PositiveIntegerField(_("width (mm)"), default=0)
    height_mm = models.PositiveIntegerField(_("height (mm)"), default=0)
    declared_name = models.CharField(_("customs name (English)"), max_length=60, blank=True)
    declared_name_zh = models.CharField(_("customs name (Chinese)"), max_length=20, blank=True)
    declared_value = models.DecimalField(
        _("declared value"), max_digits=9, decimal_places=2, default=Decimal(0)
    )
    declared_currency = models.CharField(_("currency"), max_length=3, default="USD")
    hs_code = models.CharField(_("HS code"), max_length=12, blank=True)
    fragile = models.BooleanField(_("fragile"), default=False)
    battery = models.BooleanField(_("contains a battery"), default=False)
    liquid = models.BooleanField(_("liquid"), default=False)
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    price_currency = models.CharField(_("currency"), max_length=3, default="CNY")
    promotion_price = models.DecimalField(
        _("promotion price"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    promotion_from = models.DateTimeField(_("promotion from"), null=True, blank=True)
    promotion_to = models.DateTimeField(_("promotion to"), null=True, blank=True)
    on_sale = models.BooleanField(_("on sale"), default=True)
    handling_days = models.PositiveSmallIntegerField(
        _("handling time in working days"), null=True, blank=True
    )
    #: Made with the sample data and removed with it; never changes (docs/adr/0013).
    sample = models.BooleanField(_("sample"), default=False, db_default=False, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "code"],
                name="sku_code_once",
                violation_error_message=_("A SKU with this code exists already."),
            ),
            models.CheckConstraint(name="sku_code_given", condition=~models.Q(code="")),
            models.CheckConstraint(
                name="sku_money_not_negative",
                condition=(models.Q(price__isnull=True) | models.Q(price__gte=0))
                & (models.Q(promotion_price__isnull=True) | models.Q(promotion_price__gte=0))
                & models.Q(declared_value__gte=0),
            ),
            models.CheckConstraint(
                name="sku_handling_days",
                condition=models.Q(handling_days__isnull=True)
                | models.Q(handling_days__gte=1, handling_days__lte=30),
            ),
        ]
        indexes = [
            models.Index(
                fields=["seller", "barcode"], name="sku_barcode", condition=~models.Q(barcode="")
            ),
            models.Index(fields=["seller", "updated_at", "id"], name="sku_updated"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        """The name in the current language."""
        chinese = (get_language() or "").startswith("zh")
        return self.name_zh if chinese and self.name_zh else self.name


class Warehouse(PublicIdMixin, models.Model):
    """A place where stock lies, and from which parcels are sent: the address on their labels."""

    id_prefix = "whs"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="warehouses")
    code = models.CharField(_("code"), max_length=64, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    sender_name = models.CharField(_("sender on labels"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("street address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    state = models.CharField(_("state or province"), max_length=80, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    sample = models.BooleanField(
        _("holds samples"), default=False, db_default=False, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="warehouse_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Bin(PublicIdMixin, models.Model):
    """A place on a shelf. Pick lists follow ``walk_order``, then the code."""

    id_prefix = "bin"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="bins")
    code = models.CharField(_("bin"), max_length=40)
    walk_order = models.PositiveIntegerField(_("walk order"), default=0)

    class Meta:
        verbose_name = _("bin")
        verbose_name_plural = _("bins")
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "code"], name="bin_code_once"),
            # What the foreign key of a level to a bin of its own warehouse refers to.
            models.UniqueConstraint(fields=["id", "warehouse"], name="bin_of_warehouse"),
            models.CheckConstraint(name="bin_code_given", condition=~models.Q(code="")),
        ]
        indexes = [models.Index(fields=["warehouse", "walk_order", "id"], name="bin_walk")]

    def __str__(self) -> str:
        return self.code


class StockLevel(models.Model):
    """How many of a SKU lie in a warehouse, and how many of those are promised.

    ``bin`` is where they are picked; the database holds it to a bin of the same warehouse.
    """

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="levels")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="levels")
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    reorder_point = models.PositiveIntegerField(_("reorder point"), default=0)
    bin = models.ForeignKey(Bin, models.PROTECT, null=True, blank=True, related_name="levels")

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(fields=["sku", "warehouse"], name="level_once"),
            models.CheckConstraint(
                name="level_reserved_within_on_hand",
                condition=models.Q(reserved__gte=0, reserved__lte=models.F("on_hand")),
            ),
        ]
        indexes = [models.Index(fields=["seller", "sku"], name="level_of_seller")]

    def __str__(self) -> str:
        return f"{self.sku_id} @ {self.warehouse_id}: {self.on_hand} / {self.reserved}"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class Reservation(models.Model):
    """How many units of a level are promised to one holder.

    ``holder_id`` is the order line; a foreign key is added by the migration of ``orders``, which
    this app does not know.
    """

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    holder_id = models.BigIntegerField()
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="reservations")
    quantity = models.IntegerField()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(fields=["holder_id", "level"], name="reservation_once"),
            models.CheckConstraint(name="reservation_positive", condition=models.Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.holder_id}"


class MovementKind(models.TextChoices):
    RECEIVE = "receive", _("Received")
    ADJUST = "adjust", _("Adjusted")
    RESERVE = "reserve", _("Reserved")
    RELEASE = "release", _("Released")
    SHIP = "ship", _("Shipped")
    RETURN = "return", _("Returned")
    WRITE_OFF = "write_off", _("Written off")
    TRANSFER_OUT = "transfer_out", _("Sent to another warehouse")
    TRANSFER_IN = "transfer_in", _("Came from another warehouse")


class StockMovement(PublicIdMixin, models.Model):
    """The ledger: every change of a level, once. Append-only, also for the database."""

    id_prefix = "mov"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=16, choices=MovementKind.choices)
    on_hand = models.IntegerField(_("change on hand"))
    reserved = models.IntegerField(_("change reserved"))
    #: The order line, for those kinds that have one.
    holder_id = models.BigIntegerField(null=True)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.CharField(_("by"), max_length=120)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.CheckConstraint(
                name="movement_kind_known", condition=models.Q(kind__in=MovementKind.values)
            ),
            models.CheckConstraint(
                name="movement_changes_something",
                condition=~models.Q(on_hand=0, reserved=0),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="movement_newest"),
            models.Index(fields=["level", "-id"], name="movement_of_level"),
            # How fast things sell (stock.queries.speed) is read from the index alone.
            models.Index(
                fields=["seller", "at"],
                include=["level", "on_hand"],
                name="movement_shipped",
                condition=models.Q(kind="ship"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand:+d}/{self.reserved:+d}"
