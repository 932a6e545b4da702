"""The rule book as a seller sees it: what holds now, what held before, what lateness costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from orders.calendar import WorkingCalendar
from orders.fine_book import fine_rule
from orders.fines import fines_due, step_due_at
from orders.models import PenaltyRule, Trigger
from sellers.models import Seller

GOODS = Decimal("100.00")
"""Goods value of the worked examples."""

_HOURS_PAST = 6


@dataclass(frozen=True, slots=True)
class Example:
    """What an order with goods of ``GOODS`` costs when so late; one of the two delays is given."""

    hours: int | None
    working_days: int | None
    fine: Decimal


def marketplaces_of(seller: Seller) -> list[tuple[str, str]]:
    """The (marketplace, mode) pairs of the seller's stores."""
    pairs = seller.stores.order_by("marketplace", "mode").values_list("marketplace", "mode")
    return list(pairs.distinct())


def rules_of(seller: Seller) -> list[PenaltyRule]:
    """All versions of rules for late shipment that a seller's orders may be judged by, with their
    steps: those to prefer first (as ``orders.store_clock`` does), then the newest. Two queries."""
    rows = (
        PenaltyRule.objects.filter(
            Q(seller__isnull=True) | Q(seller=seller), trigger=Trigger.LATE_SHIPMENT
        )
        .prefetch_related("steps")
        .order_by("-effective_from", "-version", "-pk")
    )
    return sorted(rows, key=lambda rule: (rule.seller_id is None, not rule.currency))


def in_force(rules: Sequence[PenaltyRule], marketplace: str, mode: str) -> list[PenaltyRule]:
    """Those of ``rules`` by which an order paid now is judged. A rule for any currency hides all
    that come after it."""
    found = []
    for rule in rules:
        if (rule.marketplace, rule.mode, rule.effective_to) == (marketplace, mode, None):
            found.append(rule)
            if not rule.currency:
                break
    return found


def examples(rule: PenaltyRule, calendar: WorkingCalendar, due: datetime) -> list[Example]:
    """One example for each step, some hours after it is reached; ``due`` is the missed deadline
    that they start from. Computed by the code that books fines."""
    book = fine_rule(rule)
    currency = rule.currency or "CNY"
    found = []
    for step in book.steps:
        reached = step_due_at(step, due, calendar, book.zone)
        entries = fines_due(
            book, due, None, reached + timedelta(hours=_HOURS_PAST), GOODS, currency, calendar
        )
        found.append(
            Example(
                None if step.after_hours is None else int(step.after_hours) + _HOURS_PAST,
                step.after_working_days,
                sum((entry.amount for entry in entries), Decimal("0.00")),
            )
        )
    return found
