"""The Celery application; its settings are the CELERY_ block of settings.py."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")

app = Celery("fulfillment")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_django_logging(**kwargs: Any) -> None:
    """Connected so that Celery leaves the logging alone that settings.LOGGING has set up."""


@signals.celeryd_init.connect
@signals.beat_init.connect
def start_embedded_servers(**kwargs: Any) -> None:
    """A worker or a scheduler started by hand shares the embedded servers like every process."""
    from fulfillment import embedded

    embedded.ensure()
