"""The main navigation: every section of the product, shown as soon as its page exists.

Entries name addresses of apps to the right of this one by their URL names, so nothing is imported.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Section(NamedTuple):
    """A section of the product. ``key`` opens it after ``g``; ``scope`` is what a role needs;
    ``thumb`` puts it into the bar at the bottom of a phone."""

    url_name: str
    icon: str
    label: Text
    key: str
    scope: str = ""
    thumb: bool = False


class NavItem(NamedTuple):
    """One entry as a page shows it; ``active`` marks the section being looked at."""

    label: Text
    icon: str
    href: str
    active: bool
    key: str = ""
    thumb: bool = False


class NavGroup(NamedTuple):
    """Entries that belong together."""

    label: Text
    items: list[NavItem]


SECTIONS: tuple[tuple[Text, tuple[Section, ...]], ...] = (
    (
        _("Work"),
        (
            Section("dashboard:today", "layout-dashboard", _("Today"), "t", "orders:read", True),
            Section("orders:list", "clipboard-list", _("Orders"), "o", "orders:read", True),
            Section("logistics:pick", "list-checks", _("Pick"), "k", "shipments:write"),
            Section(
                "logistics:pack_station",
                "scan-barcode",
                _("Pack station"),
                "b",
                "shipments:write",
                True,
            ),
            Section("logistics:shipments", "truck", _("Shipments"), "p", "shipments:read", True),
            Section("logistics:tracking", "radar", _("Tracking"), "r", "shipments:read"),
            Section("aftersales:cases", "life-buoy", _("After-sales"), "c", "orders:read"),
        ),
    ),
    (
        _("Goods"),
        (
            Section("stock:levels", "boxes", _("Stock"), "s", "stock:read", True),
            Section("shortages:list", "package-x", _("Shortages"), "h", "stock:read"),
            Section("purchasing:list", "shopping-cart", _("Purchasing"), "u", "stock:read"),
        ),
    ),
    (
        _("Data"),
        (
            Section("dashboard:reports", "chart-column", _("Reports"), "e", "reports:read"),
            Section("marketplaces:import", "file-up", _("Import"), "i", "orders:write"),
            Section("jobs:list", "list-todo", _("Jobs"), "j"),
        ),
    ),
    ("", (Section("sellers:settings", "settings", _("Settings"), ","),)),
)
"""All sections by group, in the order of the side bar."""

SCOPES = frozenset(s.scope for _label, sections in SECTIONS for s in sections if s.scope)
"""What sections ask of a role."""

#: How many entries the bar of a phone holds beside "More".
THUMBS = 4


def nav_groups(path: str, may: Callable[[str], bool] = lambda scope: True) -> list[NavGroup]:
    """The sections whose pages exist and that the role may see, without empty groups. The one
    with the longest matching address is active."""
    scopes = frozenset(filter(may, SCOPES))
    active = active_section(path, scopes)
    return [
        NavGroup(label, [_item(section, href, href == active) for section, href in rows])
        for label, rows in _found(scopes, settings.ROOT_URLCONF)
    ]


def active_section(path: str, scopes: frozenset[str]) -> str:
    """The address of the section that a page belongs to, of those with these scopes; empty for
    none."""
    return max(
        (
            href
            for _label, rows in _found(scopes, settings.ROOT_URLCONF)
            for _section, href in rows
            if _inside(path, href)
        ),
        key=len,
        default="",
    )


@lru_cache(maxsize=64)
def _found(
    scopes: frozenset[str], urlconf: str
) -> tuple[tuple[Text, tuple[tuple[Section, str], ...]], ...]:
    """Groups with the sections that there are, and their addresses (of ``urlconf``)."""
    found = (
        (
            label,
            tuple(
                (section, href)
                for section in sections
                if (not section.scope or section.scope in scopes) and (href := _href(section))
            ),
        )
        for label, sections in SECTIONS
    )
    return tuple((label, rows) for label, rows in found if rows)


def _href(section: Section) -> str:
    try:
        return reverse(section.url_name)
    except NoReverseMatch:
        return ""


def _inside(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href))


def _item(section: Section, href: str, active: bool) -> NavItem:
    return NavItem(section.label, section.icon, href, active, section.key, section.thumb)
