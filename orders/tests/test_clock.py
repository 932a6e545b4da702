"""The ship-by clock: the rule, its edges and its explanation."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from orders.calendar import working_calendar
from orders.clock import ClockPolicy, Mode, given_deadline, ship_by, warn_at
from orders.clock_text import explain, explain_text

SHANGHAI = "Asia/Shanghai"
ZONE = ZoneInfo(SHANGHAI)
LOS_ANGELES = "America/Los_Angeles"
CALENDAR = working_calendar()


def policy(
    days: int = 1, mode: Mode = "end_of_day", zone: str = SHANGHAI, cut_off: time = time(16)
) -> ClockPolicy:
    return ClockPolicy(handling_days=days, cut_off=cut_off, zone=zone, mode=mode)


def at(*parts: int, zone: str = SHANGHAI) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type,misc]


def codes(steps: list[dict[str, object]]) -> list[object]:
    return [step["code"] for step in steps]


# --- end of day


def test_paid_after_the_cut_off_counts_from_the_make_up_saturday() -> None:
    result = ship_by(at(2025, 10, 10, 17, 42), policy(), CALENDAR)
    assert result.due_at == datetime(2025, 10, 13, 15, 59, 59, tzinfo=UTC)
    assert result.provisional is False
    assert result.steps == [
        {
            "code": "paid_after_cut_off",
            "at": "2025-10-10T17:42:00+08:00",
            "cut_off": "2025-10-10T16:00:00+08:00",
        },
        {"code": "counts_from", "day": "2025-10-11", "reason": "make_up_day"},
        {
            "code": "closed",
            "from": "2025-10-12",
            "to": "2025-10-12",
            "days": 1,
            "reasons": ["weekend"],
        },
        {"code": "due", "at": "2025-10-13T23:59:59+08:00", "days": 1},
    ]


@pytest.mark.parametrize(
    ("paid", "days", "due"),
    [
        (at(2025, 10, 10, 15), 1, at(2025, 10, 11, 23, 59, 59)),
        (at(2025, 10, 10, 15), 2, at(2025, 10, 13, 23, 59, 59)),
        (at(2025, 10, 12, 9), 1, at(2025, 10, 14, 23, 59, 59)),
        (at(2025, 9, 30, 10), 1, at(2025, 10, 9, 23, 59, 59)),
        (at(2025, 9, 30, 17), 1, at(2025, 10, 10, 23, 59, 59)),
        (at(2025, 10, 5, 10), 3, at(2025, 10, 13, 23, 59, 59)),
        (at(2026, 2, 13, 10), 1, at(2026, 2, 14, 23, 59, 59)),
        (at(2026, 2, 14, 18), 2, at(2026, 2, 26, 23, 59, 59)),
    ],
)
def test_due_at_the_end_of_a_working_day(paid: datetime, days: int, due: datetime) -> None:
    assert ship_by(paid, policy(days), CALENDAR).due_at == due


def test_cut_off_is_exact_to_the_microsecond() -> None:
    cut_off = at(2025, 11, 4, 16)
    before = ship_by(cut_off - timedelta(microseconds=1), policy(), CALENDAR)
    exactly = ship_by(cut_off, policy(), CALENDAR)
    assert before.due_at == at(2025, 11, 5, 23, 59, 59)
    assert exactly.due_at == at(2025, 11, 6, 23, 59, 59)
    assert (before.steps[0]["code"], exactly.steps[0]["code"]) == ("paid", "paid_after_cut_off")


def test_the_payments_own_zone_does_not_matter() -> None:
    paid = at(2025, 10, 10, 17, 42)
    assert ship_by(paid.astimezone(UTC), policy(), CALENDAR) == ship_by(paid, policy(), CALENDAR)


def test_closure_moves_the_deadline_and_is_told() -> None:
    calendar = working_calendar(frozenset({(date(2025, 11, 5), False)}))
    result = ship_by(at(2025, 11, 4, 10), policy(), calendar)
    assert result.due_at == at(2025, 11, 6, 23, 59, 59)
    assert result.steps[1]["reasons"] == ["closure"]


def test_extra_day_counts_and_is_told() -> None:
    calendar = working_calendar(frozenset({(date(2025, 11, 8), True)}))
    result = ship_by(at(2025, 11, 7, 10), policy(), calendar)
    assert result.due_at == at(2025, 11, 8, 23, 59, 59)
    assert result.steps[1] == {"code": "counted", "day": "2025-11-08", "reason": "extra_day"}


# --- running hours


@pytest.mark.parametrize(
    ("paid", "days", "due"),
    [
        (at(2025, 11, 4, 10, 30), 1, at(2025, 11, 5, 10, 30)),
        (at(2025, 9, 30, 10), 1, at(2025, 10, 9, 10)),
        (at(2025, 10, 10, 15), 2, at(2025, 10, 13, 15)),
        # From midnight of the day it counts from: used up at the end of that very day.
        (at(2025, 10, 10, 17, 42), 1, at(2025, 10, 11, 23, 59, 59)),
        (at(2025, 10, 12, 9), 1, at(2025, 10, 13, 23, 59, 59)),
        (at(2025, 10, 12, 9), 2, at(2025, 10, 14, 23, 59, 59)),
        (at(2025, 11, 4), 1, at(2025, 11, 4, 23, 59, 59)),
    ],
)
def test_running_hours_stand_still_on_days_off(paid: datetime, days: int, due: datetime) -> None:
    assert ship_by(paid, policy(days, "running_hours"), CALENDAR).due_at == due


def test_running_hours_pass_really_when_a_worked_day_has_25_hours() -> None:
    calendar = working_calendar(frozenset({(date(2025, 11, 2), True), (date(2025, 11, 1), True)}))
    paid = at(2025, 11, 1, 12, zone=LOS_ANGELES)
    result = ship_by(paid, policy(1, "running_hours", LOS_ANGELES), calendar)
    assert result.due_at == at(2025, 11, 2, 11, zone=LOS_ANGELES)
    assert result.due_at - paid == timedelta(hours=24)


# --- zones that change their clocks


@pytest.mark.parametrize(
    ("paid", "due"),
    [
        # Summer time begins on Sunday 9 March, ends on Sunday 2 November 2025.
        ((2025, 3, 7, 10), datetime(2025, 3, 11, 6, 59, 59, tzinfo=UTC)),
        ((2025, 10, 31, 10), datetime(2025, 11, 4, 7, 59, 59, tzinfo=UTC)),
    ],
)
def test_end_of_day_is_the_local_one_after_the_change(
    paid: tuple[int, int, int, int], due: datetime
) -> None:
    result = ship_by(at(*paid, zone=LOS_ANGELES), policy(1, zone=LOS_ANGELES), CALENDAR)
    assert result.due_at == due


def test_cut_off_that_does_not_exist_on_the_day_falls_on_the_change() -> None:
    calendar = working_calendar(frozenset({(date(2025, 3, 9), True)}))
    rule = policy(1, zone=LOS_ANGELES, cut_off=time(2, 30))
    change = datetime(2025, 3, 9, 10, tzinfo=UTC)  # 02:00 becomes 03:00
    before = ship_by(change + timedelta(minutes=29), rule, calendar)
    after = ship_by(change + timedelta(minutes=30), rule, calendar)
    assert before.due_at == at(2025, 3, 10, 23, 59, 59, zone=LOS_ANGELES)
    assert after.due_at == at(2025, 3, 11, 23, 59, 59, zone=LOS_ANGELES)


def test_cut_off_in_a_repeated_hour_is_its_first_occurrence() -> None:
    calendar = working_calendar(frozenset({(date(2025, 11, 2), True)}))
    rule = policy(1, zone=LOS_ANGELES, cut_off=time(1, 30))
    first = datetime(2025, 11, 2, 8, 30, tzinfo=UTC)
    late = at(2025, 11, 4, 23, 59, 59, zone=LOS_ANGELES)
    assert ship_by(first - timedelta(seconds=1), rule, calendar).due_at < late
    # 01:10 by the clock on the wall, an hour after 01:10 came first: not before the cut-off.
    assert ship_by(first + timedelta(minutes=40), rule, calendar).due_at == late


def test_a_day_that_begins_at_one_o_clock_ends_the_day_before_in_time() -> None:
    # São Paulo skipped 00:00 to 01:00 on Sunday 4 November 2018.
    calendar = working_calendar(frozenset({(date(2018, 11, 3), True)}))
    paid = datetime(2018, 11, 2, 12, tzinfo=UTC)
    result = ship_by(paid, policy(1, zone="America/Sao_Paulo"), calendar)
    assert result.due_at == datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC)


# --- provisional years


def test_deadline_that_crosses_into_an_unpublished_year_says_so() -> None:
    result = ship_by(
        at(2098, 12, 31, 17), policy(3), working_calendar(official_years=frozenset({2098}))
    )
    assert result.provisional is True
    assert result.steps[-1] == {"code": "provisional_year", "years": [2099]}


def test_deadline_inside_a_published_year_is_final() -> None:
    result = ship_by(at(2026, 12, 30, 10), policy(1), CALENDAR)
    assert (result.due_at, result.provisional) == (at(2026, 12, 31, 23, 59, 59), False)


def test_year_entered_by_ops_is_final() -> None:
    calendar = working_calendar(official_years=frozenset({2098, 2099}))
    assert ship_by(at(2098, 12, 31, 17), policy(3), calendar).provisional is False


# --- deadlines given by the marketplace


def test_given_deadline_wins_and_both_are_told() -> None:
    computed = ship_by(at(2025, 10, 10, 17, 42), policy(), CALENDAR)
    result = given_deadline(at(2025, 10, 12, 12), computed)
    assert result.due_at == datetime(2025, 10, 12, 4, tzinfo=UTC)
    assert codes(result.steps) == [
        "given", "paid_after_cut_off", "counts_from", "closed", "computed_due",
    ]  # fmt: skip
    assert computed.steps[-1]["code"] == "due", "the computed deadline stays as it was"


def test_given_deadline_that_agrees_is_told_alone() -> None:
    computed = ship_by(at(2025, 10, 10, 17, 42), policy(), CALENDAR)
    result = given_deadline(at(2025, 10, 14), computed)
    assert codes(result.steps) == ["given"]


def test_given_deadline_without_a_payment_time() -> None:
    result = given_deadline(at(2025, 10, 14), None)
    assert (result.due_at, codes(result.steps)) == (at(2025, 10, 14), ["given"])


def test_given_deadline_is_final_in_an_unpublished_year() -> None:
    computed = ship_by(at(2098, 6, 3, 10), policy(), CALENDAR)
    assert computed.provisional is True
    assert given_deadline(at(2098, 6, 9), computed).provisional is False


def test_warning_comes_so_many_hours_before() -> None:
    assert warn_at(at(2025, 10, 13, 23, 59, 59), 12) == at(2025, 10, 13, 11, 59, 59)


# --- refusals


def test_payment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ship_by(datetime(2025, 1, 1), policy(), CALENDAR)


@pytest.mark.parametrize("year", [1, 1969, 1999, 2101, 9999])
def test_absurd_payment_times_are_refused(year: int) -> None:
    with pytest.raises(ValueError, match="2000 to 2100"):
        ship_by(at(year, 6, 1), policy(), CALENDAR)


def test_the_ends_of_the_range_are_computed() -> None:
    first = ship_by(datetime(2000, 1, 1, tzinfo=UTC), policy(30), CALENDAR)
    last = ship_by(datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC), policy(30), CALENDAR)
    assert (first.due_at.year, last.due_at.year) == (2000, 2101)


@pytest.mark.parametrize("days", [0, 31])
def test_handling_days_outside_the_range_are_refused(days: int) -> None:
    with pytest.raises(ValueError, match="1 to 30"):
        policy(days)


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../etc/passwd"])
def test_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        policy(zone=zone)


# --- properties

instants = st.datetimes(
    datetime(2016, 1, 2),
    datetime(2026, 11, 1),
    timezones=st.just(UTC),
)
zones = st.sampled_from([SHANGHAI, LOS_ANGELES, "America/Sao_Paulo", "Australia/Lord_Howe"])
closures = st.frozensets(
    st.tuples(st.dates(date(2016, 1, 1), date(2026, 12, 31)), st.booleans()), max_size=12
)
policies = st.builds(
    ClockPolicy,
    handling_days=st.integers(1, 30),
    cut_off=st.times(),
    zone=zones,
    mode=st.sampled_from(["end_of_day", "running_hours"]),
)


@given(instants, policies, closures)
def test_due_lies_on_a_working_day_and_after_the_payment(
    paid: datetime, rule: ClockPolicy, overrides: frozenset[tuple[date, bool]]
) -> None:
    calendar = working_calendar(overrides)
    due = ship_by(paid, rule, calendar).due_at
    assert calendar.is_working(due.astimezone(ZoneInfo(rule.zone)).date())
    assert due > paid
    assert due.microsecond == 0


@given(instants, st.timedeltas(timedelta(), timedelta(days=3)), policies, closures)
def test_paying_later_is_never_due_earlier(
    paid: datetime, later: timedelta, rule: ClockPolicy, overrides: frozenset[tuple[date, bool]]
) -> None:
    calendar = working_calendar(overrides)
    assert ship_by(paid, rule, calendar).due_at <= ship_by(paid + later, rule, calendar).due_at


@given(instants, policies)
def test_another_handling_day_is_always_later(paid: datetime, rule: ClockPolicy) -> None:
    assume(rule.handling_days < 30)
    more = ClockPolicy(rule.handling_days + 1, rule.cut_off, rule.zone, rule.mode)
    assert ship_by(paid, rule, CALENDAR).due_at < ship_by(paid, more, CALENDAR).due_at


@given(instants, policies, closures)
def test_steps_survive_json_and_stay_small(
    paid: datetime, rule: ClockPolicy, overrides: frozenset[tuple[date, bool]]
) -> None:
    steps = ship_by(paid, rule, working_calendar(overrides)).steps
    stored = json.dumps(steps, ensure_ascii=False)
    assert json.loads(stored) == steps
    assert len(stored) < 2000
    assert len(explain(steps, zone=rule.zone)) == len(steps)


# --- in words


def test_explanation_shows_the_arithmetic() -> None:
    steps = ship_by(at(2025, 10, 10, 17, 42), policy(), CALENDAR).steps
    with translation.override("en"):
        assert explain_text(steps, zone=SHANGHAI) == (
            "Paid Fri 10 Oct 17:42, after the 16:00 cut-off"
            " → Counts from Sat 11 Oct, a make-up working day"
            " → Sun 12 Oct does not count: weekend"
            " → Due Mon 13 Oct 23:59, 1 working day later"
        )


def test_explanation_names_the_holidays_of_a_golden_week() -> None:
    steps = ship_by(at(2025, 9, 30, 10), policy(2), CALENDAR).steps
    with translation.override("en"):
        assert explain(steps, zone=SHANGHAI)[1] == (
            "Wed 1 Oct to Wed 8 Oct do not count: National Day, Mid-Autumn Festival"
        )


def test_holidays_are_named_in_the_readers_language() -> None:
    steps = ship_by(at(2025, 9, 30, 10), policy(2), CALENDAR).steps
    with translation.override("zh-hans"):
        sentence = explain(steps, zone=SHANGHAI)[1]
    assert "国庆节" in sentence
    assert "National Day" not in sentence


def test_explanation_in_another_zone_moves_the_times() -> None:
    steps = given_deadline(at(2025, 10, 14), None).steps
    with translation.override("en"):
        assert explain(steps, zone="UTC") == ["Due Mon 13 Oct 16:00, as given by the marketplace"]


def test_explanation_of_a_provisional_and_a_differing_deadline() -> None:
    calendar = working_calendar(official_years=frozenset({2098}))
    computed = ship_by(at(2098, 12, 31, 17), policy(), calendar)
    sentences = explain(given_deadline(at(2099, 1, 9), computed).steps, zone=SHANGHAI)
    assert sentences[0] == "Due Fri 9 Jan 00:00, as given by the marketplace"
    assert sentences[-2].startswith("By our own count it would be due")
    assert sentences[-1] == ("Provisional: the working calendar of 2099 is not published yet")


def test_long_explanations_are_summed_up() -> None:
    steps = ship_by(at(2025, 10, 4, 17), policy(30), CALENDAR).steps
    assert steps[-2] == {"code": "closed_more", "days": 2}
    assert len(steps) == 11


def test_codes_of_another_version_are_left_out() -> None:
    assert explain([{"code": "from_the_future"}], zone=SHANGHAI) == []
