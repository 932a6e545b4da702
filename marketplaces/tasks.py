"""Jobs of marketplaces: one line each."""

from celery import shared_task

from marketplaces import actions


@shared_task
def run_import_file(run_id: int) -> None:
    """Take the orders of one file in."""
    actions.run_file(run_id)


@shared_task
def resume_imports() -> None:
    """Take up files whose message or whose worker was lost."""
    for run_id in actions.waiting_imports():
        actions.run_file(run_id)
