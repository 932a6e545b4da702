from django.urls import path

from sellers.api import jobs, schemes, views

__all__ = ["schemes", "urlpatterns"]

urlpatterns = [
    path("stores", views.Stores.as_view(), name="api-stores"),
    path("jobs", jobs.Jobs.as_view(), name="api-jobs"),
    path("jobs/<str:job>", jobs.OneJob.as_view(), name="api-job"),
    path("jobs/<str:job>/result", jobs.JobResult.as_view(), name="api-job-result"),
]
