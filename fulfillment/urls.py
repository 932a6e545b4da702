"""All routes. Each app brings its own `urls.py`; here they only get their place."""

from django.contrib import admin
from django.urls import include, path

from fulfillment import health
from sellers.access import public

urlpatterns = [
    path("livez", public(health.livez), name="livez"),
    path("readyz", public(health.readyz), name="readyz"),
    path("", include("sellers.account_urls")),
    path("", include("sellers.urls")),
    path("api/", include("fulfillment.api_urls")),
    path("admin/", admin.site.urls),
]
