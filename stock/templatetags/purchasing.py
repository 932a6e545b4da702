"""How fast things sell and how long they last, in words."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.templatetags.ui import number, tone_badge
from stock.lead_time import calendar_days
from stock.queries.speed import Speed

register = template.Library()

#: Days are told one by one up to here; what lasts longer is not urgent.
MANY_DAYS = 99
_DASH = format_html('<span class="{}">—</span>', "subtle")


@register.filter
def day(value: date | None) -> str:
    """A day as the reader writes it, “Nov 26, 2026”; a dash for none."""
    if value is None:
        return "—"
    chinese = (get_language() or "en").startswith("zh")
    return format_date(value, "medium", locale="zh_Hans" if chinese else "en")


@register.filter
def per_day(speed: Speed) -> SafeString:
    """“3.4”, with the two periods behind it on hover; a dash for what does not sell."""
    if not speed.long:
        return _DASH
    title = _("Last 7 days: %(short)s, last 30 days: %(long)s units") % {
        "short": number(speed.short),
        "long": number(speed.long),
    }
    n = speed.per_day
    shown = number(Decimal(str(round(n, 0 if n >= 10 else 1) or 0.1)))
    return format_html('<span title="{}">{}</span>', title, shown)


@register.simple_tag
def cover(days: float | None, lead_days: int) -> SafeString:
    """For how long stock lasts, marked when new goods cannot be there in time."""
    if days is None:
        return _DASH
    if days < 1:
        return tone_badge("danger", _("under a day"), "package-open")
    n = int(days)
    if n > MANY_DAYS:
        return format_html("{}", _("over %(n)s days") % {"n": number(MANY_DAYS)})
    text = ngettext("%(n)s day", "%(n)s days", n) % {"n": number(n)}
    if days < calendar_days(lead_days):
        return tone_badge("warn", text, "trending-down")
    return format_html("{}", text)
