"""Jobs: long work with its progress and its result."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Stopped")


#: Jobs that a worker has or will have.
ACTIVE_JOB = (JobState.QUEUED, JobState.RUNNING)


def job_file_path(job: "Job", filename: str) -> str:
    """Where the result of a job is stored: below the seller; the storage keeps names apart."""
    return f"jobs/{job.seller_id}/{filename}"


class Job(PublicIdMixin, models.Model):
    """Long work that somebody asked for: what is to be done, how far it has got, what came of it.

    ``sellers.jobs`` is the only writer. ``due_at`` is when a worker may take it; while it runs, it
    is when the lease of its worker ends, after which another takes it up.
    """

    id_prefix = "job"

    seller = models.ForeignKey("sellers.Seller", models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=32)
    params = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=JobState.choices, default=JobState.QUEUED
    )
    done = models.PositiveIntegerField(default=0)
    #: 0 while it is not known.
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    #: What its kind shows of the result, small.
    result = models.JSONField(default=dict)
    #: Private: served only to somebody who has all of ``scopes``.
    result_file = models.FileField(upload_to=job_file_path, max_length=200, blank=True)
    result_name = models.CharField(max_length=200, blank=True)
    #: Why it failed as a whole: a stable ``code`` and a ``detail`` in words.
    failure = models.JSONField(default=dict)
    #: What somebody must be allowed to see or do to see this job.
    scopes = ArrayField(models.CharField(max_length=32), default=list)
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("by"), max_length=120)
    #: File and parts have been deleted after their time.
    purged = models.BooleanField(default=False)
    cancel_asked = models.BooleanField(default=False)
    #: Who has started it knows that it has ended.
    told = models.BooleanField(default=False)
    #: How often a worker took it; a worker whose number is past must not write any more.
    attempts = models.PositiveIntegerField(default=0)
    #: How often its worker was lost or the database sent it away.
    setbacks = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                name="job_state_known", condition=models.Q(state__in=JobState.values)
            ),
            models.CheckConstraint(
                name="job_finished_when_over",
                condition=models.Q(state__in=ACTIVE_JOB, finished_at__isnull=True)
                | (~models.Q(state__in=ACTIVE_JOB) & models.Q(finished_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="job_newest"),
            models.Index(
                fields=["due_at", "id"], name="job_due", condition=models.Q(state__in=ACTIVE_JOB)
            ),
            models.Index(
                fields=["seller", "actor_id"], name="job_untold", condition=models.Q(told=False)
            ),
            models.Index(
                fields=["finished_at", "id"],
                name="job_to_purge",
                condition=models.Q(purged=False, finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_JOB

    @property
    def percent(self) -> int | None:
        """How much is behind it; ``None`` while nobody knows."""
        return min(100, 100 * self.done // self.total) if self.total else None


class JobPart(models.Model):
    """A piece of a job that is done in one transaction. ``outcome`` is ``None`` until then, so a
    worker that was killed loses no piece and does none twice."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    work = models.JSONField(default=list)
    outcome = models.JSONField(null=True)

    class Meta:
        verbose_name = _("part of a job")
        verbose_name_plural = _("parts of jobs")
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="job_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.position}"
