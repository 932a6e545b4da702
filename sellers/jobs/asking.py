"""Asking for long work, stopping it, and what people see of it."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.http import FileResponse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import NotFound, Refused
from sellers.job_models import ACTIVE_JOB, Job, JobPart, JobState
from sellers.jobs.kinds import KINDS, known_kinds
from sellers.models import Seller

logger = logging.getLogger(__name__)

#: How many jobs of a seller may wait or run.
MAX_ACTIVE = 50


def start(
    kind: str,
    *,
    seller: Seller,
    actor: Actor,
    params: Mapping[str, Any],
    scopes: Iterable[str],
    total: int = 0,
    parts: Iterable[Sequence[Any]] = (),
) -> Job:
    """Queue a job. ``scopes`` are needed to start it, by the worker that does it, and to see it;
    ``parts`` is its work, cut into what one transaction does.

    Raises ``Forbidden``, and ``Refused`` (``too_many_jobs``) when too many wait already.
    """
    needed = sorted(set(scopes))
    for scope in needed:
        actor.require(scope)
    if kind not in KINDS:
        raise LookupError(f"{kind} is no kind of job")
    with transaction.atomic():
        if Job.objects.filter(seller=seller, state__in=ACTIVE_JOB).count() >= MAX_ACTIVE:
            raise Refused(
                _("%(n)d jobs are waiting or running already. Try again when some are done.")
                % {"n": MAX_ACTIVE},
                code="too_many_jobs",
            )
        job = Job.objects.create(
            seller=seller,
            kind=kind,
            params=dict(params),
            total=total,
            scopes=needed,
            language=translation.get_language() or "en",
            time_zone=timezone.get_current_timezone_name(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name[:120],
            told=actor.kind != "user",
        )
        JobPart.objects.bulk_create(
            (
                JobPart(job=job, position=position, work=list(work))
                for position, work in enumerate(parts)
            ),
            batch_size=100,
        )
        transaction.on_commit(lambda: wake(job.pk), robust=True)
    return job


def cancel(*, seller: Seller, job: int, actor: Actor) -> Job:
    """Stop a job: at once while it waits, between two parts while it runs. What is done stays.

    Raises ``NotFound``, ``Refused`` (``finished``).
    """
    with transaction.atomic():
        found = _locked(seller, job, actor)
        if not found.active:
            raise Refused(_("This job is over already."), code="finished")
        found.cancel_asked = True
        if found.state == JobState.QUEUED and not found.attempts:
            found.state, found.finished_at = JobState.CANCELLED, timezone.now()
            found.told = True
        elif found.state == JobState.QUEUED:
            # A worker still has to make the result out of what has been done.
            found.due_at = timezone.now()
            transaction.on_commit(lambda: wake(found.pk), robust=True)
        found.save(update_fields=["cancel_asked", "state", "finished_at", "told", "due_at"])
    return found


def resume(*, seller: Seller, job: int, actor: Actor) -> Job:
    """Go on with a job that has failed or was stopped, where it stands.

    Raises ``NotFound``, ``Refused`` (``not_stopped``), ``Forbidden``.
    """
    with transaction.atomic():
        found = _locked(seller, job, actor)
        if found.state not in (JobState.FAILED, JobState.CANCELLED):
            raise Refused(_("This job has not been stopped."), code="not_stopped")
        if found.purged:
            raise Refused(_("What this job needs has been deleted."), code="purged")
        for scope in found.scopes:
            actor.require(scope)
        found.state, found.finished_at, found.due_at = JobState.QUEUED, None, timezone.now()
        found.cancel_asked, found.failure, found.setbacks = False, {}, 0
        found.told = found.actor_kind != "user"
        found.save()
        transaction.on_commit(lambda: wake(found.pk), robust=True)
    return found


def _locked(seller: Seller, job: int, actor: Actor) -> Job:
    found = visible(seller, actor).select_for_update(of=("self",)).filter(pk=job).first()
    if found is None:
        raise NotFound
    return found


def visible(seller: Seller, actor: Actor) -> Any:
    """The jobs of a seller that somebody may see: all that ask for no more than their scopes."""
    rows = Job.objects.filter(seller=seller, kind__in=known_kinds())
    if actor.scopes is not None:
        rows = rows.filter(scopes__contained_by=sorted(actor.scopes))
    return rows


def news(seller: Seller, actor: Actor) -> tuple[list[Job], list[Job]]:
    """A person's jobs that go on, and those that have ended since this was asked last."""
    rows = list(
        visible(seller, actor)
        .filter(actor_kind="user", actor_id=actor.id, told=False)
        .order_by("pk")
    )
    ended = [job for job in rows if not job.active]
    if ended:
        Job.objects.filter(pk__in=[job.pk for job in ended]).update(told=True)
    going_on = [job for job in rows if job.active]
    return going_on, ended


_TYPES = {
    "csv": "text/csv",
    "pdf": "application/pdf",
    "zpl": "application/zpl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def send_file(job: Job) -> FileResponse:
    """The result file as a download. The caller has asked ``visible``. Raises ``NotFound``."""
    if not job.result_file:
        raise NotFound
    try:
        content = job.result_file.open("rb")
    except FileNotFoundError:
        raise NotFound from None
    return FileResponse(
        content,
        as_attachment=True,
        filename=job.result_name,
        content_type=_TYPES.get(job.result_name.rpartition(".")[2], "application/octet-stream"),
    )


def failure_text(job: Job) -> str:
    """Why a job failed, in words."""
    if job.failure.get("detail"):
        return str(job.failure["detail"])
    if job.failure.get("code") == "too_long":
        return gettext("It took too long. Narrow it down and start again.")
    return gettext("Something unexpected stopped it. What was done stays; going on does the rest.")


def wake(job: int) -> None:
    """Nudge a worker; without a broker the job is found by its row."""
    from sellers.tasks import run_job as task

    try:
        task.apply_async((job,), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises
        logger.warning("job_wake_failed", extra={"error": str(error)})
