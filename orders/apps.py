from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        # Each registers its actions or handlers.
        for module in ("accept", "allocate", "cancel", "hold", "confirm"):
            import_module(f"orders.actions.{module}")
        import_module("orders.handlers")
        import_module("orders.notice_handlers")
        import_module("orders.clock_handlers")
        # What the filter of the list understands, how orders are found, what pages ask before.
        import_module("orders.filter_terms")
        import_module("orders.views.search")
        # Kinds of jobs.
        import_module("orders.bulk_jobs")
        import_module("orders.exports")
        import_module("orders.action_forms")
        # Stock asks who waits for what.
        from orders.actions.give_way import give_way
        from orders.queries import shortages
        from orders.store_clock import working_days_of
        from stock import demand, lead_time

        demand.provide(wants=shortages.wants, holders=shortages.holders)
        demand.provide_ways(give_way)
        lead_time.provide(working_days_of)
