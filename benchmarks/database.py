"""The database of the benchmarks: made anew by the migrations, dropped at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from psycopg2 import sql


@contextmanager
def database() -> Iterator[None]:
    """An empty database with all tables for as long as the block lasts."""
    _server("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    _server("CREATE DATABASE {}")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connections.close_all()
        _server("DROP DATABASE IF EXISTS {} WITH (FORCE)")


def _server(statement: str) -> None:
    """A statement about databases, which runs in none of them and in no transaction."""
    own = connection.settings_dict
    other = psycopg2.connect(
        dbname="postgres",
        user=own["USER"],
        password=own["PASSWORD"] or None,
        host=own["HOST"] or None,
        port=own["PORT"] or None,
    )
    try:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute(
                sql.SQL(statement).format(sql.Identifier(settings.DATABASES["default"]["NAME"]))
            )
    finally:
        other.close()


def run(statement: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
    """A statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return int(cursor.rowcount)


def rows(statement: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return list(cursor.fetchall())


def settle(*tables: str) -> None:
    """What autovacuum would do by and by: dead rows away, statistics and visibility up to date."""
    for table in tables:
        run(f"VACUUM ANALYZE {table}")


@contextmanager
def without_limit() -> Iterator[None]:
    """No limit on the time of statements while data is loaded."""
    before = rows("SHOW statement_timeout")[0][0]
    run("SET statement_timeout = 0")
    try:
        yield
    finally:
        run("SELECT set_config('statement_timeout', %s, false)", [before])
