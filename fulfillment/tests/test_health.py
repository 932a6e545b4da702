import pytest
from django.db import connection
from django.test import Client

from fulfillment import health


def test_livez_answers_without_any_query(client: Client, db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_is_ready_when_everything_answers(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": "ok", "broker": "ok", "migrations": "ok"},
    }


@pytest.mark.django_db
def test_readyz_names_a_broker_that_does_not_answer(client: Client, settings, tmp_path) -> None:
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": f"unix://{tmp_path}/none.sock"}
    }
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {
        "database": "ok",
        "broker": "unreachable",
        "migrations": "ok",
    }


@pytest.mark.django_db
def test_readyz_names_unapplied_migrations(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == "unapplied"


@pytest.mark.django_db
def test_readyz_names_a_database_that_does_not_answer(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(health, "database_state", lambda: "unreachable")
    monkeypatch.setattr(health, "migrations_state", lambda: "unknown")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "unreachable"
