"""Tracking and scans are append-only; those of samples may be deleted (docs/adr/0013)."""

from django.db import migrations

RECORDS = """
CREATE FUNCTION logistics_keep_tracking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM logistics_shipment p JOIN stock_warehouse w ON w.id = p.warehouse_id
        WHERE p.id = OLD.shipment_id AND w.sample
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION logistics_keep_scan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM logistics_wave v JOIN stock_warehouse w ON w.id = v.warehouse_id
        WHERE v.id = OLD.wave_id AND w.sample
    ) OR (
        SELECT bool_and(s.sample) FROM logistics_packorder p
        JOIN orders_order o ON o.id = p.order_id JOIN sellers_store s ON s.id = o.store_id
        WHERE p.session_id = OLD.session_id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON logistics_scan
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON logistics_scan
FOR EACH ROW EXECUTE FUNCTION logistics_keep_scan();
CREATE TRIGGER append_only BEFORE UPDATE ON logistics_trackingevent
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON logistics_trackingevent
FOR EACH ROW EXECUTE FUNCTION logistics_keep_tracking();
"""
RECORDS_BACK = """
DROP TRIGGER append_only_rows ON logistics_trackingevent;
DROP TRIGGER append_only ON logistics_trackingevent;
DROP FUNCTION logistics_keep_tracking();
DROP TRIGGER append_only_rows ON logistics_scan;
DROP TRIGGER append_only ON logistics_scan;
DROP FUNCTION logistics_keep_scan();
"""


class Migration(migrations.Migration):
    # Of databases that were made before there was one migration for all of this.
    replaces = [
        ("logistics", "0002_initial"),
        ("logistics", "0003_append_only"),
        ("logistics", "0005_pick_and_pack"),
        ("logistics", "0006_scans_append_only"),
        ("logistics", "0007_shipment_silent"),
        ("logistics", "0008_label_copies"),
        ("logistics", "0009_shipment_times"),
        ("logistics", "0010_samples"),
    ]
    dependencies = [
        ("core", "0002_append_only"),
        ("orders", "0002_database_rules"),
        ("logistics", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(RECORDS, RECORDS_BACK),
    ]
