"""SKUs, their stock and its ledger."""

from django.urls import path

from stock.views import levels, skus

app_name = "stock"
urlpatterns = [
    path("", levels.index, name="levels"),
    path("movements/", levels.movements, name="movements"),
    path("receive/", levels.receive, name="receive"),
    path("new/", skus.new, name="new"),
    path("<str:sku_id>/", skus.detail, name="sku"),
    path("<str:sku_id>/edit/", skus.edit, name="edit"),
    path("<str:sku_id>/post/", skus.post, name="post"),
    path("<str:sku_id>/reorder/", skus.reorder, name="reorder"),
]
