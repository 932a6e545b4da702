"""The API, version 1: each app brings its own routes, all under ``/api/v1/``."""

from csp.decorators import csp_update
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from core.problems import unknown
from sellers.access import public

#: The page of the documentation draws its icons from data in its style sheet.
_docs = csp_update({"img-src": ["data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html")
)

urlpatterns = [
    path("v1/openapi.json", public(SpectacularJSONAPIView.as_view()), name="api-schema"),
    path("docs/", public(_docs), name="api-docs"),
    path("v1/", include("sellers.api.urls")),
    path("v1/", include("stock.api.urls")),
    path("v1/", include("orders.api.urls")),
    path("v1/", include("logistics.api.urls")),
    path("v1/", include("dashboard.api.urls")),
    re_path("", public(unknown)),
]
