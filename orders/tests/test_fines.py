"""Fines by rule: when a step is reached, what it costs, what comes next."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817 - amounts in tables read better short
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.calendar import working_calendar
from orders.fines import (
    FineRule,
    FineStep,
    applies,
    expected_fine,
    fines_due,
    next_step_at,
    step_due_at,
)

CALENDAR = working_calendar()
SHANGHAI = "Asia/Shanghai"
DUE = datetime(2025, 11, 4, 15, 59, 59, tzinfo=UTC)  # Tue 4 Nov 23:59:59 in Shanghai
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


def after_hours(number: int, hours: str, **amounts: D) -> FineStep:
    return FineStep(number, D(hours), None, **amounts)


def after_days(number: int, days: int, **amounts: D) -> FineStep:
    return FineStep(number, None, days, **amounts)


def rule(*steps: FineStep, currency: str | None = None, total_cap: D | None = None) -> FineRule:
    return FineRule(1, currency, SHANGHAI, steps, total_cap)


LADDER = rule(
    after_hours(1, "0", fixed=D("5")),
    after_hours(2, "24", percent=D("10"), cap=D("20")),
    after_days(3, 3, fixed=D("3"), percent=D("5")),
)


def amounts(
    rule: FineRule,
    now: datetime,
    stopped_at: datetime | None = None,
    goods: str = "100",
    currency: str = "CNY",
) -> list[tuple[int, D]]:
    found = fines_due(rule, DUE, stopped_at, now, D(goods), currency, CALENDAR)
    return [(entry.step.id, entry.amount) for entry in found]


# --- when


@pytest.mark.parametrize(
    ("step", "due", "expected"),
    [
        (after_hours(1, "0"), DUE, DUE),
        (after_hours(1, "1.5"), DUE, DUE + timedelta(minutes=90)),
        (after_days(1, 0), DUE, DUE),
        (after_days(1, 1), DUE, DUE + 24 * HOUR),
        # Tue 30 Sep: the golden week lies between, Sat 11 Oct is worked.
        (
            after_days(1, 1),
            datetime(2025, 9, 30, 4, tzinfo=UTC),
            datetime(2025, 10, 9, 4, tzinfo=UTC),
        ),
        (
            after_days(1, 3),
            datetime(2025, 9, 30, 4, tzinfo=UTC),
            datetime(2025, 10, 11, 4, tzinfo=UTC),
        ),
        (
            after_days(1, 4),
            datetime(2025, 9, 30, 4, tzinfo=UTC),
            datetime(2025, 10, 13, 4, tzinfo=UTC),
        ),
        # A given deadline on Sunday 12 Oct: Monday is the first working day after it.
        (
            after_days(1, 1),
            datetime(2025, 10, 12, 4, tzinfo=UTC),
            datetime(2025, 10, 13, 4, tzinfo=UTC),
        ),
        # 20:00 UTC is already the next day in Shanghai: Fri 26 Sep 04:00, then Sun 28 Sep, worked.
        (
            after_days(1, 1),
            datetime(2025, 9, 25, 20, tzinfo=UTC),
            datetime(2025, 9, 27, 20, tzinfo=UTC),
        ),
    ],
)
def test_step_is_reached(step: FineStep, due: datetime, expected: datetime) -> None:
    assert step_due_at(step, due, CALENDAR, SHANGHAI) == expected


def test_closure_moves_a_step_counted_in_working_days() -> None:
    calendar = working_calendar(frozenset({(date(2025, 11, 5), False)}))
    assert step_due_at(after_days(1, 1), DUE, calendar, SHANGHAI) == DUE + 48 * HOUR


def test_local_time_is_kept_when_a_zone_changes_its_clocks() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    due = datetime(2025, 10, 31, 17, tzinfo=zone)
    reached = step_due_at(after_days(1, 1), due, CALENDAR, "America/Los_Angeles")
    assert reached == datetime(2025, 11, 3, 17, tzinfo=zone)
    assert reached - due.astimezone(UTC) == 73 * HOUR


# --- how much


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (DUE - MICROSECOND, []),
        (DUE, [(1, D("5.00"))]),
        (DUE + 24 * HOUR - MICROSECOND, [(1, D("5.00"))]),
        (DUE + 24 * HOUR, [(1, D("5.00")), (2, D("10.00"))]),
        (DUE + 72 * HOUR, [(1, D("5.00")), (2, D("10.00")), (3, D("8.00"))]),
        (DUE + 9000 * HOUR, [(1, D("5.00")), (2, D("10.00")), (3, D("8.00"))]),
    ],
)
def test_each_step_reached_adds_its_amount(now: datetime, expected: list[tuple[int, D]]) -> None:
    assert amounts(LADDER, now) == expected


def test_entries_bear_the_time_the_step_was_reached() -> None:
    late = fines_due(LADDER, DUE, None, DUE + 500 * HOUR, D(100), "CNY", CALENDAR)
    assert [entry.at for entry in late] == [DUE, DUE + 24 * HOUR, DUE + 72 * HOUR]


def test_step_cap_limits_fixed_and_percent_together() -> None:
    capped = rule(after_hours(1, "0", fixed=D("5"), percent=D("10"), cap=D("12.50")))
    assert amounts(capped, DUE, goods="70") == [(1, D("12.00"))]
    assert amounts(capped, DUE, goods="900") == [(1, D("12.50"))]


def test_total_cap_cuts_the_step_that_crosses_it_and_drops_the_rest() -> None:
    capped = rule(*LADDER.steps, total_cap=D("12"))
    assert amounts(capped, DUE + 500 * HOUR) == [(1, D("5.00")), (2, D("7.00"))]


@pytest.mark.parametrize(
    ("stopped_at", "ids"),
    [
        (DUE - HOUR, []),
        (DUE, []),
        (DUE + MICROSECOND, [1]),
        (DUE + 24 * HOUR, [1]),
        (DUE + 30 * HOUR, [1, 2]),
    ],
)
def test_clock_stopped_between_steps_ends_the_ladder(stopped_at: datetime, ids: list[int]) -> None:
    found = amounts(LADDER, DUE + 500 * HOUR, stopped_at)
    assert [step for step, _amount in found] == ids


@pytest.mark.parametrize(
    ("currency", "goods", "expected"),
    [
        ("CNY", "33.35", D("3.34")),  # 3.335, half up
        ("CNY", "33.34", D("3.33")),
        ("USD", "0.01", None),  # 0.001 is nothing: no entry
        ("JPY", "1005", D("101")),
        ("KRW", "1004", D("100")),
        ("KWD", "10.05", D("1.01")),  # 1.005; the ledger keeps two decimals
    ],
)
def test_amounts_are_rounded_to_the_minor_unit(
    currency: str, goods: str, expected: D | None
) -> None:
    tenth = rule(after_hours(1, "0", percent=D("10")))
    found = amounts(tenth, DUE, goods=goods, currency=currency)
    assert found == ([] if expected is None else [(1, expected)])
    if expected is not None:
        assert found[0][1].as_tuple().exponent == expected.as_tuple().exponent


def test_total_cap_is_never_exceeded_by_rounding() -> None:
    capped = rule(after_hours(1, "0", fixed=D("500")), total_cap=D("99.99"))
    assert amounts(capped, DUE, currency="JPY") == [(1, D("99"))]


def test_rule_with_a_currency_judges_only_its_own() -> None:
    dollars = rule(*LADDER.steps, currency="USD")
    assert applies(dollars, "USD")
    assert not applies(dollars, "CNY")
    assert applies(LADDER, "BRL")
    assert not applies(None, "USD")
    assert amounts(dollars, DUE, currency="CNY") == []
    assert amounts(dollars, DUE, currency="USD") == [(1, D("5.00"))]


def test_negative_goods_value_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        amounts(LADDER, DUE, goods="-1")


@pytest.mark.parametrize(("hours", "days"), [(None, None), (D(1), 1), (D(-1), None), (None, -1)])
def test_step_without_one_sensible_delay_is_refused(hours: D | None, days: int | None) -> None:
    with pytest.raises(ValueError, match=r"after hours or after|must not be negative"):
        FineStep(1, hours, days)


@pytest.mark.parametrize("field", ["fixed", "percent", "cap"])
def test_negative_amounts_of_a_step_are_refused(field: str) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        after_hours(1, "0", **{field: D("-0.01")})


# --- what is coming


@pytest.mark.parametrize(
    ("now", "reached", "next_amount", "next_at"),
    [
        (DUE - HOUR, D("0.00"), D("5.00"), DUE),
        (DUE, D("5.00"), D("10.00"), DUE + 24 * HOUR),
        (DUE + 30 * HOUR, D("15.00"), D("8.00"), DUE + 72 * HOUR),
        (DUE + 72 * HOUR, D("23.00"), D("0.00"), None),
    ],
)
def test_forecast_tells_now_next_and_total(
    now: datetime, reached: D, next_amount: D, next_at: datetime | None
) -> None:
    found = expected_fine(LADDER, DUE, None, now, D(100), "CNY", CALENDAR, booked=D("5.00"))
    assert (found.reached, found.next_amount, found.next_at) == (reached, next_amount, next_at)
    assert (found.booked, found.total, found.currency) == (D("5.00"), D("23.00"), "CNY")


def test_forecast_of_a_stopped_clock_has_nothing_coming() -> None:
    stopped = DUE + 2 * HOUR
    found = expected_fine(LADDER, DUE, stopped, DUE + 3 * HOUR, D(100), "CNY", CALENDAR)
    assert (found.reached, found.next_amount, found.next_at) == (D("5.00"), D("0.00"), None)
    assert found.total == D("5.00")


def test_forecast_of_a_clock_stopped_in_time_is_nothing() -> None:
    found = expected_fine(LADDER, DUE, DUE - HOUR, DUE + HOUR, D(100), "CNY", CALENDAR)
    assert (found.reached, found.total, found.next_at) == (D(0), D(0), None)


def test_forecast_skips_steps_that_a_cap_brings_to_nothing() -> None:
    capped = rule(*LADDER.steps, total_cap=D("5"))
    found = expected_fine(capped, DUE, None, DUE, D(100), "CNY", CALENDAR)
    assert (found.next_at, found.total) == (None, D("5.00"))


def test_forecast_without_a_rule_is_what_is_booked() -> None:
    found = expected_fine(None, DUE, None, DUE + HOUR, D(100), "JPY", CALENDAR, booked=D(7))
    assert (found.booked, found.reached, found.total, found.next_at) == (D(7), D(0), D(0), None)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (None, DUE),
        (DUE - MICROSECOND, DUE),
        (DUE, DUE + 24 * HOUR),
        (DUE + 25 * HOUR, DUE + 72 * HOUR),
        (DUE + 72 * HOUR, None),
    ],
)
def test_next_step_is_strictly_later(after: datetime | None, expected: datetime | None) -> None:
    assert next_step_at(LADDER, DUE, None, after, CALENDAR) == expected


def test_no_next_step_once_the_clock_stopped_or_without_a_rule() -> None:
    assert next_step_at(LADDER, DUE, DUE + 24 * HOUR, DUE, CALENDAR) is None
    assert next_step_at(LADDER, DUE, DUE - HOUR, None, CALENDAR) is None
    assert next_step_at(None, DUE, None, None, CALENDAR) is None


money = st.decimals(D(0), D(1000), places=2)
ladders = st.lists(
    st.tuples(st.booleans(), st.integers(0, 200), money, st.decimals(D(0), D(100), places=3)),
    max_size=5,
)


@given(ladders, st.none() | money, money, st.sampled_from(["CNY", "JPY"]))
def test_walking_from_step_to_step_books_the_whole_ladder(
    ladder: list[tuple[bool, int, D, D]], total_cap: D | None, goods: D, currency: str
) -> None:
    steps = [
        FineStep(i, None, delay % 10, fixed, percent)
        if by_day
        else FineStep(i, D(delay), None, fixed, percent)
        for i, (by_day, delay, fixed, percent) in enumerate(ladder)
    ]
    whole = rule(*steps, total_cap=total_cap)
    booked: dict[int, D] = {}
    after = next_step_at(whole, DUE, None, None, CALENDAR)
    while after is not None:
        for entry in fines_due(whole, DUE, None, after, goods, currency, CALENDAR):
            assert booked.setdefault(entry.step.id, entry.amount) == entry.amount
        after = next_step_at(whole, DUE, None, after, CALENDAR)
    forecast = expected_fine(whole, DUE, None, DUE, goods, currency, CALENDAR)
    assert sum(booked.values()) == forecast.total
    assert total_cap is None or forecast.total <= total_cap
