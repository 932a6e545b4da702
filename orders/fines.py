"""What lateness costs, by a rule of the rule book.

Pure: no database, no reading of the time. Instants are aware and results are UTC; money is Decimal
in the order's currency, rounded half up to its minor unit.

A rule is a ladder of steps. Each step that is reached before the clock stops adds its own amount:
fixed plus percent of the goods value, at most its cap; all steps together at most the rule's total
cap. A step is reached so many hours after the missed deadline, or at the deadline's local time so
many working days later. Stopping the clock at the very moment of a step is in time for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from orders.calendar import WorkingCalendar

ZERO = Decimal(0)
_MICROSECONDS_PER_HOUR = 3_600_000_000
#: The ledger keeps two decimals; the few currencies with three are rounded to it.
_LEDGER_DIGITS = 2


@dataclass(frozen=True, slots=True)
class FineStep:
    """One step of a rule. Raises ValueError unless exactly one delay is given and none negative."""

    id: int
    after_hours: Decimal | None
    after_working_days: int | None
    fixed: Decimal = ZERO
    percent: Decimal = ZERO  # of the goods value
    cap: Decimal | None = None  # of this step

    def __post_init__(self) -> None:
        if (self.after_hours is None) == (self.after_working_days is None):
            raise ValueError("a step is reached after hours or after working days, one of them")
        values = (self.after_hours, self.after_working_days, self.fixed, self.percent, self.cap)
        if any(value is not None and value < 0 for value in values):
            raise ValueError("delays and amounts of a step must not be negative")


@dataclass(frozen=True, slots=True)
class FineRule:
    """One version of a rule.

    With a currency it judges only orders in that currency; without one, its amounts are read in
    the currency of the order.
    """

    id: int
    currency: str | None
    zone: str  # IANA name; working days are counted in it
    steps: tuple[FineStep, ...]
    total_cap: Decimal | None = None


class FineDue(NamedTuple):
    """An entry to be booked: the step, when it was reached, and its amount (never zero)."""

    step: FineStep
    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FineForecast:
    """An order's fine, in `currency`."""

    booked: Decimal  # as the ledger has it, waivers taken off
    reached: Decimal  # what the rule asks by now, booked or not
    next_amount: Decimal  # zero when nothing more can come
    next_at: datetime | None
    total: Decimal  # where the rule ends if the clock runs on, or what it asks once stopped
    currency: str


def applies(rule: FineRule | None, currency: str) -> bool:
    """Whether the rule judges orders in this currency."""
    return rule is not None and (not rule.currency or rule.currency == currency)


def step_due_at(step: FineStep, due_at: datetime, calendar: WorkingCalendar, zone: str) -> datetime:
    """When the step is reached after a deadline missed at `due_at` (UTC)."""
    if step.after_hours is not None:
        return due_at.astimezone(UTC) + timedelta(
            microseconds=int(step.after_hours * _MICROSECONDS_PER_HOUR)
        )
    if not step.after_working_days:
        return due_at.astimezone(UTC)
    local = due_at.astimezone(ZoneInfo(zone))
    day = calendar.add_working_days(local.date(), step.after_working_days)
    return datetime.combine(day, local.time(), local.tzinfo).astimezone(UTC)


def fines_due(
    rule: FineRule | None,
    due_at: datetime,
    stopped_at: datetime | None,
    now: datetime,
    goods_value: Decimal,
    currency: str,
    calendar: WorkingCalendar,
) -> list[FineDue]:
    """The entries reached by `now` and before the clock stopped, in the order they were reached.

    The same whenever it is asked: booking what is not booked yet is safe to repeat and to catch
    up. Empty when the rule does not judge this currency.
    """
    return [
        entry
        for entry in _ladder(rule, due_at, stopped_at, goods_value, currency, calendar)
        if entry.at <= now
    ]


def expected_fine(
    rule: FineRule | None,
    due_at: datetime,
    stopped_at: datetime | None,
    now: datetime,
    goods_value: Decimal,
    currency: str,
    calendar: WorkingCalendar,
    booked: Decimal = ZERO,
) -> FineForecast:
    """What an order has cost, what it costs next and when, and where that ends.

    `booked` is the ledger's sum. With the clock stopped nothing comes next.
    """
    entries = list(_ladder(rule, due_at, stopped_at, goods_value, currency, calendar))
    zero = _rounded(ZERO, currency)
    coming = next((entry for entry in entries if entry.at > now), None)
    return FineForecast(
        booked=booked,
        reached=sum((entry.amount for entry in entries if entry.at <= now), zero),
        next_amount=coming.amount if coming else zero,
        next_at=coming.at if coming else None,
        total=sum((entry.amount for entry in entries), zero),
        currency=currency,
    )


def next_step_at(
    rule: FineRule | None,
    due_at: datetime,
    stopped_at: datetime | None,
    after: datetime | None,
    calendar: WorkingCalendar,
) -> datetime | None:
    """When the next step after `after` is reached, from the first one when `after` is None.

    What a job stores to find the order again. None when no step is left before the clock stopped.
    A step whose amount a cap brings to nothing is still named: amounts are not known here.
    """
    if rule is None:
        return None
    instants = (at for at, _step in _reached(rule, due_at, stopped_at, calendar))
    return next((at for at in instants if after is None or at > after), None)


@lru_cache(maxsize=10_000)  # orders of a day are due together
def _reached(
    rule: FineRule, due_at: datetime, stopped_at: datetime | None, calendar: WorkingCalendar
) -> tuple[tuple[datetime, FineStep], ...]:
    """The steps that are or will be reached before the clock stopped, in order of time."""
    steps = ((step_due_at(step, due_at, calendar, rule.zone), step) for step in rule.steps)
    reached = [(at, step) for at, step in steps if stopped_at is None or at < stopped_at]
    return tuple(sorted(reached, key=lambda item: (item[0], item[1].id)))


def _ladder(
    rule: FineRule | None,
    due_at: datetime,
    stopped_at: datetime | None,
    goods_value: Decimal,
    currency: str,
    calendar: WorkingCalendar,
) -> Iterator[FineDue]:
    """Every entry the rule can come to, past and future, with all caps applied."""
    if rule is None or not applies(rule, currency):
        return
    if goods_value < 0:
        raise ValueError(f"the goods value must not be negative: {goods_value}")
    left = rule.total_cap
    for at, step in _reached(rule, due_at, stopped_at, calendar):
        amount = step.fixed + goods_value * step.percent / 100
        if step.cap is not None:
            amount = min(amount, step.cap)
        amount = _rounded(amount, currency)
        if left is not None:
            amount = min(amount, _rounded(left, currency, ROUND_DOWN))
            left -= amount
        if amount:
            yield FineDue(step, at, amount)


def _rounded(amount: Decimal, currency: str, rounding: str = ROUND_HALF_UP) -> Decimal:
    return amount.quantize(_minor_unit(currency), rounding)


@lru_cache
def _minor_unit(currency: str) -> Decimal:
    """0.01 for most currencies, 1 for yen and won; unknown ones have two digits."""
    return Decimal(1).scaleb(-min(get_currency_precision(currency), _LEDGER_DIGITS))
