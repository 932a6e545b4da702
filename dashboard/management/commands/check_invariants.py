"""Proves that ledgers, counters, stages and events agree with each other."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dashboard.invariants import CHECKS, broken


class Command(BaseCommand):
    help = "Checks what must hold over all tables. Exits 1 and names what is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = broken()
        wrong = [check for check in CHECKS if found[check.name]]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not wrong, "broken": found}))
        else:
            for check in wrong:
                ids = ", ".join(str(pk) for pk in found[check.name])
                self.stdout.write(f"BROKEN {check.name}: {check.says} Not so: {check.of} {ids}")
            if not wrong:
                self.stdout.write(f"All {len(CHECKS)} invariants hold.")
        if wrong:
            sys.exit(1)
