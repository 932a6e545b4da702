import pytest

PRODUCTION = {
    "DATABASE_URL": "postgresql://user:secret-word@database.example:5432/fulfillment",
    "REDIS_URL": "redis://broker.example:6379/0",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "shop.example",
}
SHOW = "from fulfillment import settings as s; print({})"


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
def test_a_wrong_value_stops_the_start_and_is_named(run_python, change, sentence) -> None:
    done = run_python("-c", SHOW.format("s.DEBUG"), **(PRODUCTION | change))
    assert done.returncode == 1
    assert "ImproperlyConfigured" in done.stderr
    assert sentence in done.stderr
    assert "secret-word" not in done.stderr


def test_debug_is_off_with_a_database_of_ones_own(run_python) -> None:
    done = run_python("-c", SHOW.format("s.DEBUG, s.SESSION_COOKIE_SECURE"), **PRODUCTION)
    assert (done.returncode, done.stdout) == (0, "False True\n")


def test_debug_is_on_with_the_embedded_servers_and_nothing_is_started(run_python, tmp_path) -> None:
    done = run_python("-c", SHOW.format("s.DEBUG"))
    assert (done.returncode, done.stdout) == (0, "True\n")
    assert not (tmp_path / "var").exists()


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
