"""The settings pages of this app; the others' stand beside them under ``settings/``."""

from django.urls import path

from logistics.views import settings

app_name = "logistics_settings"
urlpatterns = [
    path("boxes/", settings.boxes, name="boxes"),
    path("boxes/<str:box_id>/", settings.box, name="box"),
    path("packing/", settings.packing, name="packing"),
    path("packing/checks/<str:check_id>/delete/", settings.uncheck, name="uncheck"),
]
