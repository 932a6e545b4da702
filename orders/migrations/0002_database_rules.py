"""What the database itself holds for orders.

* events and the ledger of fines are append-only; those of samples may be deleted
  (docs/adr/0013);
* a reservation belongs to an order line (``stock`` cannot know it);
* stage counts are kept by a trigger that appends one row per seller and stage for each statement,
  so they cannot drift from the orders and nobody waits for a counter (docs/adr/0005).
"""

from django.db import migrations

HISTORY = """
CREATE FUNCTION orders_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM orders_order o JOIN sellers_store s ON s.id = o.store_id
        WHERE o.id = OLD.order_id AND s.sample
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON orders_orderevent
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON orders_penalty
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_keep_history();
CREATE TRIGGER append_only_rows BEFORE DELETE ON orders_penalty
FOR EACH ROW EXECUTE FUNCTION orders_keep_history();
"""
HISTORY_BACK = """
DROP TRIGGER append_only_rows ON orders_orderevent;
DROP TRIGGER append_only_rows ON orders_penalty;
DROP TRIGGER append_only ON orders_orderevent;
DROP TRIGGER append_only ON orders_penalty;
DROP FUNCTION orders_keep_history();
"""
RESERVATION = """
ALTER TABLE stock_reservation ADD CONSTRAINT reservation_of_line
FOREIGN KEY (holder_id) REFERENCES orders_orderline (id) DEFERRABLE INITIALLY DEFERRED
"""
RESERVATION_BACK = """
ALTER TABLE stock_reservation DROP CONSTRAINT reservation_of_line
"""
STAGE_COUNT = """
CREATE FUNCTION orders_count_stages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO orders_stagecount (seller_id, stage, n)
        SELECT seller_id, stage, count(*) FROM after_rows GROUP BY 1, 2;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO orders_stagecount (seller_id, stage, n)
        SELECT seller_id, stage, -count(*) FROM before_rows GROUP BY 1, 2;
    ELSE
        INSERT INTO orders_stagecount (seller_id, stage, n)
        SELECT seller_id, stage, sum(n) FROM (
            SELECT seller_id, stage, count(*) AS n FROM after_rows GROUP BY 1, 2
            UNION ALL
            SELECT seller_id, stage, -count(*) FROM before_rows GROUP BY 1, 2
        ) AS changes GROUP BY 1, 2 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_stages_insert AFTER INSERT ON orders_order
REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION orders_count_stages();
CREATE TRIGGER count_stages_update AFTER UPDATE ON orders_order
REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION orders_count_stages();
CREATE TRIGGER count_stages_delete AFTER DELETE ON orders_order
REFERENCING OLD TABLE AS before_rows
FOR EACH STATEMENT EXECUTE FUNCTION orders_count_stages();
"""
STAGE_COUNT_BACK = """
DROP TRIGGER count_stages_insert ON orders_order;
DROP TRIGGER count_stages_update ON orders_order;
DROP TRIGGER count_stages_delete ON orders_order;
DROP FUNCTION orders_count_stages();
"""


class Migration(migrations.Migration):
    # Of databases that were made before there was one migration for all of this.
    replaces = [
        ("orders", "0002_initial"),
        ("orders", "0003_database_rules"),
        ("orders", "0004_order_problems"),
        ("orders", "0006_rate_limits"),
        ("orders", "0008_buyer_prefix"),
        ("orders", "0009_order_notes_tags_address"),
        ("orders", "0010_cancelled_index"),
        ("orders", "0011_saved_views"),
        ("orders", "0012_samples"),
    ]
    dependencies = [
        ("core", "0002_append_only"),
        ("stock", "0002_database_rules"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(HISTORY, HISTORY_BACK),
        migrations.RunSQL(RESERVATION, RESERVATION_BACK),
        migrations.RunSQL(STAGE_COUNT, STAGE_COUNT_BACK),
    ]
