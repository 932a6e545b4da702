"""A real PostgreSQL and a real Redis for trying and testing, when no URL names other ones.

The servers come as binaries inside two Python packages and keep their data under VAR_DIR. Every
process that needs them calls `ensure()`. The first one starts a *keeper* (`keeper.py`), which
starts the servers and stops them when the last process that uses them is gone, however it ended:
each user holds a shared file lock for its life, and the kernel drops the lock of a killed process
too. Copies with different VAR_DIRs share nothing.
"""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from .places import (
    DATABASE_NAME,
    DATABASE_PORT,
    DATABASE_USER,
    EmbeddedError,
    Places,
    alive,
    explain,
    is_held,
    locked,
    var_dir,
)

__all__ = [
    "DATABASE_NAME",
    "DATABASE_PORT",
    "DATABASE_USER",
    "EmbeddedError",
    "broker_url",
    "database_host",
    "ensure",
    "redis_url",
    "var_dir",
    "wanted",
]

NEEDED_DISK_BYTES = 200 * 1024 * 1024

#: Runs the keeper as a package that is not inside the project's: that one would load Celery first.
_RUN_KEEPER = """
import sys
sys.path.append(sys.argv.pop(1))
from embedded.keeper import main
main(sys.argv[1:])
"""

_held: list[int] = []


def database_host() -> Path:
    """The folder of PostgreSQL's socket. Pure: starts nothing."""
    return Places(var_dir()).postgres_run


def redis_url() -> str:
    """The embedded Redis as a URL that redis-py reads. Pure: starts nothing."""
    return f"unix://{quote(str(Places(var_dir()).redis_socket))}?db=0"


def broker_url(url: str) -> str:
    """The same Redis in the words of Celery, which has a scheme of its own for sockets."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return f"redis+socket://{parts.path}?virtual_host={database.get('db', '0')}"


def wanted() -> list[str]:
    """The servers that no URL names."""
    urls = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
    return [name for name, url in urls.items() if not os.environ.get(url, "").strip()]


def ensure(*, durable: bool = True) -> None:
    """Makes the servers that no URL names run for as long as this process lives.

    Cheap when they run already, does nothing when both URLs are set. `durable=False` is for test
    runs: data that a power cut may destroy in exchange for speed; it counts for the start only.
    Raises EmbeddedError.
    """
    services = wanted()
    if not services or _held:
        return
    var = var_dir()
    try:
        _prepare(var)
        places = Places(var)
        with locked(places.turn):
            users = os.open(places.users, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            _held.append(users)
            if not (is_held(places.keeper) and all(alive(places, name) for name in services)):
                _start_keeper(var, services, durable)
    except OSError as error:
        raise EmbeddedError(explain(error, var)) from error


def _prepare(var: Path) -> None:
    """Makes the folders; says beforehand what would fail obscurely in the middle of a start."""
    if not var.exists():
        var.mkdir(parents=True)
    if not os.access(var, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "not writable", str(var))
    if shutil.disk_usage(var).free < NEEDED_DISK_BYTES:
        raise OSError(errno.ENOSPC, "disk full", str(var))
    places = Places(var)
    places.own.mkdir(exist_ok=True)
    if os.geteuid() == 0 and places.home == places.own:
        places.own.chmod(0o711)  # the server's user passes through, reads nothing


def _start_keeper(var: Path, services: list[str], durable: bool) -> None:
    log = Places(var).own / "keeper.log"
    with log.open("w") as errors:
        keeper = subprocess.Popen(
            [
                *(sys.executable, "-P", "-c", _RUN_KEEPER, str(Path(__file__).parents[1])),
                *(str(var), "durable" if durable else "fast", *services),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C in the terminal is for the users, not for the keeper
            cwd="/",
        )
    assert keeper.stdout is not None
    with keeper.stdout:
        answer = keeper.stdout.read().decode().strip()
    if answer != "ready":
        keeper.wait()
        raise EmbeddedError(answer or f"the embedded servers did not start, see {log}")
    keeper.returncode = 0  # it outlives this process, which must not warn about that
