from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_initial"),
        ("sellers", "0001_initial"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Carrier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "name_zh",
                    models.CharField(blank=True, max_length=80, verbose_name="Chinese name"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("platform", "Platform logistics"), ("other", "Other carrier")],
                        default="other",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("recommended", models.BooleanField(default=False, verbose_name="recommended")),
                (
                    "pattern",
                    models.CharField(
                        blank=True,
                        help_text="Regular expression for the whole number; empty: anything.",
                        max_length=300,
                        verbose_name="pattern of tracking numbers",
                    ),
                ),
                (
                    "tracking_url",
                    models.CharField(
                        blank=True,
                        help_text="With {number} where the tracking number goes.",
                        max_length=300,
                        verbose_name="tracking page",
                    ),
                ),
                (
                    "aggregator_code",
                    models.CharField(blank=True, max_length=20, verbose_name="aggregator code"),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "carrier",
                "verbose_name_plural": "carriers",
                "ordering": ["-recommended", "name"],
            },
        ),
        migrations.CreateModel(
            name="CarrierService",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "carrier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="services",
                        to="logistics.carrier",
                    ),
                ),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "name_zh",
                    models.CharField(blank=True, max_length=120, verbose_name="Chinese name"),
                ),
                ("mode", models.CharField(default="parcel", max_length=12, verbose_name="mode")),
                (
                    "countries",
                    models.CharField(
                        blank=True,
                        help_text="ISO codes with spaces; empty: everywhere.",
                        max_length=600,
                        verbose_name="countries",
                    ),
                ),
                (
                    "max_weight_grams",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="weight limit (g)"
                    ),
                ),
                (
                    "max_length_mm",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="longest side (mm)"
                    ),
                ),
                (
                    "max_sum_mm",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="length + width + height (mm)"
                    ),
                ),
                (
                    "refuses_battery",
                    models.BooleanField(default=False, verbose_name="refuses batteries"),
                ),
                (
                    "refuses_liquid",
                    models.BooleanField(default=False, verbose_name="refuses liquids"),
                ),
                (
                    "min_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="days at least"
                    ),
                ),
                (
                    "max_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="days at most"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "carrier service",
                "verbose_name_plural": "carrier services",
                "ordering": ["carrier", "name"],
            },
        ),
        migrations.CreateModel(
            name="Box",
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
                    "code",
                    models.CharField(
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9][A-Za-z0-9._-]*$",
                                "Use letters, digits, dot, dash and underscore only.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="name")),
                ("length_mm", models.PositiveIntegerField(verbose_name="inner length (mm)")),
                ("width_mm", models.PositiveIntegerField(verbose_name="inner width (mm)")),
                ("height_mm", models.PositiveIntegerField(verbose_name="inner height (mm)")),
                (
                    "weight_grams",
                    models.PositiveIntegerField(default=0, verbose_name="own weight (g)"),
                ),
                (
                    "limit_grams",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="holds at most (g)"
                    ),
                ),
                (
                    "cost",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0"), max_digits=8, verbose_name="cost"
                    ),
                ),
                (
                    "cost_currency",
                    models.CharField(default="CNY", max_length=3, verbose_name="currency"),
                ),
                (
                    "counted",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="in stock"),
                ),
                ("counted_at", models.DateTimeField(null=True)),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "box",
                "verbose_name_plural": "boxes",
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "code"), name="box_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cost__gte", 0),
                            ("height_mm__gte", 1),
                            ("length_mm__gte", 1),
                            ("width_mm__gte", 1),
                        ),
                        name="box_has_room",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("counted__isnull", True),
                            ("counted_at__isnull", False),
                            _connector="OR",
                        ),
                        name="box_counted_when",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Shipment",
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
                    "warehouse",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.warehouse",
                    ),
                ),
                (
                    "carrier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.carrier",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.carrierservice",
                    ),
                ),
                (
                    "tracking_number",
                    models.CharField(blank=True, max_length=40, verbose_name="tracking number"),
                ),
                ("number_reason", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("packed", "Packed"),
                            ("handed_over", "Handed over"),
                            ("declared", "Uploaded"),
                            ("void", "Void"),
                        ],
                        default="packed",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "tracking_state",
                    models.CharField(
                        choices=[
                            ("pending", "No information yet"),
                            ("info_received", "Information received"),
                            ("picked_up", "Picked up"),
                            ("in_transit", "In transit"),
                            ("customs", "At customs"),
                            ("out_for_delivery", "Out for delivery"),
                            ("available_for_pickup", "Waiting for pick-up"),
                            ("delivered", "Delivered"),
                            ("failed", "Delivery failed"),
                            ("returning", "Returning"),
                            ("returned", "Returned"),
                            ("lost", "Lost"),
                            ("expired", "No news for long"),
                        ],
                        default="pending",
                        max_length=20,
                        verbose_name="tracking",
                    ),
                ),
                (
                    "weight_grams",
                    models.PositiveIntegerField(
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="weight (g)",
                    ),
                ),
                (
                    "box",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.box",
                    ),
                ),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "label_copies",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="labels printed"
                    ),
                ),
                (
                    "packed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="packed"),
                ),
                ("handed_over_at", models.DateTimeField(null=True, verbose_name="handed over")),
                ("declared_at", models.DateTimeField(null=True, verbose_name="uploaded")),
                ("first_scan_at", models.DateTimeField(null=True, verbose_name="first scan")),
                ("last_event_at", models.DateTimeField(null=True, verbose_name="last news")),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="delivered")),
                ("voided_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "shipment",
                "verbose_name_plural": "shipments",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="shipment_newest"),
                    models.Index(fields=["seller", "state", "-id"], name="shipment_state"),
                    models.Index(
                        fields=["seller", "tracking_state", "-id"], name="shipment_tracking"
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "tracking_state__in",
                                [
                                    "picked_up",
                                    "in_transit",
                                    "out_for_delivery",
                                    "available_for_pickup",
                                    "customs",
                                ],
                            )
                        ),
                        fields=["seller", "last_event_at"],
                        name="shipment_silent",
                    ),
                    models.Index(
                        fields=["seller", "tracking_number"],
                        name="shipment_number",
                        opclasses=["int8_ops", "varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("state", "declared")),
                        fields=["seller", "declared_at"],
                        name="shipment_declared",
                    ),
                    models.Index(
                        condition=models.Q(("delivered_at__isnull", False)),
                        fields=["seller", "delivered_at"],
                        name="shipment_delivered",
                    ),
                    models.Index(
                        condition=models.Q(("box__isnull", False)),
                        fields=["box", "packed_at"],
                        name="shipment_box",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("tracking_number", ""), _negated=True),
                            models.Q(("state", "void"), _negated=True),
                        ),
                        fields=("carrier", "tracking_number"),
                        name="tracking_number_once",
                        violation_error_message="Another parcel has this tracking number.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["packed", "handed_over", "declared", "void"]),
                            (
                                "tracking_state__in",
                                [
                                    "pending",
                                    "info_received",
                                    "picked_up",
                                    "in_transit",
                                    "customs",
                                    "out_for_delivery",
                                    "available_for_pickup",
                                    "delivered",
                                    "failed",
                                    "returning",
                                    "returned",
                                    "lost",
                                    "expired",
                                ],
                            ),
                        ),
                        name="shipment_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("declared_at__isnull", True),
                                ("handed_over_at__isnull", True),
                                ("state", "packed"),
                            ),
                            models.Q(("handed_over_at__isnull", False), ("state", "handed_over")),
                            models.Q(
                                ("declared_at__isnull", False),
                                ("handed_over_at__isnull", False),
                                ("state", "declared"),
                            ),
                            models.Q(("state", "void"), ("voided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="shipment_times",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "declared"), _negated=True),
                            models.Q(("tracking_number", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="declared_has_number",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="ShipmentLine",
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
                    "shipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="logistics.shipment",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shipment_lines",
                        to="orders.order",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                ("quantity", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "parcel content",
                "verbose_name_plural": "parcel contents",
                "indexes": [models.Index(fields=["order", "shipment"], name="parcel_of_order")],
                "constraints": [
                    models.UniqueConstraint(fields=("shipment", "line"), name="parcel_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="parcel_quantity_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackingEvent",
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
                    "shipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="logistics.shipment",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pending", "No information yet"),
                            ("info_received", "Information received"),
                            ("picked_up", "Picked up"),
                            ("in_transit", "In transit"),
                            ("customs", "At customs"),
                            ("out_for_delivery", "Out for delivery"),
                            ("available_for_pickup", "Waiting for pick-up"),
                            ("delivered", "Delivered"),
                            ("failed", "Delivery failed"),
                            ("returning", "Returning"),
                            ("returned", "Returned"),
                            ("lost", "Lost"),
                            ("expired", "No news for long"),
                        ],
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("raw_status", models.CharField(blank=True, max_length=80)),
                (
                    "description",
                    models.CharField(blank=True, max_length=300, verbose_name="description"),
                ),
                ("location", models.CharField(blank=True, max_length=120, verbose_name="place")),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("person", "Entered by hand"),
                            ("api", "API"),
                            ("import", "Import"),
                        ],
                        default="person",
                        max_length=8,
                    ),
                ),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "tracking event",
                "verbose_name_plural": "tracking events",
                "indexes": [
                    models.Index(fields=["shipment", "at", "id"], name="tracking_of_shipment")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shipment", "at", "state", "raw_status", "description", "location"),
                        name="tracking_event_once",
                    )
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Wave",
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
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.warehouse",
                    ),
                ),
                ("code", models.CharField(max_length=20, verbose_name="wave")),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.carrierservice",
                    ),
                ),
                (
                    "picker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="picker",
                    ),
                ),
                ("made_by", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(null=True)),
                ("cancelled", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "wave",
                "verbose_name_plural": "waves",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="wave_newest"),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["seller", "-id"],
                        name="wave_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "code"), name="wave_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled", False), ("closed_at__isnull", False), _connector="OR"
                        ),
                        name="wave_cancelled_is_closed",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Pick",
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
                    "wave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="picks",
                        to="logistics.wave",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.stocklevel",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                ("picked", models.PositiveIntegerField(default=0, verbose_name="picked")),
                ("short", models.PositiveIntegerField(default=0, verbose_name="not found")),
                (
                    "short_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason"),
                ),
                ("picked_by", models.CharField(blank=True, max_length=120)),
                ("picked_at", models.DateTimeField(null=True)),
                ("open", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "pick",
                "verbose_name_plural": "picks",
                "indexes": [
                    models.Index(fields=["order"], name="pick_of_order"),
                    models.Index(
                        condition=models.Q(("open", True)), fields=["level"], name="pick_of_level"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("open", True)),
                        fields=("line", "level"),
                        name="pick_once",
                    ),
                    models.UniqueConstraint(
                        fields=("wave", "line", "level"), name="pick_once_in_wave"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 1),
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("picked"), "+", models.F("short")
                                ),
                            ),
                        ),
                        name="pick_quantities",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("short", 0),
                            models.Q(("short_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="pick_short_has_reason",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="PackSettings",
            fields=[
                (
                    "seller",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="sellers.seller",
                    ),
                ),
                ("ask_box", models.BooleanField(default=True, verbose_name="ask for the box")),
                (
                    "ask_weight",
                    models.BooleanField(default=True, verbose_name="ask for the weight"),
                ),
                (
                    "tolerance_percent",
                    models.PositiveSmallIntegerField(default=5, verbose_name="tolerance (%)"),
                ),
                (
                    "tolerance_grams",
                    models.PositiveIntegerField(default=20, verbose_name="but at least (g)"),
                ),
                (
                    "limit_grams",
                    models.PositiveIntegerField(default=30000, verbose_name="heaviest parcel (g)"),
                ),
                (
                    "photo",
                    models.CharField(
                        choices=[
                            ("none", "No photo"),
                            ("optional", "May be taken"),
                            ("required", "Each parcel needs one"),
                        ],
                        default="none",
                        max_length=8,
                        verbose_name="photo of the open box",
                    ),
                ),
            ],
            options={
                "verbose_name": "packing settings",
                "verbose_name_plural": "packing settings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("limit_grams__gte", 1),
                            ("tolerance_percent__lte", 100),
                            ("photo__in", ["none", "optional", "required"]),
                        ),
                        name="pack_settings_sane",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QualityCheck",
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
                    "sku",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.sku",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="what to check")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "quality check",
                "verbose_name_plural": "quality checks",
                "indexes": [models.Index(fields=["seller", "sku"], name="check_of_sku")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="check_text_given"
                    )
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="PackSession",
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
                    "packer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.wave",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "Being packed"),
                            ("packed", "Packed"),
                            ("left", "Left unfinished"),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                (
                    "shipment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pack_session",
                        to="logistics.shipment",
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "packing session",
                "verbose_name_plural": "packing sessions",
                "indexes": [
                    models.Index(fields=["seller", "packer", "-id"], name="session_of_packer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "open")),
                        fields=("seller", "packer"),
                        name="one_parcel_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", True),
                                ("outcome", "open"),
                                ("shipment__isnull", True),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("outcome", "packed"),
                                ("shipment__isnull", False),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("outcome", "left"),
                                ("shipment__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="session_outcome",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="PackOrder",
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
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="orders",
                        to="logistics.packsession",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                ("address", models.CharField(max_length=32)),
                ("open", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "order being packed",
                "verbose_name_plural": "orders being packed",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("open", True)),
                        fields=("order",),
                        name="order_packed_in_one_place",
                    ),
                    models.UniqueConstraint(fields=("session", "order"), name="session_order_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Scan",
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
                ("client_id", models.CharField(max_length=64)),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="logistics.packsession",
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.wave",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unit", "Unit"),
                            ("undo", "Taken back"),
                            ("fail", "Failed a check"),
                            ("check", "Passed a check"),
                            ("box", "Box"),
                            ("weight", "Weight"),
                            ("photo", "Photo"),
                            ("out", "Next scan takes out"),
                            ("order", "Order"),
                            ("close", "Parcel closed"),
                            ("pick", "Picked"),
                            ("short", "Not found"),
                            ("other", "Other"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("right", "Right"),
                            ("wrong", "Wrong"),
                            ("closed", "Parcel closed"),
                            ("ask", "To be answered"),
                        ],
                        max_length=6,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=200)),
                (
                    "line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                    ),
                ),
                (
                    "pick",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.pick",
                    ),
                ),
                ("quantity", models.IntegerField(default=0)),
                ("data", models.JSONField(default=dict)),
                ("message", models.CharField(blank=True, max_length=500)),
                ("actor", models.CharField(max_length=120)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "scan",
                "verbose_name_plural": "scans",
                "indexes": [models.Index(fields=["session", "id"], name="scan_of_session")],
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "client_id"), name="scan_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity", 0),
                            models.Q(
                                ("line__isnull", False),
                                models.Q(("result", "wrong"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="scan_counts_a_line",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("result__in", ["right", "wrong", "closed", "ask"]),
                            models.Q(("client_id", ""), _negated=True),
                        ),
                        name="scan_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PackPhoto",
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
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="logistics.packsession",
                    ),
                ),
                ("file", models.FileField(upload_to="pack-photos/%Y/%m/")),
                ("taken_by", models.CharField(max_length=120)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "photo of a parcel",
                "verbose_name_plural": "photos of parcels",
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
    ]
