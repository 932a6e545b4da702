"""The product's routes, and the bare views that they are compared with."""

from django.urls import path

from benchmarks import views
from fulfillment.urls import urlpatterns as product

urlpatterns = [
    *product,
    path("bare/page", views.bare_page),
    path("bare/json", views.bare_json),
    path("bare/nothing", views.nothing),
    path("bare/empty", views.Empty.as_view()),
]
