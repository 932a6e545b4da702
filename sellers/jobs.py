"""Long work: rows that say what is to be done, workers that do it, people who watch it.

An app registers a ``Kind`` of job with the function that does it. ``start`` writes a row and wakes
a worker; a worker claims the row, and while it works it extends its lease. A row whose lease has
ended has lost its worker and is taken up by the next sweep: messages are only nudges. A kind whose
effects matter cuts its work into parts and does each in ``Run.step``, one transaction with the note
that it is done, so that a killed worker does nothing twice and loses nothing.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.core.files import File
from django.db import OperationalError, transaction
from django.db.models import Q
from django.http import FileResponse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import DomainError, Forbidden, NotFound, Refused, Text
from core.locks import retry_on_deadlock
from sellers.access import actor_of_key, scopes_of, sentences
from sellers.job_models import ACTIVE_JOB, Job, JobPart, JobState
from sellers.models import ApiKey, Membership, Seller
from sellers.zones import zone_of

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: A worker that has not been heard of for so long is lost.
LEASE = timedelta(minutes=5)
#: After so long a job that is done in parts lets others have the worker.
SLICE = timedelta(minutes=1)
#: Wait after a setback, times their number; how many there may be.
PAUSE = timedelta(seconds=20)
MAX_SETBACKS = 5
#: How many jobs of a seller may wait or run.
MAX_ACTIVE = 50
#: How long results are kept, and the rows that tell of them.
KEEP_FILES = timedelta(days=14)
KEEP_ROWS = timedelta(days=365)


class Stopped(Exception):
    """Somebody has asked to stop the job."""


class Lost(Exception):
    """Another worker has taken the job over; this one must not write any more."""


class NextSlice(Exception):
    """Enough for now: let others have the worker and go on later."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of job is.

    ``run`` does it; ``finish`` (also called when somebody has stopped it) makes the result out of
    what has been done. ``title`` and ``context`` are what pages show: a sentence in the reader's
    language, and the values of ``template``. ``again`` starts a new job for what went wrong;
    ``forget`` deletes what it keeps elsewhere when its results are purged.
    """

    name: str
    label: Text
    icon: str
    run: Callable[["Run"], None]
    title: Callable[[Job], str]
    finish: Callable[["Run"], None] | None = None
    template: str = "jobs/_counts.html"
    context: Callable[[Job], Mapping[str, Any]] = field(default=lambda job: {})
    again: Callable[[Job, Seller, Actor], Job] | None = None
    again_label: Text = ""
    forget: Callable[[Sequence[Job]], None] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of job known."""
    _kinds[kind.name] = kind


def kind_of(job: Job) -> Kind:
    """The kind of a job. LookupError for one that no app has registered."""
    return _kinds[job.kind]


def known_kinds() -> list[str]:
    """The names of all kinds."""
    return list(_kinds)


# --- asking for work, stopping it ----------------------------------------------------------------


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
    if kind not in _kinds:
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


# --- watching -------------------------------------------------------------------------------------


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


# --- doing it -------------------------------------------------------------------------------------


class Run:
    """A job in the hands of a worker."""

    def __init__(self, job: Job, actor: Actor, now: datetime) -> None:
        self.job = job
        self.actor = actor
        self.seller = job.seller
        self.params: dict[str, Any] = job.params
        self._attempt = job.attempts
        self._slice_ends = now + SLICE

    def beat(self, done: int | None = None, total: int | None = None, **counts: int) -> None:
        """Say how far it is. Raises ``Stopped`` and ``Lost``: call it where it can end."""
        fields: dict[str, Any] = {"due_at": timezone.now() + LEASE}
        if done is not None:
            fields["done"] = self.job.done = done
        if total is not None:
            fields["total"] = self.job.total = total
        if counts:
            fields["counts"] = self.job.counts = self.job.counts | counts
        if not self._mine().filter(cancel_asked=False).update(**fields):
            raise Stopped if self._mine().exists() else Lost

    def check(self) -> None:
        """Raises ``Lost``."""
        if not self._mine().exists():
            raise Lost

    def step(self, work: Callable[[Job], T]) -> T:
        """Do ``work`` in a transaction that also holds the job, and save what it changes in it.

        Raises ``Stopped`` and ``Lost`` before anything is done.
        """

        @retry_on_deadlock
        def run() -> T:
            with transaction.atomic():
                job = self._mine().select_for_update(of=("self",)).first()
                if job is None:
                    raise Lost
                if job.cancel_asked:
                    raise Stopped
                result = work(job)
                job.due_at = timezone.now() + LEASE
                job.save(update_fields=["done", "total", "counts", "result", "due_at"])
            self.job.done, self.job.total = job.done, job.total
            self.job.counts, self.job.result = job.counts, job.result
            return result

        return run()

    def do_parts(self, work: Callable[[Job, JobPart], Any]) -> None:
        """Do the parts that are left, each in a ``step``; what ``work`` answers is the part's
        outcome. Raises ``NextSlice`` when others should have the worker for a while."""
        left = self.job.parts.filter(outcome__isnull=True).order_by("position")
        for pk in list(left.values_list("pk", flat=True)):

            def one(job: Job, pk: int = pk) -> None:
                part = JobPart.objects.get(pk=pk)
                part.outcome = work(job, part)
                part.save(update_fields=["outcome"])

            self.step(one)
            if timezone.now() > self._slice_ends:
                raise NextSlice

    def attach(self, file: IO[bytes], name: str, ending: str) -> None:
        """Keep the result file; people get it under ``name`` with ``ending`` (``"csv"``)."""
        file.seek(0)
        old = self.job.result_file.name
        self.job.result_file.save(f"{self.job.public_id}.{ending}", File(file), save=False)
        self.job.result_name = f"{name}.{ending}"
        saved = self._mine().update(
            result_file=self.job.result_file.name, result_name=self.job.result_name
        )
        storage = self.job.result_file.storage
        if old and saved:
            storage.delete(old)
        if not saved:
            storage.delete(str(self.job.result_file.name))
            raise Lost

    def tell(self, **result: Any) -> None:
        """Keep something of the result for the page."""
        self.job.result = self.job.result | result
        if not self._mine().update(result=self.job.result):
            raise Lost

    def end(self, state: JobState, **fields: Any) -> None:
        """The job is over. Nothing is written when another worker has taken it over."""
        self._mine().update(state=state, finished_at=timezone.now(), **fields)

    def requeue(self, after: timedelta = timedelta(), **fields: Any) -> None:
        """Back to those that wait."""
        self._mine().update(state=JobState.QUEUED, due_at=timezone.now() + after, **fields)

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self._attempt)


def due(*, now: datetime | None = None) -> list[int]:
    """Jobs that wait for a worker, or whose worker has fallen silent; the oldest first."""
    rows = Job.objects.filter(state__in=ACTIVE_JOB, due_at__lte=now or timezone.now())
    return list(rows.order_by("due_at", "id").values_list("pk", flat=True)[:100])


def run_job(job_id: int, *, now: datetime | None = None) -> bool:
    """Do a job that is due, or a slice of it; returns whether there was something to do."""
    now = now or timezone.now()
    job = _claim(job_id, now)
    if job is None:
        return False
    zone = zone_of(job.time_zone)
    with translation.override(job.language), timezone.override(zone):
        _work(job, now)
    return True


def _claim(job_id: int, now: datetime) -> Job | None:
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("seller")
            .filter(pk=job_id, state__in=ACTIVE_JOB, due_at__lte=now)
            .first()
        )
        if job is None:
            return None
        job.setbacks += job.state == JobState.RUNNING
        job.state, job.attempts, job.due_at = JobState.RUNNING, job.attempts + 1, now + LEASE
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "attempts", "setbacks", "due_at", "started_at"])
    return job


def _work(job: Job, now: datetime) -> None:
    run = Run(job, Actor.job("jobs"), now)
    try:
        kind = kind_of(job)
        if job.setbacks > MAX_SETBACKS:
            raise Refused(_("Its worker was lost several times."), code="worker_lost")
        run.actor = _actor(job)
        try:
            kind.run(run)
            state = JobState.DONE
        except Stopped:
            state = JobState.CANCELLED
        if kind.finish is not None:
            run.check()
            kind.finish(run)
        run.end(state)
    except NextSlice:
        run.requeue()
        wake(job.pk)
    except Lost:
        logger.warning("job_lost", extra={"job": job.pk})
    except OperationalError:
        # The database was away, or busy: later.
        logger.exception("job_setback", extra={"job": job.pk})
        run.requeue(PAUSE * (job.setbacks + 1), setbacks=job.setbacks + 1)
    except DomainError as error:
        run.end(JobState.FAILED, failure={"code": error.code, "detail": " ".join(sentences(error))})
    except SoftTimeLimitExceeded:
        run.end(JobState.FAILED, failure={"code": "too_long"})
    except Exception:
        logger.exception("job_failed", extra={"job": job.pk})
        run.end(JobState.FAILED, failure={"code": "unexpected"})


def failure_text(job: Job) -> str:
    """Why a job failed, in words."""
    if job.failure.get("detail"):
        return str(job.failure["detail"])
    if job.failure.get("code") == "too_long":
        return gettext("It took too long. Narrow it down and start again.")
    return gettext("Something unexpected stopped it. What was done stays; going on does the rest.")


def _actor(job: Job) -> Actor:
    """Who asked for it, with what they may do now: somebody who has left the shop since, or lost
    the right, does nothing here any more. Raises ``Forbidden``."""
    scopes: frozenset[str] | None = None
    if job.actor_kind == "user":
        member = Membership.objects.filter(
            seller=job.seller_id, user=job.actor_id, user__is_active=True
        ).first()
        scopes = scopes_of(member.role) if member else frozenset()
    elif job.actor_kind == "key" and job.actor_id is not None:
        key = ApiKey.objects.filter(
            seller=job.seller_id, pk=job.actor_id, revoked_at__isnull=True
        ).first()
        scopes = actor_of_key(key).scopes if key else frozenset()
    actor = Actor(job.actor_kind, job.actor_id, job.actor_name, scopes)  # type: ignore[arg-type]
    if not all(actor.may(scope) for scope in job.scopes):
        raise Forbidden(_("Who started it may not do this any more."), code="missing_scope")
    return actor


def wake(job: int) -> None:
    """Nudge a worker; without a broker the job is found by its row."""
    from sellers.tasks import run_job as task

    try:
        task.apply_async((job,), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises
        logger.warning("job_wake_failed", extra={"error": str(error)})


# --- tidying up -----------------------------------------------------------------------------------


def purge(*, now: datetime | None = None) -> int:
    """Delete the files and parts of jobs that ended 14 days ago, and rows after a year.

    Returns how many jobs lost their files.
    """
    now = now or timezone.now()
    old = Q(finished_at__lt=now - KEEP_FILES, purged=False)
    count = 0
    while jobs := list(Job.objects.filter(old).order_by("finished_at", "pk")[:500]):
        by_kind: dict[str, list[Job]] = {}
        for job in jobs:
            by_kind.setdefault(job.kind, []).append(job)
            if job.result_file:
                job.result_file.delete(save=False)
        for name, some in by_kind.items():
            forget = _kinds[name].forget if name in _kinds else None
            if forget is not None:
                forget(some)
        ids = [job.pk for job in jobs]
        JobPart.objects.filter(job__in=ids).delete()
        Job.objects.filter(pk__in=ids).update(result_file="", purged=True)
        count += len(jobs)
    Job.objects.filter(finished_at__lt=now - KEEP_ROWS).delete()
    return count
