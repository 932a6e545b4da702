from django.urls import path

from logistics.api import views
from logistics.api.output import shipments_of
from logistics.api.serializers import ShipmentSerializer
from orders.api.embeds import embed

# Orders of the API tell their parcels.
embed("shipments", shipments_of, ShipmentSerializer)

urlpatterns = [
    path("shipments", views.Shipments.as_view(), name="api-shipments"),
    path("shipments/actions", views.ShipmentActions.as_view(), name="api-shipments-actions"),
    path("shipments/<str:shipment>", views.OneShipment.as_view(), name="api-shipment"),
    path("shipments/<str:shipment>/tracking-events", views.Tracking.as_view(), name="api-tracking"),
    path("carriers", views.Carriers.as_view(), name="api-carriers"),
]
