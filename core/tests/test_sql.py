"""Rows written by COPY."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from core.sql import copy_rows

NASTY = (
    "",
    "\\N",
    "\\.",
    '"',
    'a "b" c',
    "a\tb",
    "a\nb",
    "a\rb\r\n",
    ",",
    "\\",
    "NULL",
    "订单",
    "'",
    " x ",
)


@pytest.mark.django_db
def test_every_value_comes_back_as_it_was() -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, 123456, tzinfo=UTC)
    rows = [(i, text, None, True, Decimal("-1.50"), at) for i, text in enumerate(NASTY)]
    rows += [(i, "x", "", False, Decimal(0), at) for i in range(len(rows), 1_000)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE t (a int, b text NOT NULL, c text, d bool, e numeric, "
            "f timestamptz)"
        )
        copy_rows("t", ["a", "b", "c", "d", "e", "f"], rows)
        cursor.execute("SELECT * FROM t ORDER BY a")
        assert cursor.fetchall() == rows
