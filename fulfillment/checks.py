"""System checks of the whole project, run by `manage.py check` and before each migration."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning


@register(Tags.security, deploy=True)
def check_deployment(
    *, app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """What a deployment must not run on, beside Django's own list."""
    found: list[CheckMessage] = []
    if not settings.DATABASE_URL:
        found.append(
            Error(
                "The embedded PostgreSQL is for trying and testing.",
                hint="Set DATABASE_URL.",
                id="fulfillment.E001",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Error(
                "The embedded Redis is for trying and testing.",
                hint="Set REDIS_URL.",
                id="fulfillment.E002",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "Any host name is served, which lets links in pages be forged.",
                hint="Name the hosts in ALLOWED_HOSTS.",
                id="fulfillment.E003",
            )
        )
    if not settings.SECURE_SSL_REDIRECT:
        found.append(
            CheckWarning(
                "Passwords and API keys may travel unencrypted.",
                hint="Remove HTTPS=0.",
                id="fulfillment.W001",
            )
        )
    return found


@register(Tags.translation)
def check_catalogues(
    *, app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Catalogues are compiled on set-up, not committed; without them all pages are English."""
    return [
        CheckWarning(
            f"{source} is not compiled, or is newer than what is.",
            hint="Run script/messages --compile.",
            id="fulfillment.W002",
        )
        for folder in settings.LOCALE_PATHS
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]
