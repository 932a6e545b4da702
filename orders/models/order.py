"""Order, its lines, holds and events."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from orders.models.fines import PenaltyRule
from orders.states import OPEN, Stage
from sellers.models import Seller, Store
from stock.models import Sku


class Order(PublicIdMixin, models.Model):
    """A paid order of one buyer in one store. ``orders.actions`` is the only writer of its stage.

    The five counters are sums over the lines, ``units`` without the cancelled ones; the stage
    follows from them (``states.stage_of``).
    """

    id_prefix = "ord"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    number = models.CharField(_("order number"), max_length=64)
    marketplace_status = models.CharField(_("marketplace status"), max_length=40, blank=True)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.NEW)
    buyer_ref = models.CharField(_("buyer id"), max_length=64, blank=True)
    buyer_name = models.CharField(_("buyer"), max_length=120, blank=True)
    buyer_phone = models.CharField(_("phone"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=2)
    state = models.CharField(_("state or province"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    #: Same buyer and same address give the same key: they can leave in one parcel.
    ship_to_key = models.CharField(max_length=32)
    remark = models.TextField(_("buyer's remark"), blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    goods_amount = models.DecimalField(_("goods"), max_digits=14, decimal_places=2)
    freight_amount = models.DecimalField(
        _("freight"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    placed_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid"))
    ship_by = models.DateTimeField(_("ship by"))
    deliver_by = models.DateTimeField(_("promised to arrive by"), null=True, blank=True)
    handling_days = models.PositiveSmallIntegerField(_("handling time in working days"))
    #: The version of the rule book for late shipment that this order is judged by.
    rule = models.ForeignKey(PenaltyRule, models.PROTECT, null=True, related_name="+")
    units = models.PositiveIntegerField(_("units"))
    allocated = models.PositiveIntegerField(default=0)
    packed = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    uploaded = models.PositiveIntegerField(default=0)
    #: Codes of what the machine checks found (``orders.checks``), e.g. ``postcode_format``.
    problems = ArrayField(models.CharField(max_length=40), default=list)
    on_hold = models.BooleanField(_("on hold"), default=False)
    #: The seller's own words for an order, sorted; what people put there, lists can ask for.
    tags = ArrayField(
        models.CharField(max_length=30), verbose_name=_("tags"), default=list, db_default=[]
    )
    #: Parts of the address that the seller corrected, with what the marketplace says of them. They
    #: stay corrected until the marketplace says something else (``orders.actions.address``).
    corrected = models.JSONField(default=dict, db_default={})
    #: The ship-by clock runs. Cache of the deadline row for lists; written with it.
    clock_open = models.BooleanField(default=True)
    #: Arrived already shipped, from a file: its parcels and its stock were never ours.
    history = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True)
    stocked_at = models.DateTimeField(null=True)
    packed_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    uploaded_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="order_number_once"),
            models.CheckConstraint(name="order_stage_known", condition=Q(stage__in=Stage.values)),
            models.CheckConstraint(
                name="order_counters",
                condition=Q(
                    uploaded__lte=F("shipped"),
                    shipped__lte=F("packed"),
                    packed__lte=F("allocated"),
                    allocated__lte=F("units"),
                ),
            ),
            models.CheckConstraint(name="order_tags_few", condition=Q(tags__len__lte=10)),
            models.CheckConstraint(
                name="order_amounts_not_negative",
                condition=Q(goods_amount__gte=0, freight_amount__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "ship_by", "id"], name="order_by_ship_by"),
            models.Index(fields=["seller", "stage", "ship_by", "id"], name="order_stage_ship_by"),
            models.Index(
                fields=["seller", "ship_by", "id"],
                name="order_clock_open",
                condition=Q(clock_open=True),
            ),
            models.Index(fields=["seller", "updated_at", "id"], name="order_updated"),
            models.Index(fields=["seller", "placed_at", "id"], name="order_placed"),
            models.Index(
                fields=["seller", "number"],
                name="order_number_prefix",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
            # For searching buyers by how their name begins, in capitals or not.
            models.Index(
                F("seller"),
                OpClass(Upper("buyer_name"), name="text_pattern_ops"),
                name="order_buyer_prefix",
            ),
            models.Index(
                fields=["seller", "cancelled_at"],
                name="order_cancelled",
                condition=Q(stage=Stage.CANCELLED),
            ),
            models.Index(
                fields=["seller", "ship_to_key"], name="order_ship_to", condition=Q(stage__in=OPEN)
            ),
            models.Index(
                fields=["seller", "ship_by", "id"], name="order_held", condition=Q(on_hold=True)
            ),
            models.Index(
                fields=["seller", "ship_by", "id"],
                name="order_problems",
                condition=~Q(problems=[]) & Q(stage__in=OPEN),
            ),
            models.Index(
                fields=["seller", "ship_by", "id"], name="order_tagged", condition=~Q(tags=[])
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(PublicIdMixin, models.Model):
    """So many units of one SKU. Counters never exceed what is still wanted."""

    id_prefix = "lin"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, models.PROTECT, null=True, related_name="+")
    sku_code = models.CharField(_("SKU code on the marketplace"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    specification = models.CharField(_("specification"), max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=2)
    cancelled = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    packed = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    uploaded = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(
                name="line_quantity_positive", condition=Q(quantity__gte=1, unit_price__gte=0)
            ),
            models.CheckConstraint(
                name="line_counters",
                condition=Q(
                    uploaded__lte=F("shipped"),
                    shipped__lte=F("packed"),
                    packed__lte=F("allocated"),
                    allocated__lte=F("quantity") - F("cancelled"),
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "order"], name="line_of_sku"),
            models.Index(
                fields=["seller", "sku_code"], name="line_unmapped", condition=Q(sku__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_code or self.title} × {self.quantity}"

    @property
    def open(self) -> int:
        """Units that are still wanted."""
        return self.quantity - self.cancelled


class Hold(models.Model):
    """A reason not to touch an order for now. Its clock goes on."""

    class Reason(models.TextChoices):
        ADDRESS = "address", _("Address unclear")
        BUYER = "buyer", _("Waiting for the buyer")
        PAYMENT = "payment", _("Payment under review")
        STOCK = "stock", _("Goods not as they should be")
        CANCELLATION = "cancellation", _("Buyer asks to cancel")
        OTHER = "other", _("Other")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="holds")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    held_by = models.CharField(max_length=120)
    held_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    released_by = models.CharField(max_length=120, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(
                name="hold_reason_known",
                condition=Q(
                    reason__in=["address", "buyer", "payment", "stock", "cancellation", "other"]
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["order"], name="hold_open", condition=Q(released_at__isnull=True)),
            models.Index(
                fields=["until"],
                name="hold_until",
                condition=Q(released_at__isnull=True, until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.order_id})"


class OrderEvent(PublicIdMixin, models.Model):
    """What happened to an order, once. Append-only, also for the database.

    ``xid`` is the transaction that wrote it: the feed answers events of finished transactions in
    (xid, id) order, so that nothing can appear behind a reader's back (docs/adr/0004).
    """

    id_prefix = "evt"

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=32)
    at = models.DateTimeField(_("time"))
    actor_kind = models.CharField(max_length=8)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("by"), max_length=120)
    data = models.JSONField(default=dict)
    xid = models.BigIntegerField(
        db_default=Cast(
            Cast(
                models.Func(function="pg_current_xact_id", output_field=models.TextField()),
                models.TextField(),
            ),
            models.BigIntegerField(),
        )
    )

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        indexes = [
            models.Index(fields=["order", "id"], name="event_of_order"),
            models.Index(fields=["seller", "xid", "id"], name="event_feed"),
        ]

    def __str__(self) -> str:
        return self.kind


class StageCount(models.Model):
    """How many orders a seller has in a stage: the sum of ``n`` over its rows.

    A trigger appends a row for each statement that changes stages, so that counting never locks
    and never scans; a job adds the rows up (docs/adr/0005).
    """

    seller_id = models.BigIntegerField()
    stage = models.CharField(max_length=10)
    n = models.BigIntegerField()

    class Meta:
        verbose_name = _("stage count")
        verbose_name_plural = _("stage counts")
        indexes = [models.Index(fields=["seller_id", "stage"], include=["n"], name="stage_count")]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.stage} {self.n:+d}"
