"""The settings pages of this app; the others' stand beside them under ``settings/``."""

from django.urls import path

from stock.views import settings_bins, settings_places, settings_warehouses

app_name = "stock_settings"
urlpatterns = [
    path("bins/", settings_bins.index, name="bins"),
    path("bins/delete/", settings_bins.delete, name="delete_bins"),
    path("places/", settings_places.index, name="places"),
    path("places/<str:store_id>/", settings_places.save, name="save_places"),
    path("warehouses/", settings_warehouses.index, name="warehouses"),
    path("warehouses/<str:warehouse_id>/", settings_warehouses.change, name="warehouse"),
]
