from django.urls import path

from logistics.api import paper, views, waves
from logistics.api.output import shipments_of
from logistics.api.serializers import ShipmentSerializer
from orders.api.embeds import embed

# Orders of the API tell their parcels.
embed("shipments", shipments_of, ShipmentSerializer)

urlpatterns = [
    path("waves", waves.Waves.as_view(), name="api-waves"),
    path("waves/<str:wave>", waves.OneWave.as_view(), name="api-wave"),
    path("waves/<str:wave>/picks", waves.WavePicks.as_view(), name="api-wave-picks"),
    path("waves/<str:wave>/pick-list.pdf", paper.WavePickList.as_view(), name="api-wave-pick-list"),
    path(
        "waves/<str:wave>/packing-list.pdf",
        paper.WavePackList.as_view(),
        name="api-wave-packing-list",
    ),
    path("shipments", views.Shipments.as_view(), name="api-shipments"),
    path("shipments/actions", views.ShipmentActions.as_view(), name="api-shipments-actions"),
    path("shipments/labels", paper.Labels.as_view(), name="api-shipments-labels"),
    path("shipments/<str:shipment>", views.OneShipment.as_view(), name="api-shipment"),
    path("shipments/<str:shipment>/tracking-events", views.Tracking.as_view(), name="api-tracking"),
    path("shipments/<str:shipment>/label.pdf", paper.Label.as_view(), name="api-shipment-label"),
    path("shipments/<str:shipment>/slip.pdf", paper.Slip.as_view(), name="api-shipment-slip"),
    path("carriers", views.Carriers.as_view(), name="api-carriers"),
]
