from django.urls import path

from dashboard.api import views

urlpatterns = [
    path("scorecard", views.Scorecard.as_view(), name="api-scorecard"),
]
