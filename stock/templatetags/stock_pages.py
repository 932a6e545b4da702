"""The tabs over the pages of stock, also those that apps to the right bring."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

PAGES: tuple[tuple[str, str | Promise], ...] = (
    ("stock:levels", _("SKUs")),
    ("shortages:list", _("Shortages")),
    ("shortages:unmapped", _("Unknown codes")),
    ("stock:counts", _("Stock takes")),
    ("stock:transfers", _("Transfers")),
    ("stock:movements", _("Ledger")),
)


@register.inclusion_tag("components/tabs.html", takes_context=True)
def stock_tabs(context: Context, active: str, count: int | None = None) -> dict[str, Any]:
    """The tabs; ``active`` is a URL name, ``count`` stands on that tab."""
    tabs = []
    for name, label in PAGES:
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        here = name == active
        tabs.append(
            {"label": label, "href": href, "active": here, "count": count if here else None}
        )
    return {"tabs": tabs, "label": _("Stock")}
