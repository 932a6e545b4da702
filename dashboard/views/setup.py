"""The first run: its page, what a person says is in order, and sample data."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from dashboard.first_run import first_run
from dashboard.samples import load_samples, remove_samples
from sellers.access import PageRequest, page, safe_next
from sellers.actions import HIDDEN, mark_setup


@page("settings:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """All steps, done or not, and the sample data."""
    return render(request, "dashboard/setup.html", {"run": first_run(request.seller)})


@page("settings:write")
@require_POST
def mark(request: PageRequest) -> HttpResponseBase:
    """A person says that a step is in order (or takes it back), or hides the list."""
    name, on = request.POST.get("mark", ""), request.POST.get("on", "1") == "1"
    mark_setup(seller=request.seller, mark=name, on=on, actor=request.actor)
    if name == HIDDEN and on:
        messages.info(request, _("You find the steps again under Settings, First steps."))
    return redirect(safe_next(request, request.POST.get("next")))


@page("settings:write")
@require_POST
def load(request: PageRequest) -> HttpResponseBase:
    """Put sample data into the shop."""
    n = load_samples(seller=request.seller, actor=request.actor)
    messages.success(
        request,
        ngettext(
            "%(n)d sample order is there, with its goods and stock.",
            "%(n)d sample orders are there, with their goods and stock.",
            n,
        )
        % {"n": n},
    )
    return redirect("dashboard:today")


@page("settings:write")
@require_POST
def remove(request: PageRequest) -> HttpResponseBase:
    """Take the sample data out again."""
    try:
        n = remove_samples(seller=request.seller, actor=request.actor)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            ngettext(
                "The samples are gone: %(n)d order, its goods and its stock.",
                "The samples are gone: %(n)d orders, their goods and their stock.",
                n,
            )
            % {"n": n},
        )
    return redirect("dashboard:setup")
