"""An order that is known already arrives again: what the marketplace owns is brought up to date.

Never the stage, never what the seller did. A value that is empty says nothing and changes nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from core.actor import Actor
from core.locks import lock
from core.sql import insert_unnest, update_unnest
from orders import events
from orders.actions.cancel import cancel_orders
from orders.actions.receive_rows import (
    Reached,
    find_skus,
    goods_of,
    problems_of,
    ship_to_key,
)
from orders.deadlines import recompute_deadlines, recompute_fines
from orders.drafts import BuyerDraft, LineDraft, OrderDraft
from orders.models import Order
from orders.states import Stage
from sellers.models import Seller, Store

LINES_CHANGED = "lines_changed"

#: Columns that the marketplace owns, with their types and where a draft has them.
_OWNED = (
    ("marketplace_status", "text", lambda d: d.history.status),
    ("buyer_ref", "text", lambda d: d.buyer.ref),
    ("buyer_name", "text", lambda d: d.buyer.name),
    ("buyer_phone", "text", lambda d: d.buyer.phone),
    ("country", "text", lambda d: d.buyer.country),
    ("state", "text", lambda d: d.buyer.state),
    ("city", "text", lambda d: d.buyer.city),
    ("postcode", "text", lambda d: d.buyer.postcode),
    ("address", "text", lambda d: d.buyer.address),
    ("tax_number", "text", lambda d: d.buyer.tax_number),
    ("remark", "text", lambda d: d.remark),
    ("currency", "text", lambda d: d.currency),
    ("freight_amount", "numeric", lambda d: d.freight),
    ("placed_at", "timestamptz", lambda d: d.placed_at),
    ("paid_at", "timestamptz", lambda d: d.paid_at),
    ("deliver_by", "timestamptz", lambda d: d.deliver_by),
)
_NAMES = [name for name, _kind, _read in _OWNED]
_BUYER = frozenset(_NAMES[1:10])
_CANCELLABLE = frozenset({Stage.NEW, Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED})

# Column names of ours only.
_FIND = f"""
SELECT o.id, o.seller_id, o.store_id, o.number, o.stage, o.clock_open, o.problems, o.goods_amount,
       d.given_at, o.corrected, {", ".join("o." + name for name in _NAMES)}
FROM unnest(%s::bigint[], %s::text[]) AS v(store_id, number)
JOIN orders_order o ON o.store_id = v.store_id AND o.number = v.number
LEFT JOIN orders_deadline d ON d.order_id = o.id AND d.kind = 'ship_by'
"""  # noqa: S608
_LINES = """
SELECT order_id, id, position, sku_code, specification, quantity, cancelled, title, unit_price
FROM orders_orderline WHERE order_id = ANY(%s) ORDER BY order_id, position
"""
_NEW_LINE = [
    *(("seller_id", "bigint"), ("order_id", "bigint"), ("position", "int"), ("sku_id", "bigint")),
    *(("sku_code", "text"), ("title", "text"), ("specification", "text"), ("quantity", "int")),
    *(("unit_price", "numeric"), ("cancelled", "int"), ("allocated", "int"), ("packed", "int")),
    *(("shipped", "int"), ("uploaded", "int")),
]
_UNITS = """
UPDATE orders_order o SET units = l.units
FROM (SELECT order_id, sum(quantity) AS units FROM orders_orderline
      WHERE order_id = ANY(%s) GROUP BY 1) l
WHERE o.id = l.order_id
"""
_GIVEN = """
UPDATE orders_deadline d SET given_at = v.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(order_id, at)
WHERE d.order_id = v.order_id AND d.kind = 'ship_by' AND d.outcome = 'open'
"""
_DELIVER_BY = """
INSERT INTO orders_deadline (seller_id, order_id, kind, due_at, warn_at, given_at, stop_on, outcome,
                             warned, overdue, provisional, steps, fine_next, fine_total)
SELECT o.seller_id, o.id, 'deliver_by', o.deliver_by,
       o.deliver_by - s.warn_hours * interval '1 hour', o.deliver_by, '', 'open',
       o.history, o.history, false, '[]', 0, 0
FROM orders_order o JOIN sellers_store s ON s.id = o.store_id
WHERE o.id = ANY(%s) AND o.stage NOT IN ('confirmed', 'cancelled')
ON CONFLICT (order_id, kind) DO UPDATE SET
    due_at = excluded.due_at, warn_at = excluded.warn_at, given_at = excluded.given_at,
    warned = orders_deadline.warned AND excluded.warn_at <= now(),
    overdue = orders_deadline.overdue AND excluded.due_at <= now()
WHERE orders_deadline.outcome = 'open'
"""


class Line(NamedTuple):
    """A line as it is kept."""

    id: int
    position: int
    sku_code: str
    specification: str
    quantity: int
    cancelled: int
    title: str
    unit_price: Decimal


@dataclass(slots=True)
class Existing:
    """An order as it is kept, as far as it is compared."""

    id: int
    seller_id: int
    store_id: int
    number: str
    stage: str
    clock_open: bool
    problems: list[str]
    goods: Decimal
    given: datetime | None
    #: Parts of the address that the seller corrected, with what the marketplace said of them then.
    corrected: dict[str, str]
    owned: tuple[Any, ...]
    lines: list[Line] = field(default_factory=list)


def find_existing(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Existing]:
    """Known orders by (store id, number), with their lines: at most two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [[store for store, _n in keys], [number for _s, number in keys]])
        found = {
            row[0]: Existing(*(*row[:9], json.loads(row[9]), tuple(row[10:])))
            for row in cursor.fetchall()
        }
        if found:
            cursor.execute(_LINES, [list(found)])
            for order_id, *line in cursor.fetchall():
                found[order_id].lines.append(Line(*line))
    return {(order.store_id, order.number): order for order in found.values()}


@dataclass(slots=True)
class Change:
    """What is different about one order."""

    order: Existing
    draft: OrderDraft
    owned: tuple[Any, ...]
    fields: list[str]
    given: bool = False
    #: Kept line → its draft, for titles and prices.
    retold: list[tuple[Line, LineDraft]] = field(default_factory=list)
    #: Other goods or other quantities.
    other_lines: bool = False
    cancel: bool = False
    goods: Decimal = Decimal(0)


def apply_changes(
    stores: Iterable[Store],
    known: Sequence[tuple[Existing, OrderDraft]],
    actor: Actor,
    now: datetime,
) -> set[int]:
    """Bring known orders up to date; returns the ids of those that changed."""
    changes = [c for c in (_compare(order, draft, now) for order, draft in known) if c]
    if not changes:
        return set()
    # The order may have moved since it was read, and its address been corrected: what is different
    # is decided again under the lock.
    locked = {row.pk: row for row in lock(Order.objects.all(), [c.order.id for c in changes])}
    for change in changes:
        row = locked[change.order.id]
        change.order.stage = row.stage
        change.order.problems = row.problems
        change.order.clock_open = row.clock_open
        change.order.corrected = row.corrected
        change.order.owned = tuple(getattr(row, name) for name in _NAMES)
    changes = [c for c in (_compare(change.order, change.draft, now) for change in changes) if c]
    told = [change for change in changes if _settle(change)]
    _write_lines(told)
    _write_orders(told, now)
    _write_clocks(told)
    if told:
        events.record(
            "updated",
            rows=[(c.order.seller_id, c.order.id) for c in told],
            actor=actor,
            at=now,
            data=[{"fields": c.fields} for c in told],
        )
    changed = {c.order.id for c in told}
    return changed | _cancel([c for c in changes if c.cancel], actor)


def _compare(order: Existing, draft: OrderDraft, now: datetime) -> Change | None:
    """What is different. A part of the address that the seller corrected stays so while the
    marketplace says what it said before."""
    owned = tuple(
        kept if read(draft) == order.corrected.get(name, "") else read(draft) or kept
        for (name, _k, read), kept in zip(_OWNED, order.owned, strict=True)
    )
    change = Change(order, draft, owned, [])
    if owned != order.owned:
        change.fields = [
            name for name, new, old in zip(_NAMES, owned, order.owned, strict=True) if new != old
        ]
    if draft.ship_by is not None and draft.ship_by != order.given and order.clock_open:
        change.given = True
    pairs = _pairs(order.lines, draft.lines)
    if pairs is None:
        change.other_lines = True
    else:
        change.retold = [
            (line, told)
            for line, told in pairs
            if line.unit_price != told.unit_price or (told.title and line.title != told.title)
        ]
    change.cancel = (
        draft.history.cancelled
        and order.stage in _CANCELLABLE
        and Reached.of(draft, now).cancelled_at is not None
    )
    told_before = change.other_lines and LINES_CHANGED in order.problems
    finished = order.stage == Stage.CANCELLED
    if finished or told_before:
        change.other_lines, change.retold = False, []
    return (
        change
        if change.fields or change.given or change.retold or change.other_lines or change.cancel
        else None
    )


def _pairs(
    lines: Sequence[Line], drafts: Sequence[LineDraft]
) -> list[tuple[Line, LineDraft]] | None:
    """Kept lines with the drafts that tell of the same goods and quantity; ``None`` if they differ.
    The order of lines does not matter."""
    if len(lines) != len(drafts):
        return None
    left: dict[tuple[str, str, int], list[Line]] = defaultdict(list)
    for line in reversed(lines):
        left[line.sku_code, line.specification, line.quantity].append(line)
    pairs = []
    for draft in drafts:
        same = left.get((draft.sku, draft.specification, draft.quantity))
        if not same:
            return None
        pairs.append((same.pop(), draft))
    return pairs


def _settle(change: Change) -> bool:
    """Decide, under the lock, what of a change is made; names the fields. False: nothing is."""
    order = change.order
    if change.given:
        if order.clock_open:
            change.fields.append("ship_by")
        else:
            change.given = False
    change.goods = order.goods
    if change.other_lines:
        if order.stage == Stage.NEW and not any(line.cancelled for line in order.lines):
            change.fields.append("lines")
            change.goods = goods_of(change.draft.lines)
            order.problems = [p for p in order.problems if p != LINES_CHANGED]
        else:
            # The seller has begun with what was ordered: a person must look at it.
            change.other_lines = False
            if LINES_CHANGED not in order.problems:
                order.problems = [*order.problems, LINES_CHANGED]
                change.fields.append("problems")
    elif change.retold:
        change.fields.append("lines")
        change.goods += sum(
            (
                (line.quantity - line.cancelled) * (told.unit_price - line.unit_price)
                for line, told in change.retold
            ),
            Decimal(0),
        )
    if _BUYER.intersection(change.fields) and order.stage not in (Stage.CONFIRMED, Stage.CANCELLED):
        extra = [LINES_CHANGED] if LINES_CHANGED in order.problems else []
        if order.clock_open:
            order.problems = problems_of(_buyer(change)) + extra
    return bool(change.fields)


def _buyer(change: Change) -> BuyerDraft:
    owned = dict(zip(_NAMES, change.owned, strict=True))
    return BuyerDraft(
        country=owned["country"],
        name=owned["buyer_name"],
        phone=owned["buyer_phone"],
        state=owned["state"],
        city=owned["city"],
        postcode=owned["postcode"],
        address=owned["address"],
        tax_number=owned["tax_number"],
        ref=owned["buyer_ref"],
    )


def _write_orders(told: Sequence[Change], now: datetime) -> None:
    """The orders' own columns: two statements."""
    update_unnest(
        "orders_order",
        ("id", "bigint"),
        [
            *((name, kind) for name, kind, _read in _OWNED),
            ("ship_to_key", "text"),
            ("goods_amount", "numeric"),
            ("updated_at", "timestamptz"),
        ],
        [
            (
                c.order.id,
                *c.owned,
                ship_to_key(_buyer(c), unknown=f"{c.order.store_id}/{c.order.number}"),
                c.goods,
                now,
            )
            for c in told
        ],
        also="version = t.version + 1",
    )
    overruled = {
        c.order.id: names for c in told if (names := c.order.corrected.keys() & set(c.fields))
    }
    if overruled:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_order o SET corrected = o.corrected - string_to_array(v.names, ' ') "
                "FROM unnest(%s::bigint[], %s::text[]) AS v(id, names) WHERE o.id = v.id",
                [list(overruled), [" ".join(sorted(names)) for names in overruled.values()]],
            )
    if told:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_order o SET problems = v.problems::varchar[] "
                "FROM unnest(%s::bigint[], %s::text[]) AS v(id, problems) "
                "WHERE o.id = v.id AND o.problems <> v.problems::varchar[]",
                [
                    [c.order.id for c in told],
                    ["{" + ",".join(c.order.problems) + "}" for c in told],
                ],
            )


def _write_lines(told: Sequence[Change]) -> None:
    """Titles and prices of lines that stay; other lines in place of those that do not."""
    update_unnest(
        "orders_orderline",
        ("id", "bigint"),
        [("title", "text"), ("unit_price", "numeric")],
        [
            (line.id, new.title or line.title, new.unit_price)
            for c in told
            for line, new in c.retold
        ],
    )
    replaced = [c for c in told if c.other_lines]
    if not replaced:
        return
    skus = find_skus(
        {(c.order.seller_id, line.sku) for c in replaced for line in c.draft.lines if line.sku}
    )
    ids = [c.order.id for c in replaced]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_orderline WHERE order_id = ANY(%s)", [ids])
        insert_unnest(
            "orders_orderline",
            _NEW_LINE,
            [
                (
                    *(c.order.seller_id, c.order.id, position, sku.id if sku else None, line.sku),
                    *(line.title, line.specification, line.quantity, line.unit_price),
                    *(0, 0, 0, 0, 0),
                )
                for c in replaced
                for position, line in enumerate(c.draft.lines, 1)
                for sku in [skus.get((c.order.seller_id, line.sku))]
            ],
        )
        cursor.execute(_UNITS, [ids])


def _write_clocks(told: Sequence[Change]) -> None:
    given = [c for c in told if c.given]
    if given:
        with connection.cursor() as cursor:
            cursor.execute(_GIVEN, [[c.order.id for c in given], [c.draft.ship_by for c in given]])
    promised = [c.order.id for c in told if "deliver_by" in c.fields]
    if promised:
        with connection.cursor() as cursor:
            cursor.execute(_DELIVER_BY, [promised])
    recompute_deadlines(
        [c.order.id for c in told if c.given or c.other_lines or "paid_at" in c.fields]
    )
    recompute_fines([c.order.id for c in told if c.goods != c.order.goods])


def _cancel(changes: Sequence[Change], actor: Actor) -> set[int]:
    """Cancel what the marketplace says is cancelled and has not left: once per seller."""
    by_seller: dict[int, list[int]] = defaultdict(list)
    for change in changes:
        by_seller[change.order.seller_id].append(change.order.id)
    done: set[int] = set()
    for seller in Seller.objects.filter(pk__in=by_seller) if by_seller else ():
        outcome = cancel_orders(seller=seller, orders=by_seller[seller.pk], actor=actor)
        done |= {row.id for row in outcome if row.status == "done"}
    return done
