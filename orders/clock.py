"""When an order must leave: the ship-by clock and its arithmetic.

Pure: no database, no reading of the time. Instants are aware; results are UTC.

The rule, in the policy's zone:

1. Paid on a working day before the cut-off: the order counts from that day. Paid at the cut-off
   or later, or on a day that is not worked: it counts from the next working day.
2. `end_of_day`: the day it counts from is day 0; due is the end of the `handling_days`-th working
   day after it. Paid Fri 10 Oct 2025 17:42 with a cut-off at 16:00 and one handling day: counts
   from Sat 11 Oct (a make-up working day), due Mon 13 Oct 23:59.
3. `running_hours`: 24 hours per handling day run from the payment, or from 00:00 of the day it
   counts from when that is a later one, and stand still on days that are not worked. Hours are
   hours that really pass, also where a zone changes its clocks.

A day ends at 23:59:59 and deadlines are whole seconds. Hours that are used up exactly at midnight
are due at the end of the day they used up: every computed deadline lies on a working day.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from orders.calendar import WorkingCalendar

Mode = Literal["end_of_day", "running_hours"]
#: One step of the arithmetic, ready for JSON: "code" and its parameters, times as ISO strings
#: with the policy's offset. `orders.clock_text` makes sentences of them.
Step = dict[str, Any]

FIRST_YEAR, LAST_YEAR = 2000, 2100
MAX_HANDLING_DAYS = 30
_MOST_PERIODS = 6  # told one by one; what is beyond is summed up, so that steps stay small
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """How a shop promises to ship. Raises ValueError for values that make no clock."""

    handling_days: int  # 1 to 30
    cut_off: time  # wall clock in `zone`; a payment at this very moment is too late for the day
    zone: str  # IANA name
    mode: Mode = "end_of_day"

    def __post_init__(self) -> None:
        if not 1 <= self.handling_days <= MAX_HANDLING_DAYS:
            raise ValueError(f"handling days must be 1 to 30, not {self.handling_days}")
        if self.cut_off.tzinfo is not None:
            raise ValueError("the cut-off is a wall-clock time; its zone is the policy's")
        if self.mode not in ("end_of_day", "running_hours"):
            raise ValueError(f"unknown clock mode {self.mode!r}")
        try:
            ZoneInfo(self.zone)
        except (LookupError, ValueError, OSError):
            raise ValueError(f"unknown time zone {self.zone!r}") from None


@dataclass(frozen=True, slots=True)
class ShipBy:
    """A deadline (UTC, whole seconds) and how it came about.

    `provisional`: the count touches a year whose working calendar is not published, so it is to
    be computed again once it is. `steps` may be stored as JSON; they are to be read, not changed.
    """

    due_at: datetime
    provisional: bool
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class _Run:
    """The working days from the one an order counts from, with their instants in UTC."""

    start: date
    last: date  # the handling_days-th working day after the start
    last_ends: datetime
    # For running hours: start and end of each working day, and the running time before it.
    opens: tuple[datetime, ...] = ()
    closes: tuple[datetime, ...] = ()
    used: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True)
class _PaidDay:
    """A local day under a policy and a calendar: worked out once for all orders paid on it."""

    cut_off: datetime  # UTC
    cut_off_text: str
    early: _Run | None  # paid before the cut-off; None when the day is not worked
    late: _Run


def ship_by(paid_at: datetime, policy: ClockPolicy, calendar: WorkingCalendar) -> ShipBy:
    """The deadline of an order paid at `paid_at`, by the rule at the head of this module.

    Raises ValueError when `paid_at` has no time zone or lies outside the years 2000 to 2100.
    """
    _check_instant(paid_at, "the payment time")
    zone = ZoneInfo(policy.zone)
    local = paid_at.astimezone(zone)
    paid_day = local.date()
    day = _paid_day(policy, calendar, paid_day)
    # Instants are compared, not wall clocks: in the hour that a zone repeats in autumn, the later
    # of two payments must not count as the earlier one.
    in_time = day.early is not None and paid_at < day.cut_off
    run = day.early if day.early is not None and in_time else day.late

    if policy.mode == "end_of_day":
        due_at = run.last_ends
        length = {"days": policy.handling_days}
    else:
        due_at = _after_running(run, paid_at if in_time else run.opens[0], policy.handling_days)
        length = {"hours": 24 * policy.handling_days}
    due_local = due_at.astimezone(zone)

    paid: Step = {"code": "paid", "at": _text(local)}
    if day.early is None:
        paid["code"] = "paid_non_working"
    else:
        paid["code"] = "paid" if in_time else "paid_after_cut_off"
        paid["cut_off"] = day.cut_off_text
    between, years = _between(calendar, paid_day, run.start, due_local.date())
    due: Step = {"code": "due", "at": _text(due_local), **length}
    steps = [paid, *between, due]
    if years:
        steps.append({"code": "provisional_year", "years": list(years)})
    return ShipBy(due_at, bool(years), steps)


def given_deadline(given_at: datetime, computed: ShipBy | None) -> ShipBy:
    """The deadline the marketplace gave, which wins over the computed one.

    When they differ by a minute or more, the steps tell both. A given deadline is final, whatever
    the calendar of its year. Raises ValueError as `ship_by` does.
    """
    _check_instant(given_at, "the given deadline")
    due_at = given_at.astimezone(UTC).replace(microsecond=0)
    steps: list[Step] = [{"code": "given", "at": _text(given_at)}]
    if computed is not None and abs(computed.due_at - due_at) >= timedelta(minutes=1):
        steps += (
            {**step, "code": "computed_due"} if step["code"] == "due" else step
            for step in computed.steps
        )
    return ShipBy(due_at, False, steps)


def warn_at(due_at: datetime, hours: int) -> datetime:
    """When to warn of a deadline: so many hours before it."""
    return due_at - timedelta(hours=hours)


def _check_instant(value: datetime, what: str) -> None:
    if value.utcoffset() is None:
        raise ValueError(f"{what} has no time zone: {value.isoformat()}")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(
            f"{what} must lie in the years {FIRST_YEAR} to {LAST_YEAR}: {value.isoformat()}"
        )


def _text(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) a local day begins, also where 00:00 does not exist or comes twice."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(maxsize=8192)
def _paid_day(policy: ClockPolicy, calendar: WorkingCalendar, day: date) -> _PaidDay:
    zone = ZoneInfo(policy.zone)
    cut_off = datetime.combine(day, policy.cut_off, zone)
    return _PaidDay(
        cut_off=cut_off.astimezone(UTC),
        cut_off_text=_text(cut_off),
        early=_run(policy, calendar, day) if calendar.is_working(day) else None,
        late=_run(policy, calendar, calendar.next_working_day(day)),
    )


def _run(policy: ClockPolicy, calendar: WorkingCalendar, start: date) -> _Run:
    zone = ZoneInfo(policy.zone)
    last = calendar.add_working_days(start, policy.handling_days)
    last_ends = _midnight(last + _DAY, zone) - _SECOND
    if policy.mode == "end_of_day":
        return _Run(start, last, last_ends)
    opens, closes, used = [], [], []
    day, sum_used = start, timedelta()
    # The clock may start up to a long day after the first midnight: two days to spare.
    while sum_used < (policy.handling_days + 2) * _DAY:
        opens.append(_midnight(day, zone))
        closes.append(_midnight(day + _DAY, zone))
        used.append(sum_used)
        sum_used += closes[-1] - opens[-1]
        day = calendar.next_working_day(day)
    return _Run(start, last, last_ends, tuple(opens), tuple(closes), tuple(used))


def _after_running(run: _Run, begin: datetime, handling_days: int) -> datetime:
    """The instant at which 24 working hours per handling day are used up since `begin`."""
    needed = begin - run.opens[0] + handling_days * _DAY
    index = bisect_left(run.used, needed) - 1
    due_at = run.opens[index] + (needed - run.used[index])
    # Cut to the second after the cap, not before: a payment at midnight must not fall due before
    # one made half a second earlier.
    return min(due_at.replace(microsecond=0), run.closes[index] - _SECOND).astimezone(UTC)


@lru_cache(maxsize=8192)
def _between(
    calendar: WorkingCalendar, paid: date, start: date, due: date
) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """The steps between payment and deadline, and the provisional years that they touch."""
    steps = [_closed(calendar, *period) for period in calendar.closed_ranges(paid, start)]
    reason = calendar.reason(start).code
    if start != paid or reason != "working_day":
        steps.append({"code": "counts_from", "day": start.isoformat(), "reason": reason})

    later: list[tuple[date, Step]] = [
        (first, _closed(calendar, first, last))
        for first, last in calendar.closed_ranges(start, due)
    ]
    for offset in range(1, (due - start).days + 1):
        day = start + offset * _DAY
        reason = calendar.reason(day).code
        if reason in ("make_up_day", "extra_day"):
            later.append((day, {"code": "counted", "day": day.isoformat(), "reason": reason}))
    later.sort(key=lambda item: item[0])
    steps += (step for _day, step in later[:_MOST_PERIODS])
    more = sum(step.get("days", 0) for _day, step in later[_MOST_PERIODS:])
    if more:
        steps.append({"code": "closed_more", "days": more})

    years = range(paid.year, due.year + 1)
    return tuple(steps), tuple(y for y in years if not calendar.is_official(date(y, 1, 1)))


def _closed(calendar: WorkingCalendar, first: date, last: date) -> Step:
    """One run of days off, with the reasons worth telling: a weekend only if nothing else is."""
    days = [first + offset * _DAY for offset in range((last - first).days + 1)]
    reasons = [calendar.reason(day) for day in days]
    codes = {reason.code for reason in reasons}
    told = [code for code in ("holiday", "closure") if code in codes]
    step: Step = {
        "code": "closed",
        "from": first.isoformat(),
        "to": last.isoformat(),
        "days": len(days),
        "reasons": told or ["moved_day_off" if "moved_day_off" in codes else "weekend"],
    }
    if "holiday" in codes:
        named = [reason for reason in reasons if reason.code == "holiday"]
        step["zh"] = list(dict.fromkeys(name for reason in named for name in reason.zh))
        step["en"] = list(dict.fromkeys(name for reason in named for name in reason.en))
    return step
