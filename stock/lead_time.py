"""When goods that are ordered today will be there. The working calendar of a seller belongs to an
app to the right, which brings it when it starts (``provide``)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import ceil

from django.utils import timezone

from sellers.models import Seller
from sellers.zones import zone_of

AddWorkingDays = Callable[[date, int], date]


def _plain(day: date, count: int) -> date:
    """Monday to Friday, where nobody brought a calendar."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


_calendars: list[Callable[[Seller], AddWorkingDays]] = [lambda _seller: _plain]


def provide(calendar_of: Callable[[Seller], AddWorkingDays]) -> None:
    """Say how working days of a seller are counted."""
    _calendars[:] = [calendar_of]


def today_of(seller: Seller, now: datetime | None = None) -> date:
    """The day it is at the seller's."""
    zone = zone_of(seller.time_zone) or timezone.get_default_timezone()
    return (now or timezone.now()).astimezone(zone).date()


def expecting(seller: Seller, now: datetime | None = None) -> Callable[[int], date]:
    """Says for a number of working days on which day goods ordered now are there."""
    add, today = _calendars[0](seller), today_of(seller, now)
    return lambda lead_days: add(today, lead_days)


def expected_on(seller: Seller, lead_days: int, now: datetime | None = None) -> date:
    """The day on which goods ordered now are there: so many working days from today."""
    return expecting(seller, now)(lead_days)


def calendar_days(lead_days: int) -> int:
    """Working days as days in which goods are sold, a week of five for one of seven."""
    return ceil(lead_days * 7 / 5)
