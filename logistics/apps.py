from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogisticsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self) -> None:
        # Each registers its actions.
        for module in ("pack", "ship"):
            import_module(f"logistics.actions.{module}")
