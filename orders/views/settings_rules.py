"""Settings: the rule book, by marketplace and mode."""

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotFound
from core.templatetags.ui import babel_locale, money
from orders.actions.rules import save_rule
from orders.calendar import WorkingCalendar
from orders.forms import RuleForm, StepFormSet, steps_as_typed
from orders.models import PenaltyRule, PenaltyStep
from orders.queries.rules import GOODS, examples, in_force, marketplaces_of, rules_of
from orders.store_clock import calendars_for
from sellers.access import PageRequest, page
from sellers.forms import add_errors
from sellers.models import Store


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """A version of a rule as a person reads it; each line of ``steps`` and ``examples`` is (how
    late, what it costs)."""

    rule: PenaltyRule
    steps: list[tuple[str, str]]
    examples: list[tuple[str, str]]
    total_cap: str


@page("settings:read")
def index(request: PageRequest) -> HttpResponseBase:
    """What holds now for each marketplace on which the seller has a store."""
    request.actor.require("money:read")
    rules = rules_of(request.seller)
    calendar = calendars_for([request.seller.pk])[request.seller.pk]
    groups = [
        {
            "marketplace": marketplace,
            "mode": mode,
            "title": title(marketplace, mode),
            "rules": [in_words(r, calendar) for r in in_force(rules, marketplace, mode)],
        }
        for marketplace, mode in marketplaces_of(request.seller)
    ]
    return render(
        request, "orders/settings_rules.html", {"groups": groups, "goods": _amount(GOODS, "")}
    )


@page("settings:read")
def rule(request: PageRequest, marketplace: str, mode: str) -> HttpResponseBase:
    """The rule for one marketplace and mode: edit it into a new version, see the earlier ones.

    ``?currency=`` picks one of several that hold side by side.
    """
    request.actor.require("money:read")
    if marketplace not in Store.Marketplace.values or mode not in Store.Mode.values:
        raise NotFound
    rules = [r for r in rules_of(request.seller) if (r.marketplace, r.mode) == (marketplace, mode)]
    now = in_force(rules, marketplace, mode)
    wanted = request.GET.get("currency", "")
    current = next((r for r in now if r.currency == wanted), now[-1] if now else None)
    form = RuleForm(request.POST or None, initial=_typed(current))
    steps = StepFormSet(
        request.POST or None, initial=steps_as_typed(current) if current else None, prefix="step"
    )
    if request.method == "POST" and form.is_valid() and steps.is_valid():
        try:
            saved = save_rule(
                seller=request.seller,
                marketplace=marketplace,
                mode=mode,
                steps=[draft for draft in (f.draft() for f in steps) if draft],
                actor=request.actor,
                **form.cleaned_data,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(
                request,
                _("Version %(version)s holds for orders paid from now on.")
                % {"version": saved.version},
            )
            return redirect("orders_settings:rules")
    calendar = calendars_for([request.seller.pk])[request.seller.pk]
    context = {
        "form": form,
        "steps": steps,
        "title": title(marketplace, mode),
        "current": current,
        "goods": _amount(GOODS, ""),
        "history": [in_words(r, calendar) for r in rules],
    }
    wrong = form.errors or (steps.is_bound and not steps.is_valid())
    return render(request, "orders/settings_rule.html", context, status=422 if wrong else 200)


def title(marketplace: str, mode: str) -> str:
    """E.g. “AliExpress · Semi-managed”."""
    return gettext("%(marketplace)s · %(mode)s") % {
        "marketplace": Store.Marketplace(marketplace).label,
        "mode": Store.Mode(mode).label,
    }


def in_words(rule: PenaltyRule, calendar: WorkingCalendar) -> RuleInWords:
    """A version of a rule with its steps and its worked examples."""
    steps = sorted(rule.steps.all(), key=lambda step: step.position)
    return RuleInWords(
        rule,
        [
            (delay_text(step.after_hours, step.after_working_days), cost_text(step, rule.currency))
            for step in steps
        ],
        [
            (delay_text(example.hours, example.working_days), _amount(example.fine, rule.currency))
            for example in examples(rule, calendar, timezone.now())
        ],
        "" if rule.total_cap is None else _amount(rule.total_cap, rule.currency),
    )


def delay_text(hours: int | None, working_days: int | None) -> str:
    """How late a step of a rule is reached, in words."""
    if not hours and not working_days:
        return gettext("As soon as it is late")
    if hours is not None:
        return ngettext("%(n)s hour late", "%(n)s hours late", hours) % {"n": hours}
    days = working_days or 0
    return ngettext("%(n)s working day late", "%(n)s working days late", days) % {"n": days}


def _amount(amount: Decimal, currency: str) -> str:
    """Without a currency the amount is in that of the order, which is not known here."""
    if currency:
        return money(amount, currency)
    return format_decimal(amount, format="#,##0.00", locale=babel_locale())


def cost_text(step: PenaltyStep, currency: str) -> str:
    """What a step of a rule costs, in words. Without a currency: in that of the order."""
    values = {
        "fixed": _amount(step.fixed, currency),
        "percent": f"{step.percent.normalize():f}",
        "cap": "" if step.cap is None else _amount(step.cap, currency),
    }
    text: str | Promise
    if step.fixed and step.percent:
        text = _("%(fixed)s and %(percent)s%% of the goods value")
        if step.cap is not None:
            text = _("%(fixed)s and %(percent)s%% of the goods value, at most %(cap)s")
    elif step.percent:
        text = _("%(percent)s%% of the goods value")
        if step.cap is not None:
            text = _("%(percent)s%% of the goods value, at most %(cap)s")
    else:
        return values["fixed"]
    return str(text) % values


def _typed(rule: PenaltyRule | None) -> dict[str, object]:
    if rule is None:
        return {"criterion": "uploaded"}
    note = "" if rule.seller_id is None else rule.source_note
    return {
        "criterion": rule.criterion,
        "currency": rule.currency,
        "total_cap": rule.total_cap,
        "source_note": note,
    }
