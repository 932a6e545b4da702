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
    path("", include("dashboard.urls")),
    path("settings/", include("stock.settings_urls")),
    path("settings/", include("orders.settings_urls")),
    path("settings/", include("logistics.settings_urls")),
    path("orders/", include("orders.urls")),
    path("orders/", include("logistics.urls_orders")),
    path("", include("logistics.urls")),
    path("stock/shortages/", include("orders.urls_shortages")),
    path("stock/", include("stock.urls")),
    path("purchasing/", include("stock.purchasing_urls")),
    path("import/", include("marketplaces.urls")),
    path("jobs/", include("sellers.job_urls")),
    path("api/", include("fulfillment.api_urls")),
    path("admin/", admin.site.urls),
]
