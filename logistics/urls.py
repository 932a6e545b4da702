"""Picking, and parcels: the list, one of them, entering tracking numbers."""

from django.urls import include, path

from logistics.views import paper, paper_lists, pick, shipment, shipments, station

app_name = "logistics"
parcels = [
    path("", shipments.index, name="shipments"),
    path("actions/", shipments.act, name="act"),
    path("numbers/", shipments.numbers, name="numbers"),
    path("labels/", paper.labels, name="labels"),
    path("sku-labels/", paper_lists.sku_labels, name="sku-labels"),
    path("bin-labels/", paper_lists.bin_labels, name="bin_labels"),
    path("<str:shipment_id>/", shipment.detail, name="shipment"),
    path("<str:shipment_id>/number/", shipment.number, name="number"),
    path("<str:shipment_id>/events/", shipment.event, name="event"),
    path("<str:shipment_id>/repack/", shipment.repack, name="repack"),
    path("<str:shipment_id>/label.pdf", paper.label, name="label"),
    path("<str:shipment_id>/slip.pdf", paper.slip, name="slip"),
    path("<str:shipment_id>/<str:name>/", shipment.do, name="do"),
]
picking = [
    path("", pick.index, name="pick"),
    path("new/", pick.new, name="wave_new"),
    path("<str:wave_id>/", pick.wave, name="wave"),
    path("<str:wave_id>/pick-list.pdf", paper_lists.pick_list, name="pick_list"),
    path("<str:wave_id>/packing-list.pdf", paper_lists.pack_list, name="pack_list"),
    path("<str:wave_id>/enter/", pick.enter, name="wave_enter"),
    path("<str:wave_id>/<str:what>/", pick.do, name="wave_do"),
]
packing = [
    path("", station.index, name="pack_station"),
    path("scan/", station.scan, name="pack_scan"),
    path("photo/", station.photo, name="pack_photo"),
    path("photos/<str:photo_id>.jpg", station.photo_file, name="pack_photo_file"),
    path("commands/", station.commands, name="station_commands"),
]
urlpatterns = [
    path("shipments/", include(parcels)),
    path("pick/", include(picking)),
    path("pack/", include(packing)),
]
