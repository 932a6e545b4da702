"""The first page and the notices."""

from django.urls import path

from dashboard import views

app_name = "dashboard"

urlpatterns = [
    path("", views.index, name="today"),
    path("notices/", views.notice_list, name="notices"),
]
