"""What is missing, for which orders. Beside the pages of stock, which knows nothing of orders."""

from django.urls import path

from orders.views import shortages

app_name = "shortages"
urlpatterns = [
    path("", shortages.index, name="list"),
    path("unmapped/", shortages.unmapped, name="unmapped"),
    path("allocate/", shortages.allocate, name="allocate"),
    path("<str:sku_id>/", shortages.detail, name="sku"),
]
