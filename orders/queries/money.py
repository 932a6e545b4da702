"""What lateness costs: booked, next, and in the end. Per currency, never added across them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from orders.models import Deadline, DeadlineKind, Order, Penalty
from orders.queries.lists import deadline_q
from sellers.models import Seller

#: How far ahead the next step of a fine counts as at risk now.
NEXT_WITHIN = timedelta(hours=24)
_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Fine:
    """The fine of one order: booked so far (waivers taken off), the next step, the end."""

    currency: str
    booked: Decimal = _ZERO
    next_amount: Decimal = _ZERO
    next_at: datetime | None = None
    total: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class MoneyAtRisk:
    """What is at stake in one currency.

    ``booked``: on orders whose clock still runs. ``next``: steps that are due within a day.
    ``total``: what the rule book would reach for the orders that are overdue or due soon;
    ``orders`` is how many those are.
    """

    currency: str
    booked: Decimal
    next: Decimal
    total: Decimal
    orders: int


def fines_of(orders: Iterable[Order]) -> dict[int, Fine]:
    """The fine of each order, by primary key. Two queries, however many orders."""
    by_id = {order.pk: order for order in orders}
    booked = dict(
        Penalty.objects.filter(order__in=by_id)
        .order_by()
        .values_list("order")
        .annotate(total=Sum("amount"))
    )
    clocks = {
        clock.order_id: clock
        for clock in Deadline.objects.filter(order__in=by_id, kind=DeadlineKind.SHIP_BY)
    }
    fines = {}
    for pk, order in by_id.items():
        clock = clocks.get(pk)
        running = clock is not None and clock.outcome == Deadline.Outcome.OPEN
        fines[pk] = Fine(
            currency=order.currency,
            booked=booked.get(pk, _ZERO),
            next_amount=clock.fine_next if clock and running and clock.fine_at else _ZERO,
            next_at=clock.fine_at if clock and running else None,
            total=clock.fine_total if clock and running else booked.get(pk, _ZERO),
        )
    return fines


def fine_of(order: Order) -> Fine:
    """The fine of one order."""
    return fines_of([order])[order.pk]


def money_at_risk(seller: Seller, now: datetime | None = None) -> list[MoneyAtRisk]:
    """What lateness has cost and will cost on open orders, one row per currency, largest first.

    Three queries over what is overdue or due soon, not over all open orders.
    """
    now = now or timezone.now()
    overdue = deadline_q("overdue", seller, now, "order__")
    at_risk = deadline_q("at_risk", seller, now, "order__")
    booked = dict(
        Penalty.objects.filter(overdue, seller=seller, order__seller=seller)
        .order_by()
        .values_list("currency")
        .annotate(total=Sum("amount"))
    )
    clocks = Deadline.objects.filter(
        seller=seller, kind=DeadlineKind.SHIP_BY, outcome=Deadline.Outcome.OPEN
    ).order_by()
    total = {
        currency: (amount, orders)
        for currency, amount, orders in clocks.filter(at_risk, order__seller=seller)
        .values_list("order__currency")
        .annotate(amount=Sum("fine_total"), orders=Count("pk"))
    }
    # A step lies after the deadline, so the range of the deadline bounds what is looked at.
    soon = now + NEXT_WITHIN
    upcoming = dict(
        clocks.filter(Q(due_at__lte=soon), fine_at__lte=soon)
        .values_list("order__currency")
        .annotate(amount=Sum("fine_next"))
    )
    rows = [
        MoneyAtRisk(
            currency=currency,
            booked=booked.get(currency, _ZERO),
            next=upcoming.get(currency, _ZERO),
            total=total.get(currency, (_ZERO, 0))[0],
            orders=total.get(currency, (_ZERO, 0))[1],
        )
        for currency in booked.keys() | total.keys() | upcoming.keys()
    ]
    return sorted(rows, key=lambda row: (-row.total, row.currency))
