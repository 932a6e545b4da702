"""The working calendar against the published arrangements and an independent library."""

from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped]
import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from orders.calendar import DayReason, working_calendar

DAY = timedelta(days=1)
MAKE_UP_DAYS = [
    *(date(2025, m, d) for m, d in [(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)]),
    *(date(2026, m, d) for m, d in [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]),
]
any_day = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def days_of(first_year: int, last_year: int) -> list[date]:
    start = date(first_year, 1, 1)
    return [start + DAY * i for i in range((date(last_year, 12, 31) - start).days + 1)]


@pytest.mark.parametrize("day", MAKE_UP_DAYS, ids=str)
def test_published_make_up_weekends_are_working_days(day: date) -> None:
    assert day.weekday() >= 5
    assert working_calendar().is_working(day)
    assert working_calendar().reason(day) == DayReason("make_up_day")


def test_no_other_weekend_of_2025_and_2026_is_worked() -> None:
    calendar = working_calendar()
    worked = [d for d in days_of(2025, 2026) if d.weekday() >= 5 and calendar.is_working(d)]
    assert worked == MAKE_UP_DAYS


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_day_agrees_with_an_independent_library(year: int) -> None:
    calendar = working_calendar()
    different = [
        day
        for day in days_of(year, year)
        if calendar.is_working(day) != chinese_calendar.is_workday(day)
    ]
    assert different == []


@pytest.mark.parametrize("year", range(2016, 2027))
def test_table_agrees_with_the_library_it_was_built_from(year: int) -> None:
    calendar = working_calendar()
    known = country_holidays("CN", years=year, expand=False)
    different = [
        d for d in days_of(year, year) if calendar.is_working(d) != known.is_working_day(d)
    ]
    assert different == []


def test_make_up_day_in_december_for_a_notice_of_the_next_year_is_known() -> None:
    assert working_calendar().is_working(date(2011, 12, 31))


@pytest.mark.parametrize("year", range(2001, 2027))
def test_published_years_are_official(year: int) -> None:
    assert working_calendar().is_official(date(year, 6, 1))


@pytest.mark.parametrize("year", [2000, 2099, 2100, 2101])
def test_years_without_a_published_arrangement_are_provisional(year: int) -> None:
    assert not working_calendar().is_official(date(year, 6, 1))


def test_year_entered_by_ops_is_official() -> None:
    calendar = working_calendar(official_years=frozenset({2099}))
    assert calendar.is_official(date(2099, 12, 31))
    assert not calendar.is_official(date(2100, 1, 1))


def test_closure_and_extra_day_override_the_published_calendar() -> None:
    closed, extra = date(2025, 10, 9), date(2025, 10, 12)
    calendar = working_calendar(frozenset({(closed, False), (extra, True)}))
    assert (calendar.is_working(closed), calendar.is_working(extra)) == (False, True)
    assert calendar.reason(closed) == DayReason("closure")
    assert calendar.reason(extra) == DayReason("extra_day")
    assert working_calendar().is_working(closed), "another calendar must not change"


def test_make_up_day_can_be_closed() -> None:
    calendar = working_calendar(frozenset({(date(2025, 10, 11), False)}))
    assert calendar.add_working_days(date(2025, 10, 10), 1) == date(2025, 10, 13)


def test_override_that_changes_nothing_keeps_the_reason() -> None:
    calendar = working_calendar(frozenset({(date(2025, 10, 1), False), (date(2025, 10, 9), True)}))
    assert calendar.reason(date(2025, 10, 1)).code == "holiday"
    assert calendar.reason(date(2025, 10, 9)).code == "working_day"


def test_day_given_both_ways_is_closed() -> None:
    day = date(2025, 10, 9)
    assert not working_calendar(frozenset({(day, True), (day, False)})).is_working(day)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 10, 1), DayReason("holiday", ("国庆节",), ("National Day",))),
        (date(2025, 10, 6), DayReason("holiday", ("中秋节",), ("Mid-Autumn Festival",))),
        (date(2025, 6, 2), DayReason("holiday", ("端午节",), ("Dragon Boat Festival",))),
        (date(2025, 10, 12), DayReason("weekend")),
        (date(2025, 10, 9), DayReason("working_day")),
    ],
)
def test_reason_names_the_day(day: date, expected: DayReason) -> None:
    assert working_calendar().reason(day) == expected


def test_two_holidays_on_one_day_are_both_named() -> None:
    reason = working_calendar().reason(date(2020, 10, 1))
    assert set(reason.en) == {"National Day", "Mid-Autumn Festival"}
    assert set(reason.zh) == {"国庆节", "中秋节"}


def test_weekday_off_in_exchange_for_a_make_up_day_says_so() -> None:
    reason = working_calendar().reason(date(2025, 10, 8))
    assert reason.code == "moved_day_off"
    assert "2025-10-11" in reason.zh[0]


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2025, 10, 10), 0, date(2025, 10, 10)),
        (date(2025, 10, 12), 0, date(2025, 10, 13)),
        (date(2025, 10, 10), 1, date(2025, 10, 11)),
        (date(2025, 10, 11), 1, date(2025, 10, 13)),
        (date(2025, 10, 12), 1, date(2025, 10, 13)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
    ],
)
def test_adding_working_days(start: date, count: int, expected: date) -> None:
    assert working_calendar().add_working_days(start, count) == expected


def test_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        working_calendar().add_working_days(date(2025, 1, 1), -1)


def test_days_between_counts_the_end_and_not_the_start() -> None:
    calendar = working_calendar()
    assert calendar.working_days_between(date(2025, 9, 30), date(2025, 10, 11)) == 3
    assert calendar.working_days_between(date(2025, 10, 11), date(2025, 9, 30)) == -3
    assert calendar.working_days_between(date(2025, 1, 1), date(2025, 12, 31)) == 248


def test_closed_ranges_are_runs_of_days_off() -> None:
    ranges = list(working_calendar().closed_ranges(date(2025, 9, 27), date(2025, 10, 12)))
    assert ranges == [
        (date(2025, 9, 27), date(2025, 9, 27)),
        (date(2025, 10, 1), date(2025, 10, 8)),
        (date(2025, 10, 12), date(2025, 10, 12)),
    ]


def test_equal_requests_share_one_calendar() -> None:
    day = date(2025, 10, 9)
    assert working_calendar(frozenset({(day, False)})) is working_calendar(
        frozenset({(day, False)})
    )


@given(any_day, st.integers(1, 400))
def test_adding_and_counting_are_inverse(day: date, count: int) -> None:
    calendar = working_calendar()
    later = calendar.add_working_days(day, count)
    assert calendar.is_working(later)
    assert later > day
    assert calendar.working_days_between(day, later) == count


@given(any_day)
def test_reason_and_answer_agree_on_any_day(day: date) -> None:
    calendar = working_calendar()
    worked = calendar.reason(day).code in {"working_day", "make_up_day", "extra_day"}
    assert worked == calendar.is_working(day)


@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.booleans())
def test_overrides_win_on_any_day(day: date, working: bool) -> None:
    calendar = working_calendar(frozenset({(day, working)}))
    assert calendar.is_working(day) is working
    assert calendar.is_working(day + DAY) == working_calendar().is_working(day + DAY)
