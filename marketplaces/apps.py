from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplacesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "marketplaces"
    verbose_name = _("Marketplaces")

    def ready(self) -> None:
        # Kinds of jobs.
        import_module("marketplaces.import_job")
