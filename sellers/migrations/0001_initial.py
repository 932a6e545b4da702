import datetime

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.ids
import sellers.job_models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seller",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=64,
                        unique=True,
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
                    "status",
                    models.CharField(
                        choices=[
                            ("preparing", "Preparing"),
                            ("approved", "Approved"),
                            ("suspended", "Suspended"),
                        ],
                        default="preparing",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai", max_length=40, verbose_name="time zone"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                (
                    "setup_marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=list,
                        editable=False,
                        size=None,
                    ),
                ),
            ],
            options={
                "verbose_name": "seller",
                "verbose_name_plural": "sellers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["preparing", "approved", "suspended"])),
                        name="seller_status_known",
                    )
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Job",
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
                ("kind", models.CharField(max_length=32, verbose_name="kind")),
                ("params", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                (
                    "result_file",
                    models.FileField(
                        blank=True, max_length=200, upload_to=sellers.job_models.job_file_path
                    ),
                ),
                ("result_name", models.CharField(blank=True, max_length=200)),
                ("failure", models.JSONField(default=dict)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), default=list, size=None
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                ("time_zone", models.CharField(max_length=40)),
                ("actor_kind", models.CharField(max_length=8)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(max_length=120, verbose_name="by")),
                ("purged", models.BooleanField(default=False)),
                ("cancel_asked", models.BooleanField(default=False)),
                ("told", models.BooleanField(default=False)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("setbacks", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="started"),
                ),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="job_newest"),
                    models.Index(
                        condition=models.Q(("state__in", ("queued", "running"))),
                        fields=["due_at", "id"],
                        name="job_due",
                    ),
                    models.Index(
                        condition=models.Q(("told", False)),
                        fields=["seller", "actor_id"],
                        name="job_untold",
                    ),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False), ("purged", False)),
                        fields=["finished_at", "id"],
                        name="job_to_purge",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "running", "done", "failed", "cancelled"])
                        ),
                        name="job_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", True), ("state__in", ("queued", "running"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("queued", "running")), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="job_finished_when_over",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="JobPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="sellers.job",
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("work", models.JSONField(default=list)),
                ("outcome", models.JSONField(null=True)),
            ],
            options={
                "verbose_name": "part of a job",
                "verbose_name_plural": "parts of jobs",
                "constraints": [
                    models.UniqueConstraint(fields=("job", "position"), name="job_part_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        error_messages={
                            "unique": "Somebody with this e-mail address exists already."
                        },
                        max_length=254,
                        unique=True,
                        verbose_name="e-mail address",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai", max_length=40, verbose_name="time zone"
                    ),
                ),
                ("shortcuts", models.BooleanField(default=True, verbose_name="keyboard shortcuts")),
                (
                    "is_staff",
                    models.BooleanField(default=False, verbose_name="may use the admin site"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "date_joined",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="joined"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="user_email_lower_case",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="sellers.seller",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("packer", "Packer"),
                            ("support", "Customer service"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("notices_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("list_settings", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "user"),
                        name="membership_once",
                        violation_error_message="This person belongs to the shop already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["owner", "manager", "packer", "support", "viewer"])
                        ),
                        name="membership_role_known",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Store",
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
                        related_name="stores",
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
                        default="aliexpress",
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
                        default="semi_managed",
                        max_length=16,
                        verbose_name="mode",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="shop id on the marketplace"
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai",
                        max_length=40,
                        verbose_name="time zone of the clock",
                    ),
                ),
                (
                    "handling_days",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(30),
                        ],
                        verbose_name="handling time in working days",
                    ),
                ),
                (
                    "cut_off",
                    models.TimeField(default=datetime.time(16, 0), verbose_name="daily cut-off"),
                ),
                (
                    "clock_mode",
                    models.CharField(
                        choices=[
                            ("end_of_day", "Until the end of the last working day"),
                            ("running_hours", "24 hours per working day, running"),
                        ],
                        default="end_of_day",
                        max_length=16,
                        verbose_name="how the clock runs",
                    ),
                ),
                (
                    "warn_hours",
                    models.PositiveSmallIntegerField(
                        default=12,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(240),
                        ],
                        verbose_name="warn this many hours before the deadline",
                    ),
                ),
                (
                    "accept_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(240),
                        ],
                        verbose_name="hours in which an order should be accepted",
                    ),
                ),
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
                "verbose_name": "store",
                "verbose_name_plural": "stores",
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "code"), name="store_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(("handling_days__gte", 1), ("handling_days__lte", 30)),
                        name="store_handling_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("clock_mode__in", ["end_of_day", "running_hours"]),
                            ("mode__in", ["semi_managed", "fully_managed", "self_managed"]),
                        ),
                        name="store_choices_known",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="ApiKey",
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
                        related_name="api_keys",
                        to="sellers.seller",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("public", models.CharField(max_length=24, unique=True)),
                ("secret_hash", models.CharField(max_length=64)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), size=None, verbose_name="scopes"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="revoked")),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "indexes": [models.Index(fields=["seller", "-id"], name="apikey_of_seller")],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Notice",
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
                        related_name="notices",
                        to="sellers.seller",
                    ),
                ),
                ("kind", models.CharField(max_length=32)),
                ("bucket", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "indexes": [
                    models.Index(fields=["seller", "-updated_at", "-id"], name="notice_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "kind", "bucket"), name="notice_once")
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="NoticeRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.membership",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sellers.notice",
                    ),
                ),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "read notice",
                "verbose_name_plural": "read notices",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("membership", "notice"), name="notice_read_once"
                    )
                ],
            },
        ),
    ]
