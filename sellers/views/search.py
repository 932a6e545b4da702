"""The search of the whole shop: a page, and what the box in the top bar and the palette show."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from sellers.access import PageRequest, page
from sellers.search import COUNTED, exact_hit, missing, read, search

SHOWN = 20
SUGGESTED = 5


@page()
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """What is found by ``q``. What it names exactly is opened, unless it was only typed so far."""
    query = read(request.GET.get("q", ""))
    suggesting = bool(request.htmx)
    limit = SUGGESTED if suggesting else SHOWN
    groups = search(request.seller, request.actor, query, limit=limit)
    if not suggesting and (hit := exact_hit(groups)):
        return redirect(hit.href)
    context = {
        "query": query,
        "groups": groups,
        "counted": COUNTED,
        "missing": missing(query, groups),
    }
    template = "search/_options.html" if suggesting else "search/index.html"
    return render(request, template, context)
