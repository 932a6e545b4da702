"""What lateness costs: booked, next, and in the end. Per currency, never added across them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from orders.models import Deadline, DeadlineKind, Order, Penalty
from orders.queries.lists import NEXT_WITHIN, deadline_q
from sellers.models import Seller

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
    """What is at stake in one currency, each amount with how many orders make it up.

    ``booked``: on orders whose clock still runs (``fined``). ``next``: steps that are due within a
    day (``fine_soon``), the first of them at ``next_at``. ``total``: what the rule book would reach
    for the orders that are overdue or due soon (``at_risk``).
    """

    currency: str
    booked: Decimal = _ZERO
    booked_orders: int = 0
    next: Decimal = _ZERO
    next_orders: int = 0
    next_at: datetime | None = None
    total: Decimal = _ZERO
    orders: int = 0


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
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for currency, amount, orders in (
        Penalty.objects.filter(overdue, seller=seller, order__seller=seller)
        .order_by()
        .values_list("order__currency")
        .annotate(total=Sum("amount"), orders=Count("order", distinct=True))
    ):
        found[currency] |= {"booked": amount, "booked_orders": orders}
    clocks = Deadline.objects.filter(
        seller=seller, kind=DeadlineKind.SHIP_BY, outcome=Deadline.Outcome.OPEN
    ).order_by()
    for currency, amount, orders in (
        clocks.filter(at_risk, order__seller=seller)
        .values_list("order__currency")
        .annotate(amount=Sum("fine_total"), orders=Count("pk"))
    ):
        found[currency] |= {"total": amount, "orders": orders}
    # A step lies after the deadline, so the range of the deadline bounds what is looked at.
    soon = now + NEXT_WITHIN
    for currency, amount, orders, first in (
        clocks.filter(Q(due_at__lte=soon), fine_at__lte=soon)
        .values_list("order__currency")
        .annotate(amount=Sum("fine_next"), orders=Count("pk"), first=Min("fine_at"))
    ):
        found[currency] |= {"next": amount, "next_orders": orders, "next_at": first}
    rows = [MoneyAtRisk(currency, **figures) for currency, figures in found.items()]
    return sorted(rows, key=lambda row: (-row.total, row.currency))
