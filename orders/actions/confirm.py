"""确认收货: the buyer or the marketplace confirms; the order and its money are closed."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.actor import Actor
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome
from orders import events
from orders.actions.base import Batch
from orders.deadlines import stop_clocks
from orders.models import DeadlineKind, Order
from orders.registry import register
from orders.states import Stage
from sellers.models import Seller


@register("confirm", scope="orders:write")
@retry_on_deadlock
def confirm_orders(*, seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Confirm receipt: ``uploaded`` → ``confirmed``. Clocks that still wait for the parcel stop."""
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("confirm", seller, orders)
        if batch.go:
            Order.objects.filter(pk__in=batch.ids).update(
                stage=Stage.CONFIRMED,
                confirmed_at=now,
                delivered_at=Coalesce("delivered_at", now),
                updated_at=now,
                version=F("version") + 1,
            )
            stop_clocks(
                orders=batch.ids,
                at=now,
                kinds=[DeadlineKind.DELIVER_BY, DeadlineKind.FIRST_SCAN, DeadlineKind.SHIP_BY],
            )
            events.record("confirmed", rows=batch.keys, actor=actor, at=now)
        for row in batch.go:
            batch.done(row, Stage.CONFIRMED.value)
    return batch.outcome(orders)
