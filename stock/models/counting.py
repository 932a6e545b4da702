"""Stock takes: what the books say, what somebody counted, and what was made of the difference."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.models import Seller
from stock.models.goods import Sku, StockLevel, Warehouse


class StockTake(PublicIdMixin, models.Model):
    """Counting some or all SKUs of a warehouse. Its rows are fixed when it starts; what is found
    that is not among them is added."""

    id_prefix = "cnt"

    class State(models.TextChoices):
        COUNTING = "counting", _("Being counted")
        POSTED = "posted", _("Posted")
        CANCELLED = "cancelled", _("Cancelled")

    class Scope(models.TextChoices):
        ALL = "all", _("Everything in the warehouse")
        BINS = "bins", _("Bins from one to another")
        SKUS = "skus", _("Some SKUs")
        STALE = "stale", _("What was not counted for some time")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.COUNTING
    )
    scope = models.CharField(_("what is counted"), max_length=8, choices=Scope.choices)
    #: ``first`` and ``last`` (bins), ``skus`` (their number) or ``days``.
    scope_data = models.JSONField(default=dict)
    #: Who counts does not see what the books say.
    blind = models.BooleanField(_("blind count"), default=False)
    note = models.CharField(_("note"), max_length=120, blank=True)
    made_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_by = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)
    #: Of a posted one: ``rows``, ``counted``, ``differences``, ``plus``, ``minus`` (units), and
    #: ``orders``: those that lost their promise, as number, public id, units, whether they wait.
    result = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("stock take")
        verbose_name_plural = _("stock takes")
        constraints = [
            models.UniqueConstraint(fields=["seller", "number"], name="take_number_once"),
            models.CheckConstraint(
                name="take_state_known",
                condition=Q(state__in=["counting", "posted", "cancelled"]),
            ),
            models.CheckConstraint(
                name="take_ended_when_over",
                condition=Q(state="counting", ended_at__isnull=True)
                | (~Q(state="counting") & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="take_newest")]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """How people and the ledger name it."""
        return f"ST-{self.number}"

    @property
    def open(self) -> bool:
        return self.state == self.State.COUNTING


class CountRow(PublicIdMixin, models.Model):
    """One SKU to count. ``expected`` is what should have lain on the shelf when the count began,
    ``expected_then`` when it was counted: what had been fetched or came in between is in it, so the
    difference is that of the count alone.

    ``open`` while its stock take is: the database lets a level be in one open stock take only.
    """

    id_prefix = "cnr"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    take = models.ForeignKey(StockTake, models.CASCADE, related_name="rows")
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    #: As they were when the count began.
    bin_code = models.CharField(_("bin"), max_length=40, blank=True)
    #: The way through the warehouse.
    position = models.PositiveIntegerField()
    expected = models.IntegerField(_("expected"))
    counted = models.IntegerField(_("counted"), null=True)
    expected_then = models.IntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    counted_by = models.CharField(max_length=120, blank=True)
    #: Somebody wants it counted again.
    recount = models.BooleanField(default=False)
    open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("row of a stock take")
        verbose_name_plural = _("rows of stock takes")
        constraints = [
            models.UniqueConstraint(fields=["take", "level"], name="count_row_once"),
            models.UniqueConstraint(
                fields=["level"], name="count_level_once", condition=Q(open=True)
            ),
            models.CheckConstraint(
                name="count_not_negative", condition=Q(counted__isnull=True) | Q(counted__gte=0)
            ),
            models.CheckConstraint(
                name="count_complete",
                condition=Q(counted__isnull=True, expected_then__isnull=True)
                | Q(
                    counted__isnull=False,
                    expected_then__isnull=False,
                    counted_at__isnull=False,
                    recount=False,
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["take", "position", "id"], name="count_walk"),
            models.Index(
                fields=["take", "position", "id"],
                name="count_left",
                condition=Q(counted__isnull=True),
            ),
            models.Index(
                fields=["take", "position", "id"],
                name="count_difference",
                condition=Q(counted__lt=F("expected_then")) | Q(counted__gt=F("expected_then")),
            ),
            models.Index(fields=["level", "counted_at"], name="count_of_level"),
        ]

    def __str__(self) -> str:
        return f"{self.counted} / {self.expected}"

    @property
    def difference(self) -> int | None:
        """Units more (盘盈) or, negative, fewer (盘亏) than the books say; ``None`` uncounted."""
        if self.counted is None or self.expected_then is None:
            return None
        return self.counted - self.expected_then


class CountEntry(models.Model):
    """One entry of somebody who counts. Append-only; each client's id counts once."""

    class Kind(models.TextChoices):
        ADD = "add", _("Scanned")
        SET = "set", _("Number entered")
        FILE = "file", _("From a file")
        RECOUNT = "recount", _("To be counted again")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    row = models.ForeignKey(CountRow, models.CASCADE, related_name="entries")
    client_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    #: Added, or set; what had been counted when it is to be counted again.
    quantity = models.IntegerField()
    actor = models.CharField(_("by"), max_length=120)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("entry of a stock take")
        verbose_name_plural = _("entries of stock takes")
        constraints = [
            models.UniqueConstraint(fields=["seller", "client_id"], name="count_entry_once"),
            models.CheckConstraint(
                name="count_entry_kind", condition=Q(kind__in=["add", "set", "file", "recount"])
            ),
        ]
        indexes = [models.Index(fields=["row", "-id"], name="count_entry_of_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"
