"""The first page, the reports and the first run."""

from django.urls import path

from dashboard.views import reports, setup, today

app_name = "dashboard"

urlpatterns = [
    path("", today.index, name="today"),
    path("today/act/", today.act, name="act"),
    path("reports/", reports.index, name="reports"),
    path("reports/<slug:name>.csv", reports.sheet_csv, name="report_csv"),
    path("setup/", setup.index, name="setup"),
    path("setup/mark/", setup.mark, name="setup_mark"),
    path("setup/samples/load/", setup.load, name="samples_load"),
    path("setup/samples/remove/", setup.remove, name="samples_remove"),
]
