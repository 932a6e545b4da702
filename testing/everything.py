"""Whether anything at all has changed in the database."""

from decimal import Decimal

from django.apps import apps
from django.db import connection

#: What any visit may write: the session and the logs of the framework.
_FRAMEWORK = ("django_", "axes_")


def fingerprint() -> dict[str, tuple[int, int]]:
    """Table of ours → how many rows it has and a sum over all that stands in them."""
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.db_table.startswith(_FRAMEWORK)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0)"
                f" FROM {connection.ops.quote_name(table)} t"
                for table in tables
            )
        )
        return {name: (count, int(content)) for name, count, content in cursor}


def rows_written() -> Decimal:
    """How many rows of ours this transaction has written so far, also those taken back since: while
    it stands still, nothing has changed. Costs a tenth of a fingerprint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)"
            " FROM pg_stat_xact_user_tables WHERE relname NOT LIKE ALL (%s)",
            [[f"{start}%" for start in _FRAMEWORK]],
        )
        (written,) = cursor.fetchone()
    return written
