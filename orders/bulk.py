"""An action on many orders from a page: which orders are meant, and doing it in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from core.actor import Actor
from core.ids import decode
from core.outcome import BatchOutcome
from orders.filters import order_list
from orders.models import Order
from orders.registry import MAX_BATCH, perform
from sellers.models import Seller

#: How many orders one action from a page may name; the page says so when there are more.
MAX_SELECTION = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders that an action is for. ``filter`` is the query of the list when all its matches
    are meant, ``more`` whether there are more of them than one action takes."""

    ids: list[int]
    filter: str = ""
    more: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def public_ids(self) -> list[str]:
        return [Order(pk=pk).public_id for pk in self.ids]


def select_named(public_ids: Sequence[str]) -> Selection:
    """The orders with these public ids; what is no id is left out."""
    ids = [pk for pk in (decode(Order.id_prefix, each) for each in public_ids) if pk]
    return Selection(list(dict.fromkeys(ids))[:MAX_SELECTION], more=len(ids) > MAX_SELECTION)


def select_matching(seller: Seller, query: str) -> Selection:
    """All orders that a list with this query shows now, the most urgent first.

    Raises ``Invalid`` as the list does.
    """
    rows = order_list(seller, QueryDict(query)).order_by("ship_by", "pk")
    ids = list(rows.values_list("pk", flat=True)[: MAX_SELECTION + 1])
    return Selection(ids[:MAX_SELECTION], query, len(ids) > MAX_SELECTION)


def perform_many(
    name: str,
    *,
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    params: Mapping[str, Any] | None = None,
) -> BatchOutcome:
    """``registry.perform`` for any number of orders, a batch after the other, answered as one.

    Each batch is a transaction of its own: what is done stays done when a later one fails.
    """
    outcome = BatchOutcome()
    for start in range(0, len(orders), MAX_BATCH):
        part = orders[start : start + MAX_BATCH]
        outcome.rows += perform(name, seller=seller, orders=part, actor=actor, params=params).rows
    return outcome
