"""The rule book as rows, read into what the arithmetic of ``orders.fines`` works on.

A version of a rule never changes once it is written, so versions are kept in memory for good.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from orders.fines import FineRule, FineStep
from orders.models import PenaltyRule

_rules: dict[int, FineRule] = {}


def fine_rule(rule: PenaltyRule, zone: str = "UTC") -> FineRule:
    """A rule with its steps as the arithmetic takes it. ``zone`` is that of the order's store."""
    steps = sorted(rule.steps.all(), key=lambda step: step.position)
    return FineRule(
        id=rule.pk,
        currency=rule.currency or None,
        zone=zone,
        steps=tuple(
            FineStep(
                id=step.pk,
                after_hours=None if step.after_hours is None else Decimal(step.after_hours),
                after_working_days=step.after_working_days,
                fixed=step.fixed,
                percent=step.percent,
                cap=step.cap,
            )
            for step in steps
        ),
        total_cap=rule.total_cap,
    )


def fine_rules(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], FineRule]:
    """Rules by (primary key, zone). Two queries for those not seen before, else none."""
    keys = set(wanted)
    missing = {pk for pk, _ in keys} - _rules.keys()
    if missing:
        for rule in PenaltyRule.objects.filter(pk__in=missing).prefetch_related("steps"):
            _rules[rule.pk] = fine_rule(rule)
    return {(pk, zone): _in_zone(_rules[pk], zone) for pk, zone in keys}


@lru_cache(maxsize=4096)
def _in_zone(rule: FineRule, zone: str) -> FineRule:
    return replace(rule, zone=zone)
