"""New orders as rows of tables: what a draft becomes when it is taken in for the first time."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from core.actor import Actor
from core.sql import copy_rows, take_ids
from orders.checks import Address, check_address
from orders.deadlines import DeadlineRow, StoreClock, new_deadlines
from orders.drafts import BuyerDraft, LineDraft, OrderDraft
from orders.states import stage_of

# fmt: off
_ORDER_COLUMNS = (
    "id", "seller_id", "store_id", "number", "marketplace_status", "stage", "buyer_ref",
    "buyer_name", "buyer_phone", "country", "state", "city", "postcode", "address", "tax_number",
    "ship_to_key", "remark", "currency", "goods_amount", "freight_amount", "placed_at",
    "paid_at", "ship_by", "deliver_by", "handling_days", "rule_id", "units", "allocated",
    "packed", "shipped", "uploaded", "problems", "on_hold", "clock_open", "history",
    "accepted_at", "stocked_at", "packed_at", "shipped_at", "uploaded_at", "delivered_at",
    "confirmed_at", "cancelled_at", "version", "created_at", "updated_at",
)
LINE_COLUMNS = (
    "seller_id", "order_id", "position", "sku_id", "sku_code", "title", "specification",
    "quantity", "unit_price", "cancelled", "allocated", "packed", "shipped", "uploaded",
)
_EVENT_COLUMNS = (
    "seller_id", "order_id", "kind", "at", "actor_kind", "actor_id", "actor_name", "data",
)
# fmt: on
_ZERO = Decimal(0)
_HISTORY = json.dumps({"history": True})


class KnownSku(NamedTuple):
    """A SKU as far as a line needs it."""

    id: int
    handling_days: int | None


#: (seller id, code) → SKU.
Skus = dict[tuple[int, str], KnownSku]


def find_skus(codes: Iterable[tuple[int, str]]) -> Skus:
    """SKUs by (seller id, code): one query."""
    pairs = sorted(codes)
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.seller_id, s.code, s.id, s.handling_days FROM stock_sku s "
            "JOIN unnest(%s::bigint[], %s::text[]) AS v(seller_id, code) "
            "ON s.seller_id = v.seller_id AND s.code = v.code",
            [[seller for seller, _code in pairs], [code for _seller, code in pairs]],
        )
        return {
            (seller_id, code): KnownSku(pk, days) for seller_id, code, pk, days in cursor.fetchall()
        }


class Reached(NamedTuple):
    """How far an order has got, when it arrives. A time in the future has not happened yet."""

    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None

    @classmethod
    def of(cls, draft: OrderDraft, now: datetime) -> "Reached":
        """A parcel that is delivered was handed over at the latest then. Files do not say when an
        order was cancelled: it is the last time they do tell."""
        told = draft.history
        delivered = told.delivered_at
        if delivered is not None and delivered > now:
            delivered = None
        shipped = told.handed_over_at or delivered
        if shipped is not None and shipped > now:
            shipped = None
        if shipped is None:
            delivered = None
        cancelled = None
        if told.cancelled:
            cancelled = min(now, max(filter(None, (draft.paid_at, shipped, delivered))))
        return cls(shipped, delivered, cancelled)


def ship_to_key(buyer: BuyerDraft, *, unknown: str) -> str:
    """Same buyer, same address, same key. ``unknown`` stands for a buyer of whom nothing is told:
    two such orders must not look as if they were one person's."""
    parts = [buyer.ref, buyer.name, buyer.address, buyer.postcode, buyer.country]
    if not (buyer.ref or buyer.name or buyer.address):
        parts.append(unknown)
    text = "\n".join(parts).casefold()
    if "  " in text or not text.isprintable():
        text = "\n".join(" ".join(part.split()) for part in text.split("\n"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def problems_of(buyer: BuyerDraft) -> list[str]:
    """Codes of what the machine checks find in an address, each once."""
    found = check_address(
        Address(
            name=buyer.name,
            phone=buyer.phone,
            country=buyer.country,
            state=buyer.state,
            city=buyer.city,
            postcode=buyer.postcode,
            street=buyer.address,
            tax_number=buyer.tax_number,
        )
    )
    return list(dict.fromkeys(problem.code for problem in found))


def goods_of(lines: Iterable[LineDraft]) -> Decimal:
    return sum((line.quantity * line.unit_price for line in lines), _ZERO)


def handling_of(days: Iterable[int | None], store_days: int) -> int:
    """The longest handling time of an order's lines; the store's where a SKU states none."""
    return max((d or store_days for d in days), default=store_days)


@dataclass(slots=True)
class NewRows:
    """Rows of new orders, collected and then written with one COPY a table."""

    actor: Actor
    now: datetime
    skus: Skus
    orders: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    deadlines: list[DeadlineRow] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, order_id: int, clock: StoreClock, draft: OrderDraft) -> bool:
        """Add one order; returns whether it is open (something is still to be done with it)."""
        store, buyer, now = clock.store, draft.buyer, self.now
        seller_id = store.seller_id
        reached = Reached.of(draft, now)
        shipped_at, delivered_at, cancelled_at = reached
        units = 0 if cancelled_at else sum(line.quantity for line in draft.lines)
        done = units if shipped_at else 0
        confirmed_at = delivered_at if done else None
        known = [self.skus.get((seller_id, line.sku)) for line in draft.lines]
        handling = handling_of(
            (sku.handling_days if sku else None for sku in known), store.handling_days
        )
        goods = goods_of(draft.lines)
        rule = clock.rule_for(draft.paid_at, draft.currency)
        deadlines = new_deadlines(
            clock,
            order_id=order_id,
            paid_at=draft.paid_at,
            handling_days=handling,
            rule=rule,
            goods=goods,
            currency=draft.currency,
            given=draft.ship_by,
            deliver_by=draft.deliver_by,
            now=now,
            shipped_at=shipped_at,
            delivered_at=delivered_at,
            cancelled_at=cancelled_at,
        )
        self.deadlines += deadlines
        is_open = deadlines[0].stopped_at is None
        problems = ",".join(problems_of(buyer)) if is_open else ""
        stage = stage_of(
            accepted=shipped_at is not None,
            confirmed=confirmed_at is not None,
            units=units,
            allocated=done,
            packed=done,
            shipped=done,
            uploaded=done,
        )
        self.orders.append(
            (
                *(order_id, seller_id, store.pk, draft.number, draft.history.status, stage.value),
                *(buyer.ref, buyer.name, buyer.phone, buyer.country, buyer.state, buyer.city),
                *(buyer.postcode, buyer.address, buyer.tax_number),
                ship_to_key(buyer, unknown=f"{store.pk}/{draft.number}"),
                *(draft.remark, draft.currency, goods, draft.freight),
                *(draft.placed_at, draft.paid_at, deadlines[0].due_at, draft.deliver_by),
                *(handling, rule.pk if rule else None),
                *(units, done, done, done, done),
                f"{{{problems}}}",
                *(False, is_open, shipped_at is not None),
                *(shipped_at, shipped_at, shipped_at, shipped_at, shipped_at),
                *(delivered_at, confirmed_at, cancelled_at, 1, now, now),
            )
        )
        for position, (line, sku) in enumerate(zip(draft.lines, known, strict=True), 1):
            mine = line.quantity if done else 0
            self.lines.append(
                (
                    *(seller_id, order_id, position, sku.id if sku else None, line.sku),
                    *(line.title, line.specification, line.quantity, line.unit_price),
                    line.quantity if cancelled_at else 0,
                    *(mine, mine, mine, mine),
                )
            )
        if is_open:
            self._event(seller_id, order_id, "received", now, "{}")
        else:
            self._history(seller_id, order_id, draft.paid_at, reached)
        return is_open

    def _history(self, seller_id: int, order_id: int, paid_at: datetime, reached: Reached) -> None:
        """The events that an order has behind it, with their own times."""
        self._event(seller_id, order_id, "received", paid_at, _HISTORY)
        if reached.shipped_at:
            self._event(seller_id, order_id, "shipped", reached.shipped_at, _HISTORY)
            self._event(seller_id, order_id, "uploaded", reached.shipped_at, _HISTORY)
        if reached.delivered_at:
            self._event(seller_id, order_id, "delivered", reached.delivered_at, _HISTORY)
            if not reached.cancelled_at:
                self._event(seller_id, order_id, "confirmed", reached.delivered_at, _HISTORY)
        if reached.cancelled_at:
            self._event(seller_id, order_id, "cancelled", reached.cancelled_at, _HISTORY)

    def _event(self, seller_id: int, order_id: int, kind: str, at: datetime, data: str) -> None:
        actor = self.actor
        self.events.append(
            (seller_id, order_id, kind, at, actor.kind, actor.id, actor.name[:120], data)
        )

    def write(self) -> None:
        """Write what was added: four statements."""
        if not self.orders:
            return
        copy_rows("orders_order", _ORDER_COLUMNS, self.orders)
        copy_rows("orders_orderline", LINE_COLUMNS, self.lines)
        copy_rows("orders_deadline", DeadlineRow._fields, self.deadlines)
        copy_rows("orders_orderevent", _EVENT_COLUMNS, self.events)


def new_order_ids(n: int) -> Sequence[int]:
    return take_ids("orders_order_id_seq", n)
