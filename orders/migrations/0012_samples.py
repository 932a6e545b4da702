"""Events and fines of sample stores may be deleted, all others not (docs/adr/0013)."""

from django.db import migrations

FORWARD = """
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
DROP TRIGGER append_only ON orders_orderevent;
DROP TRIGGER append_only ON orders_penalty;
CREATE TRIGGER append_only BEFORE UPDATE ON orders_orderevent
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON orders_penalty
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_keep_history();
CREATE TRIGGER append_only_rows BEFORE DELETE ON orders_penalty
FOR EACH ROW EXECUTE FUNCTION orders_keep_history();
"""
BACK = """
DROP TRIGGER append_only_rows ON orders_orderevent;
DROP TRIGGER append_only_rows ON orders_penalty;
DROP TRIGGER append_only ON orders_orderevent;
DROP TRIGGER append_only ON orders_penalty;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON orders_orderevent
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON orders_penalty
FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
DROP FUNCTION orders_keep_history();
"""


class Migration(migrations.Migration):
    dependencies = [("sellers", "0006_samples"), ("orders", "0011_saved_views")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
