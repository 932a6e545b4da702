"""How the orders of a store are timed and judged: its settings, its calendar, its rule book."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from orders.calendar import WorkingCalendar, working_calendar
from orders.clock import ClockPolicy, ShipBy, ship_by
from orders.models import Closure, OfficialYear, PenaltyRule, PenaltyStep, Trigger
from sellers.models import Store


@dataclass(slots=True)
class StoreClock:
    """How the orders of one store are timed: its settings, its calendar, its rule book."""

    store: Store
    calendar: WorkingCalendar
    #: Versions of the rule for late shipment, those to prefer first.
    rules: Sequence[PenaltyRule]
    _policies: dict[int, ClockPolicy] = field(default_factory=dict, repr=False)

    def ship_by(self, paid_at: datetime, handling_days: int) -> ShipBy:
        """The computed deadline and its arithmetic."""
        policy = self._policies.get(handling_days)
        if policy is None:
            store = self.store
            policy = self._policies[handling_days] = ClockPolicy(
                handling_days=handling_days,
                cut_off=store.cut_off,
                zone=store.time_zone,
                mode="running_hours"
                if store.clock_mode == Store.ClockMode.RUNNING_HOURS
                else "end_of_day",
            )
        return ship_by(paid_at, policy, self.calendar)

    def rule_for(self, paid_at: datetime, currency: str) -> PenaltyRule | None:
        """The rule by which an order is judged: the one in force when it was paid, in its currency
        or in any; the seller's own before a preset."""
        for rule in self.rules:
            if (
                rule.currency in ("", currency)
                and rule.effective_from <= paid_at
                and (rule.effective_to is None or paid_at < rule.effective_to)
            ):
                return rule
        return None

    @property
    def warn_before(self) -> timedelta:
        return timedelta(hours=self.store.warn_hours)

    @property
    def accept_within(self) -> timedelta:
        return timedelta(hours=self.store.accept_hours)


def clocks_for(stores: Iterable[Store]) -> dict[int, StoreClock]:
    """The clocks of stores by store id: four queries, however many stores."""
    stores = list(stores)
    sellers = {store.seller_id for store in stores}
    calendars = calendars_for(sellers)
    rules = list(
        PenaltyRule.objects.filter(
            Q(seller__isnull=True) | Q(seller__in=sellers), trigger=Trigger.LATE_SHIPMENT
        )
        .prefetch_related("steps")
        .order_by("-effective_from", "-version", "-pk")
    )
    # A currency of its own before any currency, the seller's own before the preset, newest first.
    rules.sort(key=lambda rule: (rule.seller_id is None, not rule.currency))
    return {
        store.pk: StoreClock(
            store,
            calendars[store.seller_id],
            [
                rule
                for rule in rules
                if rule.marketplace == store.marketplace
                and rule.mode == store.mode
                and rule.seller_id in (None, store.seller_id)
            ],
        )
        for store in stores
    }


def calendars_for(sellers: Iterable[int]) -> dict[int, WorkingCalendar]:
    """The working calendars of sellers: two queries. A seller's own exception for a day goes
    before the platform's."""
    years = frozenset(OfficialYear.objects.values_list("year", flat=True))
    days: dict[int | None, dict[date, bool]] = {None: {}}
    for seller, day, working in Closure.objects.filter(
        Q(seller__isnull=True) | Q(seller__in=list(sellers))
    ).values_list("seller_id", "day", "working"):
        days.setdefault(seller, {})[day] = working
    return {
        seller: working_calendar(frozenset({**days[None], **days.get(seller, {})}.items()), years)
        for seller in sellers
    }


# --- fines that are to come ---------------------------------------------------------------------


class FineAhead(NamedTuple):
    """The next step of the rule book that is not booked, and what all its steps would reach."""

    at: datetime | None = None
    next: Decimal = Decimal(0)
    total: Decimal = Decimal(0)


NO_FINE = FineAhead()
_CENT = Decimal("0.01")


def fine_ahead(
    clock: StoreClock,
    rule: PenaltyRule,
    *,
    due: datetime,
    goods: Decimal,
    booked: Collection[int],
) -> FineAhead:
    """What is to come for an order due at ``due`` with goods of this value. ``booked`` are the ids
    of steps that are in the ledger."""
    at, following, total = None, Decimal(0), Decimal(0)
    for step in sorted(rule.steps.all(), key=lambda step: step.position):
        amount = step.fixed + goods * step.percent / 100
        if step.cap is not None:
            amount = min(amount, step.cap)
        if rule.total_cap is not None:
            amount = min(amount, rule.total_cap - total)
        amount = amount.quantize(_CENT, ROUND_HALF_UP)
        total += amount
        if at is None and step.pk not in booked:
            at, following = _reached_at(clock, step, due), amount
    return FineAhead(at, following, total)


def _reached_at(clock: StoreClock, step: PenaltyStep, due: datetime) -> datetime:
    if step.after_hours is not None:
        return due + timedelta(hours=step.after_hours)
    zone = ZoneInfo(clock.store.time_zone)
    day = clock.calendar.add_working_days(due.astimezone(zone).date(), step.after_working_days or 0)
    return datetime.combine(day, due.astimezone(zone).timetz(), zone).astimezone(UTC)
