"""The keys of the pages: one list from which the scripts bind them and the sheet is written.

A role never matters here: a key does nothing where what it works on is not on the page.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Shortcut(NamedTuple):
    """A key, as ``KeyboardEvent.key`` names it, and the action that a script binds to it."""

    key: str
    action: str
    label: str | Promise


SHORTCUTS: tuple[tuple[str | Promise, tuple[Shortcut, ...]], ...] = (
    (
        _("Everywhere"),
        (
            Shortcut("/", "search", _("Search")),
            Shortcut("?", "sheet", _("Show the shortcuts")),
            Shortcut("n", "notices", _("Show the notices")),
            Shortcut("Escape", "leave", _("Close, or let go of the selection")),
        ),
    ),
    (
        _("In a list"),
        (
            Shortcut("j", "next-row", _("Next row")),
            Shortcut("k", "previous-row", _("Previous row")),
            Shortcut("x", "select-row", _("Select the row, or not")),
            Shortcut("Enter", "open-row", _("Open the row")),
            Shortcut("p", "preview-row", _("Preview the row; there ← → for its neighbours")),
        ),
    ),
    (
        _("On a page"),
        (
            Shortcut("[", "previous", _("Previous one, or previous page")),
            Shortcut("]", "next", _("Next one, or next page")),
        ),
    ),
)

GO = "g"
"""Pressed before the key of a section (``core.navigation``)."""


def keys() -> dict[str, str]:
    """Key → action, for the scripts."""
    return {s.key: s.action for _group, entries in SHORTCUTS for s in entries}
