"""The sheet of shortcuts and the entries of the palette."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from core.navigation import nav_groups
from core.shortcuts import SHORTCUTS
from sellers.access import PageRequest, page
from sellers.templatetags.settings_pages import PAGES

#: Pages that are no section of their own: URL name, icon, label, what the role must allow.
MORE = (
    ("stock:receive", "package-plus", _("Receive goods"), "stock:write"),
    ("stock:new", "plus", _("Add a SKU"), "stock:write"),
    ("stock:movements", "history", _("Stock movements"), "stock:read"),
    ("logistics:numbers", "scan-line", _("Enter tracking numbers"), "shipments:write"),
    ("sellers:notices", "bell", _("Notices"), ""),
    ("password_change", "key-round", _("Change password"), ""),
)

APPEARANCES = (
    ("light", "sun", _("Light appearance")),
    ("dark", "moon", _("Dark appearance")),
    ("system", "monitor", _("Appearance as the device")),
)


@page()
@require_GET
def shortcuts(request: PageRequest) -> HttpResponseBase:
    """All keys, in a dialog or on a page of their own."""
    context = {"groups": SHORTCUTS, "sections": _sections(request)}
    template = "keyboard/_sheet.html" if request.htmx else "keyboard/sheet.html"
    return render(request, template, context)


@page()
@require_GET
def palette(request: PageRequest) -> HttpResponseBase:
    """What the palette offers on every page: the pages that the role may see."""
    may = request.actor.may
    pages = [
        {"href": item.href, "icon": item.icon, "label": item.label, "key": item.key}
        for item in _sections(request)
    ]
    pages += [
        {"href": href, "icon": icon, "label": label}
        for url_name, icon, label, scope in MORE
        if (not scope or may(scope)) and (href := _reverse(url_name))
    ]
    settings = [
        {"href": href, "icon": icon, "label": label}
        for url_name, icon, label, scope in PAGES
        if (not scope or may(scope.replace("_", ":"))) and (href := _reverse(url_name))
    ]
    for entry in (*pages, *settings):
        entry["words"] = _english(entry["label"])
    context = {"pages": pages, "settings": settings, "appearances": APPEARANCES}
    return render(request, "keyboard/_palette.html", context)


def _sections(request: PageRequest) -> list[Any]:
    return [item for group in nav_groups("", request.actor.may) for item in group.items]


def _reverse(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _english(label: object) -> str:
    """What it is called in English: often quicker to type than Chinese."""
    with override("en"):
        return str(label)
