"""The job centre: what is going on, what came of it, and its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Text
from core.paging import paginate
from core.templatetags.ui import number
from sellers import jobs
from sellers.access import PageRequest, own, page
from sellers.job_models import ACTIVE_JOB, Job, JobState

PAGE_SIZE = 30

TONES: Mapping[str, str] = {
    JobState.QUEUED: "info",
    JobState.RUNNING: "progress",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "neutral",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A job as pages show it."""

    job: Job
    title: str
    label: Text
    icon: str
    tone: str
    state: Text
    progress: str
    failure: str

    @property
    def percent(self) -> int | None:
        return self.job.percent


def line_of(job: Job) -> Line:
    """A job in the reader's language."""
    kind = jobs.kind_of(job)
    stopping = job.active and job.cancel_asked
    return Line(
        job,
        kind.title(job),
        kind.label,
        kind.icon,
        TONES[job.state],
        _("Stopping") if stopping else JobState(job.state).label,
        progress_text(job),
        jobs.failure_text(job) if job.state == JobState.FAILED else "",
    )


def progress_text(job: Job) -> str:
    """“1,500 of 4,000”, as far as it is known."""
    if not job.total:
        return number(job.done) if job.done else ""
    return _("%(done)s of %(total)s") % {"done": number(job.done), "total": number(job.total)}


@page()
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """Jobs of the shop, newest first: those that this person may see."""
    rows = jobs.visible(request.seller, request.actor)
    show = request.GET.get("show", "")
    if show == "mine":
        rows = rows.filter(actor_kind="user", actor_id=request.actor.id)
    elif show == "active":
        rows = rows.filter(state__in=ACTIVE_JOB)
    else:
        show = ""
    found = paginate(
        rows, key="id", descending=True, cursor=request.GET.get("cursor", ""), limit=PAGE_SIZE
    )
    context = {
        "page": found,
        "rows": [line_of(job) for job in found.rows],
        "going_on": any(job.active for job in found.rows),
        "refresh_url": request.get_full_path(),
        "show": show,
        "tabs": [
            {"label": label, "href": f"?show={name}" if name else "?", "active": name == show}
            for name, label in (
                ("", _("All")),
                ("mine", _("Started by me")),
                ("active", _("Going on")),
            )
        ],
    }
    return render(request, "jobs/_list.html" if request.htmx else "jobs/list.html", context)


@page()
@require_GET
def detail(request: PageRequest, job_id: str) -> HttpResponseBase:
    """One job; the page asks for its own fragment while the job goes on."""
    job = _own(request, job_id)
    kind = jobs.kind_of(job)
    context: dict[str, Any] = {
        "line": line_of(job),
        "trail": [{"label": _("Jobs"), "href": reverse("jobs:list")}, {"label": kind.title(job)}],
        "job": job,
        "kind": kind,
        "template": kind.template,
        "may_resume": job.state in (JobState.FAILED, JobState.CANCELLED) and not job.purged,
        "may_again": kind.again is not None and not job.active and bool(job.counts.get("refused"))
        and not job.purged,
        **kind.context(job),
    }  # fmt: skip
    return render(request, "jobs/_job.html" if request.htmx else "jobs/job.html", context)


@page()
@require_GET
def file(request: PageRequest, job_id: str) -> HttpResponseBase:
    """The result file, as a download."""
    return jobs.send_file(_own(request, job_id))


@page()
@require_POST
def cancel(request: PageRequest, job_id: str) -> HttpResponseBase:
    """Stops it."""
    job = _own(request, job_id)
    job = jobs.cancel(seller=request.seller, job=job.pk, actor=request.actor)
    if job.active:
        messages.info(request, _("It stops after the part that is being done right now."))
    else:
        messages.success(request, _("Stopped before anything was done."))
    return redirect("jobs:job", job.public_id)


@page()
@require_POST
def resume(request: PageRequest, job_id: str) -> HttpResponseBase:
    """Goes on with what has failed or was stopped."""
    job = _own(request, job_id)
    jobs.resume(seller=request.seller, job=job.pk, actor=request.actor)
    return redirect("jobs:job", job.public_id)


@page()
@require_POST
def again(request: PageRequest, job_id: str) -> HttpResponseBase:
    """Starts a new job for what was refused."""
    job = _own(request, job_id)
    function = jobs.kind_of(job).again
    if function is None:
        raise Http404
    new = function(job, request.seller, request.actor)
    return redirect("jobs:job", new.public_id)


@page()
@require_GET
def indicator(request: PageRequest) -> HttpResponseBase:
    """What goes on of mine, and a notice for what has ended since the last time."""
    going_on, ended = jobs.news(request.seller, request.actor)
    known = [job.percent for job in going_on if job.percent is not None]
    context = {
        "poll": bool(going_on),
        "going_on": going_on,
        "percent": sum(known) // len(known) if known else None,
        "ended": [line_of(job) for job in ended],
    }
    return render(request, "jobs/_indicator.html", context)


def _own(request: PageRequest, job_id: str) -> Job:
    return own(jobs.visible(request.seller, request.actor), request.seller, "job", job_id)
