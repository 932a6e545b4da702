"""The database refuses to change or delete what has happened."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock_stockmovement
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("stock", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER append_only ON stock_stockmovement")]
