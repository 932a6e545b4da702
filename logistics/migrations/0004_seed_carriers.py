"""The usual carriers and their services (``logistics.seeds``), so that parcels have somebody to
carry them from the first day. Ops edit them afterwards; running it again changes nothing."""

from django.db import migrations

from logistics.seeds import CARRIERS


def forward(apps, schema_editor):
    Carrier = apps.get_model("logistics", "Carrier")
    Service = apps.get_model("logistics", "CarrierService")
    for seed in CARRIERS:
        carrier, _made = Carrier.objects.get_or_create(
            code=seed.code,
            defaults={
                "name": seed.name_en,
                "name_zh": seed.name_zh,
                "kind": seed.kind,
                "recommended": seed.recommended,
                "pattern": seed.pattern,
                "tracking_url": seed.tracking_url,
                "aggregator_code": seed.aggregator_code,
            },
        )
        for s in seed.services:
            Service.objects.get_or_create(
                code=s.code,
                defaults={
                    "carrier": carrier,
                    "name": s.name_en,
                    "name_zh": s.name_zh,
                    "mode": s.mode,
                    "countries": " ".join(s.countries),
                    "max_weight_grams": s.max_weight_grams,
                    "max_length_mm": s.max_length_mm,
                    "max_sum_mm": s.max_sum_mm,
                    "refuses_battery": s.refuses_battery,
                    "refuses_liquid": s.refuses_liquid,
                    "min_days": s.min_days,
                    "max_days": s.max_days,
                },
            )


class Migration(migrations.Migration):
    dependencies = [("logistics", "0003_append_only")]

    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
