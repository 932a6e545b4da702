"""The job centre."""

from django.urls import path

from sellers.views import exports, jobs

app_name = "jobs"
urlpatterns = [
    path("", jobs.index, name="list"),
    path("indicator/", jobs.indicator, name="indicator"),
    path("export/<str:name>/", exports.export, name="export"),
    path("<str:job_id>/", jobs.detail, name="job"),
    path("<str:job_id>/file/", jobs.file, name="file"),
    path("<str:job_id>/cancel/", jobs.cancel, name="cancel"),
    path("<str:job_id>/resume/", jobs.resume, name="resume"),
    path("<str:job_id>/again/", jobs.again, name="again"),
]
