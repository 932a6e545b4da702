"""Logging: one event per line with the request's id; JSON in production, readable in debug.

Log names and ids, never a buyer's data: requests are logged by method and path without their
query string, which may hold a search for a buyer's name.
"""

from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, WrappedLogger

LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


def drop_query_string(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Cuts the query string off the `request` field ("GET /orders/?q=…")."""
    request = event.get("request")
    if isinstance(request, str):
        event["request"] = request.split("?", 1)[0]
    return event


def configure(*, debug: bool, level: str) -> dict[str, Any]:
    """Sets structlog up and returns the value of Django's LOGGING.

    Raises ImproperlyConfigured when the level is none of Python's.
    """
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(sorted(LEVELS))}.")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_query_string,
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared[1:],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    # By default the local variables of every frame are shown, and they hold buyers' data.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
        if debug
        else structlog.processors.JSONRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "default": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([] if debug else [tracebacks]),
                    renderer,
                ],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "default"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own line per failed request repeats what django_structlog writes.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "django_structlog": {"level": level},
            "axes": {"level": "ERROR"},
            # Two lines per task are worth having where logs are searched, not on a terminal.
            "celery": {"level": "WARNING" if debug else level},
            "celery.redirected": {"level": "WARNING"},
        },
    }
