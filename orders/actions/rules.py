"""Editing the rule book: an edit makes a new version and closes the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid
from orders.models import PenaltyRule, PenaltyStep, StopOn, Trigger
from sellers.models import Seller, Store

MAX_STEPS = 20


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step as somebody wrote it: one of the two delays, a fixed amount, a percentage, a cap."""

    after_hours: int | None = None
    after_working_days: int | None = None
    fixed: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    cap: Decimal | None = None


def save_rule(
    *,
    seller: Seller | None,
    marketplace: str,
    mode: str,
    criterion: str,
    steps: Sequence[StepDraft],
    actor: Actor,
    trigger: str = Trigger.LATE_SHIPMENT,
    currency: str = "",
    total_cap: Decimal | None = None,
    source_note: str = "",
    is_example: bool = False,
    now: datetime | None = None,
) -> PenaltyRule:
    """Write a version of a rule that holds from now on; ``seller`` None is for everybody.

    Orders keep the version they are judged by. The version in force comes back when nothing is
    different. Raises ``Forbidden`` without ``settings:write`` and ``money:read`` (for everybody:
    staff only) and ``Invalid`` with pointers.
    """
    actor.require("settings:write")
    actor.require("money:read")
    if seller is None and actor.scopes is not None:
        raise Forbidden(_("Only staff change the rules that hold for everybody."))
    _check(marketplace, mode, trigger, criterion, currency, total_cap, steps)
    now = now or timezone.now()
    named = {
        "seller": seller,
        "marketplace": marketplace,
        "mode": mode,
        "trigger": trigger,
        "currency": currency,
    }
    with transaction.atomic():
        # There may be no row yet that could be locked.
        key = "/".join(str(getattr(v, "pk", v)) for v in named.values())
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        versions = (
            PenaltyRule.objects.filter(seller=seller)
            if seller
            else PenaltyRule.objects.filter(seller__isnull=True)
        ).filter(**{k: v for k, v in named.items() if k != "seller"})
        current = versions.filter(effective_to__isnull=True).first()
        content = (criterion, total_cap, source_note, is_example, list(steps))
        if current and content == _content(current):
            return current
        last = versions.aggregate(last=Max("version"))["last"] or 0
        versions.filter(effective_to__isnull=True).update(effective_to=now)
        rule = PenaltyRule.objects.create(
            **named,
            criterion=criterion,
            total_cap=total_cap,
            source_note=source_note,
            is_example=is_example,
            version=last + 1,
            effective_from=now,
            created_by=actor.name[:120],
            created_at=now,
        )
        PenaltyStep.objects.bulk_create(
            PenaltyStep(
                rule=rule,
                position=position,
                after_hours=step.after_hours,
                after_working_days=step.after_working_days,
                fixed=step.fixed,
                percent=step.percent,
                cap=step.cap,
            )
            for position, step in enumerate(steps, 1)
        )
    return rule


def _content(rule: PenaltyRule) -> tuple[object, ...]:
    steps = [
        StepDraft(s.after_hours, s.after_working_days, s.fixed, s.percent, s.cap)
        for s in rule.steps.order_by("position")
    ]
    return (rule.criterion, rule.total_cap, rule.source_note, rule.is_example, steps)


def _check(
    marketplace: str,
    mode: str,
    trigger: str,
    criterion: str,
    currency: str,
    total_cap: Decimal | None,
    steps: Sequence[StepDraft],
) -> None:
    errors = [
        FieldError(f"/{name}", _("This is none of the choices."), "choice")
        for name, value, choices in (
            ("marketplace", marketplace, Store.Marketplace.values),
            ("mode", mode, Store.Mode.values),
            ("trigger", trigger, Trigger.values),
            ("criterion", criterion, StopOn.values),
        )
        if value not in choices
    ]
    if currency and not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        errors.append(FieldError("/currency", _("Three capital letters, such as CNY."), "currency"))
    if total_cap is not None and total_cap < 0:
        errors.append(FieldError("/total_cap", _("Zero or more."), "negative"))
    if len(steps) > MAX_STEPS:
        errors.append(FieldError("/steps", _("At most 20 steps."), "too_many"))
    for i, step in enumerate(steps):
        if (step.after_hours is None) == (step.after_working_days is None):
            errors.append(
                FieldError(
                    f"/steps/{i}",
                    _("Say after how many hours, or after how many working days."),
                    "delay",
                )
            )
        elif not 0 <= (step.after_hours or step.after_working_days or 0) <= 8760:
            errors.append(FieldError(f"/steps/{i}", _("The delay is out of range."), "delay"))
        if step.fixed < 0 or not 0 <= step.percent < 1000 or (step.cap or 0) < 0:
            errors.append(FieldError(f"/steps/{i}", _("Amounts are zero or more."), "negative"))
    if errors:
        raise Invalid(errors=errors)
