"""Template tags of the interface: icons, tones, money, times, navigation, paging.

Everything shown in a table row must stay cheap, so rows are built with ``format_html`` and
cached icons instead of nested template includes.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import timezone as fixed_zone
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from babel import Locale
from babel.dates import (
    format_skeleton,
    format_timedelta,
    get_timezone_gmt,
)
from babel.numbers import format_currency, format_decimal
from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, to_locale
from lucide import IconDoesNotExist

register = template.Library()

THEMES = ("light", "dark")
THEME_COOKIE = "theme"

TONE_ICONS: Mapping[str, str] = {
    "neutral": "circle",
    "info": "info",
    "progress": "circle-dot",
    "warn": "triangle-alert",
    "danger": "octagon-alert",
    "success": "circle-check",
}
"""Tone → icon used when the caller names none. Tone is never shown by colour alone."""

MESSAGE_TONES: Mapping[str, str] = {
    "debug": "neutral",
    "info": "info",
    "success": "success",
    "warning": "warn",
    "error": "danger",
}

COUNTDOWN_ICONS: Mapping[str, str] = {
    "neutral": "clock",
    "warn": "clock-alert",
    "danger": "circle-alert",
}
DEFAULT_WARNING = timedelta(hours=4)
UNDO_PREFIX = "undo:"
EMPTY = "—"


def babel_locale() -> Locale:
    """The Babel locale of the active language, English when there is none."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))


@cache
def _drawings() -> ZipFile:
    """The icon package's archive, open. The package's own functions open it anew for each icon,
    which takes a second of the first pages of a process."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


@lru_cache(maxsize=512)
def _icon(name: str, css_class: str) -> SafeString:
    try:
        drawing = _drawings().read(f"{name}.svg").decode()
    except KeyError:
        raise IconDoesNotExist(f"The icon {name!r} does not exist.") from None
    attributes = format_html('class="{}" aria-hidden="true" focusable="false"', css_class)
    drawing = drawing.replace('xmlns="http://www.w3.org/2000/svg"', attributes, 1)
    return mark_safe(" ".join(drawing.split()))  # noqa: S308 - drawn by the icon package


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """The inline SVG ``name`` of the Lucide set, hidden from assistive technology.

    Size follows the text (1.25 em) and may be changed by ``css_class``. An unknown name
    raises ``IconDoesNotExist``, so a typing error is seen the first time.
    """
    # str.__str__ is kept by SafeString, so force plain strings for the cache and the SVG writer.
    return _icon("".join(name), f"icon {css_class}".strip())


def sprite_icon(name: str) -> SafeString:
    """The icon ``name`` as a reference into the page's ``{% icon_sprite %}``: for rows, in which
    the same few icons are repeated a hundred times."""
    return mark_safe(  # noqa: S308 - names are the code's own
        f'<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-{name}"/></svg>'
    )


@register.simple_tag
def icon_sprite(names: str) -> SafeString:
    """The drawings of icons (names with spaces) that ``sprite_icon`` refers to, once a page."""
    return _sprite(names)


@lru_cache(maxsize=16)
def _sprite(names: str) -> SafeString:
    symbols = []
    for name in names.split():
        drawing = _icon(name, "")
        inner = drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")].strip()
        symbols.append(
            f'<symbol id="i-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return mark_safe(f"<svg hidden>{''.join(symbols)}</svg>")  # noqa: S308 - of the icon package


@register.simple_tag
def tone_icon(tone: str, css_class: str = "") -> SafeString:
    """The default icon of a tone (or of a Django message level)."""
    return icon(TONE_ICONS[MESSAGE_TONES.get(tone, tone)], css_class)


@register.filter
def message_tone(level_tag: str) -> str:
    """Django message level tag → tone."""
    return MESSAGE_TONES.get(level_tag, "info")


@register.simple_tag
def tone_badge(tone: str, text: str | Promise, icon_name: str = "") -> SafeString:
    """A small label that says its tone by icon, text and colour."""
    if tone not in TONE_ICONS:
        raise template.TemplateSyntaxError(
            f"Unknown tone {tone!r}, use one of: {', '.join(TONE_ICONS)}"
        )
    return format_html(
        '<span class="badge" data-tone="{}">{}<span>{}</span></span>',
        tone,
        icon(icon_name or TONE_ICONS[tone]),
        text,
    )


@register.filter
def money(amount: Decimal | int | None, currency: str = "") -> str:
    """``amount`` in major units of ``currency`` (ISO 4217), written as the reader writes it.

    Nothing to show (``None``) is a dash. Put it into an element of class ``num``.
    """
    if amount is None or amount == "":
        return EMPTY
    return _money(amount, currency, get_language() or "en")


@lru_cache(maxsize=8192)
def _money(amount: Decimal | int, currency: str, language: str) -> str:
    return format_currency(amount, currency, locale=_locale(language))


@register.filter
def number(value: Decimal | int | None) -> str:
    """``value`` with the reader's separators of thousands and decimals; a dash for ``None``."""
    if value is None or value == "":
        return EMPTY
    return _number(value, get_language() or "en")


@lru_cache(maxsize=4096)
def _number(value: Decimal | int, language: str) -> str:
    return format_decimal(value, locale=_locale(language))


def absolute_time(moment: datetime) -> str:
    """``moment`` in the reader's zone and language, with its weekday and distance to UTC."""
    local = timezone.localtime(moment)
    pattern = _absolute(local.date(), local.utcoffset(), get_language() or "en")
    return pattern.replace("{0}", f"{local:%H:%M}")


@lru_cache(maxsize=4096)
def _absolute(day: date, offset: timedelta | None, language: str) -> str:
    """A day with its distance to UTC, in the active ``language``, with ``{0}`` for the time."""
    return gettext("{time} ({zone})").format(
        time=_day(day, "yMMMEd", language), zone=_zone(offset, language)
    )


def _date_and_time(local: datetime, skeleton: str) -> str:
    return _day(local.date(), skeleton, get_language() or "en").replace("{0}", f"{local:%H:%M}")


@lru_cache(maxsize=4096)
def _day(day: date, skeleton: str, language: str) -> str:
    """A day as the reader writes it, with ``{0}`` where its time goes."""
    locale = _locale(language)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (
        str(locale.datetime_formats["medium"])
        .replace("{1}", format_skeleton(skeleton, midnight, locale=locale))
        .replace("'", "")
    )


@lru_cache(maxsize=256)
def _zone(offset: timedelta | None, language: str) -> str:
    moment = datetime.now(fixed_zone(offset or timedelta(0)))
    return get_timezone_gmt(moment, locale=_locale(language))


@register.filter
def abstime(moment: datetime | None) -> str:
    """Date and time in the reader's zone, 24-hour clock; a dash for ``None``."""
    if moment is None:
        return EMPTY
    return _date_and_time(timezone.localtime(moment), "yMMMd")


@register.filter
def shorttime(moment: datetime | None) -> str:
    """Month, day and time in the reader's zone, where the year goes without saying."""
    if moment is None:
        return EMPTY
    return _date_and_time(timezone.localtime(moment), "MMMd")


@register.filter
def clocktime(moment: datetime) -> str:
    """The time of day in the reader's zone, on a 24-hour clock."""
    return f"{timezone.localtime(moment):%H:%M}"


@register.filter
def weekdate(day: date) -> str:
    """A day with its weekday and year, as the reader writes it."""
    return format_skeleton("yMMMEd", day, locale=babel_locale())


@register.simple_tag
def reltime(moment: datetime | None, now: datetime | None = None) -> SafeString | str:
    """How long ago (or ahead) ``moment`` is, with the exact time on hover."""
    if moment is None:
        return EMPTY
    delta = moment - (now or timezone.now())
    if abs(delta) < timedelta(minutes=1):
        text = gettext("just now")
    else:
        text = format_timedelta(
            delta,
            add_direction=True,
            format="narrow",
            threshold=1,
            locale=babel_locale(),
        )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        absolute_time(moment),
        text,
    )


def duration_patterns() -> dict[str, str]:
    """The texts of durations and countdowns, shared with the script that keeps them current."""
    return {
        "days": gettext("{days} d {hours} h"),
        "hours": gettext("{hours} h {minutes} m"),
        "minutes": gettext("{minutes} m"),
        "left": gettext("{time} left"),
        "late": gettext("late by {time}"),
    }


def duration_text(delta: timedelta, patterns: Mapping[str, str] | None = None) -> str:
    """``delta`` without its sign in its two largest units, whole minutes, rounded down."""
    patterns = patterns or duration_patterns()
    total = int(abs(delta).total_seconds()) // 60
    hours, minutes = divmod(total, 60)
    days, day_hours = divmod(hours, 24)
    if days:
        return patterns["days"].format(days=days, hours=day_hours)
    if hours:
        return patterns["hours"].format(hours=hours, minutes=minutes)
    return patterns["minutes"].format(minutes=minutes)


def countdown_tone(due: datetime, now: datetime, warn_at: datetime | None = None) -> str:
    """``danger`` from the due time on, ``warn`` from ``warn_at`` on (4 h before), else neutral."""
    if now >= due:
        return "danger"
    return "warn" if now >= (warn_at or due - DEFAULT_WARNING) else "neutral"


@register.simple_tag
def countdown(
    due: datetime | None, now: datetime | None = None, warn_at: datetime | None = None
) -> SafeString | str:
    """Time left until ``due`` or by how much it is late; a script keeps it current.

    ``warn_at`` is when it starts to warn, four hours before ``due`` unless told otherwise.
    """
    if due is None:
        return EMPTY
    now = now or timezone.now()
    tone = countdown_tone(due, now, warn_at)
    patterns = duration_patterns()
    pattern = patterns["late"] if tone == "danger" else patterns["left"]
    return format_html(
        '<time class="countdown" data-tone="{}" data-countdown data-warn="{}" datetime="{}" '
        'title="{}">{}<span>{}</span></time>',
        tone,
        (warn_at or due - DEFAULT_WARNING).isoformat(),
        due.isoformat(),
        absolute_time(due),
        icon(COUNTDOWN_ICONS[tone]),
        pattern.format(time=duration_text(due - now, patterns)),
    )


@register.filter
def initials(name: object) -> str:
    """Up to two letters for an avatar: 王小明 → 王, Ana Maria Souza → AS, ops@x.example → O."""
    words = str(name).split("@")[0].split()
    if not words:
        return "?"
    if not words[0][0].isascii() or len(words) == 1:
        return words[0][0].upper()
    return (words[0][0] + words[-1][0]).upper()


@register.filter
def undo_path(extra_tags: str | None) -> str:
    """The path in a message's ``extra_tags="undo:/path/"``; empty unless it is a local path."""
    for tag in (extra_tags or "").split():
        path = tag.removeprefix(UNDO_PREFIX)
        if path != tag and path.startswith("/") and not path.startswith(("//", "/\\")):
            return path
    return ""


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Any, summary: str = "") -> dict[str, Any]:
    """Previous and next links of a keyset page, keeping the other query parameters.

    ``page`` has ``has_next, next_cursor, has_previous, previous_cursor``; the address gets
    ``?cursor=``.
    """
    request = context["request"]

    def href(cursor: str) -> str:
        query = request.GET.copy()
        query["cursor"] = cursor
        return f"?{query.urlencode()}"

    return {
        "next": href(page.next_cursor) if page.has_next else "",
        "previous": href(page.previous_cursor) if page.has_previous else "",
        "summary": summary,
    }
