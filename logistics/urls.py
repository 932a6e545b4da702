"""Parcels: the list, one of them, and entering tracking numbers."""

from django.urls import path

from logistics.views import shipment, shipments

app_name = "logistics"
urlpatterns = [
    path("", shipments.index, name="shipments"),
    path("actions/", shipments.act, name="act"),
    path("numbers/", shipments.numbers, name="numbers"),
    path("<str:shipment_id>/", shipment.detail, name="shipment"),
    path("<str:shipment_id>/number/", shipment.number, name="number"),
    path("<str:shipment_id>/events/", shipment.event, name="event"),
    path("<str:shipment_id>/<str:name>/", shipment.do, name="do"),
]
