"""Jobs of stock: one line each."""

from celery import shared_task

from stock import alerts
from stock.actions import files


@shared_task
def watch_stock() -> None:
    """Find SKUs that run low and tell people once."""
    alerts.watch_stock()


@shared_task
def purge_stock_files() -> None:
    """Delete files that were sent and never started."""
    files.purge_unstarted()
