"""The outbox: what must happen outside the transaction that caused it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutboxState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    CONFIRMED = "confirmed", _("Confirmed")
    REJECTED = "rejected", _("Rejected")
    UNKNOWN = "unknown", _("Unknown, to be read back")


class OutboxMessage(models.Model):
    """One piece of work for one handler, written in the transaction of its cause.

    ``due_at`` is when it may be taken; while it is ``sending`` it is when the lease of the worker
    that took it ends, after which it is taken again. So a lost broker or a killed worker delays a
    message and loses none.
    """

    topic = models.CharField(max_length=64)
    handler = models.CharField(max_length=64)
    seller_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=OutboxState.choices, default=OutboxState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")
        indexes = [
            models.Index(
                "due_at",
                "id",
                name="outbox_due",
                condition=models.Q(state__in=["queued", "sending", "unknown"]),
            ),
            models.Index(
                fields=["seller_id", "created_at"],
                name="outbox_trouble",
                condition=models.Q(state__in=["rejected", "unknown"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_state_known",
                condition=models.Q(state__in=OutboxState.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} → {self.handler} ({self.state})"
