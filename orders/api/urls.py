from django.urls import path

from orders.api import lists, shortages, views

urlpatterns = [
    path("orders", views.Orders.as_view(), name="api-orders"),
    path("orders/batch", views.OrderBatch.as_view(), name="api-orders-batch"),
    path("orders/actions", views.OrderActions.as_view(), name="api-orders-actions"),
    path("orders/<str:order>", views.OneOrder.as_view(), name="api-order"),
    path("orders/<str:order>/events", lists.OrderEvents.as_view(), name="api-order-events"),
    path("orders/<str:order>/cancel-units", views.CancelUnits.as_view(), name="api-cancel-units"),
    path("orders/<str:order>/lines/<str:line>/map", views.MapLine.as_view(), name="api-map-line"),
    path("shortages", shortages.Shortages.as_view(), name="api-shortages"),
    path("events", lists.Events.as_view(), name="api-events"),
    path("fines", lists.Fines.as_view(), name="api-fines"),
    path("fines/<str:fine>/waive", views.WaiveFine.as_view(), name="api-waive"),
]
