import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("topic", models.CharField(max_length=64)),
                ("handler", models.CharField(max_length=64)),
                ("seller_id", models.BigIntegerField(null=True)),
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("confirmed", "Confirmed"),
                            ("rejected", "Rejected"),
                            ("unknown", "Unknown, to be read back"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "outbox message",
                "verbose_name_plural": "outbox",
                "indexes": [
                    models.Index(
                        models.F("due_at"),
                        models.F("id"),
                        condition=models.Q(("state__in", ["queued", "sending", "unknown"])),
                        name="outbox_due",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["rejected", "unknown"])),
                        fields=["seller_id", "created_at"],
                        name="outbox_trouble",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "sending", "confirmed", "rejected", "unknown"])
                        ),
                        name="outbox_state_known",
                    )
                ],
            },
        ),
    ]
