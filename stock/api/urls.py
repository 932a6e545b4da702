from django.urls import path

from stock.api import batch, replenishments, views

urlpatterns = [
    path("skus", views.Skus.as_view(), name="api-skus"),
    path("skus/<str:sku>", views.OneSku.as_view(), name="api-sku"),
    path("warehouses", views.Warehouses.as_view(), name="api-warehouses"),
    path("stock", views.Levels.as_view(), name="api-stock"),
    path("stock/levels", batch.LevelBatch.as_view(), name="api-stock-levels"),
    path("stock/movements/batch", batch.MovementBatch.as_view(), name="api-movement-batch"),
    path("stores/<str:store>/warehouses", batch.StorePlaces.as_view(), name="api-store-places"),
    path("stock/movements", views.Movements.as_view(), name="api-stock-movements"),
    path("suppliers", replenishments.Suppliers.as_view(), name="api-suppliers"),
    path("replenishments", replenishments.Replenishments.as_view(), name="api-replenishments"),
    path(
        "replenishments/<str:replenishment>",
        replenishments.OneReplenishment.as_view(),
        name="api-replenishment",
    ),
    path(
        "replenishments/<str:replenishment>/order",
        replenishments.OrderReplenishment.as_view(),
        name="api-replenishment-order",
    ),
    path(
        "replenishments/<str:replenishment>/receipts",
        replenishments.Receipts.as_view(),
        name="api-replenishment-receipts",
    ),
    path(
        "replenishments/<str:replenishment>/cancel",
        replenishments.CancelReplenishment.as_view(),
        name="api-replenishment-cancel",
    ),
]
