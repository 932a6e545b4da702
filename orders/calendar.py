"""The Chinese working calendar, make-up working weekends (调休) included.

Source of the days: the `holidays` library, which carries the yearly notices of the State
Council. Asking it date by date is slow, so each year is read once into a table of working days
with a running count; everything else is arithmetic on that table.

Pure: no database, no clock. Closures, extra days and years that ops entered are passed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from holidays import country_holidays
from holidays.constants import HOLIDAY_NAME_DELIMITER

ReasonCode = Literal[
    "working_day",  # an ordinary working day
    "make_up_day",  # a weekend day worked in exchange for a day off (调休)
    "extra_day",  # opened by the seller or the platform
    "weekend",
    "holiday",  # statutory holiday, named
    "moved_day_off",  # a weekday off in exchange for a make-up day
    "closure",  # closed by the seller or the platform
]

_LANGUAGES = ("zh_CN", "en_US")


class DayReason(NamedTuple):
    """Why a day is or is not a working day; holiday names as the library gives them."""

    code: ReasonCode
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _OfficialYear:
    """One year as the library knows it, before anybody's closures."""

    first: int  # ordinal of 1 January
    working: bytes  # one byte a day, 1 = working
    make_up: frozenset[date]
    official: bool


@lru_cache(maxsize=256)
def _official_year(year: int) -> _OfficialYear:
    """The library's table of a year.

    Beyond the last published notice the library guesses silently from the lunar calendar. What
    tells a known year is that the notice's make-up days are there. A bare instance already holds
    those days of December that a notice for the *next* year moved; they say nothing about the
    year they lie in and are taken out before looking.
    """
    known = country_holidays("CN", years=year, expand=False)
    carried = country_holidays("CN", expand=False).weekend_workdays
    first = date(year, 1, 1).toordinal()
    length = date(year, 12, 31).toordinal() - first + 1
    days = [date.fromordinal(first + offset) for offset in range(length)]
    return _OfficialYear(
        first=first,
        working=bytes(known.is_working_day(day) for day in days),
        make_up=frozenset(day for day in known.weekend_workdays if day.year == year),
        official=any(day.year == year for day in known.weekend_workdays - carried),
    )


@lru_cache(maxsize=256)
def _holiday_names(year: int) -> dict[date, DayReason]:
    """Each day off of a year that the library names, in Chinese and English."""
    names: dict[date, list[tuple[str, ...]]] = {}
    moved: set[date] = set()
    for language in _LANGUAGES:
        known = country_holidays("CN", years=year, expand=False, language=language)
        # The library marks days by the wording around the name; its own labels tell which.
        substituted = known.tr(known.substituted_label).partition("%s")[0]
        observed = known.tr(known.observed_label).partition("%s")[2]
        for day, text in known.items():
            if text.startswith(substituted):
                moved.add(day)
            parts = (part.removesuffix(observed) for part in text.split(HOLIDAY_NAME_DELIMITER))
            names.setdefault(day, []).append(tuple(dict.fromkeys(parts)))
    return {
        day: DayReason("moved_day_off" if day in moved else "holiday", zh=zh, en=en)
        for day, (zh, en) in names.items()
    }


class _Year:
    """A year of one calendar: working flags, running count, list of working days."""

    __slots__ = ("days", "first", "flags", "until")

    def __init__(self, year: int, overrides: dict[date, bool]) -> None:
        base = _official_year(year)
        flags = bytearray(base.working)
        for day, working in overrides.items():
            flags[day.toordinal() - base.first] = working
        self.first = base.first
        self.flags = bytes(flags)
        #: until[i]: working days up to and including day i of the year.
        self.until = list(accumulate(flags))
        self.days = [date.fromordinal(base.first + i) for i, flag in enumerate(flags) if flag]


class WorkingCalendar:
    """Working days for somebody with these closures and extra days.

    Get one with `working_calendar()`; instances are immutable to their users and build a year
    when it is first asked for. Any year works; one that is not official is the library's guess.
    """

    def __init__(
        self,
        overrides: frozenset[tuple[date, bool]] = frozenset(),
        official_years: frozenset[int] = frozenset(),
    ) -> None:
        self._overrides: dict[int, dict[date, bool]] = {}
        # Sorted, so that a day given both ways is closed on one machine as on the other.
        for day, working in sorted(overrides, key=lambda item: (item[0], not item[1])):
            self._overrides.setdefault(day.year, {})[day] = working
        self._official_years = official_years
        self._years: dict[int, _Year] = {}

    def _year(self, year: int) -> _Year:
        table = self._years.get(year)
        if table is None:
            table = self._years[year] = _Year(year, self._overrides.get(year, {}))
        return table

    def is_working(self, day: date) -> bool:
        """Whether the day is worked."""
        year = self._year(day.year)
        return year.flags[day.toordinal() - year.first] == 1

    def is_official(self, day: date) -> bool:
        """Whether the day's year was published, or entered by ops; otherwise it is provisional."""
        return day.year in self._official_years or _official_year(day.year).official

    def add_working_days(self, day: date, count: int) -> date:
        """The count-th working day strictly after `day`; it need not be a working day itself.

        With count 0 the day itself, or the next working day when it is not one. Raises
        ValueError for a negative count.
        """
        if count < 0:
            raise ValueError(f"cannot add {count} working days: the count must not be negative")
        year = self._year(day.year)
        index = day.toordinal() - year.first
        if count == 0:
            if year.flags[index]:
                return date(day.year, day.month, day.day)
            count = 1
        position = year.until[index] + count - 1
        number = day.year
        while position >= len(year.days):
            position -= len(year.days)
            number += 1
            year = self._year(number)
        return year.days[position]

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after `day`."""
        return self.add_working_days(day, 1)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`.

        Negative when `end` is before `start`. The inverse of `add_working_days` for counts ≥ 1.
        """
        if end < start:
            return -self.working_days_between(end, start)
        first, last = self._year(start.year), self._year(end.year)
        whole = sum(len(self._year(number).days) for number in range(start.year, end.year))
        return (
            whole
            + last.until[end.toordinal() - last.first]
            - first.until[start.toordinal() - first.first]
        )

    def reason(self, day: date) -> DayReason:
        """Why the day is or is not a working day.

        An override that only repeats what the day is anyway does not hide the day's own reason.
        """
        base = _official_year(day.year)
        working = self.is_working(day)
        if working != (base.working[day.toordinal() - base.first] == 1):
            return DayReason("extra_day" if working else "closure")
        if working:
            return DayReason("make_up_day" if day in base.make_up else "working_day")
        named = _holiday_names(day.year).get(date(day.year, day.month, day.day))
        return named or DayReason("weekend")

    def closed_ranges(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Runs of days that are not worked, `start` and `end` included, as (first, last)."""
        first: date | None = None
        day = start
        while day <= end:
            if self.is_working(day):
                if first is not None:
                    yield first, day - timedelta(days=1)
                    first = None
            elif first is None:
                first = day
            day += timedelta(days=1)
        if first is not None:
            yield first, end


@lru_cache(maxsize=512)
def working_calendar(
    overrides: frozenset[tuple[date, bool]] = frozenset(),
    official_years: frozenset[int] = frozenset(),
) -> WorkingCalendar:
    """The calendar with these overrides (True = worked, False = closed), shared by equal calls.

    `official_years` are years whose days off and make-up days ops entered as overrides before
    the library knew them. A day given both ways is closed.
    """
    return WorkingCalendar(overrides, official_years)
