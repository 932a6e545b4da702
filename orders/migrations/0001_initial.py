from decimal import Decimal

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("sellers", "0001_initial"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PenaltyRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "marketplace",
                    models.CharField(
                        choices=[
                            ("aliexpress", "AliExpress"),
                            ("temu", "Temu"),
                            ("shein", "SHEIN"),
                            ("tiktok", "TikTok Shop"),
                            ("amazon", "Amazon"),
                            ("ebay", "eBay"),
                            ("shopee", "Shopee"),
                            ("lazada", "Lazada"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="marketplace",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("semi_managed", "Semi-managed"),
                            ("fully_managed", "Fully managed"),
                            ("self_managed", "Self-managed"),
                        ],
                        max_length=16,
                        verbose_name="mode",
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("late_shipment", "Late shipment"),
                            ("no_first_scan", "No first scan"),
                            ("false_tracking", "False tracking number"),
                            ("stock_out", "Cancelled for lack of stock"),
                            ("late_response", "Late answer to a case"),
                        ],
                        default="late_shipment",
                        max_length=16,
                        verbose_name="trigger",
                    ),
                ),
                (
                    "criterion",
                    models.CharField(
                        choices=[
                            ("handed_over", "Parcel handed over"),
                            ("uploaded", "Tracking number uploaded"),
                            ("first_scan", "First scan by the carrier"),
                        ],
                        default="uploaded",
                        max_length=12,
                        verbose_name="what stops the clock",
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                (
                    "total_cap",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        verbose_name="cap in total",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "effective_from",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="in force from"
                    ),
                ),
                (
                    "effective_to",
                    models.DateTimeField(blank=True, null=True, verbose_name="in force until"),
                ),
                ("is_example", models.BooleanField(default=False, verbose_name="example")),
                (
                    "source_note",
                    models.CharField(blank=True, max_length=300, verbose_name="source"),
                ),
                ("created_by", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "penalty rule",
                "verbose_name_plural": "rule book",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "marketplace", "mode", "trigger", "currency", "version"),
                        name="rule_version_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("effective_to__isnull", True)),
                        fields=("seller", "marketplace", "mode", "trigger", "currency"),
                        name="rule_one_in_force",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("criterion__in", ["handed_over", "uploaded", "first_scan"]),
                            (
                                "trigger__in",
                                [
                                    "late_shipment",
                                    "no_first_scan",
                                    "false_tracking",
                                    "stock_out",
                                    "late_response",
                                ],
                            ),
                        ),
                        name="rule_known",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.store",
                    ),
                ),
                ("number", models.CharField(max_length=64, verbose_name="order number")),
                (
                    "marketplace_status",
                    models.CharField(blank=True, max_length=40, verbose_name="marketplace status"),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("new", "To accept"),
                            ("accepted", "To allocate"),
                            ("stocked", "To pack"),
                            ("packed", "To ship"),
                            ("shipped", "To upload"),
                            ("uploaded", "To be received"),
                            ("confirmed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="stage",
                    ),
                ),
                ("buyer_ref", models.CharField(blank=True, max_length=64, verbose_name="buyer id")),
                ("buyer_name", models.CharField(blank=True, max_length=120, verbose_name="buyer")),
                ("buyer_phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "state",
                    models.CharField(blank=True, max_length=80, verbose_name="state or province"),
                ),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="city")),
                ("postcode", models.CharField(blank=True, max_length=20, verbose_name="postcode")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                (
                    "tax_number",
                    models.CharField(blank=True, max_length=40, verbose_name="tax number"),
                ),
                ("ship_to_key", models.CharField(max_length=32)),
                ("remark", models.TextField(blank=True, verbose_name="buyer's remark")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "goods_amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="goods"),
                ),
                (
                    "freight_amount",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        verbose_name="freight",
                    ),
                ),
                ("placed_at", models.DateTimeField(verbose_name="placed")),
                ("paid_at", models.DateTimeField(verbose_name="paid")),
                ("ship_by", models.DateTimeField(verbose_name="ship by")),
                (
                    "deliver_by",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="promised to arrive by"
                    ),
                ),
                (
                    "handling_days",
                    models.PositiveSmallIntegerField(verbose_name="handling time in working days"),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.penaltyrule",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="units")),
                ("allocated", models.PositiveIntegerField(default=0)),
                ("packed", models.PositiveIntegerField(default=0)),
                ("shipped", models.PositiveIntegerField(default=0)),
                ("uploaded", models.PositiveIntegerField(default=0)),
                (
                    "problems",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("on_hold", models.BooleanField(default=False, verbose_name="on hold")),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="tags",
                    ),
                ),
                ("corrected", models.JSONField(db_default={}, default=dict)),
                ("clock_open", models.BooleanField(default=True)),
                ("history", models.BooleanField(default=False)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("stocked_at", models.DateTimeField(null=True)),
                ("packed_at", models.DateTimeField(null=True)),
                ("shipped_at", models.DateTimeField(null=True)),
                ("uploaded_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "indexes": [
                    models.Index(fields=["seller", "ship_by", "id"], name="order_by_ship_by"),
                    models.Index(
                        fields=["seller", "stage", "ship_by", "id"], name="order_stage_ship_by"
                    ),
                    models.Index(
                        condition=models.Q(("clock_open", True)),
                        fields=["seller", "ship_by", "id"],
                        name="order_clock_open",
                    ),
                    models.Index(fields=["seller", "updated_at", "id"], name="order_updated"),
                    models.Index(fields=["seller", "placed_at", "id"], name="order_placed"),
                    models.Index(
                        fields=["seller", "number"],
                        name="order_number_prefix",
                        opclasses=["int8_ops", "varchar_pattern_ops"],
                    ),
                    models.Index(
                        models.F("seller"),
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("buyer_name"),
                            name="text_pattern_ops",
                        ),
                        name="order_buyer_prefix",
                    ),
                    models.Index(
                        condition=models.Q(("stage", "cancelled")),
                        fields=["seller", "cancelled_at"],
                        name="order_cancelled",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("stage__in", ("new", "accepted", "stocked", "packed", "shipped"))
                        ),
                        fields=["seller", "ship_to_key"],
                        name="order_ship_to",
                    ),
                    models.Index(
                        condition=models.Q(("on_hold", True)),
                        fields=["seller", "ship_by", "id"],
                        name="order_held",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("problems", []), _negated=True),
                            ("stage__in", ("new", "accepted", "stocked", "packed", "shipped")),
                        ),
                        fields=["seller", "ship_by", "id"],
                        name="order_problems",
                    ),
                    models.Index(
                        condition=models.Q(("tags", []), _negated=True),
                        fields=["seller", "ship_by", "id"],
                        name="order_tagged",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "number"), name="order_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "stage__in",
                                [
                                    "new",
                                    "accepted",
                                    "stocked",
                                    "packed",
                                    "shipped",
                                    "uploaded",
                                    "confirmed",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="order_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("allocated__lte", models.F("units")),
                            ("packed__lte", models.F("allocated")),
                            ("shipped__lte", models.F("packed")),
                            ("uploaded__lte", models.F("shipped")),
                        ),
                        name="order_counters",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tags__len__lte", 10)), name="order_tags_few"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("freight_amount__gte", 0), ("goods_amount__gte", 0)),
                        name="order_amounts_not_negative",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deadlines",
                        to="orders.order",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("accept", "Accept"),
                            ("ship_by", "Ship by"),
                            ("first_scan", "First scan"),
                            ("deliver_by", "Deliver by"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("warn_at", models.DateTimeField(verbose_name="warn")),
                (
                    "stop_on",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("handed_over", "Parcel handed over"),
                            ("uploaded", "Tracking number uploaded"),
                            ("first_scan", "First scan by the carrier"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "Running"),
                            ("met", "Stopped"),
                            ("void", "No longer counts"),
                        ],
                        default="open",
                        max_length=4,
                    ),
                ),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="stopped")),
                ("warned", models.BooleanField(default=False)),
                ("overdue", models.BooleanField(default=False)),
                ("given_at", models.DateTimeField(null=True)),
                ("computed_at", models.DateTimeField(null=True)),
                ("provisional", models.BooleanField(default=False)),
                ("steps", models.JSONField(default=list)),
                ("fine_at", models.DateTimeField(null=True)),
                (
                    "fine_next",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14),
                ),
                (
                    "fine_total",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14),
                ),
            ],
            options={
                "verbose_name": "deadline",
                "verbose_name_plural": "deadlines",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("warned", False),
                            models.Q(
                                ("stopped_at__isnull", True),
                                ("stopped_at__gt", models.F("warn_at")),
                                _connector="OR",
                            ),
                        ),
                        fields=["warn_at"],
                        name="deadline_to_warn",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("overdue", False),
                            models.Q(
                                ("stopped_at__isnull", True),
                                ("stopped_at__gt", models.F("due_at")),
                                _connector="OR",
                            ),
                        ),
                        fields=["due_at"],
                        name="deadline_to_flag",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("fine_at__isnull", False),
                            models.Q(
                                ("stopped_at__isnull", True),
                                ("stopped_at__gt", models.F("fine_at")),
                                _connector="OR",
                            ),
                        ),
                        fields=["fine_at"],
                        name="deadline_to_fine",
                    ),
                    models.Index(
                        condition=models.Q(("outcome", "met")),
                        fields=["seller", "kind", "stopped_at"],
                        name="deadline_met",
                    ),
                    models.Index(
                        condition=models.Q(("outcome", "open")),
                        fields=["seller", "kind", "due_at"],
                        name="deadline_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "kind"), name="deadline_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "open"), ("stopped_at__isnull", True)),
                            models.Q(
                                ("outcome__in", ["met", "void"]), ("stopped_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="deadline_stopped_with_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["accept", "ship_by", "first_scan", "deliver_by"])
                        ),
                        name="deadline_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Closure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("working", models.BooleanField(default=False, verbose_name="working day")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="note")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "calendar exception",
                "verbose_name_plural": "calendar exceptions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "day"),
                        name="closure_once",
                        nulls_distinct=False,
                        violation_error_message="There is an entry for this day already.",
                    )
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="OfficialYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(unique=True, verbose_name="year")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="source")),
            ],
            options={
                "verbose_name": "official year",
                "verbose_name_plural": "official years",
            },
        ),
        migrations.CreateModel(
            name="PenaltyStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="orders.penaltyrule",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "after_hours",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="hours late"),
                ),
                (
                    "after_working_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="working days late"
                    ),
                ),
                (
                    "fixed",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        verbose_name="fixed amount",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=3,
                        default=Decimal("0"),
                        max_digits=6,
                        verbose_name="percent of goods value",
                    ),
                ),
                (
                    "cap",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        verbose_name="at most",
                    ),
                ),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "ordering": ["rule", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "position"), name="step_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("after_hours__isnull", False), ("after_working_days__isnull", True)
                            ),
                            models.Q(
                                ("after_hours__isnull", True), ("after_working_days__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="step_one_delay",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fixed__gte", 0),
                            ("percent__gte", 0),
                            ("percent__lte", 1000),
                            models.Q(("cap__isnull", True), ("cap__gte", 0), _connector="OR"),
                        ),
                        name="step_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Penalty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="penalties",
                        to="orders.order",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.penaltyrule",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.penaltystep",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("fine", "Fine"), ("waiver", "Waiver")],
                        default="fine",
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="orders.penalty",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("booked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
            ],
            options={
                "verbose_name": "fine",
                "verbose_name_plural": "fines",
                "indexes": [models.Index(fields=["seller", "-at", "-id"], name="penalty_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "rule", "step", "kind"), name="penalty_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount__gte", 0), ("kind", "fine"), ("reverses__isnull", True)
                            ),
                            models.Q(
                                ("amount__lte", 0), ("kind", "waiver"), ("reverses__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="penalty_sign",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "fine"),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="waiver_has_reason",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "marketplace",
                    models.CharField(
                        choices=[
                            ("aliexpress", "AliExpress"),
                            ("temu", "Temu"),
                            ("shein", "SHEIN"),
                            ("tiktok", "TikTok Shop"),
                            ("amazon", "Amazon"),
                            ("ebay", "eBay"),
                            ("shopee", "Shopee"),
                            ("lazada", "Lazada"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="marketplace",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("late_shipment", "Late shipment"),
                            ("cancellation", "Cancellation"),
                            ("valid_tracking", "Valid tracking"),
                        ],
                        max_length=16,
                        verbose_name="rate",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="limit in percent",
                    ),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(7),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="over so many days",
                    ),
                ),
                ("is_example", models.BooleanField(default=False, verbose_name="example")),
                (
                    "source_note",
                    models.CharField(blank=True, max_length=300, verbose_name="source"),
                ),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "limit of a rate",
                "verbose_name_plural": "limits of rates",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "marketplace", "kind"),
                        name="rate_limit_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__gte", 7),
                            ("days__lte", 90),
                            ("kind__in", ["late_shipment", "cancellation", "valid_tracking"]),
                            ("percent__gte", 0),
                            ("percent__lte", 100),
                        ),
                        name="rate_limit_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.sku",
                    ),
                ),
                (
                    "sku_code",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="SKU code on the marketplace"
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=300, verbose_name="title")),
                (
                    "specification",
                    models.CharField(blank=True, max_length=200, verbose_name="specification"),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "unit_price",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="unit price"),
                ),
                ("cancelled", models.PositiveIntegerField(default=0)),
                ("allocated", models.PositiveIntegerField(default=0)),
                ("packed", models.PositiveIntegerField(default=0)),
                ("shipped", models.PositiveIntegerField(default=0)),
                ("uploaded", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "order line",
                "verbose_name_plural": "order lines",
                "indexes": [
                    models.Index(fields=["sku", "order"], name="line_of_sku"),
                    models.Index(
                        condition=models.Q(("sku__isnull", True)),
                        fields=["seller", "sku_code"],
                        name="line_unmapped",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "position"), name="line_position_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("unit_price__gte", 0)),
                        name="line_quantity_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "allocated__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("cancelled")
                                ),
                            ),
                            ("packed__lte", models.F("allocated")),
                            ("shipped__lte", models.F("packed")),
                            ("uploaded__lte", models.F("shipped")),
                        ),
                        name="line_counters",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="orders.order",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("address", "Address unclear"),
                            ("buyer", "Waiting for the buyer"),
                            ("payment", "Payment under review"),
                            ("stock", "Goods not as they should be"),
                            ("cancellation", "Buyer asks to cancel"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("held_by", models.CharField(max_length=120)),
                ("held_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("released_by", models.CharField(blank=True, max_length=120)),
                ("released_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=["order"],
                        name="hold_open",
                    ),
                    models.Index(
                        condition=models.Q(("released_at__isnull", True), ("until__isnull", False)),
                        fields=["until"],
                        name="hold_until",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["address", "buyer", "payment", "stock", "cancellation", "other"],
                            )
                        ),
                        name="hold_reason_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="orders.order",
                    ),
                ),
                ("kind", models.CharField(max_length=32, verbose_name="kind")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("actor_kind", models.CharField(max_length=8)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(max_length=120, verbose_name="by")),
                ("data", models.JSONField(default=dict)),
                (
                    "xid",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.comparison.Cast(
                                models.Func(
                                    function="pg_current_xact_id", output_field=models.TextField()
                                ),
                                models.TextField(),
                            ),
                            models.BigIntegerField(),
                        )
                    ),
                ),
            ],
            options={
                "verbose_name": "order event",
                "verbose_name_plural": "order events",
                "indexes": [
                    models.Index(fields=["order", "id"], name="event_of_order"),
                    models.Index(fields=["seller", "xid", "id"], name="event_feed"),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="StageCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seller_id", models.BigIntegerField()),
                ("stage", models.CharField(max_length=10)),
                ("n", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "stage count",
                "verbose_name_plural": "stage counts",
                "indexes": [
                    models.Index(fields=["seller_id", "stage"], include=("n",), name="stage_count")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.seller",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("shared", models.BooleanField(default=False, verbose_name="for the whole team")),
                ("query", models.TextField(blank=True, max_length=4000)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "density",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("compact", "Compact"),
                            ("normal", "Normal"),
                            ("relaxed", "Relaxed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("seller"),
                        models.F("owner"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("shared", False)),
                        name="own_view_once",
                    ),
                    models.UniqueConstraint(
                        models.F("seller"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("shared", True)),
                        name="team_view_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="view_has_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("density__in", ["", "compact", "normal", "relaxed"])),
                        name="view_density_known",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
    ]
