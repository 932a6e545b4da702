"""Which orders a form of the list means, and what has become of them since they were counted."""

from collections.abc import Mapping
from decimal import Decimal

from django.http import HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Refused
from core.templatetags.ui import money, number
from orders.bulk import Selection, select_matching, select_named, unpack_ids
from orders.queries.rows import risk_of
from sellers.access import PageRequest, page


def selection_of(request: PageRequest) -> Selection:
    """The orders that a form means. Of all that matched when they were counted, those that match
    still; a form that says only how many there were is refused when there are others by now."""
    if picked := request.POST.get("picked"):
        return Selection(sorted(unpack_ids(picked)), request.POST.get("filter", ""))
    if not request.POST.get("all_matching"):
        return select_named(request.POST.getlist("order"))
    snapshot = request.POST.get("snapshot", "")
    selection = select_matching(
        request.seller, request.POST.get("filter", ""), request.actor, snapshot=snapshot
    )
    matched = request.POST.get("matched", "")
    if not snapshot and matched.isdecimal() and int(matched[:9]) != len(selection):
        raise Refused(
            _(
                "When the list was shown %(then)s orders matched, now it is %(now)s. Nothing was "
                "done: look at the list again and choose."
            )
            % {"then": number(int(matched[:9])), "now": number(len(selection))},
            code="selection_changed",
        )
    return selection


def drift_text(selection: Selection) -> str:
    """What has become of a selection since it was counted; empty when nothing has."""
    if not selection.drifted:
        return ""
    parts = [
        _("%(then)s orders were selected, %(now)s of them still match.")
        % {"then": number(selection.counted), "now": number(len(selection))}
    ]
    if selection.left:
        parts.append(
            ngettext(
                "%(n)s has left the filter and is left alone.",
                "%(n)s have left the filter and are left alone.",
                selection.left,
            )
            % {"n": number(selection.left)}
        )
    if selection.joined:
        parts.append(
            ngettext(
                "%(n)s has come in since and is left alone, too.",
                "%(n)s have come in since and are left alone, too.",
                selection.joined,
            )
            % {"n": number(selection.joined)}
        )
    return " ".join(parts)


@page("orders:read")
def selection(request: PageRequest) -> HttpResponseBase:
    """All orders that the list with these parameters shows: how many, which, and what they cost."""
    chosen = select_matching(request.seller, request.GET.urlencode(), request.actor)
    sees_money = request.actor.may("money:read")
    return JsonResponse(
        {
            "count": len(chosen),
            "snapshot": chosen.snapshot,
            "risk": " · ".join(risk_texts(risk_of(request.seller, chosen.ids)))
            if sees_money
            else "",
        }
    )


def risk_texts(risks: Mapping[str, tuple[Decimal, Decimal]]) -> list[str]:
    """Fines of a selection in words, one text a currency."""
    return [
        _("fined %(booked)s, next %(next)s")
        % {"booked": money(booked, currency), "next": money(coming, currency)}
        for currency, (booked, coming) in risks.items()
    ]
