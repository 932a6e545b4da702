"""Reading a packing session: its scans, what is wanted of its orders, and the shop's rules.

A scan is answered many thousand times a day, so each of these is one statement.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import get_language

from core.ids import encode
from logistics.boxes import Goods
from logistics.models import Box, PackSession, PackSettings, QualityCheck, Scan
from logistics.packing import Entry, Rules, State, fold, next_step
from orders.models import Order
from sellers.models import Seller

#: Digest of an address as it stands on the label.
ADDRESS_SQL = (
    "md5(concat_ws(chr(31), o.buyer_name, o.buyer_phone, o.country, o.state, o.city, "
    "o.postcode, o.address))"
)

#: So many orders of one buyer are offered for one parcel.
MAX_SIBLINGS = 10

_LINES = f"""
SELECT o.id, o.number, o.stage, o.on_hold, o.remark, o.country, o.ship_by, o.ship_to_key,
    o.buyer_name, o.version, po.address <> {ADDRESS_SQL},
    EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL
            AND h.reason = 'cancellation'),
    together.numbers,
    l.id, l.position, l.title, l.specification, l.cancelled,
    l.quantity - l.cancelled, l.allocated, l.packed, l.allocated - l.packed,
    k.id, k.code, k.barcode, k.name, k.name_zh, k.specification, k.weight_grams,
    k.length_mm, k.width_mm, k.height_mm, k.fragile, k.battery, k.liquid,
    (SELECT string_agg(p.short || ' · ' || p.short_reason, '; ') FROM logistics_pick p
     WHERE p.line_id = l.id AND p.short > 0)
FROM logistics_packorder po JOIN orders_order o ON o.id = po.order_id
-- OFFSET 0: looked for once an order, not once a line.
CROSS JOIN LATERAL (SELECT array(
    SELECT s.number FROM orders_order s
    WHERE s.seller_id = o.seller_id AND s.ship_to_key = o.ship_to_key AND s.id <> o.id
        AND s.stage IN ('accepted', 'stocked') AND NOT s.on_hold AND s.allocated > s.packed
        AND NOT EXISTS (SELECT 1 FROM logistics_packorder q WHERE q.order_id = s.id AND q.open)
    ORDER BY s.ship_by, s.id LIMIT {MAX_SIBLINGS}
) AS numbers OFFSET 0) together
LEFT JOIN orders_orderline l ON l.order_id = o.id LEFT JOIN stock_sku k ON k.id = l.sku_id
WHERE po.session_id = %s ORDER BY po.id, l.position
"""  # noqa: S608

_SIBLINGS = f"""
SELECT o.id, o.number FROM orders_order o
WHERE o.seller_id = %s AND o.ship_to_key = %s AND o.id <> ALL(%s)
    AND o.stage IN ('accepted', 'stocked') AND NOT o.on_hold AND o.allocated > o.packed
    AND NOT EXISTS (SELECT 1 FROM logistics_packorder p WHERE p.order_id = o.id AND p.open)
ORDER BY o.ship_by, o.id LIMIT {MAX_SIBLINGS}
"""  # noqa: S608

_SESSION_FIELDS = [field.attname for field in PackSession._meta.concrete_fields]
_SCAN_FIELDS = [field.attname for field in Scan._meta.concrete_fields]

# Written out: to put these two together anew takes the ORM longer than the database to answer.
_SESSION = f"""
SELECT {", ".join(_SESSION_FIELDS)} FROM logistics_packsession
WHERE seller_id = %s AND packer_id = %s AND outcome = 'open'
"""  # noqa: S608

_ENTRIES = f"""
SELECT {", ".join("data::json" if name == "data" else name for name in _SCAN_FIELDS)}
FROM logistics_scan WHERE (seller_id = %s AND client_id = %s) OR session_id = %s ORDER BY id
"""  # noqa: S608

_RULES = """
SELECT (SELECT to_json(s) FROM logistics_packsettings s WHERE s.seller_id = %(seller)s),
    (SELECT json_agg(b ORDER BY b.id) FROM logistics_box b
     WHERE b.seller_id = %(seller)s AND b.active),
    (SELECT json_agg(c ORDER BY c.sku_id NULLS LAST, c.id) FROM logistics_qualitycheck c
     WHERE c.seller_id = %(seller)s AND (c.sku_id IS NULL OR c.sku_id = ANY(%(skus)s)))
"""


class OrderIn(NamedTuple):
    """An order in a session, as it is now."""

    id: int
    number: str
    stage: str
    on_hold: bool
    remark: str
    country: str
    ship_by: datetime
    ship_to_key: str
    buyer_name: str
    version: int
    address_changed: bool
    asks_to_cancel: bool
    #: Numbers of other orders of this buyer to this address that are ready, on no table.
    siblings: list[str]

    @property
    def public_id(self) -> str:
        return encode(Order.id_prefix, self.id)


class LineIn(NamedTuple):
    """A line of an order in a session. ``wanted`` is what can go into a parcel now."""

    id: int
    position: int
    title: str
    specification: str
    cancelled: int
    open: int
    allocated: int
    packed: int
    wanted: int
    sku: int | None
    code: str
    barcode: str
    name: str
    name_zh: str
    sku_specification: str
    grams: int
    length: int
    width: int
    height: int
    fragile: bool
    battery: bool
    liquid: bool
    note: str | None
    order: int

    @property
    def label(self) -> str:
        """The name in the current language."""
        chinese = (get_language() or "").startswith("zh")
        return (self.name_zh if chinese and self.name_zh else self.name) or self.title


@dataclass(slots=True)
class ShopRules:
    """A shop's settings, boxes in use and the checks that apply."""

    settings: PackSettings
    boxes: list[Box]
    checks: list[QualityCheck]

    @property
    def plain(self) -> Rules:
        return Rules(
            box=self.settings.ask_box and bool(self.boxes),
            weight=self.settings.ask_weight,
            photo=self.settings.photo == PackSettings.Photo.REQUIRED,
            checks=[check.pk for check in self.checks],
        )


@dataclass(slots=True)
class Table:
    """What lies on the packing table: the session, its orders, its scans."""

    session: PackSession
    orders: list[OrderIn] = field(default_factory=list)
    lines: list[LineIn] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    rules: ShopRules | None = None

    @property
    def state(self) -> State:
        return fold(self.entries)

    @property
    def wanted(self) -> dict[int, int]:
        return {line.id: line.wanted for line in self.lines}

    @property
    def whole(self) -> bool:
        """Whether every wanted unit is in, so that the shop's rules matter now."""
        state = self.state
        full = all(state.counts.get(line, 0) == n for line, n in self.wanted.items())
        return state.units > 0 and (full or state.split)

    @property
    def step(self) -> str:
        """What comes next; the rules are looked at when all units are in."""
        rules = self.rules.plain if self.rules else Rules()
        return next_step(self.state, self.wanted, rules)

    def line(self, pk: int | None) -> LineIn | None:
        return next((line for line in self.lines if line.id == pk), None)

    def code_of(self, sku: int | None) -> str:
        """The code of a SKU on the table; empty for none."""
        return next((line.code for line in self.lines if sku and line.sku == sku), "")

    def goods(self) -> list[Goods]:
        """What is in the box."""
        counts = self.state.counts
        return [
            Goods((line.length, line.width, line.height), counts[line.id], line.grams)
            for line in self.lines
            if counts.get(line.id, 0) > 0
        ]

    def box(self) -> Box | None:
        """The chosen box."""
        chosen = self.state.box
        return next((b for b in self.rules.boxes if b.pk == chosen), None) if self.rules else None

    def expected_grams(self) -> int | None:
        """What the parcel should weigh; ``None`` when a weight is not known."""
        goods = self.goods()
        if not goods or any(not g.grams for g in goods):
            return None
        box = self.box()
        if box is None and self.rules and self.rules.plain.box:
            return None
        return sum(g.grams * g.quantity for g in goods) + (box.weight_grams if box else 0)


def open_session(seller: Seller, user: int | None, *, lock: bool = False) -> PackSession | None:
    """The parcel that somebody is packing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION + (" FOR NO KEY UPDATE" if lock else ""), [seller.pk, user])
        row = cursor.fetchone()
    return PackSession.from_db(connection.alias, _SESSION_FIELDS, row) if row else None


def read_lines(table: Table) -> None:
    """Read the orders and lines of a session as they are now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [table.session.pk])
        rows = cursor.fetchall()
    n = len(OrderIn._fields)
    table.orders = list({row[0]: OrderIn._make(row[:n]) for row in rows}.values())
    table.lines = [
        LineIn._make((*(v if v is not None or i in (9, 22) else _EMPTY[i]
                        for i, v in enumerate(row[n:])), row[0]))
        for row in rows
        if row[n] is not None
    ]  # fmt: skip


#: What stands for a SKU that a line does not have, by place in ``LineIn``.
_EMPTY: dict[int, Any] = {
    **dict.fromkeys(range(10, 15), ""),
    **dict.fromkeys(range(15, 19), 0),
    **dict.fromkeys(range(19, 22), False),
}


def read_entries(seller: Seller, session: PackSession | None, client_id: str = "") -> list[Scan]:
    """The scans of a session, and the one with this client id wherever it was made. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [seller.pk, client_id, session.pk if session else None])
        rows = cursor.fetchall()
    return [Scan.from_db(connection.alias, _SCAN_FIELDS, row) for row in rows]


def entry_of(scan: Scan) -> Entry:
    return Entry(scan.pk, scan.kind, scan.result, scan.line_id, scan.quantity, scan.data)


def read_rules(seller: Seller, skus: Collection[int]) -> ShopRules:
    """The shop's settings, boxes and checks. One query for the three."""
    with connection.cursor() as cursor:
        cursor.execute(_RULES, {"seller": seller.pk, "skus": list(skus)})
        settings, boxes, checks = cursor.fetchone()
    return ShopRules(
        PackSettings(**(settings or {"seller_id": seller.pk})),
        [Box(**{k: v for k, v in row.items() if k != "counted_at"}) for row in boxes or ()],
        [QualityCheck(**{k: v for k, v in row.items() if k != "created_at"})
         for row in checks or ()],
    )  # fmt: skip


def siblings(seller: Seller, orders: Sequence[OrderIn]) -> list[tuple[int, str]]:
    """Other orders of the same buyer to the same address that are ready. One query."""
    if not orders:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _SIBLINGS, [seller.pk, orders[0].ship_to_key, [order.id for order in orders]]
        )
        return list(cursor.fetchall())
