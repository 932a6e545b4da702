"""The settings pages of this app; the others' stand beside them under ``settings/``."""

from django.urls import path

from stock.views import settings_bins, settings_warehouses

app_name = "stock_settings"
urlpatterns = [
    path("bins/", settings_bins.index, name="bins"),
    path("bins/delete/", settings_bins.delete, name="delete_bins"),
    path("warehouses/", settings_warehouses.index, name="warehouses"),
    path("warehouses/<str:warehouse_id>/", settings_warehouses.change, name="warehouse"),
]
