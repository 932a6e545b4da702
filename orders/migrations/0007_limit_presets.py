"""What marketplaces tolerate, as every installation starts with it (``orders/seeds.py``)."""

from django.db import migrations

from orders.seeds import LIMITS


def load(apps, schema_editor):
    limits = apps.get_model("orders", "RateLimit")
    limits.objects.bulk_create(
        limits(
            marketplace=seed.marketplace,
            kind=kind,
            percent=percent,
            is_example=seed.is_example,
            source_note=seed.source_note,
        )
        for seed in LIMITS
        for kind, percent in seed.rows()
    )


def unload(apps, schema_editor):
    apps.get_model("orders", "RateLimit").objects.filter(seller=None).delete()


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_rate_limits")]

    operations = [migrations.RunPython(load, unload)]
