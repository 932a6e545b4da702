"""Settings: the working calendar and the days that differ from it."""

from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.errors import Invalid
from orders.actions.closures import add_closure, delete_closure
from orders.models import Closure
from orders.queries.calendar import closures_of, months
from sellers.access import PageRequest, own, page
from sellers.forms import add_errors


class ClosureForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    working = forms.TypedChoiceField(
        label=_("On this day"),
        choices=[("0", _("we do not work")), ("1", _("we work, although it is a day off"))],
        coerce=lambda value: value == "1",
        initial="0",
    )
    note = forms.CharField(
        label=_("Note"), max_length=120, required=False, help_text=_("E.g. “Stock-taking”.")
    )


@page("settings:read")
def index(request: PageRequest) -> HttpResponseBase:
    """This month and the next, the exceptions from today on, and a further one."""
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_closure(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The calendar has been saved. Open deadlines follow."))
            return redirect("orders_settings:calendar")
    today = timezone.localdate(timezone=ZoneInfo(request.seller.time_zone))
    sheets = months(request.seller, today=today)
    context = {
        "form": form,
        "months": sheets,
        "weekdays": sheets[0].weeks[1],
        "closures": closures_of(request.seller, since=today.replace(day=1)),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/settings_calendar.html", context, status=status)


@page("settings:write")
@require_POST
def delete(request: PageRequest, closure_id: str) -> HttpResponseBase:
    """Takes an own exception back."""
    row = own(Closure.objects.all(), request.seller, Closure.id_prefix, closure_id)
    delete_closure(seller=request.seller, closure=row.pk, actor=request.actor)
    messages.success(request, _("The entry has been removed. Open deadlines follow."))
    return redirect("orders_settings:calendar")
