"""How a list is shown: its columns, how close its rows are, how many are on a page.

Three places say it, the nearest wins: the address (what somebody tries out on a saved view), the
saved view, and what the person keeps for the list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actor import Actor
from orders.actions.views import LIST, keep_settings
from orders.models import SavedView
from orders.models.views import Density
from orders.queries.views import view_in, views_for
from orders.views.columns import COLUMNS, Column, choosable, chosen
from sellers.access import PageRequest, page
from sellers.models import Membership

PAGE_SIZES = (50, 100, 200)
#: Parameters of the address that say how the list is shown, not which orders are in it.
SHOWING = ("columns", "density", "size", "cursor", "view")


@dataclass(frozen=True, slots=True)
class Layout:
    columns: list[Column]
    density: str
    size: int


def layout_of(
    params: QueryDict, view: SavedView | None, membership: Membership, actor: Actor
) -> Layout:
    """The layout of this request. What nobody knows (any more) is passed over."""
    kept: Mapping[str, Any] = membership.list_settings.get(LIST, {})
    names = (
        params.get("columns", "").split(".")
        if params.get("columns")
        else (view.columns if view else []) or kept.get("columns", [])
    )
    densities = (params.get("density"), view.density if view else "", kept.get("density"))
    sizes = (str(params.get("size")), str(kept.get("size")))
    return Layout(
        columns=chosen(names, actor),
        density=next((d for d in densities if d in Density.values), "") or Density.NORMAL,
        size=next((int(s) for s in sizes if s in map(str, PAGE_SIZES)), PAGE_SIZES[0]),
    )


@page("orders:read")
def layout(request: PageRequest) -> HttpResponseBase:
    """The form of the layout, for the list whose parameters the address repeats."""
    if request.method == "POST":
        return _change(request)
    view = view_in(request.GET, views_for(request.seller, request.user))
    now = layout_of(request.GET, view, request.membership, request.actor)
    context = {
        "choosable": [(column, column in now.columns) for column in choosable(request.actor)],
        "densities": Density.choices,
        "density": now.density,
        "sizes": PAGE_SIZES,
        "size": now.size,
        "query": request.GET.urlencode(),
    }
    template = "orders/_layout.html" if request.htmx else "orders/layout.html"
    return render(request, template, context)


def _change(request: PageRequest) -> HttpResponseBase:
    """``columns`` (names), ``density``, ``size``; ``query`` is the list that was shown.

    Kept for the person; on a saved view only tried out in the address, until it is saved there.
    """
    query = QueryDict(request.POST.get("query", "")[:8000], mutable=True)
    for name in ("columns", "density", "size", "cursor"):
        query.pop(name, None)
    wanted = request.POST.getlist("columns")
    names: Sequence[str] = [name for name in COLUMNS if name in wanted]
    density = request.POST.get("density", "")
    size = request.POST.get("size", "")
    values: dict[str, Any] = {}
    if size in map(str, PAGE_SIZES):
        values["size"] = int(size)
    if request.POST.get("reset"):
        names, density = [], ""
        values = {"size": None}
    if query.get("view", "").startswith(SavedView.id_prefix) and not request.POST.get("reset"):
        query["columns"] = ".".join(names)
        if density in Density.values:
            query["density"] = density
    else:
        values["columns"] = list(names) or None
        values["density"] = density if density in Density.values else None
        if not names and not request.POST.get("reset"):
            messages.info(request, _("No column was chosen, so the usual ones are shown."))
    keep_settings(request.membership, **values)
    return redirect(f"{reverse('orders:list')}?{query.urlencode()}")
