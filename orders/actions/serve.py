"""Goods came in or were given back: the orders that wait for them are served, the most urgent
first."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from core.actor import Actor
from orders.actions.allocate import allocate_orders
from orders.queries.shortages import anything_left, ready_orders
from orders.registry import MAX_BATCH
from sellers.models import Seller


class Position(NamedTuple):
    """Where a batch ended in the order of urgency."""

    ship_by: datetime
    order: int


def serve_waiting(
    *, seller: Seller, skus: Sequence[int], actor: Actor, after: Position | None = None
) -> Position | None:
    """Allocate stock to the next 500 accepted orders that wait for any of these SKUs.

    Whole orders only; those on hold are left out. Answers where to go on (``after``) while there
    are more of them and there is something left to give, else ``None``. Takes a constant number of
    statements.
    """
    waiting = ready_orders(seller, skus).order_by("ship_by", "pk")
    if after is not None:
        waiting = waiting.filter(TupleGreaterThan(Tuple(F("ship_by"), F("pk")), tuple(after)))
    found = list(waiting.values_list("ship_by", "pk")[: MAX_BATCH + 1])
    if not found:
        return None
    batch = found[:MAX_BATCH]
    allocate_orders(seller=seller, orders=[pk for _due, pk in batch], actor=actor)
    more = len(found) > MAX_BATCH and anything_left(seller, skus)
    return Position(*batch[-1]) if more else None
