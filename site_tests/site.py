"""The server under test, and the databases that it runs on."""

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg2
import redis
from django.conf import settings
from psycopg2 import sql

from fulfillment import catalogues
from testing import databases

ROOT = Path(__file__).resolve().parent.parent
#: The template with the demo shop.
DEMO = "fulfillment_site"
#: The demo shop counts from now; a template that is older shows other countdowns than it should.
DEMO_SECONDS = 15 * 60
START_SECONDS = 60

OWNER = "owner@demo.example"
PACKER = "packer@demo.example"
SUPPORT = "support@demo.example"
OPS = "ops@demo.example"
EMPTY = "owner@empty.example"
NOBODY = "nobody@demo.example"
CHINESE = "zh-hans"


def session_key(email: str) -> str:
    """The session that ``prepare`` leaves for this person."""
    return hashlib.sha256(email.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Answer:
    """What came back for a GET; redirects are not followed."""

    status: int
    headers: HTTPMessage
    text: str

    @property
    def is_page(self) -> bool:
        """Whether it is a whole page for people, not a fragment, a file or a redirect."""
        kind = self.headers.get_content_type()
        return self.status < 300 and kind == "text/html" and "<html" in self.text[:500]


class Site:
    """One server of our own for one test process."""

    def __init__(self, name: str) -> None:
        self.database = f"{DEMO}_{name}"
        self.log = Path(settings.VAR_DIR) / f"site-{name}.log"
        self.changed = False
        self.url = ""
        #: What was answered to whom since the shop is as it was made: several tests read a page.
        self._told: dict[tuple[str, str | None, str], Answer] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """A server on a free port, with a database that holds the demo shop."""
        with databases.turn(DEMO):
            catalogues.compile_all()
            make_demo()
            databases.copy(DEMO, self.database)
        self._forget()
        self.log.unlink(missing_ok=True)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            listener.set_inheritable(True)
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._run(
                *("gunicorn", "fulfillment.wsgi", "--bind", f"fd://{listener.fileno()}"),
                *("--worker-class", "gthread", "--threads", "8", "--log-level", "warning"),
                "--no-control-socket",
                pass_fds=(listener.fileno(),),
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if self._ask("/livez", None, "en", {}).status == 200:
                    return
            if time.monotonic() > deadline or self._processes[0].poll() is not None:
                raise RuntimeError(f"The server did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
        with contextlib.suppress(psycopg2.Error):
            databases.drop(self.database)

    def work(self) -> None:
        """A worker for the jobs that pages begin, from now on."""
        if self._worker is None:
            self._worker = self._run(
                *("celery", "-A", "fulfillment", "--quiet", "worker", "--pool", "solo"),
                *("--loglevel", "warning", "--without-gossip", "--without-mingle"),
                "--without-heartbeat",
            )

    def ask(self, module: str, *arguments: str) -> Any:
        """What a module of ours answers in JSON, run on the server's database."""
        self.changed = True
        found = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT, env=self._environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if found.returncode:
            raise RuntimeError(found.stderr[-4000:])
        return json.loads(found.stdout.splitlines()[-1])

    def restore(self) -> None:
        """The demo shop as it was, if a test has changed it."""
        if self.changed:
            with databases.turn(DEMO):
                databases.copy(DEMO, self.database)
            self._forget()
            self.changed = False

    def get(
        self, path: str, *, user: str | None = OWNER, language: str = "en", **headers: str
    ) -> Answer:
        """What the server answers to somebody; redirects are not followed."""
        if self.changed or headers:
            return self._ask(path, user, language, headers)
        key = (path, user, language)
        if key not in self._told:
            self._told[key] = self._ask(*key, {})
        return self._told[key]

    def _ask(
        self, path: str, user: str | None, language: str, headers: Mapping[str, str]
    ) -> Answer:
        cookies = {"django_language": language}
        if user:
            cookies["sessionid"] = session_key(user)
        request = urllib.request.Request(self.url + path, headers=dict(headers))
        request.add_header("Cookie", "; ".join(f"{k}={v}" for k, v in cookies.items()))
        request.add_header("Accept-Language", language)
        return _send(request)

    def post(
        self, path: str, fields: Mapping[str, str], *, user: str = OWNER, language: str = "en"
    ) -> Answer:
        """What the server answers to a form; redirects are not followed."""
        self.changed = True
        secret = "x" * 32
        cookies = f"sessionid={session_key(user)}; django_language={language}; csrftoken={secret}"
        data = urlencode(dict(fields) | {"csrfmiddlewaretoken": secret}).encode()
        headers = {"Cookie": cookies, "Accept-Language": language, "Referer": self.url}
        return _send(urllib.request.Request(self.url + path, data, headers))

    def texts_of(self, tables: Iterable[str]) -> set[str]:
        """All that stands in the text columns of these tables."""
        found: set[str] = set()
        with (
            contextlib.closing(databases.connect(self.database)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for table in {name for (name,) in cursor}.intersection(tables):
                cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
                for row in cursor:
                    found.update(v.strip() for v in row if isinstance(v, str))
            cursor.execute("SELECT DISTINCT data ->> 'reason' FROM orders_orderevent")
            found.update(reason for (reason,) in cursor if reason)
        return found

    def _forget(self) -> None:
        """The cache of the database that was there before."""
        cache = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
        if keys := list(cache.scan_iter(match=f"{self.database}:*", count=1000)):
            cache.delete(*keys)

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "site_tests.settings",
            "TEST_DATABASE": self.database,
            "PYTHONWARNINGS": "ignore",
        }

    def _run(self, *command: str, **options: Any) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT, env=self._environment(), stdout=log, stderr=log, **options,
            )  # fmt: skip
        self._processes.append(process)
        return process


def make_demo() -> None:
    """See that ``DEMO`` is there and up to date. Within its ``turn``."""
    sources = [
        path
        for path in ROOT.glob("[a-z]*/**/*.py")
        if not {"tests", "site_tests", "benchmarks"} & set(path.parts) or path.name == "prepare.py"
    ]
    databases.make_template(
        DEMO,
        sources,
        begin=databases.copy_tables,
        command=("-m", "site_tests.prepare"),
        settings_module="site_tests.settings",
        seconds=DEMO_SECONDS,
    )


#: Kinds of content that tests read.
_READABLE = ("text/", "application/problem+json", "application/json", "application/javascript")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _send(request: urllib.request.Request) -> Answer:
    try:
        with _opener.open(request, timeout=60) as response:
            return _answer(response)
    except urllib.error.HTTPError as error:
        return _answer(error)


def _answer(response: Any) -> Answer:
    body = response.read()
    text = body.decode() if response.headers.get_content_type().startswith(_READABLE) else ""
    return Answer(response.status, response.headers, text)
