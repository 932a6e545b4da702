"""``manage.py lifecycle_page``: write docs/lifecycle.md from the transition table."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from orders.lifecycle_page import page


class Command(BaseCommand):
    help = "Write docs/lifecycle.md from the transition table."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "lifecycle.md"
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")
