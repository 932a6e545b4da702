"""The settings pages of this app; the others' stand beside them under ``settings/``."""

from django.urls import path

from orders.views import settings_calendar, settings_limits, settings_rules

app_name = "orders_settings"
urlpatterns = [
    path("calendar/", settings_calendar.index, name="calendar"),
    path("calendar/<str:closure_id>/delete/", settings_calendar.delete, name="delete_closure"),
    path("limits/", settings_limits.index, name="limits"),
    path("rules/", settings_rules.index, name="rules"),
    path("rules/<str:marketplace>/<str:mode>/", settings_rules.rule, name="rule"),
]
