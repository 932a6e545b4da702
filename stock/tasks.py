"""Jobs of stock: one line each."""

from celery import shared_task

from stock import alerts


@shared_task
def watch_stock() -> None:
    """Find SKUs that run low and tell people once."""
    alerts.watch_stock()
