from decimal import Decimal

import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import core.ids
import stock.models.files


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("sellers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sku",
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
                        related_name="skus",
                        to="sellers.seller",
                    ),
                ),
                ("code", models.CharField(max_length=64, verbose_name="SKU code")),
                ("barcode", models.CharField(blank=True, max_length=64, verbose_name="barcode")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "name_zh",
                    models.CharField(blank=True, max_length=200, verbose_name="Chinese name"),
                ),
                (
                    "specification",
                    models.CharField(blank=True, max_length=200, verbose_name="specification"),
                ),
                ("weight_grams", models.PositiveIntegerField(default=0, verbose_name="weight (g)")),
                ("length_mm", models.PositiveIntegerField(default=0, verbose_name="length (mm)")),
                ("width_mm", models.PositiveIntegerField(default=0, verbose_name="width (mm)")),
                ("height_mm", models.PositiveIntegerField(default=0, verbose_name="height (mm)")),
                (
                    "declared_name",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="customs name (English)"
                    ),
                ),
                (
                    "declared_name_zh",
                    models.CharField(
                        blank=True, max_length=20, verbose_name="customs name (Chinese)"
                    ),
                ),
                (
                    "declared_value",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=9,
                        verbose_name="declared value",
                    ),
                ),
                (
                    "declared_currency",
                    models.CharField(default="USD", max_length=3, verbose_name="currency"),
                ),
                ("hs_code", models.CharField(blank=True, max_length=12, verbose_name="HS code")),
                ("fragile", models.BooleanField(default=False, verbose_name="fragile")),
                ("battery", models.BooleanField(default=False, verbose_name="contains a battery")),
                ("liquid", models.BooleanField(default=False, verbose_name="liquid")),
                (
                    "price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="price",
                    ),
                ),
                (
                    "price_currency",
                    models.CharField(default="CNY", max_length=3, verbose_name="currency"),
                ),
                (
                    "promotion_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        verbose_name="promotion price",
                    ),
                ),
                (
                    "promotion_from",
                    models.DateTimeField(blank=True, null=True, verbose_name="promotion from"),
                ),
                (
                    "promotion_to",
                    models.DateTimeField(blank=True, null=True, verbose_name="promotion to"),
                ),
                ("on_sale", models.BooleanField(default=True, verbose_name="on sale")),
                (
                    "handling_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="handling time in working days"
                    ),
                ),
                (
                    "sample",
                    models.BooleanField(
                        db_default=False, default=False, editable=False, verbose_name="sample"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "SKU",
                "verbose_name_plural": "SKUs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("barcode", ""), _negated=True),
                        fields=["seller", "barcode"],
                        name="sku_barcode",
                    ),
                    models.Index(fields=["seller", "updated_at", "id"], name="sku_updated"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "code"),
                        name="sku_code_once",
                        violation_error_message="A SKU with this code exists already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="sku_code_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("price__isnull", True), ("price__gte", 0), _connector="OR"),
                            models.Q(
                                ("promotion_price__isnull", True),
                                ("promotion_price__gte", 0),
                                _connector="OR",
                            ),
                            ("declared_value__gte", 0),
                        ),
                        name="sku_money_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("handling_days__isnull", True),
                            models.Q(("handling_days__gte", 1), ("handling_days__lte", 30)),
                            _connector="OR",
                        ),
                        name="sku_handling_days",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Warehouse",
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
                        related_name="warehouses",
                        to="sellers.seller",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9][A-Za-z0-9._-]*$",
                                "Use letters, digits, dot, dash and underscore only.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "sender_name",
                    models.CharField(blank=True, max_length=120, verbose_name="sender on labels"),
                ),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                (
                    "address",
                    models.CharField(blank=True, max_length=300, verbose_name="street address"),
                ),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="city")),
                (
                    "state",
                    models.CharField(blank=True, max_length=80, verbose_name="state or province"),
                ),
                ("postcode", models.CharField(blank=True, max_length=20, verbose_name="postcode")),
                ("country", models.CharField(default="CN", max_length=2, verbose_name="country")),
                (
                    "sample",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        verbose_name="holds samples",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "warehouse",
                "verbose_name_plural": "warehouses",
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "code"), name="warehouse_code_once")
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Bin",
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
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bins",
                        to="stock.warehouse",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="bin")),
                ("walk_order", models.PositiveIntegerField(default=0, verbose_name="walk order")),
            ],
            options={
                "verbose_name": "bin",
                "verbose_name_plural": "bins",
                "indexes": [
                    models.Index(fields=["warehouse", "walk_order", "id"], name="bin_walk")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("warehouse", "code"), name="bin_code_once"),
                    models.UniqueConstraint(fields=("id", "warehouse"), name="bin_of_warehouse"),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="bin_code_given"
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="StockLevel",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="levels",
                        to="stock.sku",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="levels",
                        to="stock.warehouse",
                    ),
                ),
                ("on_hand", models.IntegerField(default=0, verbose_name="on hand")),
                ("reserved", models.IntegerField(default=0, verbose_name="reserved")),
                (
                    "reorder_point",
                    models.PositiveIntegerField(default=0, verbose_name="reorder point"),
                ),
                (
                    "bin",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="levels",
                        to="stock.bin",
                    ),
                ),
            ],
            options={
                "verbose_name": "stock level",
                "verbose_name_plural": "stock levels",
                "indexes": [models.Index(fields=["seller", "sku"], name="level_of_seller")],
                "constraints": [
                    models.UniqueConstraint(fields=("sku", "warehouse"), name="level_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reserved__gte", 0), ("reserved__lte", models.F("on_hand"))
                        ),
                        name="level_reserved_within_on_hand",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reservation",
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
                ("holder_id", models.BigIntegerField()),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="stock.stocklevel",
                    ),
                ),
                ("quantity", models.IntegerField()),
            ],
            options={
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "constraints": [
                    models.UniqueConstraint(fields=("holder_id", "level"), name="reservation_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="reservation_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
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
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="stock.stocklevel",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receive", "Received"),
                            ("adjust", "Adjusted"),
                            ("reserve", "Reserved"),
                            ("release", "Released"),
                            ("ship", "Shipped"),
                            ("return", "Returned"),
                            ("write_off", "Written off"),
                            ("transfer_out", "Sent to another warehouse"),
                            ("transfer_in", "Came from another warehouse"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("on_hand", models.IntegerField(verbose_name="change on hand")),
                ("reserved", models.IntegerField(verbose_name="change reserved")),
                ("holder_id", models.BigIntegerField(null=True)),
                (
                    "reference",
                    models.CharField(blank=True, max_length=64, verbose_name="reference"),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
            ],
            options={
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="movement_newest"),
                    models.Index(fields=["level", "-id"], name="movement_of_level"),
                    models.Index(
                        condition=models.Q(("kind", "ship")),
                        fields=["seller", "at"],
                        include=("level", "on_hand"),
                        name="movement_shipped",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "receive",
                                    "adjust",
                                    "reserve",
                                    "release",
                                    "ship",
                                    "return",
                                    "write_off",
                                    "transfer_out",
                                    "transfer_in",
                                ],
                            )
                        ),
                        name="movement_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("on_hand", 0), ("reserved", 0), _negated=True),
                        name="movement_changes_something",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="StockTake",
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
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.warehouse",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("counting", "Being counted"),
                            ("posted", "Posted"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="counting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("all", "Everything in the warehouse"),
                            ("bins", "Bins from one to another"),
                            ("skus", "Some SKUs"),
                            ("stale", "What was not counted for some time"),
                        ],
                        max_length=8,
                        verbose_name="what is counted",
                    ),
                ),
                ("scope_data", models.JSONField(default=dict)),
                ("blind", models.BooleanField(default=False, verbose_name="blind count")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="note")),
                ("made_by", models.CharField(max_length=120)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="started"),
                ),
                ("ended_by", models.CharField(blank=True, max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "stock take",
                "verbose_name_plural": "stock takes",
                "indexes": [models.Index(fields=["seller", "-id"], name="take_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "number"), name="take_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["counting", "posted", "cancelled"])),
                        name="take_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "counting")),
                            models.Q(
                                models.Q(("state", "counting"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="take_ended_when_over",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="CountRow",
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
                    "take",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="stock.stocktake",
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
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.sku",
                    ),
                ),
                ("bin_code", models.CharField(blank=True, max_length=40, verbose_name="bin")),
                ("position", models.PositiveIntegerField()),
                ("expected", models.IntegerField(verbose_name="expected")),
                ("counted", models.IntegerField(null=True, verbose_name="counted")),
                ("expected_then", models.IntegerField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("counted_by", models.CharField(blank=True, max_length=120)),
                ("recount", models.BooleanField(default=False)),
                ("open", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "row of a stock take",
                "verbose_name_plural": "rows of stock takes",
                "indexes": [
                    models.Index(fields=["take", "position", "id"], name="count_walk"),
                    models.Index(
                        condition=models.Q(("counted__isnull", True)),
                        fields=["take", "position", "id"],
                        name="count_left",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("counted__lt", models.F("expected_then")),
                            ("counted__gt", models.F("expected_then")),
                            _connector="OR",
                        ),
                        fields=["take", "position", "id"],
                        name="count_difference",
                    ),
                    models.Index(fields=["level", "counted_at"], name="count_of_level"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("take", "level"), name="count_row_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("open", True)),
                        fields=("level",),
                        name="count_level_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("counted__isnull", True), ("counted__gte", 0), _connector="OR"
                        ),
                        name="count_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("counted__isnull", True), ("expected_then__isnull", True)),
                            models.Q(
                                ("counted__isnull", False),
                                ("counted_at__isnull", False),
                                ("expected_then__isnull", False),
                                ("recount", False),
                            ),
                            _connector="OR",
                        ),
                        name="count_complete",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="CountEntry",
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
                    "row",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="stock.countrow",
                    ),
                ),
                ("client_id", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("add", "Scanned"),
                            ("set", "Number entered"),
                            ("file", "From a file"),
                            ("recount", "To be counted again"),
                        ],
                        max_length=8,
                    ),
                ),
                ("quantity", models.IntegerField()),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
            ],
            options={
                "verbose_name": "entry of a stock take",
                "verbose_name_plural": "entries of stock takes",
                "indexes": [models.Index(fields=["row", "-id"], name="count_entry_of_row")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "client_id"), name="count_entry_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["add", "set", "file", "recount"])),
                        name="count_entry_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockFile",
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
                    "mode",
                    models.CharField(
                        choices=[
                            ("set", "The file says how many there are"),
                            ("add", "The file says how many came: add them"),
                            ("count", "Counts of a stock take"),
                        ],
                        max_length=5,
                        verbose_name="what the numbers are",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.warehouse",
                    ),
                ),
                (
                    "take",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.stocktake",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file")),
                (
                    "file",
                    models.FileField(max_length=200, upload_to=stock.models.files.stock_file_path),
                ),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                ("header", models.JSONField(default=list)),
                ("signature", models.CharField(max_length=64)),
                ("columns", models.JSONField(default=dict)),
                (
                    "job",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.job",
                    ),
                ),
                ("actor_name", models.CharField(max_length=120, verbose_name="by")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="sent"),
                ),
            ],
            options={
                "verbose_name": "file of stock",
                "verbose_name_plural": "files of stock",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="stock_file_newest"),
                    models.Index(fields=["seller", "signature", "-id"], name="stock_file_like"),
                    models.Index(
                        condition=models.Q(("job", None)),
                        fields=["created_at"],
                        name="stock_file_not_started",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("mode", "count"), ("take__isnull", False)),
                            models.Q(("mode__in", ["set", "add"]), ("take__isnull", True)),
                            _connector="OR",
                        ),
                        name="stock_file_of_a_count",
                    )
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="StorePlace",
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
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="sellers.store",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.warehouse",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("closed", models.BooleanField(default=False, verbose_name="not used")),
            ],
            options={
                "verbose_name": "preferred warehouse",
                "verbose_name_plural": "preferred warehouses",
                "constraints": [
                    models.UniqueConstraint(fields=("store", "warehouse"), name="place_once"),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("store", "position"),
                        name="place_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)), name="place_position"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Supplier",
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
                        related_name="suppliers",
                        to="sellers.seller",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "contact",
                    models.CharField(blank=True, max_length=80, verbose_name="contact person"),
                ),
                (
                    "phone",
                    models.CharField(blank=True, max_length=80, verbose_name="phone or WeChat"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
                ),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="lead time (working days)",
                    ),
                ),
                (
                    "currency",
                    models.CharField(default="CNY", max_length=3, verbose_name="currency"),
                ),
                (
                    "min_value",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="least order value",
                    ),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="least order quantity"),
                ),
                (
                    "cover_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="order for so many days of sales",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "supplier",
                "verbose_name_plural": "suppliers",
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "name"), name="supplier_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="supplier_name_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lead_days__lte", 365),
                            ("min_value__gte", 0),
                            ("cover_days__gte", 1),
                            ("cover_days__lte", 365),
                        ),
                        name="supplier_figures",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="SupplierSku",
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
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skus",
                        to="stock.supplier",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suppliers",
                        to="stock.sku",
                    ),
                ),
                (
                    "code",
                    models.CharField(blank=True, max_length=64, verbose_name="supplier's own code"),
                ),
                (
                    "price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="purchase price",
                    ),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="least quantity",
                    ),
                ),
                (
                    "pack_size",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="pack size",
                    ),
                ),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="own lead time (working days)",
                    ),
                ),
                (
                    "preferred",
                    models.BooleanField(default=False, verbose_name="preferred supplier"),
                ),
            ],
            options={
                "verbose_name": "SKU of a supplier",
                "verbose_name_plural": "SKUs of suppliers",
                "indexes": [models.Index(fields=["seller", "sku"], name="supplier_sku_of_seller")],
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "sku"), name="supplier_sku_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("preferred", True)),
                        fields=("sku",),
                        name="supplier_preferred_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("min_quantity__gte", 1),
                            ("pack_size__gte", 1),
                            models.Q(("price__isnull", True), ("price__gte", 0), _connector="OR"),
                            models.Q(
                                ("lead_days__isnull", True),
                                ("lead_days__lte", 365),
                                _connector="OR",
                            ),
                        ),
                        name="supplier_sku_figures",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Replenishment",
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
                ("number", models.CharField(max_length=20, verbose_name="number")),
                (
                    "supplier",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replenishments",
                        to="stock.supplier",
                        verbose_name="supplier",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.warehouse",
                        verbose_name="into warehouse",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("ordered", "Ordered"),
                            ("partly_received", "Partly received"),
                            ("received", "Received"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                (
                    "currency",
                    models.CharField(default="CNY", max_length=3, verbose_name="currency"),
                ),
                (
                    "expected_on",
                    models.DateField(blank=True, null=True, verbose_name="expected on"),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("client_id", models.CharField(blank=True, max_length=64)),
                ("made_by", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ordered_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "replenishment",
                "verbose_name_plural": "replenishments",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="replenishment_newest"),
                    models.Index(fields=["seller", "state", "-id"], name="replenishment_of_state"),
                    models.Index(
                        condition=models.Q(("state__in", ["ordered", "partly_received"])),
                        fields=["seller", "expected_on", "id"],
                        name="replenishment_coming",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["draft", "ordered", "partly_received"])),
                        fields=["seller"],
                        name="replenishment_planned",
                    ),
                    models.Index(fields=["supplier", "-id"], name="replenishment_of_supplier"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "number"), name="replenishment_number_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("client_id", ""), _negated=True),
                        fields=("seller", "client_id"),
                        name="replenishment_made_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["draft", "ordered", "partly_received", "received", "cancelled"],
                            )
                        ),
                        name="replenishment_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "cancelled"]),
                            models.Q(
                                ("expected_on__isnull", False),
                                ("ordered_at__isnull", False),
                                ("supplier__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="replenishment_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ["received", "cancelled"]),
                            ),
                            models.Q(
                                models.Q(("state__in", ["received", "cancelled"]), _negated=True),
                                ("closed_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="replenishment_closed",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="ReplenishmentLine",
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
                    "replenishment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="stock.replenishment",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.sku",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("quantity", models.PositiveIntegerField(verbose_name="ordered")),
                ("received", models.PositiveIntegerField(default=0, verbose_name="received")),
                ("cancelled", models.PositiveIntegerField(default=0, verbose_name="cancelled")),
                (
                    "extra",
                    models.PositiveIntegerField(default=0, verbose_name="beyond what was ordered"),
                ),
                (
                    "unit_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="unit cost",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a replenishment",
                "verbose_name_plural": "lines of replenishments",
                "indexes": [models.Index(fields=["sku"], name="replenished_sku")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("replenishment", "sku"), name="replenished_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 1),
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("received"), "+", models.F("cancelled")
                                    ),
                                    "-",
                                    models.F("extra"),
                                ),
                            ),
                        ),
                        name="replenished_within_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("unit_cost__isnull", True), ("unit_cost__gte", 0), _connector="OR"
                        ),
                        name="replenished_cost",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Receipt",
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
                    "replenishment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="stock.replenishment",
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
                ("client_id", models.CharField(max_length=64)),
                (
                    "note",
                    models.CharField(blank=True, max_length=200, verbose_name="delivery note"),
                ),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
                "indexes": [models.Index(fields=["replenishment", "-id"], name="receipt_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "client_id"), name="receipt_once"),
                    models.CheckConstraint(
                        condition=models.Q(("client_id", ""), _negated=True), name="receipt_named"
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="ReceiptLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="stock.receipt",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="stock.replenishmentline",
                    ),
                ),
                (
                    "movement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.stockmovement",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
            ],
            options={
                "verbose_name": "line of a receipt",
                "verbose_name_plural": "lines of receipts",
                "constraints": [
                    models.UniqueConstraint(fields=("receipt", "line"), name="receipt_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="receipt_line_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplenishmentEvent",
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
                    "replenishment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="stock.replenishment",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("made", "Draft made"),
                            ("changed", "Changed"),
                            ("ordered", "Ordered"),
                            ("reopened", "Back to draft"),
                            ("received", "Goods received"),
                            ("cancelled", "Rest cancelled"),
                        ],
                        max_length=10,
                    ),
                ),
                ("units", models.IntegerField(default=0)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("actor", models.CharField(max_length=120)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "event of a replenishment",
                "verbose_name_plural": "events of replenishments",
                "indexes": [
                    models.Index(fields=["replenishment", "-id"], name="replenishment_event_of")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["made", "changed", "ordered", "reopened", "received", "cancelled"],
                            )
                        ),
                        name="replenishment_event_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LowStock",
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="low",
                        to="stock.sku",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("point", "At or below the reorder point"),
                            ("cover", "Runs out before new goods can come"),
                        ],
                        max_length=5,
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "low stock",
                "verbose_name_plural": "low stock",
                "indexes": [models.Index(fields=["seller", "since"], name="low_stock_of_seller")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("why__in", ["point", "cover"])), name="low_stock_why"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
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
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.warehouse",
                        verbose_name="from",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="stock.warehouse",
                        verbose_name="to",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "On the way"),
                            ("done", "Received"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="note")),
                ("made_by", models.CharField(max_length=120)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="made"),
                ),
                ("sent_by", models.CharField(blank=True, max_length=120)),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="transfer_newest"),
                    models.Index(
                        condition=models.Q(("state", "sent")),
                        fields=["seller", "-id"],
                        name="transfer_on_the_way",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "number"), name="transfer_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True),
                        name="transfer_between_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "sent", "done", "cancelled"])),
                        name="transfer_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", True),
                                ("sent_at__isnull", True),
                                ("state", "draft"),
                            ),
                            models.Q(
                                ("ended_at__isnull", True),
                                ("sent_at__isnull", False),
                                ("state", "sent"),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("sent_at__isnull", False),
                                ("state", "done"),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("sent_at__isnull", True),
                                ("state", "cancelled"),
                            ),
                            _connector="OR",
                        ),
                        name="transfer_times",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="TransferLine",
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
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="stock.transfer",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.sku",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                ("sent", models.PositiveIntegerField(default=0, verbose_name="sent")),
                ("received", models.PositiveIntegerField(default=0, verbose_name="received")),
                ("returned", models.PositiveIntegerField(default=0, verbose_name="gone back")),
                ("lost", models.PositiveIntegerField(default=0, verbose_name="lost")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
            ],
            options={
                "verbose_name": "line of a transfer",
                "verbose_name_plural": "lines of transfers",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "sent__gt",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("received"), "+", models.F("returned")
                                    ),
                                    "+",
                                    models.F("lost"),
                                ),
                            )
                        ),
                        fields=["seller", "sku"],
                        name="transfer_units_away",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("transfer", "sku"), name="transfer_sku_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 1),
                            ("sent__in", [0, models.F("quantity")]),
                            (
                                "sent__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("received"), "+", models.F("returned")
                                    ),
                                    "+",
                                    models.F("lost"),
                                ),
                            ),
                        ),
                        name="transfer_line_sums",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lost", 0), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="transfer_loss_has_reason",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="TransferReceipt",
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
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="stock.transfer",
                    ),
                ),
                ("client_id", models.CharField(max_length=64)),
                ("units", models.PositiveIntegerField()),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
            ],
            options={
                "verbose_name": "receipt of a transfer",
                "verbose_name_plural": "receipts of transfers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "client_id"), name="transfer_receipt_once"
                    )
                ],
            },
        ),
    ]
