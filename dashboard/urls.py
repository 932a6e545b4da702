"""The first page and the notices."""

from django.urls import path

from dashboard.views import notices, today

app_name = "dashboard"

urlpatterns = [
    path("", today.index, name="today"),
    path("today/act/", today.act, name="act"),
    path("notices/", notices.notice_list, name="notices"),
]
