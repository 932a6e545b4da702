"""Jobs of the kernel: one line each."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core import outbox


@shared_task
def deliver_outbox() -> None:
    """Deliver what is due, until nothing is."""
    while outbox.deliver_due():
        pass


@shared_task
def purge_outbox() -> None:
    """Delete delivered messages after 30 days."""
    outbox.purge_finished(before=timezone.now() - timedelta(days=30))
