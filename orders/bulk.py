"""An action on many orders from a page: which orders are meant, and doing it in batches."""

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import structlog
from django.db import DatabaseError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid
from core.ids import decode
from core.outcome import BatchOutcome, RowOutcome
from orders.filters import order_list
from orders.models import Order
from orders.registry import MAX_BATCH, perform
from sellers.models import Seller

log = structlog.get_logger(__name__)

#: How many orders one action from a page may name; the page says so when there are more.
MAX_SELECTION = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders that an action is for. ``filter`` is the query of the list when all its matches
    are meant, ``more`` whether there are more of them than one action takes.

    When the list has changed since they were counted, ``left`` of them match no longer and
    ``joined`` others do by now; both are left alone. ``counted`` is how many there were.
    """

    ids: list[int]
    filter: str = ""
    more: bool = False
    counted: int = 0
    left: int = 0
    joined: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def public_ids(self) -> list[str]:
        return [Order(pk=pk).public_id for pk in self.ids]

    @property
    def drifted(self) -> bool:
        return bool(self.left or self.joined)

    @property
    def snapshot(self) -> str:
        return pack_ids(self.ids)


def select_named(public_ids: Sequence[str]) -> Selection:
    """The orders with these public ids; what is no id is left out."""
    ids = [pk for pk in (decode(Order.id_prefix, each) for each in public_ids) if pk]
    return Selection(list(dict.fromkeys(ids))[:MAX_SELECTION], more=len(ids) > MAX_SELECTION)


def select_matching(
    seller: Seller, query: str, actor: Actor | None = None, *, snapshot: str = ""
) -> Selection:
    """All orders that a list with this query shows now, the most urgent first.

    With a ``snapshot`` of when they were counted, only those that were counted then and match
    still. Raises ``Invalid`` as the list does.
    """
    rows = order_list(seller, QueryDict(query), actor=actor).order_by("ship_by", "pk")
    ids = list(rows.values_list("pk", flat=True)[: MAX_SELECTION + 1])
    more = len(ids) > MAX_SELECTION
    ids = ids[:MAX_SELECTION]
    if not snapshot:
        return Selection(ids, query, more, counted=len(ids))
    counted = unpack_ids(snapshot)
    kept = [pk for pk in ids if pk in counted]
    # Of more than can be counted nobody knows which are new.
    joined = 0 if more else len(ids) - len(kept)
    left = len(counted) - len(kept)
    return Selection(kept, query, more, counted=len(counted), left=left, joined=joined)


def pack_ids(ids: Iterable[int]) -> str:
    """A set of ids as a short text for a form: 10,000 neighbours take a few kilobytes."""
    steps, last = [], 0
    for pk in sorted(ids):
        steps.append(pk - last)
        last = pk
    text = " ".join(map(str, steps)).encode()
    return base64.urlsafe_b64encode(zlib.compress(text, 9)).decode()


def unpack_ids(text: str) -> set[int]:
    """The ids of ``pack_ids``. Raises ``Invalid`` for anything else."""
    try:
        unzip = zlib.decompressobj()
        plain = unzip.decompress(base64.urlsafe_b64decode(text.encode()), 25 * MAX_SELECTION)
        ids = set(accumulate(map(int, plain.split())))
        if not unzip.eof or len(ids) > MAX_SELECTION:
            raise ValueError
    except (ValueError, zlib.error, UnicodeError):
        raise Invalid(
            errors=[FieldError("snapshot", _("The selection cannot be read. Select again."))]
        ) from None
    return ids


def perform_many(
    name: str,
    *,
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    params: Mapping[str, Any] | None = None,
) -> BatchOutcome:
    """``registry.perform`` for any number of orders, a batch after the other, answered as one.

    Each batch is a transaction of its own: what is done stays done when a later one fails, and
    the orders of one that fails are answered as ``failed``, to be tried again.
    """
    outcome = BatchOutcome()
    for start in range(0, len(orders), MAX_BATCH):
        part = orders[start : start + MAX_BATCH]
        try:
            rows = perform(name, seller=seller, orders=part, actor=actor, params=params).rows
        except DatabaseError:
            log.exception("batch_failed", action=name, seller=seller.pk, orders=len(part))
            rows = _failed(seller, part)
        outcome.rows += rows
    return outcome


def _failed(seller: Seller, orders: Sequence[int]) -> list[RowOutcome]:
    known = Order.objects.filter(seller=seller, pk__in=orders)
    return [
        RowOutcome(pk, number, "failed", stage, "failed", _("The database did not answer in time."))
        for pk, number, stage in known.values_list("pk", "number", "stage")
    ]
