"""Buying: replenishments, suggestions, suppliers."""

from django.urls import path

from stock.views import purchasing, purchasing_drafts, receipts, suppliers

app_name = "purchasing"
urlpatterns = [
    path("", purchasing.index, name="list"),
    path("new/", purchasing_drafts.new, name="new"),
    path("make/", purchasing_drafts.make, name="make"),
    path("suggestions/", purchasing_drafts.suggested, name="suggestions"),
    path("suppliers/", suppliers.index, name="suppliers"),
    path("suppliers/new/", suppliers.new, name="new_supplier"),
    path("suppliers/<str:supplier_id>/", suppliers.detail, name="supplier"),
    path("suppliers/<str:supplier_id>/edit/", suppliers.edit, name="edit_supplier"),
    path("suppliers/<str:supplier_id>/skus/", suppliers.skus, name="offers"),
    path("suppliers/<str:supplier_id>/remove/", suppliers.remove, name="remove_supplier"),
    path("offers/<str:offer_id>/prefer/", suppliers.offer, {"what": "prefer"}, name="prefer"),
    path("offers/<str:offer_id>/withdraw/", suppliers.offer, {"what": "withdraw"}, name="withdraw"),
    path("<str:replenishment_id>/", purchasing.detail, name="one"),
    path("<str:replenishment_id>/edit/", purchasing_drafts.edit, name="edit"),
    path("<str:replenishment_id>/order/", purchasing.order, name="order"),
    path("<str:replenishment_id>/reopen/", purchasing.reopen, name="reopen"),
    path("<str:replenishment_id>/move/", purchasing.move, name="move"),
    path("<str:replenishment_id>/cancel/", purchasing.cancel, name="cancel"),
    path("<str:replenishment_id>/receive/", receipts.receive, name="receive"),
    path("<str:replenishment_id>/print/", purchasing.paper, name="print"),
]
