import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_python(tmp_path: Path) -> Run:
    """Runs Python in a process of its own, with its own VAR_DIR and only the named settings."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name
            not in {"DATABASE_URL", "REDIS_URL", "DEBUG", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=inherited | {"VAR_DIR": str(tmp_path / "var")} | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
