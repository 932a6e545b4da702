"""Reading orders: lists and their counts, money at risk, events. The seller comes first."""

from orders.queries.events import events_feed, timeline
from orders.queries.lists import (
    DEADLINES,
    SORTS,
    Counts,
    deadline_q,
    deadline_state,
    duplicates,
    kept_counts,
    latest_events,
    list_counts,
    newest_event,
    orders_for,
    running_state,
    ship_together,
    stage_counts,
    stopped_late,
)
from orders.queries.money import Fine, MoneyAtRisk, fine_of, fines_of, money_at_risk

__all__ = [
    "DEADLINES",
    "SORTS",
    "Counts",
    "Fine",
    "MoneyAtRisk",
    "deadline_q",
    "deadline_state",
    "duplicates",
    "events_feed",
    "fine_of",
    "fines_of",
    "kept_counts",
    "latest_events",
    "list_counts",
    "money_at_risk",
    "newest_event",
    "orders_for",
    "running_state",
    "ship_together",
    "stage_counts",
    "stopped_late",
    "timeline",
]
