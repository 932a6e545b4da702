"""Marks of the first run, and stores that hold samples (docs/adr/0013)."""

import django.contrib.postgres.fields
from django.db import migrations, models

# Whether something is a sample is said when it is made: nothing real becomes one to be deleted.
FORWARD = """
CREATE FUNCTION core_refuse_sample_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sample of % cannot change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sample_stays BEFORE UPDATE ON sellers_store
FOR EACH ROW WHEN (OLD.sample IS DISTINCT FROM NEW.sample)
EXECUTE FUNCTION core_refuse_sample_change();
"""
BACK = """
DROP TRIGGER sample_stays ON sellers_store;
DROP FUNCTION core_refuse_sample_change();
"""


class Migration(migrations.Migration):
    dependencies = [("sellers", "0005_list_settings")]

    operations = [
        migrations.AddField(
            "seller",
            "setup_marks",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=20), default=list, editable=False
            ),
        ),
        migrations.AddField(
            "store",
            "sample",
            models.BooleanField(default=False, editable=False, verbose_name="holds samples"),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
