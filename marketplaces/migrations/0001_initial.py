import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.ids
import marketplaces.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("sellers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
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
                        related_name="+",
                        to="sellers.store",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file")),
                (
                    "file",
                    models.FileField(max_length=200, upload_to=marketplaces.models.import_path),
                ),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                ("options", models.JSONField(default=dict)),
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
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [
                    models.Index(fields=["seller", "-id"], name="import_newest"),
                    models.Index(
                        condition=models.Q(("job", None)),
                        fields=["created_at"],
                        name="import_not_started",
                    ),
                ],
            },
            bases=(core.ids.PublicIdMixin, models.Model),
        ),
        migrations.CreateModel(
            name="ColumnMapping",
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
                ("signature", models.CharField(max_length=64)),
                ("data", models.JSONField(default=dict)),
                ("updated_by", models.CharField(max_length=120)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "column mapping",
                "verbose_name_plural": "column mappings",
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "signature"), name="mapping_once")
                ],
            },
        ),
    ]
