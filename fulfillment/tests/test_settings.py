import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured

from fulfillment.tests.conftest import OURS, ROOT

PRODUCTION = {
    "DATABASE_URL": "postgresql://user:secret-word@database.example:5432/fulfillment",
    "REDIS_URL": "redis://broker.example:6379/0",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "shop.example",
}
Settings = dict[str, Any]


@pytest.fixture
def settings_of(
    monkeypatch: pytest.MonkeyPatch, var: Path
) -> Iterator[Callable[[dict[str, str]], Settings]]:
    """Reads the settings anew, with only the named variables."""
    logging = structlog.get_config()

    def read(variables: dict[str, str]) -> Settings:
        for name in OURS:
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"VAR_DIR": str(var)} | variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "fulfillment" / "settings.py"))

    yield read
    structlog.configure(**logging)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set when DEBUG is off."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts"),
        (
            {"DATABASE_URL": "mysql://user:secret-word@database.example/name"},
            "DATABASE_URL must look like postgresql://user:password@host:5432/name (found: mysql).",
        ),
        ({"DATABASE_URL": "postgresql://database.example"}, "does not name a database"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL must look like redis://host:6379/0"),
        ({"DEBUG": "maybe"}, "DEBUG must be 1 or 0, not 'maybe'."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of"),
        ({"WORKER_PROCESSES": "two"}, "WORKER_PROCESSES must be a whole number, not 'two'."),
    ],
)
def test_a_wrong_value_is_named(settings_of, change, sentence) -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        settings_of(PRODUCTION | change)
    assert sentence in str(told.value)
    assert "secret-word" not in str(told.value)


def test_a_wrong_value_stops_the_start(run_python) -> None:
    done = run_python("-c", "import fulfillment.settings", **(PRODUCTION | {"DEBUG": "maybe"}))
    assert done.returncode == 1
    assert "ImproperlyConfigured: DEBUG must be 1 or 0, not 'maybe'." in done.stderr
    assert "secret-word" not in done.stderr


def test_debug_is_off_with_a_database_of_ones_own(settings_of) -> None:
    found = settings_of(PRODUCTION)
    assert (found["DEBUG"], found["SESSION_COOKIE_SECURE"]) == (False, True)


def test_debug_is_on_with_the_embedded_servers_and_nothing_is_started(settings_of, var) -> None:
    assert settings_of({})["DEBUG"] is True
    assert not var.exists()


def test_production_settings_pass_the_deployment_check(run_python) -> None:
    key = "".join(chr(33 + (7 * n) % 90) for n in range(80))
    variables = PRODUCTION | {"SECRET_KEY": key}
    done = run_python("manage.py", "check", "--deploy", "--tag", "security", **variables)
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    ), done.stderr


def test_the_deployment_check_refuses_the_embedded_servers(run_python) -> None:
    done = run_python("manage.py", "check", "--deploy", "--tag", "security", DEBUG="1")
    assert done.returncode == 1
    assert "fulfillment.E001" in done.stderr
    assert "fulfillment.E002" in done.stderr
