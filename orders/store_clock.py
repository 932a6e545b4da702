"""How the orders of a store are timed and judged: its settings, its calendar, its rule book."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from orders.calendar import WorkingCalendar, working_calendar
from orders.clock import ClockPolicy, ShipBy, ship_by
from orders.fine_book import fine_rule
from orders.fines import FineRule, fines_due
from orders.models import Closure, OfficialYear, PenaltyRule, Trigger
from sellers.models import Seller, Store


@dataclass(slots=True)
class StoreClock:
    """How the orders of one store are timed: its settings, its calendar, its rule book."""

    store: Store
    calendar: WorkingCalendar
    #: Versions of the rule for late shipment, those to prefer first.
    rules: Sequence[PenaltyRule]
    _policies: dict[int, ClockPolicy] = field(default_factory=dict, repr=False)
    _fine_rules: dict[int, FineRule] = field(default_factory=dict, repr=False)

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

    def fine_rule(self, rule: PenaltyRule) -> FineRule:
        """A rule with this store's zone."""
        found = self._fine_rules.get(rule.pk)
        if found is None:
            found = self._fine_rules[rule.pk] = fine_rule(rule, self.store.time_zone)
        return found

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


def working_days_of(seller: Seller) -> Callable[[date, int], date]:
    """For ``stock.lead_time``: adds working days of a seller to a day."""
    return calendars_for([seller.pk])[seller.pk].add_working_days


# --- fines that are to come ---------------------------------------------------------------------


class FineAhead(NamedTuple):
    """The next step of the rule book that is not booked, and what all its steps would reach."""

    at: datetime | None = None
    next: Decimal = Decimal(0)
    total: Decimal = Decimal(0)


NO_FINE = FineAhead()
_EVER = datetime.max.replace(tzinfo=UTC)


def fine_ahead(
    clock: StoreClock,
    rule: PenaltyRule,
    *,
    due: datetime,
    goods: Decimal,
    currency: str,
    booked: Collection[int] = (),
) -> FineAhead:
    """What is to come for an order due at ``due`` with goods of this value. ``booked`` are the ids
    of steps that are in the ledger; a step that is in the past and not booked is still to come."""
    entries = fines_due(clock.fine_rule(rule), due, None, _EVER, goods, currency, clock.calendar)
    coming = next((entry for entry in entries if entry.step.id not in booked), None)
    return FineAhead(
        coming.at if coming else None,
        coming.amount if coming else Decimal(0),
        sum((entry.amount for entry in entries), Decimal(0)),
    )
