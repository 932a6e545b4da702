"""What holds for all tests: the database and the language that they begin with, and memory that is
left alone."""

import gc
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from testing import databases


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end; looking through it again and again takes time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """The tables as the migrations leave them, copied from a template that all processes share."""
    name = connection.creation._get_test_db_name()
    databases.copy_tables(name)
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    yield
    with django_db_blocker.unblock():
        connection.close()
    databases.drop(name)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """A request leaves the language of its reader behind, which the next one sets anew; a test that
    makes none begins with that of the settings."""
    yield
    translation.deactivate()
