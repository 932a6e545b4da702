"""The product's routes, and the bare views that they are compared with."""

from fulfillment.urls import urlpatterns as product

urlpatterns = [*product]
