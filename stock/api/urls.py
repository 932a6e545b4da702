from django.urls import path

from stock.api import views

urlpatterns = [
    path("skus", views.Skus.as_view(), name="api-skus"),
    path("skus/<str:sku>", views.OneSku.as_view(), name="api-sku"),
    path("warehouses", views.Warehouses.as_view(), name="api-warehouses"),
    path("stock", views.Levels.as_view(), name="api-stock"),
    path("stock/movements", views.Movements.as_view(), name="api-stock-movements"),
]
