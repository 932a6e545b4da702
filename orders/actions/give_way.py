"""Orders give way when promised units turn out not to be there (a stock take)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from core.ids import encode
from orders.actions.replan import replan
from orders.models import Order, OrderLine
from orders.states import Stage
from sellers.models import Seller
from stock.actions.levels import Loss
from stock.demand import GaveWay, fetched
from stock.models import Reservation, StockLevel


def give_way(
    *, seller: Seller, units: Mapping[int, int], reason: str, actor: Actor, at: datetime
) -> list[GaveWay]:
    """See ``stock.demand.give_way``."""
    held = list(
        Reservation.objects.filter(seller=seller, level__in=units).values_list(
            "holder_id", "level_id", "quantity"
        )
    )
    lines = {
        line.pk: line
        for line in OrderLine.objects.filter(
            seller=seller, pk__in={holder for holder, _level, _n in held}
        ).select_related("order")
    }
    in_hands = fetched(seller, list(units))
    held.sort(
        key=lambda row: (
            lines[row[0]].order.ship_by, lines[row[0]].order.paid_at, lines[row[0]].order_id, row[0]
        ),
        reverse=True,
    )  # fmt: skip
    left = dict(units)
    free = {pk: line.allocated - line.packed for pk, line in lines.items()}
    losses: list[Loss] = []
    for holder, level, quantity in held:
        n = min(left[level], quantity - in_hands.get((holder, level), 0), free[holder])
        if n > 0:
            left[level] -= n
            free[holder] -= n
            losses.append(Loss(holder, level, n))
    if short := [level for level, n in left.items() if n > 0]:
        codes = StockLevel.objects.filter(pk__in=short).values_list("sku__code", flat=True)[:5]
        raise Refused(
            _("%(skus)s: more has been picked or packed than would be left. Count again.")
            % {"skus": ", ".join(sorted(codes))},
            code="in_hands",
        )
    planned = replan(seller=seller, losses=losses, reason=reason, actor=actor, at=at)
    lost: dict[int, int] = defaultdict(int)
    for loss in losses:
        lost[lines[loss.holder].order_id] += loss.quantity
    numbers = {line.order_id: line.order.number for line in lines.values()}
    return [
        GaveWay(
            numbers[pk], encode(Order.id_prefix, pk), n, planned.stages.get(pk) == Stage.ACCEPTED
        )
        for pk, n in lost.items()
    ]
