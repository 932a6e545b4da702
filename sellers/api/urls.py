from django.urls import path

from sellers.api import schemes, views

__all__ = ["schemes", "urlpatterns"]

urlpatterns = [
    path("stores", views.Stores.as_view(), name="api-stores"),
]
