"""The tabs above the list of orders and their counts; what can be done with the rows below."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Text
from orders.actions.base import wrong_stage
from orders.queries import Counts
from orders.registry import registered
from orders.states import TABLE, Stage
from sellers.access import SCOPES

#: Parameters that make a tab, each with one value.
TABS = ("stage", "deadline", "on_hold", "problems")


@dataclass(frozen=True, slots=True)
class Tab:
    label: Text
    href: str
    active: bool
    count: int | None
    tone: str = ""
    icon: str = ""


def active_tab(params: QueryDict) -> tuple[str, str] | None:
    """The parameter and value of the tab the list stands on; ``None`` for all orders."""
    said = [(name, value) for name in TABS for value in params.getlist(name) if value]
    return said[0] if len(said) == 1 else None


def tab_count(counts: Counts, name: str, value: str) -> int | None:
    """The count that a tab shows; ``None`` for a condition without one."""
    if name == "stage":
        return counts.stages.get(value)
    if name == "deadline":
        return {
            "due_today": counts.due_today,
            "due_soon": counts.due_soon,
            "overdue": counts.overdue,
        }.get(value)
    if value == "true":
        return counts.on_hold if name == "on_hold" else counts.problems
    return None


def _tab(
    params: QueryDict,
    active: tuple[str, str] | None,
    label: Text,
    key: tuple[str, str] | None,
    count: int | None,
    tone: str = "",
    icon: str = "",
) -> Tab:
    """A tab's list is that of its count, so nothing else stays in its address."""
    href = f"?{key[0]}={key[1]}" if key else "?view=all"
    is_active = key == active if key else not any(params.getlist(name) for name in TABS)
    return Tab(label, href, is_active, count, tone, icon)


def stage_tabs(params: QueryDict, counts: Counts, active: tuple[str, str] | None) -> list[Tab]:
    """All orders, and one tab a stage."""
    first = _tab(params, active, gettext("All"), None, None)
    return [first] + [
        _tab(params, active, stage.label, ("stage", stage.value), counts.stages[stage.value])
        for stage in Stage
    ]


def attention_tabs(params: QueryDict, counts: Counts, active: tuple[str, str] | None) -> list[Tab]:
    """What needs somebody, above the stages."""
    wanted: list[tuple[Text, tuple[str, str], int, str, str]] = [
        (_("Overdue"), ("deadline", "overdue"), counts.overdue, "danger", "circle-alert"),
        (_("Due today"), ("deadline", "due_today"), counts.due_today, "warn", "clock-alert"),
        (_("On hold"), ("on_hold", "true"), counts.on_hold, "neutral", "pause"),
        (_("Problems"), ("problems", "true"), counts.problems, "warn", "triangle-alert"),
    ]
    return [
        _tab(params, active, label, key, count, tone, icon)
        for label, key, count, tone, icon in wanted
    ]


def bulk_actions(stage: str, actor: Actor) -> SafeString:
    """Buttons of the actions for the selected rows: those that can be, and on a stage's tab those
    that cannot, with the reason."""
    return _bulk_actions(stage, frozenset(filter(actor.may, SCOPES)), get_language() or "")


@lru_cache(maxsize=256)
def _bulk_actions(stage: str, scopes: frozenset[str], language: str) -> SafeString:
    can: list[Any] = []
    cannot: list[Any] = []
    for t in TABLE:
        reason: Text = ""
        if registered(t.name).scope not in scopes:
            reason = _("Your role does not allow this.")
        elif stage and stage not in t.sources:
            reason = wrong_stage(t, stage).detail
        sources = " ".join(sorted(t.sources))
        (cannot if reason else can).append({"action": t, "reason": reason, "sources": sources})
    context = {"can": can, "cannot": cannot, "waves": "shipments:write" in scopes}
    return render_to_string("orders/_bulk_actions.html", context)
