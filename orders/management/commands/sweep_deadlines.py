"""What the scheduled sweep does, once."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orders.sweep import sweep_deadlines


class Command(BaseCommand):
    help = (
        "Flags orders that came close to a deadline or passed it, releases holds that are over, "
        "books fines that are due. Safe to run at any time and any number of times."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            metavar="TIME",
            help="sweep up to this time (ISO 8601; UTC without an offset) instead of the present",
        )
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        result = sweep_deadlines(now=_time(options["now"])).as_dict()
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(", ".join(f"{name}: {n}" for name, n in result.items()))


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = parse_datetime(text)
    except ValueError:
        time = None
    if time is None:
        raise CommandError(f"--now must be a time such as 2026-11-30T18:00:00Z, not {text!r}.")
    return timezone.make_aware(time) if timezone.is_naive(time) else time
