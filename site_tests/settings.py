# ruff: noqa: F403, F405
"""Settings of the server under test: those of the tests, with a database and a queue of its own."""

from fulfillment.settings_test import *

DATABASE_NAME = DATABASES["default"]["NAME"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # the database is replaced between tests

CACHES["default"]["KEY_PREFIX"] = DATABASE_NAME
CELERY_TASK_DEFAULT_QUEUE = DATABASE_NAME
ALLOWED_HOSTS = ["127.0.0.1"]
# Files stay as they are while the tests run; each server has a port of its own.
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
