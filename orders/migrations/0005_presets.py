"""The example rules that every installation starts with (``orders/seeds.py``)."""

from datetime import UTC, datetime

from django.db import migrations

from orders.seeds import PRESETS

_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def load(apps, schema_editor):
    rules = apps.get_model("orders", "PenaltyRule")
    steps = apps.get_model("orders", "PenaltyStep")
    for seed in PRESETS:
        rule = rules.objects.create(
            marketplace=seed.marketplace,
            mode=seed.mode,
            criterion=seed.criterion,
            effective_from=_FROM,
            is_example=True,
            source_note=seed.source_note,
        )
        steps.objects.bulk_create(
            steps(rule=rule, position=n, after_hours=s.after_hours, percent=s.percent)
            for n, s in enumerate(seed.steps, 1)
        )


def unload(apps, schema_editor):
    apps.get_model("orders", "PenaltyRule").objects.filter(
        seller=None, is_example=True, version=1
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_order_problems")]

    operations = [migrations.RunPython(load, unload)]
