import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.tests.conftest import ROOT, surroundings
from testing import databases

NOBODY_THERE = "127.0.0.1:1"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_named_before_anything_starts(run_python, tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_python("-m", "fulfillment.serve", PORT=str(port))
    assert done.returncode == 1
    assert done.stderr == f"error: Port {port} is taken; choose another with PORT=…\n"
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "web"}, "PORT must be a number from 1 to 65535, not 'web'."),
        ({"DATABASE_URL": "mysql://database.example/name"}, "DATABASE_URL must look like"),
        (
            {"DATABASE_URL": f"postgresql://u:secret-word@{NOBODY_THERE}/name"},
            "The database of DATABASE_URL cannot be reached",
        ),
        (
            {"DATABASE_URL": databases.url("postgres"), "REDIS_URL": f"redis://{NOBODY_THERE}/0"},
            "The server of REDIS_URL cannot be reached.",
        ),
    ],
)
def test_what_is_wrong_outside_is_one_sentence(run_python, free_port, variables, sentence) -> None:
    base = {"PORT": str(free_port), "DEBUG": "1", "REDIS_URL": "redis://broker.example"}
    done = run_python("-m", "fulfillment.serve", **(base | variables))
    assert done.returncode == 1
    assert f"error: {sentence}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret-word" not in done.stderr


#: The program without what takes long: three small servers for the three parts.
SMALL = """
import sys
from fulfillment import serve

def start(host, port, parts):
    for name, word in (("web server", "gunicorn"), ("worker", "worker"), ("scheduler", "beat")):
        parts.start(name, "http.server", "--bind", host, "--directory", word,
                    str(port if word == "gunicorn" else 0))
    serve.wait_for_web(f"http://{host}:{port}/", parts)
    serve.say(f"Ready: http://{host}:{port}/")

serve.prepare, serve.start = lambda: None, start
sys.exit(serve.main())
"""


@pytest.fixture
def process(
    request: pytest.FixtureRequest, var: Path, free_port: int
) -> Iterator["subprocess.Popen[str]"]:
    """The program with everything embedded, or ``small``."""
    var.mkdir()
    (var / "demo-loaded").touch()  # the demo shop has tests of its own
    program = ["-c", SMALL] if "small" in request.fixturenames else ["-m", "fulfillment.serve"]
    with subprocess.Popen(
        [sys.executable, *program],
        cwd=ROOT,
        env=surroundings()
        | {"VAR_DIR": str(var), "PORT": str(free_port), "DEBUG": "1", "WEB_PROCESSES": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        if started.poll() is None:
            started.terminate()
            started.communicate()


@pytest.fixture
def small() -> None:
    """Asks ``process`` for the program without what takes long."""


def wait_for_page(process: "subprocess.Popen[str]", port: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(f"==> Ready: http://127.0.0.1:{port}/"):
            return
    raise AssertionError("it ended before it was ready")


def children(pid: int) -> dict[str, int]:
    names = {"gunicorn", "worker", "beat"}
    found = {}
    for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = set(Path(f"/proc/{each}/cmdline").read_text().split("\0"))
        found |= {name: int(each) for name in names & words}
    return found


def test_it_serves_until_it_is_told_to_stop(process, free_port) -> None:
    wait_for_page(process, free_port)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/readyz") as answer:
        assert answer.status == 200
    parts = children(process.pid)
    assert set(parts) == {"gunicorn", "worker", "beat"}
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "==> Stopping" in output
    for pid in parts.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_when_one_part_dies_all_stop_and_it_says_which(small, process, free_port) -> None:
    wait_for_page(process, free_port)
    parts = children(process.pid)
    os.kill(parts["beat"], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error: The scheduler ended by itself (exit code -9)." in errors
    for pid in parts.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_killed_it_takes_its_parts_along(small, process, free_port) -> None:
    wait_for_page(process, free_port)
    parts = children(process.pid)
    groups = [os.getpgid(pid) for pid in parts.values()]
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while any(_lives(group) for group in groups):
        assert time.monotonic() < deadline, "parts are still there"
        time.sleep(0.1)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", free_port))


def _lives(group: int) -> bool:
    """Whether any process of a group still runs; one that nobody has collected yet does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, owner = stat.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(owner) == group and state != "Z":
            return True
    return False
