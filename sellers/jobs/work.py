"""Doing long work: claiming it, keeping the lease, one part a transaction, tidying up."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.core.files import File
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import DomainError, Forbidden, Refused
from core.locks import retry_on_deadlock
from sellers.access import actor_of_key, scopes_of, sentences
from sellers.job_models import ACTIVE_JOB, Job, JobPart, JobState
from sellers.jobs.asking import wake
from sellers.jobs.kinds import KINDS, kind_of
from sellers.models import ApiKey, Membership
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
#: How long results are kept, and the rows that tell of them.
KEEP_FILES = timedelta(days=14)
KEEP_ROWS = timedelta(days=365)


class Stopped(Exception):
    """Somebody has asked to stop the job."""


class Lost(Exception):
    """Another worker has taken the job over; this one must not write any more."""


class NextSlice(Exception):
    """Enough for now: let others have the worker and go on later."""


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
            forget = KINDS[name].forget if name in KINDS else None
            if forget is not None:
                forget(some)
        ids = [job.pk for job in jobs]
        JobPart.objects.filter(job__in=ids).delete()
        Job.objects.filter(pk__in=ids).update(result_file="", purged=True)
        count += len(jobs)
    Job.objects.filter(finished_at__lt=now - KEEP_ROWS).delete()
    return count
