"""Every component of the pages in its states, from the templates that the pages use. For staff."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from core.outcome import BatchOutcome, RowOutcome
from core.paging import Page
from core.templatetags.ui import THEMES, TONE_ICONS
from sellers.access import PageRequest, page

TONE_LABELS = {
    "neutral": _("Cancelled"),
    "info": _("To accept"),
    "progress": _("To pack"),
    "warn": _("Due soon"),
    "danger": _("Overdue"),
    "success": _("Completed"),
}


class Sample(forms.Form):
    """One field of each kind, among them a wrong and a disabled one."""

    name = forms.CharField(label=_("Name"), help_text=_("Which system uses it, e.g. “ERP”."))
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", "—"), ("a", _("Address unclear")), ("o", _("Other"))]
    )
    email = forms.EmailField(label=_("E-mail address"))
    code = forms.CharField(label=_("SKU code"), disabled=True, initial="ali-1")
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea)
    theme = forms.ChoiceField(
        label=_("Appearance"),
        choices=[("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
        initial="light",
    )
    agreed = forms.BooleanField(label=_("Active"), required=False, initial=True)
    file = forms.FileField(label=_("File"), required=False)


@page(shop=False)
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The components side by side in both themes. Nobody else needs to know the page exists."""
    if not request.user.is_staff:
        raise Http404
    now = timezone.now()
    return render(request, "sellers/design.html", {"themes": [_samples(t, now) for t in THEMES]})


def _samples(theme: str, now: datetime) -> dict[str, Any]:
    """What one theme's column shows. Ids differ by theme, since both stand on one page."""
    typed = {
        f"{theme}-{name}": value
        for name, value in {
            "name": "ERP",
            "reason": "a",
            "email": "owner@",
            "theme": "light",
            "agreed": "on",
        }.items()
    }
    return {
        "theme": theme,
        "id": f"design-{theme}",
        "label": _("Light") if theme == "light" else _("Dark"),
        "now": now,
        "form": Sample(typed, prefix=theme),
        "tones": [(tone, TONE_LABELS[tone]) for tone in TONE_ICONS],
        "clocks": [now + timedelta(minutes=m) for m in (3 * 24 * 60 + 59, 192, -40)],
        "stages": [
            {"label": _("To accept"), "state": "done"},
            {"label": _("To allocate"), "state": "done"},
            {"label": _("To pack"), "state": "current", "value": 2, "max": 3, "note": "2/3"},
            {"label": _("To ship"), "state": "todo"},
        ],
        "steps": [
            {"label": _("File"), "state": "done"},
            {"label": _("Preview"), "state": "current"},
            {"label": _("Result"), "state": "todo"},
        ],
        "tabs": [
            {"label": _("All"), "href": "#", "active": True, "count": 12_408},
            {"label": _("To accept"), "href": "#", "count": 14},
            {"label": _("Overdue"), "href": "#", "count": 9, "tone": "danger"},
        ],
        "crumbs": [{"label": _("Orders"), "href": "#"}, {"label": "8190001001594486"}],
        "details": [
            {"label": _("Amount"), "value": "$24.50"},
            {"label": _("Fine"), "value": "$1.23"},
            {"label": _("Total"), "value": "$25.73", "total": True},
        ],
        "events": [
            {"title": _("Overdue"), "at": now - timedelta(hours=3), "tone": "danger"},
            {"title": _("To pack"), "at": now - timedelta(days=1), "tone": "progress"},
        ],
        "actions": [
            {"value": "accept", "label": _("Accept"), "icon": "check", "variant": "primary"},
            {
                "value": "cancel",
                "label": _("Cancel"),
                "icon": "x",
                "variant": "danger-quiet",
                "confirm": _("This cannot be undone."),
            },
        ],
        "rows": [
            {"number": f"81900010015944{n}", "due": now + timedelta(hours=hours), "amount": amount}
            for n, hours, amount in ((86, -9, 24.5), (87, 3, 108.09), (88, 70, 6.59))
        ],
        "page": Page(rows=[], next_cursor="n"),
        "outcome": BatchOutcome(
            [
                RowOutcome(1, "8190001001594486", "done", "accepted"),
                RowOutcome(2, "8190001001594487", "refused", "new", "on_hold", _("On hold")),
            ]
        ),
    }
