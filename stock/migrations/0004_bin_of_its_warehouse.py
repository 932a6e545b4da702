"""The database refuses a bin of another warehouse."""

from django.db import migrations

FORWARD = """
ALTER TABLE stock_stocklevel ADD CONSTRAINT level_bin_of_its_warehouse
FOREIGN KEY (bin_id, warehouse_id) REFERENCES stock_bin (id, warehouse_id)
DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0003_bins")]

    operations = [
        migrations.RunSQL(
            FORWARD, "ALTER TABLE stock_stocklevel DROP CONSTRAINT level_bin_of_its_warehouse"
        )
    ]
