"""Runs web, worker and scheduler together until Ctrl-C; what script/server starts.

Meant for one machine. It prepares everything first, one line a step, and turns what can be wrong
outside of the program into one sentence instead of a traceback.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from fulfillment import embedded
from fulfillment.part import STOP_SECONDS

LOGINS = (
    ("owner@demo.example", "owner of the demo shop"),
    ("packer@demo.example", "packs its parcels"),
    ("support@demo.example", "answers its buyers"),
    ("owner@other.example", "owner of another shop"),
    ("ops@demo.example", "operations staff, may use /admin/"),
)
PASSWORD = "demo-password"
START_SECONDS = 60


class CannotServe(Exception):
    """Something outside of the program is wrong; the message says what and what to do."""


class Stopped(Exception):
    """Ctrl-C, or a request to end."""


def say(text: str) -> None:
    print(f"==> {text}", flush=True)


def address() -> tuple[str, int]:
    """HOST and PORT. Raises CannotServe when the port is no port or is taken."""
    host = os.environ.get("HOST") or "127.0.0.1"
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdecimal() or not 0 < int(raw) < 65536:
        raise CannotServe(f"PORT must be a number from 1 to 65535, not {raw!r}.")
    port = int(raw)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotServe(f"Port {port} is taken; choose another with PORT=…") from None
            raise CannotServe(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    return host, port


def prepare() -> None:
    """Servers, settings, translations, tables, demo shop. Raises CannotServe."""
    missing = [{"postgres": "PostgreSQL", "redis": "Redis"}[name] for name in embedded.wanted()]
    if missing:
        say(f"Starting the embedded {' and '.join(missing)} in {embedded.var_dir()}")
    embedded.ensure()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    from fulfillment import catalogues

    say("Compiling the translations")
    catalogues.compile_all()
    django.setup()
    reach_database()
    reach_broker()
    say("Bringing the database up to date")
    call_command("migrate", verbosity=0, interactive=False)
    if settings.DEBUG:
        load_demo(embedded.var_dir() / "demo-loaded")
    else:
        say("Collecting static files")
        call_command("collectstatic", verbosity=0, interactive=False)


def reach_database() -> None:
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotServe(f"The database of DATABASE_URL cannot be reached: {reason}") from None


def reach_broker() -> None:
    from fulfillment import health

    if health.broker_state() != "ok":
        raise CannotServe("The server of REDIS_URL cannot be reached.")


def load_demo(marker: Path) -> None:
    """The demo shop, the first time only: what people do to it afterwards stays."""
    from django.core.management import call_command, get_commands

    if marker.exists() or "demo" not in get_commands():
        return
    say("Loading the demo shop")
    call_command("demo", verbosity=0)
    marker.touch()


class Parts:
    """The running processes, by what they are called in messages."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        # The write end is never written to. That it closes with this program is what ends the
        # parts when this program is killed.
        self.life, self._open = os.pipe()

    def start(self, name: str, *command: str) -> None:
        # A group of its own: Ctrl-C reaches this program only, which then stops them in order.
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "fulfillment.part", str(self.life), *command],
            start_new_session=True,
            pass_fds=[self.life],
            # Trying it out as root, in a container say, needs no three lines of warning.
            env=os.environ | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"},
        )

    def watch(self) -> None:
        """Raises CannotServe as soon as one of them has ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise CannotServe(f"The {name} ended by itself (exit code {process.returncode}).")

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def start(host: str, port: int, parts: Parts) -> None:
    """Starts the three parts and says where the page is."""
    say("Starting web, worker and scheduler")
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    parts.start(
        "web server",
        *("gunicorn", "fulfillment.wsgi", "--bind", bind, "--worker-class", "gthread"),
        *("--workers", os.environ.get("WEB_PROCESSES") or "2", "--threads", "4"),
        *("--timeout", "120", "--log-level", "warning", "--no-control-socket"),
    )
    celery = ("celery", "-A", "fulfillment", "--quiet")
    parts.start(
        "worker", *celery, "worker", "--loglevel", "warning", "--without-gossip", "--without-mingle"
    )
    parts.start("scheduler", *celery, "beat", "--loglevel", "warning", "--pidfile=")
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    url = f"http://{shown}:{port}/"
    wait_for_web(f"{url}livez", parts)
    from django.conf import settings

    say(f"Ready: {url}")
    if settings.DEBUG:
        for login, role in LOGINS:
            print(f"      {login:<22} {PASSWORD}   {role}", flush=True)
    print("      Ctrl-C stops everything.", flush=True)


def wait_for_web(url: str, parts: Parts) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        parts.watch()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it answers; a redirect to HTTPS or an unknown host name is no failure here
        except OSError:
            time.sleep(0.1)
    raise CannotServe(f"The web server does not answer after {START_SECONDS} seconds.")


def stop_on_signal(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def main() -> int:
    """The exit code: 0 after Ctrl-C or a request to end, 1 when something was wrong."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on_signal)
    parts = Parts()
    try:
        host, port = address()
        prepare()
        start(host, port, parts)
        while True:
            parts.watch()
            time.sleep(0.5)
    except Stopped:
        say("Stopping")
        return 0
    except (CannotServe, embedded.EmbeddedError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr, flush=True)
        return 1
    finally:
        parts.stop()


def explain(error: Exception) -> str | None:
    """One sentence for what the surroundings did wrong; None for what the program did."""
    from django.core.exceptions import ImproperlyConfigured

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, OSError) and reason.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"The disk is full ({reason.filename or embedded.var_dir()})."
        if getattr(reason, "sqlstate", None) == "53100" or "No space left" in str(reason):
            return "The disk of the database is full."
        if isinstance(reason, PermissionError):
            return f"{reason.filename} cannot be written: {reason.strerror}."
        reason = reason.__cause__
    return None


if __name__ == "__main__":
    sys.exit(main())
