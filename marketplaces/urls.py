"""Files in and out."""

from django.urls import path

from marketplaces.views import imports, sheets

app_name = "marketplaces"
urlpatterns = [
    path("", imports.index, name="import"),
    path("template.csv", imports.template, name="template"),
    path("tracking-sheet/", sheets.tracking_sheet, name="tracking-sheet"),
    path("<str:run_id>/", imports.run, name="run"),
    path("<str:run_id>/start/", imports.start, name="start"),
    path("<str:run_id>/discard/", imports.discard, name="discard"),
    path("<str:run_id>/columns/", imports.columns, name="columns"),
]
