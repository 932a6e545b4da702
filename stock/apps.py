from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StockConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "stock"
    verbose_name = _("Stock")

    def ready(self) -> None:
        # How SKUs are found.
        import_module("stock.views.search")
        # Lists that can be had as files.
        import_module("stock.exports.goods")
        import_module("stock.exports.purchasing")
        import_module("stock.exports.moving")
        # Kinds of jobs.
        import_module("stock.import_job")
        import_module("stock.count_job")
