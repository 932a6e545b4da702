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
        # What the filter of the list of orders understands about parcels.
        import_module("logistics.filter_terms")
        # What it can show about them.
        import_module("logistics.columns")
        # What pages ask before an action, how an order is found, how its timeline names a state.
        import_module("logistics.action_forms")
        import_module("logistics.views.search")
        import_module("logistics.bulk")
        import_module("logistics.paper_job")
        import_module("logistics.exports")
        from logistics.find import orders_with_number
        from logistics.models import TrackingState
        from logistics.shelf import fetched
        from orders.event_text import tracking_labels
        from orders.find import finders
        from stock import demand

        if orders_with_number not in finders:
            finders.append(orders_with_number)
        tracking_labels.update(TrackingState.choices)
        demand.provide_away(fetched)
