"""Tags of what stands around every page.

Most of the frame is the same on every page and for everybody with a role and a language. Drawing it
anew would cost more than a page's own content, so it is drawn once and kept in the process.
"""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.navigation import SCOPES, THUMBS, active_section, nav_groups
from core.shortcuts import GO, keys
from core.templatetags.ui import COUNTDOWN_ICONS, THEME_COOKIE, THEMES, duration_patterns

register = template.Library()


@register.simple_tag
def standing(name: str, **values: Hashable) -> SafeString:
    """Include the template ``name``, which shows the same to everybody who reads a language: it
    knows nothing but ``values``, and is drawn once for them."""
    return _standing(name, get_language() or "", tuple(values.items()))


@lru_cache(maxsize=256)
def _standing(name: str, language: str, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return render_to_string(name, dict(values))


@register.simple_tag(takes_context=True)
def nav(context: Context) -> SafeString:
    """The main navigation: the sections that exist and that the role may see."""
    request, may = context.get("request"), context.get("may")
    scopes = SCOPES if may is None else frozenset(scope for scope in SCOPES if may[scope])
    active = active_section(request.path if request else "", scopes)
    return _nav(active, scopes, get_language() or "")


@lru_cache(maxsize=512)
def _nav(active: str, scopes: frozenset[str], language: str) -> SafeString:
    groups = nav_groups(active, scopes.__contains__)
    items = [item for group in groups for item in group.items]
    thumbs = [item for item in items if item.thumb][:THUMBS]
    rest = [item for item in items if item not in thumbs]
    return render_to_string(
        "components/nav.html",
        {
            "groups": groups,
            "thumbs": thumbs,
            "rest": rest,
            "rest_active": any(item.active for item in rest),
        },
    )


@register.inclusion_tag("components/shortcuts.html")
def shortcuts() -> dict[str, Any]:
    """The keys for the scripts, and the dialog that lists them."""
    return {"keys": {"go": GO, "keys": keys()}}


@register.inclusion_tag("components/countdown_texts.html")
def countdown_texts() -> dict[str, Any]:
    """What the countdown script needs once a page: texts and the icon of each tone."""
    return {"patterns": duration_patterns(), "icons": COUNTDOWN_ICONS}


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The colour theme the reader chose: ``light``, ``dark`` or ``system``."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else "system"
