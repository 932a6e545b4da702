"""Jobs of marketplaces: one line each."""

from celery import shared_task

from marketplaces import actions


@shared_task
def purge_imports() -> None:
    """Delete files that were sent and never started."""
    actions.purge_unstarted()
