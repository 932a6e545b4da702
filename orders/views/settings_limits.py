"""Settings: what the marketplaces tolerate, by marketplace and rate."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from orders.actions.limits import MAX_DAYS, MIN_DAYS, save_limits
from orders.models import AT_LEAST, RateKind, RateLimit
from orders.queries.limits import limits_for
from sellers.access import PageRequest, page
from sellers.forms import add_errors
from sellers.models import Store

_LEAST, _MOST = _("%(rate)s, at least (%%)"), _("%(rate)s, at most (%%)")


class LimitsForm(forms.Form):
    """The limits of one marketplace; an empty one goes back to the preset."""

    def __init__(self, data: Any, *, limits: dict[str, RateLimit], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for kind in RateKind:
            rule = limits.get(kind)
            least = kind in AT_LEAST
            self.fields[kind.value] = forms.DecimalField(
                label=(_LEAST if least else _MOST) % {"rate": kind.label},
                initial=rule.percent.normalize() if rule else None,
                min_value=Decimal(0),
                max_value=Decimal(100),
                max_digits=5,
                decimal_places=2,
                required=False,
                help_text=_help(rule),
            )
            self.fields[f"{kind.value}_days"] = forms.IntegerField(
                label=_("over so many days"),
                initial=rule.days if rule else 30,
                min_value=MIN_DAYS,
                max_value=MAX_DAYS,
                required=False,
            )

    def limits(self) -> dict[str, tuple[Decimal, int] | None]:
        """Rate → what was written, for ``save_limits``; what still stands as the preset says is
        left a preset."""
        found: dict[str, tuple[Decimal, int] | None] = {}
        for kind in RateKind:
            percent = self.cleaned_data[kind.value]
            days = self.cleaned_data[f"{kind.value}_days"] or 30
            if not {kind.value, f"{kind.value}_days"}.intersection(self.changed_data):
                continue
            found[kind.value] = None if percent is None else (percent, days)
        return found


def _help(rule: RateLimit | None) -> str:
    if rule is None:
        return gettext("No limit is known.")
    if rule.seller_id is not None:
        return gettext("Your own limit. Empty: back to the preset.")
    note = gettext(rule.source_note) if rule.source_note else ""
    return gettext("Example. %(note)s") % {"note": note} if rule.is_example else note


@page("settings:read")
def index(request: PageRequest) -> HttpResponseBase:
    """The limits for each marketplace on which the seller has a store."""
    wanted = request.POST.get("marketplace", "")
    forms_of = {
        marketplace: LimitsForm(
            request.POST if marketplace == wanted else None, limits=limits, prefix=marketplace
        )
        for marketplace, limits in sorted(limits_for(request.seller).items())
    }
    form = forms_of.get(wanted)
    if request.method == "POST":
        request.actor.require("settings:write")
    if form is not None and form.is_valid():
        try:
            save_limits(
                seller=request.seller,
                marketplace=wanted,
                limits=form.limits(),
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The limits have been saved."))
            return redirect("orders_settings:limits")
    groups = [
        {"code": code, "title": Store.Marketplace(code).label, "form": each}
        for code, each in forms_of.items()
    ]
    status = 422 if form is not None and form.errors else 200
    return render(request, "orders/settings_limits.html", {"groups": groups}, status=status)
