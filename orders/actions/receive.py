"""Taking orders in: from the API, from files, from connections and from the demo shop.

A new order gets its rows, clocks and first event; one that is known already is compared with what
the marketplace says now (``orders.actions.receive_changes``). One transaction, and a number of
statements that does not depend on the number of orders.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError
from core.locks import lock, retry_on_deadlock
from orders import events
from orders.actions.receive_changes import Existing, apply_changes, find_existing
from orders.actions.receive_rows import NewRows, find_skus, new_order_ids
from orders.deadlines import clocks_for
from orders.drafts import OrderDraft, validate
from sellers.models import Store

ReceiveStatus = Literal["created", "updated", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """The answer for one draft. ``id`` is the order's primary key, ``None`` when rejected."""

    number: str
    status: ReceiveStatus
    id: int | None = None
    errors: tuple[FieldError, ...] = ()


@dataclass(slots=True)
class ReceiveOutcome:
    """The answers, in the order of the drafts."""

    rows: list[ReceivedRow] = field(default_factory=list)

    def __iter__(self) -> Iterator[ReceivedRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def count(self, status: ReceiveStatus) -> int:
        return sum(1 for row in self.rows if row.status == status)


def receive_orders(
    *,
    store: Store,
    drafts: Sequence[OrderDraft],
    actor: Actor,
    now: datetime | None = None,
    samples: bool = False,
) -> ReceiveOutcome:
    """Take orders of one store in. See ``receive_many``."""
    return receive_many(
        drafts=[(store, draft) for draft in drafts], actor=actor, now=now, samples=samples
    )


@retry_on_deadlock
def receive_many(
    *,
    drafts: Sequence[tuple[Store, OrderDraft]],
    actor: Actor,
    now: datetime | None = None,
    samples: bool = False,
) -> ReceiveOutcome:
    """Take orders in, of one store or of many; an order is known by (store, number).

    A draft with wrong values is rejected with its errors; the others go in. A number that is named
    twice counts once: the last draft is taken, and all of them get its answer. What arrives shipped
    arrives in the stage it has reached, with its own times (``history``); no stock and no parcel of
    ours belongs to it. What is known already never moves backwards. A sample store takes nothing
    but ``samples``. Needs ``orders:write``.
    """
    actor.require("orders:write")
    now = now or timezone.now()
    answers: dict[tuple[int, str], ReceivedRow] = {}
    wanted: dict[tuple[int, str], OrderDraft] = {}
    rejected: dict[int, ReceivedRow] = {}
    for index, (store, draft) in enumerate(drafts):
        errors = validate(draft, now=now)
        if store.sample and not samples:
            errors = [FieldError("/store", _("This store holds samples only."), "sample_store")]
        if errors:
            rejected[index] = ReceivedRow(draft.number, "rejected", None, tuple(errors))
        else:
            wanted[store.pk, draft.number] = draft
    if wanted:
        with transaction.atomic():
            # The store's lock makes two receivers of the same order queue up.
            stores = lock(Store.objects.all(), {store_id for store_id, _number in wanted})
            found = find_existing(list(wanted))
            fresh = {key: draft for key, draft in wanted.items() if key not in found}
            answers = _create(stores, fresh, actor, now)
            known = [(found[key], draft) for key, draft in wanted.items() if key in found]
            changed = apply_changes(stores, known, actor, now)
            for existing, _draft in known:
                answers[existing.store_id, existing.number] = _answer(existing, changed)
    return ReceiveOutcome(
        [
            rejected.get(index) or answers[store.pk, draft.number]
            for index, (store, draft) in enumerate(drafts)
        ]
    )


def _answer(existing: Existing, changed: set[int]) -> ReceivedRow:
    status: ReceiveStatus = "updated" if existing.id in changed else "unchanged"
    return ReceivedRow(existing.number, status, existing.id)


def _create(
    stores: Iterable[Store],
    fresh: dict[tuple[int, str], OrderDraft],
    actor: Actor,
    now: datetime,
) -> dict[tuple[int, str], ReceivedRow]:
    if not fresh:
        return {}
    used = {store_id for store_id, _number in fresh}
    clocks = clocks_for(store for store in stores if store.pk in used)
    skus = find_skus(
        {
            (clocks[store_id].store.seller_id, line.sku)
            for (store_id, _number), draft in fresh.items()
            for line in draft.lines
            if line.sku
        }
    )
    rows = NewRows(actor, now, skus)
    answers: dict[tuple[int, str], ReceivedRow] = {}
    opened: Counter[int] = Counter()
    for (key, draft), order_id in zip(fresh.items(), new_order_ids(len(fresh)), strict=True):
        clock = clocks[key[0]]
        if rows.add(order_id, clock, draft):
            opened[clock.store.seller_id] += 1
        answers[key] = ReceivedRow(draft.number, "created", order_id)
    rows.write()
    if opened:
        events.announce("received", opened, at=now)
    return answers
