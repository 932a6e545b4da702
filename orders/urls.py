"""Orders. The page of one order lies below, in ``logistics.urls_orders``."""

from django.urls import path

from orders.views import (
    act,
    conflict,
    filter_bar,
    layout,
    list,  # noqa: A004 - named as the page is
    order,
    order_edit,
    saved,
    selection,
)

app_name = "orders"
urlpatterns = [
    path("", list.index, name="list"),
    path("filter/", filter_bar.filter_help, name="filter_help"),
    path("filter/suggestions/", filter_bar.filter_suggestions, name="filter_suggestions"),
    path("layout/", layout.layout, name="layout"),
    path("views/", saved.saved, name="views"),
    path("views/<str:view_id>/", saved.change_saved, name="view"),
    path("actions/", act.act, name="act"),
    path("actions/undo/", act.take_back, name="take_back"),
    path("selection/", selection.selection, name="selection"),
    path("<str:order_id>/reveal/", order.reveal, name="reveal"),
    path("<str:order_id>/changes/", conflict.changes, name="changes"),
    path("<str:order_id>/note/", order_edit.note, name="note"),
    path("<str:order_id>/tags/", order_edit.tags, name="tags"),
    path("<str:order_id>/address/", order_edit.address, name="address"),
    path("<str:order_id>/fines/<str:fine>/waive/", order_edit.waive_fine, name="waive"),
    path("<str:order_id>/undo/<str:name>/", order_edit.undo, name="undo"),
    path("<str:order_id>/lines/<str:line_id>/map/", order.map_sku, name="map"),
    path("<str:order_id>/cancel-units/", order.cancel, name="cancel_units"),
]
