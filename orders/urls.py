"""Orders. The page of one order lies below, in ``logistics.urls_orders``."""

from django.urls import path

from orders.views import act, list, order  # noqa: A004 - named as the page is

app_name = "orders"
urlpatterns = [
    path("", list.index, name="list"),
    path("actions/", act.act, name="act"),
    path("<str:order_id>/reveal/", order.reveal, name="reveal"),
    path("<str:order_id>/lines/<str:line_id>/map/", order.map_sku, name="map"),
    path("<str:order_id>/cancel-units/", order.cancel, name="cancel_units"),
]
