"""Long work, as other systems watch it."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer, answer_list, moment, own, page_of, read_query
from core.api_schema import describe, list_of
from sellers import jobs
from sellers.access import SCOPES
from sellers.job_models import Job, JobState

#: Each job asks for its own scopes besides; what a key may not see is not there.
_ANY = tuple(scope for scope in SCOPES if scope.endswith(":read"))


class ProgressSerializer(serializers.Serializer[Any]):
    """``total`` is null while it is not known."""

    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)


class JobSerializer(serializers.Serializer[Any]):
    """Long work: an import, an export, or an action on many orders."""

    object = serializers.ChoiceField(choices=["job"])
    id = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=JobState.values)
    progress = ProgressSerializer()
    counts = serializers.DictField(child=serializers.IntegerField())
    error = serializers.CharField(allow_null=True)
    result_url = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


def job_json(job: Job, request: Request) -> dict[str, Any]:
    url = reverse("api-job-result", args=[job.public_id])
    return {
        "object": "job",
        "id": job.public_id,
        "kind": job.kind,
        "title": jobs.kind_of(job).title(job),
        "status": job.state,
        "progress": {"done": job.done, "total": job.total or None},
        "counts": job.counts,
        "error": jobs.failure_text(job) if job.state == JobState.FAILED else None,
        "result_url": request.build_absolute_uri(url) if job.result_file else None,
        "created_at": moment(job.created_at),
        "finished_at": moment(job.finished_at),
    }


class Jobs(ApiView):
    scopes = {"GET": _ANY}

    @describe(
        "List jobs", name="jobs_list", tag="Jobs", query=ListParams, answers=list_of(JobSerializer)
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first. Jobs that ask for more than the key's scopes are left out."""
        params = read_query(request, ListParams)
        rows = jobs.visible(self.seller, self.actor)
        page = page_of(rows, params, key="id", descending=True)
        return answer_list(request, [job_json(job, request) for job in page.rows], page.next_cursor)


class OneJob(ApiView):
    scopes = {"GET": _ANY}

    @describe("Retrieve a job", name="jobs_retrieve", tag="Jobs", answers=JobSerializer)
    def get(self, request: Request, job: str) -> HttpResponse:
        found = own(jobs.visible(self.seller, self.actor), self.seller, "job", job)
        return answer(job_json(found, request))


class JobResult(ApiView):
    scopes = {"GET": _ANY}

    @describe(
        "Download the result of a job",
        name="jobs_result",
        tag="Jobs",
        answers={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, job: str) -> HttpResponseBase:
        """The file, as an attachment; 404 while there is none."""
        found = own(jobs.visible(self.seller, self.actor), self.seller, "job", job)
        return jobs.send_file(found)
