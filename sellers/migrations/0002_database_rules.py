"""Whether a store holds samples is said when it is made: nothing real becomes one to be deleted
(docs/adr/0013).
"""

from django.db import migrations

SAMPLES = """
CREATE FUNCTION core_refuse_sample_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sample of % cannot change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sample_stays BEFORE UPDATE ON sellers_store
FOR EACH ROW WHEN (OLD.sample IS DISTINCT FROM NEW.sample)
EXECUTE FUNCTION core_refuse_sample_change();
"""
SAMPLES_BACK = """
DROP TRIGGER sample_stays ON sellers_store;
DROP FUNCTION core_refuse_sample_change();
"""


class Migration(migrations.Migration):
    # Of databases that were made before there was one migration for all of this.
    replaces = [
        ("sellers", "0002_shortcuts"),
        ("sellers", "0003_jobs"),
        ("sellers", "0004_notice_reads"),
        ("sellers", "0005_list_settings"),
        ("sellers", "0006_samples"),
        ("sellers", "0007_sample_by_default"),
    ]
    dependencies = [("sellers", "0001_initial")]

    operations = [
        migrations.RunSQL(SAMPLES, SAMPLES_BACK),
    ]
