"""What the database itself holds for stock.

* the ledger of movements, entries of stock takes, receipts and what came of transfers are
  append-only; those of samples may be deleted (docs/adr/0013);
* whether something is a sample never changes;
* a bin lies in the warehouse of its level.
"""

from django.db import migrations

LEDGER = """
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
CREATE TRIGGER append_only BEFORE UPDATE ON stock_stockmovement
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON stock_stockmovement
FOR EACH ROW EXECUTE FUNCTION stock_keep_movement();
"""
LEDGER_BACK = """
DROP TRIGGER append_only_rows ON stock_stockmovement;
DROP TRIGGER append_only ON stock_stockmovement;
DROP FUNCTION stock_keep_movement();
"""
SAMPLES = """
CREATE TRIGGER sample_stays BEFORE UPDATE ON stock_sku
FOR EACH ROW WHEN (OLD.sample IS DISTINCT FROM NEW.sample)
EXECUTE FUNCTION core_refuse_sample_change();
CREATE TRIGGER sample_stays BEFORE UPDATE ON stock_warehouse
FOR EACH ROW WHEN (OLD.sample IS DISTINCT FROM NEW.sample)
EXECUTE FUNCTION core_refuse_sample_change();
"""
SAMPLES_BACK = """
DROP TRIGGER sample_stays ON stock_warehouse;
DROP TRIGGER sample_stays ON stock_sku;
"""
BINS = """
ALTER TABLE stock_stocklevel ADD CONSTRAINT level_bin_of_its_warehouse
FOREIGN KEY (bin_id, warehouse_id) REFERENCES stock_bin (id, warehouse_id)
DEFERRABLE INITIALLY DEFERRED
"""
BINS_BACK = """
ALTER TABLE stock_stocklevel DROP CONSTRAINT level_bin_of_its_warehouse
"""
COUNTS = """
CREATE FUNCTION stock_keep_count_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM stock_countrow r JOIN stock_stocktake t ON t.id = r.take_id
        JOIN stock_warehouse w ON w.id = t.warehouse_id WHERE r.id = OLD.row_id AND NOT w.sample
    ) THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON stock_countentry
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON stock_countentry
FOR EACH ROW EXECUTE FUNCTION stock_keep_count_entry();
"""
COUNTS_BACK = """
DROP TRIGGER append_only_rows ON stock_countentry;
DROP TRIGGER append_only ON stock_countentry;
DROP FUNCTION stock_keep_count_entry();
"""
RECEIPTS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock_receipt
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock_receiptline
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock_replenishmentevent
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""
RECEIPTS_BACK = """
DROP TRIGGER append_only ON stock_receipt;
DROP TRIGGER append_only ON stock_receiptline;
DROP TRIGGER append_only ON stock_replenishmentevent;
"""
TRANSFERS = """
CREATE FUNCTION stock_keep_transfer_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM stock_transfer t JOIN stock_warehouse w ON w.id = t.source_id
        WHERE t.id = OLD.transfer_id AND NOT w.sample
    ) THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON stock_transferreceipt
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON stock_transferreceipt
FOR EACH ROW EXECUTE FUNCTION stock_keep_transfer_receipt();
"""
TRANSFERS_BACK = """
DROP TRIGGER append_only_rows ON stock_transferreceipt;
DROP TRIGGER append_only ON stock_transferreceipt;
DROP FUNCTION stock_keep_transfer_receipt();
"""


class Migration(migrations.Migration):
    # Of databases that were made before there was one migration for all of this.
    replaces = [
        ("stock", "0002_append_only"),
        ("stock", "0003_bins"),
        ("stock", "0004_bin_of_its_warehouse"),
        ("stock", "0005_warehouse_address"),
        ("stock", "0006_samples"),
        ("stock", "0007_sample_by_default"),
        ("stock", "0008_stock_takes"),
        ("stock", "0009_purchasing"),
        ("stock", "0010_transfers_and_places"),
        ("stock", "0011_stock_files"),
    ]
    dependencies = [
        ("core", "0002_append_only"),
        ("sellers", "0002_database_rules"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(LEDGER, LEDGER_BACK),
        migrations.RunSQL(SAMPLES, SAMPLES_BACK),
        migrations.RunSQL(BINS, BINS_BACK),
        migrations.RunSQL(COUNTS, COUNTS_BACK),
        migrations.RunSQL(RECEIPTS, RECEIPTS_BACK),
        migrations.RunSQL(TRANSFERS, TRANSFERS_BACK),
    ]
