"""Suppliers, and what is bought from them: replenishments and their receipts."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller
from stock.models.goods import Sku, StockMovement, Warehouse

_DAYS = [MinValueValidator(0), MaxValueValidator(365)]
_MONEY = [MinValueValidator(Decimal(0))]


class Supplier(PublicIdMixin, models.Model):
    """Who delivers. Times are working days, the least order is money and units (0: none)."""

    id_prefix = "sup"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="suppliers")
    name = models.CharField(_("name"), max_length=120)
    contact = models.CharField(_("contact person"), max_length=80, blank=True)
    phone = models.CharField(_("phone or WeChat"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    lead_days = models.PositiveSmallIntegerField(
        _("lead time (working days)"), default=7, validators=_DAYS
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    min_value = models.DecimalField(
        _("least order value"), max_digits=12, decimal_places=2, default=0, validators=_MONEY
    )
    min_quantity = models.PositiveIntegerField(_("least order quantity"), default=0)
    cover_days = models.PositiveSmallIntegerField(
        _("order for so many days of sales"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.UniqueConstraint(fields=["seller", "name"], name="supplier_name_once"),
            models.CheckConstraint(name="supplier_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="supplier_figures",
                condition=Q(lead_days__lte=365, min_value__gte=0)
                & Q(cover_days__gte=1, cover_days__lte=365),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_too_little_worth(self, cost: Decimal | None) -> bool:
        """Whether an order of this cost is under the least value; not when the cost is unknown."""
        return cost is not None and cost < self.min_value

    def is_too_few(self, units: int) -> bool:
        """Whether an order of so many units is under the least quantity."""
        return units < self.min_quantity


class SupplierSku(PublicIdMixin, models.Model):
    """What a supplier delivers a SKU for. At most one supplier of a SKU is the preferred one."""

    id_prefix = "ssk"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="skus")
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="suppliers")
    code = models.CharField(_("supplier's own code"), max_length=64, blank=True)
    price = models.DecimalField(
        _("purchase price"), max_digits=12, decimal_places=4, null=True, blank=True,
        validators=_MONEY,
    )  # fmt: skip
    min_quantity = models.PositiveIntegerField(
        _("least quantity"), default=1, validators=[MinValueValidator(1)]
    )
    pack_size = models.PositiveIntegerField(
        _("pack size"), default=1, validators=[MinValueValidator(1)]
    )
    lead_days = models.PositiveSmallIntegerField(
        _("own lead time (working days)"), null=True, blank=True, validators=_DAYS
    )
    preferred = models.BooleanField(_("preferred supplier"), default=False)

    class Meta:
        verbose_name = _("SKU of a supplier")
        verbose_name_plural = _("SKUs of suppliers")
        constraints = [
            models.UniqueConstraint(fields=["supplier", "sku"], name="supplier_sku_once"),
            models.UniqueConstraint(
                fields=["sku"], name="supplier_preferred_once", condition=Q(preferred=True)
            ),
            models.CheckConstraint(
                name="supplier_sku_figures",
                condition=Q(min_quantity__gte=1, pack_size__gte=1)
                & (Q(price__isnull=True) | Q(price__gte=0))
                & (Q(lead_days__isnull=True) | Q(lead_days__lte=365)),
            ),
        ]
        indexes = [models.Index(fields=["seller", "sku"], name="supplier_sku_of_seller")]

    def __str__(self) -> str:
        return f"{self.supplier_id}: {self.sku_id}"


class ReplenishmentState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ORDERED = "ordered", _("Ordered")
    PARTLY_RECEIVED = "partly_received", _("Partly received")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


#: States in which goods are on the way.
COMING = (ReplenishmentState.ORDERED, ReplenishmentState.PARTLY_RECEIVED)
#: States in which goods may still come.
PLANNED = (ReplenishmentState.DRAFT, *COMING)


class Replenishment(PublicIdMixin, models.Model):
    """Goods bought from a supplier for a warehouse. Its state follows from its lines once it is
    ordered (``stock.actions.replenish``)."""

    id_prefix = "rep"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=20)
    #: Nobody yet, as long as it is a draft.
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, related_name="replenishments",
        verbose_name=_("supplier"),
    )  # fmt: skip
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("into warehouse")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=ReplenishmentState, default=ReplenishmentState.DRAFT
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    #: The caller's own name for making it, so that it is made once.
    client_id = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    ordered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("replenishment")
        verbose_name_plural = _("replenishments")
        constraints = [
            models.UniqueConstraint(fields=["seller", "number"], name="replenishment_number_once"),
            models.UniqueConstraint(
                fields=["seller", "client_id"],
                name="replenishment_made_once",
                condition=~Q(client_id=""),
            ),
            models.CheckConstraint(
                name="replenishment_state_known",
                condition=Q(state__in=ReplenishmentState.values),
            ),
            models.CheckConstraint(
                name="replenishment_ordered",
                condition=Q(state__in=["draft", "cancelled"])
                | Q(ordered_at__isnull=False, supplier__isnull=False, expected_on__isnull=False),
            ),
            models.CheckConstraint(
                name="replenishment_closed",
                condition=Q(state__in=["received", "cancelled"], closed_at__isnull=False)
                | (~Q(state__in=["received", "cancelled"]) & Q(closed_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="replenishment_newest"),
            models.Index(fields=["seller", "state", "-id"], name="replenishment_of_state"),
            models.Index(
                fields=["seller", "expected_on", "id"],
                name="replenishment_coming",
                condition=Q(state__in=["ordered", "partly_received"]),
            ),
            models.Index(
                fields=["seller"],
                name="replenishment_planned",
                condition=Q(state__in=["draft", "ordered", "partly_received"]),
            ),
            models.Index(fields=["supplier", "-id"], name="replenishment_of_supplier"),
        ]

    def __str__(self) -> str:
        return self.number


class ReplenishmentLine(PublicIdMixin, models.Model):
    """Units of one SKU: ``quantity`` ordered, ``received``, ``cancelled`` (will not come), and
    ``extra``: those that came beyond what was ordered and were taken on purpose."""

    id_prefix = "rpl"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    replenishment = models.ForeignKey(Replenishment, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    quantity = models.PositiveIntegerField(_("ordered"))
    received = models.PositiveIntegerField(_("received"), default=0)
    cancelled = models.PositiveIntegerField(_("cancelled"), default=0)
    extra = models.PositiveIntegerField(_("beyond what was ordered"), default=0)
    unit_cost = models.DecimalField(
        _("unit cost"), max_digits=12, decimal_places=4, null=True, blank=True, validators=_MONEY
    )

    class Meta:
        verbose_name = _("line of a replenishment")
        verbose_name_plural = _("lines of replenishments")
        constraints = [
            models.UniqueConstraint(fields=["replenishment", "sku"], name="replenished_once"),
            models.CheckConstraint(
                name="replenished_within_ordered",
                condition=Q(quantity__gte=1)
                & Q(quantity__gte=F("received") + F("cancelled") - F("extra")),
            ),
            models.CheckConstraint(
                name="replenished_cost", condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0)
            ),
        ]
        indexes = [models.Index(fields=["sku"], name="replenished_sku")]

    def __str__(self) -> str:
        return f"{self.received}/{self.quantity} × {self.sku_id}"

    @property
    def open(self) -> int:
        """Units that are still to come."""
        return self.quantity + self.extra - self.received - self.cancelled

    @property
    def cost(self) -> Decimal | None:
        """What the ordered units cost together."""
        return None if self.unit_cost is None else self.unit_cost * self.quantity


class Receipt(PublicIdMixin, models.Model):
    """Goods of a replenishment came in, once: ``client_id`` names the delivery to who sent it.
    Append-only, also for the database."""

    id_prefix = "rcp"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    replenishment = models.ForeignKey(Replenishment, models.PROTECT, related_name="receipts")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    client_id = models.CharField(max_length=64)
    note = models.CharField(_("delivery note"), max_length=200, blank=True)
    actor = models.CharField(_("by"), max_length=120)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(fields=["seller", "client_id"], name="receipt_once"),
            models.CheckConstraint(name="receipt_named", condition=~Q(client_id="")),
        ]
        indexes = [models.Index(fields=["replenishment", "-id"], name="receipt_of")]

    def __str__(self) -> str:
        return self.client_id


class ReceiptLine(models.Model):
    """So many units of a line came, by one movement of the ledger. Append-only."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="lines")
    line = models.ForeignKey(ReplenishmentLine, models.PROTECT, related_name="receipts")
    movement = models.OneToOneField(StockMovement, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a receipt")
        verbose_name_plural = _("lines of receipts")
        constraints = [
            models.UniqueConstraint(fields=["receipt", "line"], name="receipt_line_once"),
            models.CheckConstraint(name="receipt_line_positive", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class ReplenishmentEvent(models.Model):
    """What happened to a replenishment, who did it. Append-only, also for the database."""

    class Kind(models.TextChoices):
        MADE = "made", _("Draft made")
        CHANGED = "changed", _("Changed")
        ORDERED = "ordered", _("Ordered")
        REOPENED = "reopened", _("Back to draft")
        RECEIVED = "received", _("Goods received")
        CANCELLED = "cancelled", _("Rest cancelled")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    replenishment = models.ForeignKey(Replenishment, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    units = models.IntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("event of a replenishment")
        verbose_name_plural = _("events of replenishments")
        constraints = [
            models.CheckConstraint(
                name="replenishment_event_known",
                condition=Q(kind__in=["made", "changed", "ordered", "reopened", "received",
                                      "cancelled"]),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["replenishment", "-id"], name="replenishment_event_of")]

    def __str__(self) -> str:
        return self.kind


class LowStock(models.Model):
    """A SKU of which too little is left, since when; kept by ``stock.alerts``. A cache for lists
    and notices: a row goes when the SKU is no longer low."""

    class Why(models.TextChoices):
        POINT = "point", _("At or below the reorder point")
        COVER = "cover", _("Runs out before new goods can come")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    sku = models.OneToOneField(Sku, models.CASCADE, related_name="low")
    why = models.CharField(max_length=5, choices=Why)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("low stock")
        verbose_name_plural = _("low stock")
        constraints = [
            models.CheckConstraint(name="low_stock_why", condition=Q(why__in=["point", "cover"])),
        ]
        indexes = [models.Index(fields=["seller", "since"], name="low_stock_of_seller")]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.why}"
