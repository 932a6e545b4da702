"""The first run on other pages."""

from typing import Any

from django import template
from django.template.context import Context

from dashboard.first_run import first_run
from sellers.actions import HIDDEN

register = template.Library()


@register.inclusion_tag("dashboard/_setup_card.html", takes_context=True)
def setup_card(context: Context, empty: bool = False) -> dict[str, Any]:
    """The next step and the sample data on Today; the whole list when the shop is ``empty``.
    Nothing, and no query, once the list is hidden; nothing for those who see no settings."""
    seller, may = context["seller"], context["may"]
    found: dict[str, Any] = {"empty": empty, "may": may, "csrf_token": context.get("csrf_token")}
    if may["settings_read"] and (empty or HIDDEN not in seller.setup_marks):
        found["run"] = first_run(seller)
    return found
