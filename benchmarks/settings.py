# ruff: noqa: F403, F405
"""Settings of the benchmarks: those of a deployment, with a database of their own.

``benchmarks.__main__`` sets DEBUG=0 and what that demands before this is read. No option of the
database is changed: commits wait for the disk (fsync) as they do in a deployment.
"""

from fulfillment import embedded
from fulfillment.settings import *

DATABASE_NAME = "fulfillment_benchmark"
DATABASES["default"]["NAME"] = DATABASE_NAME

ROOT_URLCONF = "benchmarks.urls"

STATIC_ROOT, STATICFILES_DIRS = BASE_DIR / "static", []
# No collected files are needed: the pages' tags only make addresses.
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
}

# A Redis database of its own, so that no worker of a running server is woken.
if not REDIS_URL:
    _redis = embedded.redis_url().replace("db=0", "db=1")
    CACHES["default"]["LOCATION"] = _redis
    CELERY_BROKER_URL = embedded.broker_url(_redis)
    CACHES["default"]["KEY_PREFIX"] = "benchmark"
