"""The product's routes, and the bare views that they are compared with."""

from django.urls import path

from fulfillment.urls import urlpatterns as product

urlpatterns = [*product]
