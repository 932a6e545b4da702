"""The page of one order, below the orders, and what is done there with its parcels."""

from django.urls import path

from logistics.views import order, order_parcels

app_name = "order"
urlpatterns = [
    path("<str:order_id>/", order.detail, name="page"),
    path("<str:order_id>/preview/", order.preview, name="preview"),
    path("<str:order_id>/pack/", order_parcels.pack_part, name="pack_part"),
    path("<str:order_id>/parcels/<str:parcel_id>/number/", order_parcels.number, name="number"),
    path("<str:order_id>/parcels/<str:parcel_id>/events/", order_parcels.event, name="event"),
    path("<str:order_id>/parcels/<str:parcel_id>/<str:name>/", order_parcels.do, name="parcel_do"),
]
