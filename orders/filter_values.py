"""Values of the filter language that several keys share: times, numbers, patterns."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from orders.filter_keys import Reading
from orders.filter_text import FilterError, Value

LOOKUPS = {"": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_UNITS = {
    **dict.fromkeys(("m", "min", "分", "分钟"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "小时", "时"), timedelta(hours=1)),
    **dict.fromkeys(("d", "天", "日"), timedelta(days=1)),
    **dict.fromkeys(("w", "周", "星期"), timedelta(weeks=1)),
}
_SPAN = re.compile(
    rf"(\d{{1,4}}(?:\.\d{{1,2}})?)({'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)
_DAY = re.compile(r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})")
_DAYS = {
    **dict.fromkeys(("yesterday", "昨天"), -1),
    **dict.fromkeys(("today", "今天"), 0),
    **dict.fromkeys(("tomorrow", "明天"), 1),
}
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,4})?")


def number_of(value: Value) -> Decimal:
    """A number without a sign."""
    if not _NUMBER.fullmatch(value.text):
        raise bad(value, _("“%(typed)s” is no number. Examples: 10, >10, <=99.50."))
    return Decimal(value.text)


def pattern_q(column: str, text: str) -> Q:
    """The condition of a text in which ``*`` stands for anything."""
    if "*" not in text:
        return Q(**{column: text})
    if text.index("*") == len(text) - 1:
        return Q(**{f"{column}__startswith": text[:-1]})
    return Q(**{f"{column}__regex": "^" + ".*".join(map(re.escape, text.split("*"))) + "$"})


def past(column: str) -> Callable[[Value, Reading], Q]:
    """The condition of a time that lies behind us: ``<2d`` is less than two days ago."""
    return lambda value, reading: _time_q(column, value, reading, ahead=False)


def ahead(column: str) -> Callable[[Value, Reading], Q]:
    """The condition of a time to come: ``<4h`` is less than four hours left, or none."""
    return lambda value, reading: _time_q(column, value, reading, ahead=True)


def bad(value: Value, detail: Text) -> FilterError:
    """The error for a value; ``detail`` may name it as ``%(typed)s``."""
    return FilterError(detail % {"typed": value.text}, value.start, value.end)


def _time_q(column: str, value: Value, reading: Reading, *, ahead: bool) -> Q:
    text = value.text.strip().lower()
    if span := _SPAN.fullmatch(text):
        return _span_q(column, value.op, span, reading.now, ahead=ahead)
    if ".." in text:
        first, _dots, last = text.partition("..")
        q = Q()
        if first:
            q &= Q(**{f"{column}__gte": _bounds(value, first, reading)[0]})
        if last:
            q &= Q(**{f"{column}__lt": _bounds(value, last, reading)[1]})
        if value.op or not q:
            raise _no_time(value)
        return q
    start, end = _bounds(value, text, reading)
    conditions: dict[str, dict[str, Any]] = {
        "": {"gte": start, "lt": end},
        "<": {"lt": start},
        "<=": {"lt": end},
        ">": {"gte": end},
        ">=": {"gte": start},
    }
    return Q(**{f"{column}__{name}": moment for name, moment in conditions[value.op].items()})


def _span_q(column: str, op: str, span: re.Match[str], now: datetime, *, ahead: bool) -> Q:
    length = _UNITS[span[2]] * float(span[1])
    # Less time left is an earlier moment; less time ago is a later one. Without a sign: within.
    sign = op or "<"
    if ahead:
        return Q(**{f"{column}__{LOOKUPS[sign]}": now + length})
    return Q(**{f"{column}__{LOOKUPS[_MIRRORED[sign]]}": now - length})


def _bounds(value: Value, text: str, reading: Reading) -> tuple[datetime, datetime]:
    """When a day begins and ends for the shop; of a time to the minute, that minute."""
    zone = ZoneInfo(reading.seller.time_zone)
    if text in _DAYS:
        day = reading.now.astimezone(zone).date() + timedelta(days=_DAYS[text])
        return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    try:
        if match := _DAY.fullmatch(text):
            day = date(int(match[1]), int(match[2]), int(match[3]))
            return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        moment = parse_datetime(text.upper()) if _DAY.match(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise _no_time(value)
    start = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return start, start + timedelta(minutes=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _no_time(value: Value) -> FilterError:
    return bad(
        value,
        _(
            "“%(typed)s” is no time. Examples: today, <4h, >2d, 2026-11-01, >=2026-11-01, "
            "2026-11-01..2026-11-11."
        ),
    )
