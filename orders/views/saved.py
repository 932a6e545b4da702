"""Saved views: tabs above the list of orders, and the page on which they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound
from orders.actions.views import (
    LIST,
    TEAM_SCOPE,
    change_view,
    create_view,
    delete_view,
    keep_settings,
    may_change,
)
from orders.models import SavedView
from orders.models.views import Density
from orders.queries.views import view_in, views_for
from orders.views.columns import COLUMNS
from orders.views.filter_bar import NARROWING
from sellers.access import PageRequest, page, sentences
from sellers.models import Membership

#: What of an address makes the list itself, and so the view.
_KEPT = ("q", *NARROWING, "sort")
#: The address of the list without any view, when a person has a default one.
ALL = "all"


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A saved view above the list."""

    view: SavedView
    href: str
    active: bool


def query_of(params: QueryDict) -> str:
    """The part of an address that a view keeps, always written the same way."""
    kept = QueryDict(mutable=True)
    for name in _KEPT:
        if values := [value for value in params.getlist(name) if value]:
            kept.setlist(name, values)
    return kept.urlencode()


def href_of(view: SavedView) -> str:
    """The list of a view."""
    query = QueryDict(view.query, mutable=True)
    query["view"] = view.public_id
    return f"{reverse('orders:list')}?{query.urlencode()}"


def default_href(membership: Membership, views: Sequence[SavedView]) -> str:
    """Where the bare address of the list leads: the person's default view, if there is one."""
    pk = membership.list_settings.get(LIST, {}).get("view")
    return next((href_of(view) for view in views if view.pk == pk), "")


def is_changed(view: SavedView, params: QueryDict, typed: str) -> bool:
    """Whether the list differs from the view. ``typed`` is ``query_of`` what the address says."""
    columns = params.get("columns", "")
    return (
        typed != view.query
        or bool(columns and columns.split(".") != view.columns)
        or bool(params.get("density") and params.get("density") != view.density)
    )


def saved_context(
    request: PageRequest, views: Sequence[SavedView], active: SavedView | None, typed: str
) -> dict[str, Any]:
    """What the template shows of saved views."""
    changed = active is not None and is_changed(active, request.GET, typed)
    return {
        "views": [ViewTab(view, href_of(view), view == active) for view in views],
        "view": active,
        "view_changed": changed,
        "view_href": href_of(active) if active else "",
        "view_mine": active is not None
        and may_change(active, membership=request.membership, actor=request.actor),
        "may_share": request.actor.may(TEAM_SCOPE),
        "view_query": typed,
        "view_columns": request.GET.get("columns", ""),
        "view_density": request.GET.get("density", ""),
    }


def _posted(request: PageRequest) -> dict[str, Any]:
    """The list that a form describes."""
    columns = request.POST.get("columns", "").split(".")
    density = request.POST.get("density", "")
    return {
        "query": query_of(QueryDict(request.POST.get("query", "")[:8000])),
        "columns": [name for name in COLUMNS if name in columns],
        "density": density if density in Density.values else "",
    }


@page("orders:read")
def saved(request: PageRequest) -> HttpResponseBase:
    """The views that a person sees; a POST keeps the list it describes as a new one."""
    if request.method == "POST":
        try:
            view = create_view(
                seller=request.seller,
                membership=request.membership,
                actor=request.actor,
                name=request.POST.get("name", ""),
                shared=bool(request.POST.get("shared")),
                **_posted(request),
            )
        except DomainError as error:
            for sentence in sentences(error):
                messages.error(request, sentence)
            return redirect(f"{reverse('orders:list')}?{request.POST.get('query', '')[:8000]}")
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
        return redirect(href_of(view))
    default = request.membership.list_settings.get(LIST, {}).get("view")
    rows = [
        {
            "view": view,
            "href": href_of(view),
            "mine": may_change(view, membership=request.membership, actor=request.actor),
            "default": view.pk == default,
        }
        for view in views_for(request.seller, request.user)
    ]
    context = {"rows": rows, "may_share": request.actor.may(TEAM_SCOPE)}
    return render(request, "orders/saved.html", context)


@page("orders:read")
@require_POST
def change_saved(request: PageRequest, view_id: str) -> HttpResponseBase:
    """``do``: ``update`` (to the list described), ``rename``, ``share``, ``unshare``, ``default``,
    ``no_default``, ``delete``."""
    view = view_in(QueryDict(f"view={view_id}"), views_for(request.seller, request.user))
    if view is None:
        raise NotFound
    who: dict[str, Any] = {"membership": request.membership, "actor": request.actor}
    name = view.name
    match request.POST.get("do"):
        case "update":
            change_view(view, **who, **_posted(request))
            messages.success(request, _("The view “%(name)s” is changed.") % {"name": name})
            return redirect(href_of(view))
        case "rename":
            change_view(view, **who, name=request.POST.get("name", ""))
            messages.success(request, _("The view is now called “%(name)s”.") % {"name": view.name})
        case "share" | "unshare" as do:
            change_view(view, **who, shared=do == "share")
            text = (
                _("Everybody in the shop sees “%(name)s” now.")
                if view.shared
                else _("“%(name)s” is its owner's own again.")
            )
            messages.success(request, text % {"name": name})
        case "default":
            keep_settings(request.membership, view=view.pk)
            messages.success(request, _("Orders open with “%(name)s” now.") % {"name": name})
        case "no_default":
            keep_settings(request.membership, view=None)
            messages.success(request, _("Orders open with all orders again."))
        case "delete":
            delete_view(view, **who)
            messages.success(request, _("The view “%(name)s” is deleted.") % {"name": name})
        case _:
            raise NotFound
    return redirect("orders:views")
