"""Jobs of orders: one line each."""

from celery import shared_task

from orders import sweep


@shared_task
def sweep_deadlines() -> None:
    """Flag clocks that crossed a line, release holds that are over, book fines."""
    sweep.sweep_deadlines()


@shared_task
def compact_stage_counts() -> None:
    """Add up the stage counts."""
    sweep.compact_stage_counts()
