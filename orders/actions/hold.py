"""Holds: not a stage but a reason not to touch an order. Its clock goes on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome
from orders import events
from orders.actions.base import Batch
from orders.actions.cancel import read_text
from orders.models import Hold, Order
from orders.registry import register
from sellers.models import Seller


def read_reason(value: Any) -> str:
    """A reason of ``Hold.Reason``."""
    if value not in Hold.Reason.values:
        raise ValueError(_("One of: %(reasons)s.") % {"reasons": ", ".join(Hold.Reason.values)})
    return str(value)


LONGEST_HOLD = timedelta(days=366)


def read_time(value: Any) -> datetime | None:
    """A future time as JSON or a form sends it; empty means none."""
    if value in (None, ""):
        return None
    try:
        time = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None:
        raise ValueError(_("A date and time such as 2026-11-30T18:00:00+08:00."))
    if timezone.is_naive(time):
        time = timezone.make_aware(time)
    if time <= timezone.now():
        raise ValueError(_("A time that is still to come."))
    if time > timezone.now() + LONGEST_HOLD:
        raise ValueError(_("A time within a year from now."))
    return time


@register(
    "hold",
    scope="orders:write",
    params={"reason": read_reason, "note": read_text(300), "until": read_time},
)
@retry_on_deadlock
def hold_orders(
    *,
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    reason: str = Hold.Reason.OTHER,
    note: str = "",
    until: datetime | None = None,
) -> BatchOutcome:
    """Put orders on hold, until a time or until somebody releases them.

    An order can have several holds; the same one twice is ``already``.
    """
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("hold", seller, orders)
        same = set(
            Hold.objects.filter(
                order__in=batch.ids, reason=reason, note=note, released_at__isnull=True
            ).values_list("order_id", flat=True)
        )
        for row in batch.go:
            if row.id in same:
                batch.already(row)
        batch.go = [row for row in batch.go if row.id not in same]
        if batch.go:
            Hold.objects.bulk_create(
                Hold(
                    seller=seller,
                    order_id=row.id,
                    reason=reason,
                    note=note,
                    until=until,
                    held_by=actor.name[:120],
                    held_at=now,
                )
                for row in batch.go
            )
            _mark(batch.ids, True, now)
            data = {"reason": reason, "note": note}
            if until:
                data["until"] = until.isoformat()
            events.record("held", rows=batch.keys, actor=actor, at=now, data=data)
        for row in batch.go:
            batch.done(row, row.stage)
    return batch.outcome(orders)


@register("release", scope="orders:write")
@retry_on_deadlock
def release_orders(*, seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Release all holds of orders."""
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("release", seller, orders)
        if batch.go:
            Hold.objects.filter(order__in=batch.ids, released_at__isnull=True).update(
                released_at=now, released_by=actor.name[:120]
            )
            _mark(batch.ids, False, now)
            events.record("released", rows=batch.keys, actor=actor, at=now)
        for row in batch.go:
            batch.done(row, row.stage)
    return batch.outcome(orders)


def _mark(ids: Sequence[int], on_hold: bool, at: datetime) -> None:
    Order.objects.filter(pk__in=ids).update(
        on_hold=on_hold, updated_at=at, version=F("version") + 1
    )
