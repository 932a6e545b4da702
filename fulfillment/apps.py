import gc

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FulfillmentConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "fulfillment"
    verbose_name = _("Fulfilment")

    def ready(self) -> None:
        from fulfillment import checks  # noqa: F401

        # What is loaded by now stays to the end: looking through it again and again for what may
        # be thrown away takes a tenth of the time of a page or of an import.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
