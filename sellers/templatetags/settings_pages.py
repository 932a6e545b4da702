"""The side navigation of the settings, over the apps that have settings pages."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

PAGES: tuple[tuple[str, str, str | Promise, str], ...] = (
    ("dashboard:setup", "list-checks", _("First steps"), "settings_read"),
    ("sellers:shop", "store", _("Shop and stores"), "settings_read"),
    ("orders_settings:calendar", "calendar-days", _("Calendar"), "settings_read"),
    ("orders_settings:rules", "scale", _("Rule book"), "settings_read"),
    ("orders_settings:limits", "gauge", _("Limits"), "settings_read"),
    ("stock_settings:warehouses", "warehouse", _("Warehouses"), "settings_read"),
    ("stock_settings:places", "list-ordered", _("Preferred warehouses"), "settings_read"),
    ("stock_settings:bins", "grid-3x3", _("Bins"), "settings_read"),
    ("logistics_settings:boxes", "package-open", _("Boxes"), "settings_read"),
    ("logistics_settings:packing", "scan-barcode", _("Packing"), "settings_read"),
    ("sellers:people", "users", _("People"), "settings_read"),
    ("sellers:keys", "key-round", _("API keys"), "people_write"),
    ("sellers:me", "user-round", _("Me"), ""),
)
"""URL name, icon, label, and what the role must allow. By name, since the apps to the right of
this one bring pages, too."""


@register.inclusion_tag("sellers/settings_nav.html", takes_context=True)
def settings_nav(context: Context, active: str) -> dict[str, Any]:
    """The settings pages that exist and that the role may see; ``active`` is a URL name."""
    may = context["may"]
    items = []
    for url_name, icon, label, scope in PAGES:
        if scope and not may[scope]:
            continue
        try:
            href = reverse(url_name)
        except NoReverseMatch:
            continue
        items.append({"href": href, "icon": icon, "label": label, "active": url_name == active})
    return {"items": items}
