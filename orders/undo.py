"""Taking back what was just done to many orders, by the actions that reverse it.

Only what leaves no trace outside can be taken back: holds and their release. Each app may add
what it can reverse.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Text
from core.outcome import BatchOutcome, RowOutcome
from orders.actions.hold import hold_orders, release_orders
from orders.models import Hold, Order
from sellers.models import Seller

#: How long after an action it can be taken back.
WITHIN = timedelta(minutes=30)

Undo = Callable[[Seller, Sequence[int], Actor], BatchOutcome]


def undo(name: str, *, seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Take an action back on the orders on which it can be; the others are refused with why."""
    return UNDO[name](seller, orders, actor)


def _undo_hold(seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """Releases orders that have no other hold than the last one."""
    open_holds = (
        Hold.objects.filter(seller=seller, order__in=orders, released_at__isnull=True)
        .order_by()
        .values_list("order")
        .annotate(n=Count("pk"), last=Max("held_at"))
    )
    since = timezone.now() - WITHIN
    only = [pk for pk, n, last in open_holds if n == 1 and last > since]
    outcome = release_orders(seller=seller, orders=only, actor=actor)
    others = set(orders) - set(only)
    outcome.rows += _refused(
        seller, others, _("It has other holds, or none any more. Look at the order.")
    )
    return outcome


def _undo_release(seller: Seller, orders: Sequence[int], actor: Actor) -> BatchOutcome:
    """The holds that were released last come back as they were, on orders that have none."""
    since = timezone.now() - WITHIN
    free = Order.objects.filter(seller=seller, pk__in=orders, on_hold=False).values("pk")
    last: dict[int, datetime | None] = {}
    again: dict[tuple[str, str, datetime | None], list[int]] = defaultdict(list)
    for hold in Hold.objects.filter(seller=seller, order__in=free, released_at__gt=since).order_by(
        "order", "-released_at", "pk"
    ):
        if last.setdefault(hold.order_id, hold.released_at) == hold.released_at:
            until = hold.until if hold.until and hold.until > timezone.now() else None
            again[hold.reason, hold.note, until].append(hold.order_id)
    rows: dict[int, RowOutcome] = {}
    for (reason, note, until), ids in again.items():
        for row in hold_orders(
            seller=seller,
            orders=ids,
            actor=actor,
            reason=reason,
            note=note,
            until=until,
        ):
            rows.setdefault(row.id, row)
    outcome = BatchOutcome(list(rows.values()))
    outcome.rows += _refused(
        seller, set(orders) - rows.keys(), _("There is nothing to take back any more.")
    )
    return outcome


def _refused(seller: Seller, orders: set[int], why: Text) -> list[RowOutcome]:
    known = Order.objects.filter(seller=seller, pk__in=orders).order_by("pk")
    return [
        RowOutcome(pk, number, "refused", stage, "not_undone", why)
        for pk, number, stage in known.values_list("pk", "number", "stage")
    ]


UNDO: dict[str, Undo] = {"hold": _undo_hold, "release": _undo_release}
