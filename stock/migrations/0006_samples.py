"""SKUs and warehouses that are samples; the ledger lets the movements of those go (docs/adr/0013)."""

from django.db import migrations, models

FORWARD = """
CREATE TRIGGER sample_stays BEFORE UPDATE ON stock_sku
FOR EACH ROW WHEN (OLD.sample IS DISTINCT FROM NEW.sample)
EXECUTE FUNCTION core_refuse_sample_change();
CREATE TRIGGER sample_stays BEFORE UPDATE ON stock_warehouse
FOR EACH ROW WHEN (OLD.sample IS DISTINCT FROM NEW.sample)
EXECUTE FUNCTION core_refuse_sample_change();
CREATE FUNCTION stock_keep_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM stock_stocklevel l
        JOIN stock_sku s ON s.id = l.sku_id JOIN stock_warehouse w ON w.id = l.warehouse_id
        WHERE l.id = OLD.level_id AND s.sample AND w.sample
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER append_only ON stock_stockmovement;
CREATE TRIGGER append_only BEFORE UPDATE ON stock_stockmovement
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON stock_stockmovement
FOR EACH ROW EXECUTE FUNCTION stock_keep_movement();
"""
BACK = """
DROP TRIGGER append_only_rows ON stock_stockmovement;
DROP TRIGGER append_only ON stock_stockmovement;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock_stockmovement
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
DROP FUNCTION stock_keep_movement();
DROP TRIGGER sample_stays ON stock_warehouse;
DROP TRIGGER sample_stays ON stock_sku;
"""


class Migration(migrations.Migration):
    dependencies = [("sellers", "0006_samples"), ("stock", "0005_warehouse_address")]

    operations = [
        migrations.AddField(
            "sku",
            "sample",
            models.BooleanField(default=False, editable=False, verbose_name="sample"),
        ),
        migrations.AddField(
            "warehouse",
            "sample",
            models.BooleanField(default=False, editable=False, verbose_name="holds samples"),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
