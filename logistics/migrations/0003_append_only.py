"""The database refuses to change or delete what has happened."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON logistics_trackingevent
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("logistics", "0002_initial")]

    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER append_only ON logistics_trackingevent")]
