"""The usual carriers and their services (``logistics.seeds``), so that parcels have somebody to
carry them from the first day. Ops edit them afterwards; running it again changes nothing."""

from django.db import migrations

from logistics.seeds import load


def forward(apps, schema_editor):
    load(apps.get_model("logistics", "Carrier"), apps.get_model("logistics", "CarrierService"))


class Migration(migrations.Migration):
    replaces = [("logistics", "0004_seed_carriers")]
    dependencies = [("logistics", "0002_database_rules")]

    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
