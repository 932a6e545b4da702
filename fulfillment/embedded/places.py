"""Where the embedded servers of one VAR_DIR live, who holds its locks, and whether they answer.

Only the standard library is used in this package, and only relative imports: the keeper must start
quickly, and is run without the packages that the project loads.
"""

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import os
import pwd
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

DATABASE_NAME = "fulfillment"
DATABASE_USER = "postgres"
DATABASE_PORT = 5432  # a part of the socket's name only; no TCP port is opened

# PostgreSQL refuses to run as root. Root's server runs as this user, and where the user could not
# reach VAR_DIR or the binaries (a home folder of mode 700, say) they get a place below ROOT_HOME:
# opening the folders of a person to everyone is never the answer.
SERVER_USER = "nobody"
ROOT_HOME = Path("/var/lib/fulfillment-embedded")

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107 on Linux, 103 elsewhere
START_SECONDS = 60


class EmbeddedError(Exception):
    """The embedded servers cannot be had; the message is for the person at the terminal."""


def var_dir() -> Path:
    """The folder of everything this copy writes: VAR_DIR, by default var/ in the project."""
    named = os.environ.get("VAR_DIR") or Path(__file__).resolve().parents[2] / "var"
    return Path(named).resolve()


class Places:
    """All paths of one VAR_DIR."""

    def __init__(self, var: Path) -> None:
        key = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
        self.own = var / "embedded"
        home = run = self.own
        if os.geteuid() == 0:
            if not open_to_all(var) or not _fits(run):
                home = run = ROOT_HOME / key
        elif not _fits(run):
            run = Path(tempfile.gettempdir()) / f"fulfillment-{os.geteuid()}-{key}"
        self.home = home
        self.run = run
        self.postgres_data = home / "postgres"
        self.postgres_log = home / "postgres.log"
        self.postgres_run = run / "pg"
        self.redis_data = self.own / "redis"
        self.redis_socket = run / "redis.sock"
        self.users = self.own / "users.lock"
        self.turn = self.own / "turn.lock"
        self.keeper = self.own / "keeper.lock"
        self.owner = self.own / "owner"

    @property
    def postgres_socket(self) -> Path:
        return self.postgres_run / f".s.PGSQL.{DATABASE_PORT}"


def _fits(run: Path) -> bool:
    return len(os.fsencode(run / "pg" / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT


def open_to_all(path: Path) -> bool:
    """Whether any user may pass through the folder and all above it (those not made yet may)."""
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists()
    )


def explain(error: OSError, var: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of VAR_DIR ({var}) is full; free some space or set VAR_DIR elsewhere"
    if error.errno in (
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.ENOENT,
    ):
        return f"VAR_DIR ({var}) is not writable: {error.filename}: {error.strerror}"
    return f"the embedded servers cannot be started: {error}"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the exclusive lock of a file; one process at a time starts or stops servers."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_held(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def alive(places: Places, service: str) -> bool:
    """Whether the server takes connections; Redis must also have read its file."""
    path = places.postgres_socket if service == "postgres" else places.redis_socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            if service == "postgres":
                return True
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and there is no user {SERVER_USER};"
            " run as another user or set DATABASE_URL"
        ) from None


def package_folder(package: str, requirement: str) -> Path:
    # Found without importing it: the packages' own start-up code is not wanted here.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"{requirement} is not installed; install it or set the URLs")
    return Path(next(iter(spec.submodule_search_locations)))
