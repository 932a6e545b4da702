import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fulfillment.embedded.places import Places, alive, is_held

ROOT = Path(__file__).resolve().parents[2]
#: What the program takes from its surroundings and these tests may have got from theirs.
OURS = {"DATABASE_URL", "REDIS_URL", "DEBUG", "SECRET_KEY", "LOG_LEVEL", "DJANGO_SETTINGS_MODULE"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def surroundings() -> dict[str, str]:
    """The environment of these tests without what the program takes from it."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start programs of their own take long and would come last, since they use no
    database of the tests. As a group they begin first, and the others fill the gaps."""
    for item in items:
        if "copies" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("programs"))


def wait_until_gone(var: Path) -> None:
    places = Places(var)
    deadline = time.monotonic() + 30
    while (
        alive(places, "postgres")
        or alive(places, "redis")
        or (places.keeper.exists() and is_held(places.keeper))
    ):
        assert time.monotonic() < deadline, "the servers are still there"
        time.sleep(0.05)


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[list[Path]]:
    """The VAR_DIRs of a test: their servers must end, and what lies outside of them must go."""
    folders = [tmp_path / "var"]
    yield folders
    for folder in folders:
        wait_until_gone(folder)
        places = Places(folder)
        for outside in {places.home, places.run} - {places.own}:
            shutil.rmtree(outside, ignore_errors=True)


@pytest.fixture
def var(copies: list[Path]) -> Path:
    return copies[0]


@pytest.fixture
def run_python(var: Path) -> Run:
    """Runs Python in a process of its own, with its own VAR_DIR and only the named settings."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=surroundings() | {"VAR_DIR": str(var)} | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
