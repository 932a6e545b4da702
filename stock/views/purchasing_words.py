"""Replenishments in words: badges of their states and the timeline of one."""

from datetime import date
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.ui import number, tone_badge
from stock.models import COMING, Replenishment, ReplenishmentEvent, ReplenishmentState
from stock.templatetags.purchasing import day

Kind = ReplenishmentEvent.Kind

_STATES = {
    ReplenishmentState.DRAFT: ("neutral", "pencil"),
    ReplenishmentState.ORDERED: ("info", "truck"),
    ReplenishmentState.PARTLY_RECEIVED: ("progress", "package-open"),
    ReplenishmentState.RECEIVED: ("success", "package-check"),
    ReplenishmentState.CANCELLED: ("neutral", "circle-x"),
}
_EVENTS = {
    Kind.MADE: ("file-plus", "neutral"),
    Kind.CHANGED: ("pencil", "neutral"),
    Kind.ORDERED: ("truck", "info"),
    Kind.REOPENED: ("undo-2", "neutral"),
    Kind.RECEIVED: ("package-plus", "success"),
    Kind.CANCELLED: ("circle-x", "warn"),
}


def state_badge(row: Replenishment, today: date) -> SafeString:
    """The state, and whether it is late."""
    state = ReplenishmentState(row.state)
    if state in COMING and row.expected_on is not None and row.expected_on < today:
        days = (today - row.expected_on).days
        text = ngettext("%(n)s day late", "%(n)s days late", days) % {"n": number(days)}
        return tone_badge("danger", text, "clock-alert")
    tone, icon = _STATES[state]
    return tone_badge(tone, str(state.label), icon)


def timeline(row: Replenishment) -> list[dict[str, Any]]:
    """What happened, newest first. One query."""
    return [_item(event) for event in row.events.order_by("-pk")]


def _item(event: ReplenishmentEvent) -> dict[str, Any]:
    icon, tone = _EVENTS[Kind(event.kind)]
    units = ngettext("%(n)s unit", "%(n)s units", event.units) % {"n": number(event.units)}
    note = event.note
    title = str(Kind(event.kind).label)
    if event.kind == Kind.RECEIVED:
        title = _("Delivery came in")
    if event.kind == Kind.CHANGED and note:
        title = _("Expected on another day")
        note = day(date.fromisoformat(note))
    parts = [units if event.units else "", note, _("by %(name)s") % {"name": event.actor}]
    return {
        "title": title,
        "at": event.at,
        "icon": icon,
        "tone": tone,
        "note": " · ".join(filter(None, parts)),
    }
