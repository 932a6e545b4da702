"""Addresses for the tests of the navigation: two of its sections exist."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("", include(([path("", page, name="today")], "dashboard"))),
    path("orders/", include(([path("", page, name="list")], "orders"))),
]
