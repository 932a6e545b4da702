"""Databases that are filled once and then only copied: an empty one for each test process, one with
the demo shop for each server under test.

Filling takes a quarter of a minute, copying a quarter of a second. A template is kept from run to
run and made anew when one of the files has changed that decide what it holds.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from django.conf import settings
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
#: All tables as the migrations leave them.
TABLES = "fulfillment_tables"
_MADE_BY_MIGRATIONS = ("migrations/*.py", "seeds.py", "models.py", "models/*.py", "settings*.py")


@contextlib.contextmanager
def turn(template: str) -> Iterator[None]:
    """One process at a time: a template that somebody looks at cannot be copied. Who needs the
    turns of two takes that of ``TABLES`` last."""
    with (Path(settings.VAR_DIR) / f"{template}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_tables(name: str) -> None:
    """Put the tables as the migrations leave them in the place of the database ``name``."""
    with turn(TABLES):
        _make_tables()
        copy(TABLES, name)


def _make_tables() -> None:
    sources = [path for pattern in _MADE_BY_MIGRATIONS for path in ROOT.glob(f"[a-z]*/{pattern}")]
    make_template(TABLES, sources, command=("manage.py", "migrate", "--verbosity", "0"))


def make_template(
    name: str,
    sources: Iterable[Path],
    *,
    command: tuple[str, ...],
    settings_module: str = "fulfillment.settings_test",
    begin: Callable[[str], None] | None = None,
    seconds: float = float("inf"),
) -> None:
    """Fill the database ``name`` by a command of Python, unless it is there, younger than
    ``seconds`` and made of the same sources. Within its ``turn``.

    ``begin`` makes what the command starts from, instead of an empty database; the command finds
    the database in ``TEST_DATABASE``.
    """
    wanted = _fingerprint(sources)
    if stamp := _stamp(name):
        found = json.loads(stamp)
        if found["sources"] == wanted and time.time() - found["made"] < seconds:
            return
    if begin:
        begin(name)
    else:
        copy("template0", name)
    subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings_module, "TEST_DATABASE": name},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    stamp = json.dumps({"sources": wanted, "made": time.time()})
    execute("COMMENT ON DATABASE {} IS %s", name, params=[stamp])


def copy(template: str, name: str) -> None:
    """Put a copy of ``template`` in the place of the database ``name``. Within its ``turn``."""
    drop(name)
    execute("CREATE DATABASE {} TEMPLATE {}", name, template)


def drop(name: str) -> None:
    """Remove the database, also from under those that use it."""
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def url(name: str) -> str:
    """The database as a DATABASE_URL, for a process of its own."""
    own = settings.DATABASES["default"]
    host, port = own.get("HOST") or "", own.get("PORT") or 5432
    login = ":".join(quote(own.get(part) or "", safe="") for part in ("USER", "PASSWORD"))
    place = f":{port}/{host}" if host.startswith("/") else f"{host}:{port}"
    return f"postgresql://{login}@{place}/{name}"


def connect(database: str) -> Any:
    """A connection of one's own to a database of the tests' server."""
    own = settings.DATABASES["default"]
    return psycopg2.connect(
        dbname=database,
        user=own.get("USER") or None,
        password=own.get("PASSWORD") or None,
        host=own.get("HOST") or None,
        port=own.get("PORT") or None,
    )


def execute(statement: str, *names: str, params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """A statement about databases, which runs in none of them and in no transaction."""
    with contextlib.closing(connect("postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(statement).format(*map(sql.Identifier, names)), list(params) or None
            )
            return cursor.fetchall() if cursor.description else []


def _fingerprint(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _stamp(name: str) -> str:
    found = execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        params=[name],
    )
    return str(found[0][0] or "") if found else ""
