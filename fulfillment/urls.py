"""All routes. Each app brings its own `urls.py`; here they only get their place."""

from django.contrib import admin
from django.urls import include, path

from fulfillment import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
