"""What tests change: servers and files of their own, cheap passwords, no login brake."""

import os

from fulfillment import embedded

# Below VAR_DIR, so that a running script/server is not disturbed. Workers of a parallel run
# inherit the environment of the process that has set it already.
if embedded.var_dir().name != "test":
    os.environ["VAR_DIR"] = str(embedded.var_dir() / "test")
os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("LOG_LEVEL", "ERROR")
# The browser's driver leaves an event loop running in the process that tests share with it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
embedded.ensure(durable=False)

from fulfillment.settings import *

DEBUG = False
# What runs beside the tests uses a database of its own; see testing/databases.py.
DATABASES["default"]["NAME"] = os.environ.get("TEST_DATABASE") or DATABASES["default"]["NAME"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
ALLOWED_HOSTS = ["testserver", "localhost"]
