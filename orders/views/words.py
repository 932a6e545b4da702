"""Bits of an order as pages show them."""

from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django_countries import countries

from core.templatetags.ui import tone_badge
from orders.models import Order
from orders.states import Stage

STAGE_LOOKS: dict[str, tuple[str, str]] = {
    Stage.NEW: ("info", "inbox"),
    Stage.ACCEPTED: ("progress", "clipboard-check"),
    Stage.STOCKED: ("progress", "boxes"),
    Stage.PACKED: ("progress", "package"),
    Stage.SHIPPED: ("progress", "truck"),
    Stage.UPLOADED: ("neutral", "cloud-upload"),
    Stage.CONFIRMED: ("success", "circle-check-big"),
    Stage.CANCELLED: ("neutral", "circle-x"),
}
"""Stage → tone and icon of its badge."""

_NEXT = {
    Stage.NEW: "allocated",
    Stage.ACCEPTED: "allocated",
    Stage.STOCKED: "packed",
    Stage.PACKED: "shipped",
    Stage.SHIPPED: "uploaded",
}


def stage_badge(stage: str) -> SafeString:
    """A stage as a badge."""
    tone, icon = STAGE_LOOKS[stage]
    return tone_badge(tone, Stage(stage).label, icon)


def progress_of(order: Order) -> tuple[int, int] | None:
    """How many of an order's units have come further than its stage says: (units, of all)."""
    counter = _NEXT.get(Stage(order.stage))
    n: int = getattr(order, counter) if counter else 0
    return (n, order.units) if 0 < n < order.units else None


def masked(name: str) -> str:
    """A buyer's name for people who need not know it: its first letter."""
    return f"{name[0]}•••" if name else "—"


@lru_cache(maxsize=1024)
def _country(code: str, language: str) -> str:
    return str(countries.name(code)) or code


def country_name(code: str) -> str:
    """A country by its ISO code, in the reader's language."""
    return _country(code, get_language() or "en")


def country_choices() -> list[tuple[str, str]]:
    """All countries for a form, by name in the reader's language."""
    return list(countries)


@lru_cache(maxsize=8)
def _options(language: str) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', list(countries))


def country_options(chosen: str) -> SafeString:
    """The options of a country filter; what is chosen stands first."""
    first = (
        format_html('<option value="{}" selected>{}</option>', chosen, country_name(chosen))
        if chosen
        else ""
    )
    return format_html(
        '{}<option value="">{}</option>{}',
        first,
        gettext("All countries"),
        _options(get_language() or "en"),
    )
