"""The database refuses to change or delete a scan that was made."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON logistics_scan
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("logistics", "0005_pick_and_pack")]

    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER append_only ON logistics_scan")]
