"""The event feed in tests."""

import time

from django.db import connection


def wait_for_older_transactions() -> None:
    """Until the feed shows what is committed now.

    It waits for every older transaction of the server, also those of tests that run beside.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        newest = cursor.fetchone()[0]
        while True:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= newest:
                return
            time.sleep(0.05)
