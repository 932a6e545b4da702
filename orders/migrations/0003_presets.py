"""What every installation starts with (``orders/seeds.py``): example rules, and the late and
cancellation rates that marketplaces tolerate."""

from datetime import UTC, datetime

from django.db import migrations

from orders.seeds import LIMITS, PRESETS

_FROM = datetime(2020, 1, 1, tzinfo=UTC)


def load_rules(apps, schema_editor):
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


def unload_rules(apps, schema_editor):
    apps.get_model("orders", "PenaltyRule").objects.filter(
        seller=None, is_example=True, version=1
    ).delete()


def load_limits(apps, schema_editor):
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


def unload_limits(apps, schema_editor):
    apps.get_model("orders", "RateLimit").objects.filter(seller=None).delete()


class Migration(migrations.Migration):
    replaces = [("orders", "0005_presets"), ("orders", "0007_limit_presets")]
    dependencies = [("orders", "0002_database_rules")]

    operations = [
        migrations.RunPython(load_rules, unload_rules),
        migrations.RunPython(load_limits, unload_limits),
    ]
