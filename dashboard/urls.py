"""The first page and the reports."""

from django.urls import path

from dashboard.views import reports, today

app_name = "dashboard"

urlpatterns = [
    path("", today.index, name="today"),
    path("today/act/", today.act, name="act"),
    path("reports/", reports.index, name="reports"),
    path("reports/<slug:name>.csv", reports.sheet_csv, name="report_csv"),
]
