"""The working calendar of a seller as pages show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from orders.calendar import DayReason, WorkingCalendar
from orders.models import Closure
from orders.store_clock import calendars_for
from sellers.models import Seller


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month's sheet. ``mark`` is a word for the cell, empty for an ordinary day;
    ``label`` says why the day is worked or not."""

    day: date
    working: bool
    code: str
    mark: str
    label: str
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """``weeks`` start on Monday; days of the neighbouring months are ``None``."""

    first: date
    weeks: list[list[Day | None]]
    official: bool
    working_days: int


def closures_of(seller: Seller, *, since: date) -> list[Closure]:
    """The exceptions that hold for a seller from a day on, the platform's included, by day."""
    rows = Closure.objects.filter(Q(seller=seller) | Q(seller__isnull=True), day__gte=since)
    return list(rows.order_by("day", "seller_id"))


def months(seller: Seller, *, today: date, count: int = 2) -> list[Month]:
    """This month and the ones after it, on the seller's calendar. Two queries."""
    calendar = calendars_for([seller.pk])[seller.pk]
    found = []
    first = today.replace(day=1)
    for _number in range(count):
        following = (first + timedelta(days=32)).replace(day=1)
        found.append(_month(calendar, first, following, today))
        first = following
    return found


def _month(calendar: WorkingCalendar, first: date, following: date, today: date) -> Month:
    days = list(_days(calendar, first, following, today))
    cells: list[Day | None] = [*([None] * first.weekday()), *days]
    cells += [None] * (-len(cells) % 7)
    return Month(
        first=first,
        weeks=[cells[i : i + 7] for i in range(0, len(cells), 7)],
        official=calendar.is_official(first),
        working_days=sum(day.working for day in days),
    )


def _days(calendar: WorkingCalendar, first: date, following: date, today: date) -> Iterator[Day]:
    day = first
    while day < following:
        reason = calendar.reason(day)
        yield Day(
            day=day,
            working=calendar.is_working(day),
            code=reason.code,
            mark=_mark(reason),
            label=_label(reason),
            today=day == today,
        )
        day += timedelta(days=1)


def day_words(reason: DayReason) -> tuple[str, str]:
    """The mark of a day (empty for an ordinary one) and why it is worked or not."""
    return _mark(reason), _label(reason)


def _mark(reason: DayReason) -> str:
    return {
        "make_up_day": _("work"),
        "extra_day": _("extra"),
        "holiday": _("off"),
        "moved_day_off": _("off"),
        "closure": _("closed"),
    }.get(reason.code, "")


def _label(reason: DayReason) -> str:
    if reason.code == "holiday":
        names = reason.zh if (get_language() or "").startswith("zh") else reason.en
        return " / ".join(names)
    return {
        "working_day": _("Working day"),
        "make_up_day": _("Make-up working day"),
        "extra_day": _("Extra working day"),
        "weekend": _("Weekend"),
        "moved_day_off": _("Day off in exchange for a make-up day"),
        "closure": _("Closed"),
    }[reason.code]
