"""An order file → orders. Streaming: memory follows the number of orders, not the size of the file.

The file is read twice. The first time only counts: rows, the newest order, and the last row of each
order, because the rows of one order need not stand together. The second time an order is taken in
as soon as its last row has been read; rows that wait for others of their order wait packed.

A row that is wrong leaves out its whole order, never half of it, and no other order.
"""

import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import IO, ClassVar, Protocol, TextIO

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Text
from marketplaces.importers.mapping import ColumnMap
from marketplaces.importers.order_csv import (
    Row,
    RowError,
    RowErrors,
    error_text,
    open_text,
    read_rows,
    shift_to_now,
)
from orders.actions.receive import receive_many
from orders.drafts import BuyerDraft, HistoryDraft, LineDraft, OrderDraft
from sellers.models import Store
from stock.catalogue import SkuSeed, ensure_skus

CHUNK = 2_000
#: Reasons that are kept; further ones are only counted.
MAX_REJECTIONS = 10_000

#: What marketplaces write for an order that will not be shipped any more.
CANCELLED = frozenset(
    {"canceled", "cancelled", "unavailable", "refunded", "closed", "已取消", "已关闭", "交易关闭"}
)

#: What is counted in orders.
COUNTS = ("created", "updated", "unchanged", "rejected")

#: (seller cell, store cell, order number)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row was left out: the place, a stable code, and what to do about it."""

    row: int
    column: str
    value: str
    code: str
    detail: Text

    def as_dict(self) -> dict[str, object]:
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "detail": str(self.detail),
        }


@dataclass(slots=True)
class ImportResult:
    """What came of a file. ``created`` … ``rejected`` count orders."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    #: Row → why, for the file of rejected rows.
    rejected_rows: dict[int, str] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    unknown_columns: tuple[str, ...] = ()
    encoding: str = ""
    shift_days: int = 0
    #: Rows that the file says are somebody else's to fulfil.
    skipped: int = 0

    def add(self, part: "ImportResult") -> None:
        """Count the orders of a part, and keep its rejections."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.rejected_rows |= part.rejected_rows
        self.rejections += part.rejections[: MAX_REJECTIONS - len(self.rejections)]

    def reject(self, rejection: Rejection) -> None:
        self.rejected_rows.setdefault(rejection.row, rejection.code)
        if len(self.rejections) < MAX_REJECTIONS:
            self.rejections.append(rejection)

    def as_dict(self) -> dict[str, object]:
        return {
            "rows": self.rows,
            "orders": {
                "created": self.created,
                "updated": self.updated,
                "unchanged": self.unchanged,
                "rejected": self.rejected,
            },
            "rejected": [r.as_dict() for r in sorted(self.rejections, key=lambda r: r.row)],
            "rejected_rows": len(self.rejected_rows),
            "unknown_columns": list(self.unknown_columns),
            "encoding": self.encoding,
            "shift_days": self.shift_days,
            "skipped": self.skipped,
        }


class Shops(Protocol):
    """Where orders go: from the cells ``seller`` and ``store`` to a store."""

    #: Whether the column ``seller`` tells orders of the same number apart.
    by_seller: ClassVar[bool]

    def prepare(self, cells: set[tuple[str, str]]) -> None:
        """All pairs of cells in the file, before the first order is taken in."""

    def find(self, seller: str, store: str) -> Store | Rejection:
        """The store, or why there is none (the row is filled in by the caller)."""


#: Called for each transaction's worth of orders with how far the file has been read, all rows, and
#: what takes the orders in; answers what came of them. A job notes it, and answers from its notes
#: what was done already.
Step = Callable[[int, int, Callable[[], ImportResult]], ImportResult]


@dataclass(slots=True)
class Survey:
    """What the first reading finds."""

    rows: int = 0
    newest: datetime | None = None
    #: Hash of the key → place of its last row. Two keys of one hash only make an order wait longer.
    last: dict[int, int] = field(default_factory=dict)
    cells: set[tuple[str, str]] = field(default_factory=set)


def _key(row: Row | RowErrors, by_seller: bool) -> Key:
    return row.seller if by_seller else "", row.store, row.order_number


def survey(
    source: str | Path | IO[bytes],
    *,
    zone: tzinfo,
    now: datetime,
    by_seller: bool = False,
    mapping: ColumnMap | None = None,
) -> Survey:
    """Read a file without taking anything in. Raises ``FileProblem``."""
    found = Survey()
    last, newest = found.last, datetime.min.replace(tzinfo=UTC)
    with _opened(source) as (stream, _encoding):
        for row in read_rows(stream, zone=zone, now=now, mapping=mapping):
            found.rows += 1
            last[hash(_key(row, by_seller))] = found.rows
            if isinstance(row, Row):
                found.cells.add((row.seller, row.store))
                if row.placed_at > newest:
                    newest = row.placed_at
    found.newest = newest if newest.year > 1 else None
    return found


@contextmanager
def _opened(source: str | Path | IO[bytes]) -> Iterator[tuple[TextIO, str]]:
    """The text of a file and its encoding. A file that was handed in stays open, and goes back to
    its beginning."""
    stream, encoding = open_text(source)
    try:
        yield stream, encoding
    finally:
        if isinstance(source, (str, Path)):
            stream.close()
        else:
            stream.detach()
            source.seek(0)


def run_import(
    source: str | Path | IO[bytes],
    *,
    shops: Shops,
    actor: Actor,
    zone: tzinfo,
    to_now: bool = False,
    create_skus: bool = False,
    now: datetime | None = None,
    mapping: ColumnMap | None = None,
    step: Step | None = None,
) -> ImportResult:
    """Take the orders of a file in, in transactions of 2,000 orders.

    ``zone`` is that of times without one. ``to_now`` moves all times by whole days so that the
    newest order is from the last 24 hours. ``mapping`` is for files whose columns have other names.
    ``step`` is asked to take each transaction's worth of orders in. Running it again is safe: what
    is in already is unchanged. Raises ``FileProblem`` for a file that cannot be read at all, and
    ``Forbidden``.
    """
    actor.require("orders:write")
    now = now or timezone.now()
    found = survey(source, zone=zone, now=now, by_seller=shops.by_seller, mapping=mapping)
    shops.prepare(found.cells)
    shift = shift_to_now(found.newest, now) if to_now and found.newest else timedelta()
    result = ImportResult(shift_days=shift.days)
    with _opened(source) as (stream, encoding):
        rows = read_rows(stream, zone=zone, shift=shift, now=now, mapping=mapping)
        result.encoding, result.unknown_columns = encoding, rows.unknown_columns
        chunk: list[tuple[Store, list[Row]]] = []
        part = ImportResult()

        def finish() -> None:
            """The part is over: take its orders in, unless that was done before."""

            def work() -> ImportResult:
                if chunk:
                    _take_in(chunk, actor, create_skus, part, now)
                return part

            result.add(step(result.rows, found.rows, work) if step else work())

        for group in _groups(rows, found.last, shops.by_seller, result):
            order = _checked(group, shops, part)
            if order is not None:
                chunk.append(order)
            if len(chunk) >= CHUNK:
                finish()
                chunk, part = [], ImportResult()
        finish()
        result.skipped = rows.skipped
    return result


def _groups(
    rows: Iterator[Row | RowErrors], last: dict[int, int], by_seller: bool, result: ImportResult
) -> Iterator[list[Row | RowErrors]]:
    """The rows of one order at a time, each as soon as its last row has been read."""
    waiting: dict[Key, list[bytes]] = defaultdict(list)
    for key, run in groupby(rows, lambda row: _key(row, by_seller)):
        together = list(run)
        result.rows += len(together)
        if last.get(hash(key), 0) > result.rows:
            waiting[key] += (pickle.dumps(row, pickle.HIGHEST_PROTOCOL) for row in together)
        else:
            yield [*_unpacked(waiting.pop(key, ())), *together]
    # Only where two keys had the same hash.
    for packed in waiting.values():
        yield list(_unpacked(packed))


def _unpacked(packed: Iterable[bytes]) -> Iterator[Row | RowErrors]:
    # Our own bytes, of a moment ago.
    return (pickle.loads(row) for row in packed)  # noqa: S301


_NOT_PAID = _("The order is not paid: fill in the time of the payment, or leave the order out.")
_INCOMPLETE = _("Left out, because another row of the same order is wrong.")


def _checked(
    group: Sequence[Row | RowErrors], shops: Shops, result: ImportResult
) -> tuple[Store, list[Row]] | None:
    """The store and the rows of an order, or ``None`` after noting why it is left out."""
    wrong: list[Rejection] = []
    good: list[Row] = []
    store: Store | Rejection | None = None
    for row in group:
        if isinstance(row, RowErrors):
            wrong += (_of_cell(error) for error in row.errors)
            continue
        good.append(row)
        if row.paid_at is None:
            wrong.append(Rejection(row.row_number, "paid_at", "", "not_paid", _NOT_PAID))
        if store is None:
            store = shops.find(row.seller, row.store)
        if isinstance(store, Rejection):
            wrong.append(
                Rejection(row.row_number, store.column, store.value, store.code, store.detail)
            )
    if not wrong and isinstance(store, Store):
        return store, good
    _reject(group, wrong, result)
    return None


def _reject(
    group: Sequence[Row | RowErrors], wrong: Sequence[Rejection], result: ImportResult
) -> None:
    if any(row.order_number for row in group):
        result.rejected += 1
    for rejection in wrong:
        result.reject(rejection)
    named = {rejection.row for rejection in wrong}
    for row in group:
        if row.row_number not in named:
            result.reject(Rejection(row.row_number, "", "", "order_incomplete", _INCOMPLETE))


def _of_cell(error: RowError) -> Rejection:
    return Rejection(error.row_number, error.column, error.value, error.code, error_text(error))


def _take_in(
    chunk: Sequence[tuple[Store, list[Row]]],
    actor: Actor,
    create_skus: bool,
    result: ImportResult,
    now: datetime,
) -> None:
    if create_skus:
        ensure_skus(
            (_seed(store.seller_id, row) for store, rows in chunk for row in rows), actor=actor
        )
    outcome = receive_many(
        drafts=[(store, _draft(rows)) for store, rows in chunk], actor=actor, now=now
    )
    for (_store, rows), answer in zip(chunk, outcome, strict=True):
        if answer.status == "created":
            result.created += 1
        elif answer.status == "updated":
            result.updated += 1
        elif answer.status == "unchanged":
            result.unchanged += 1
        else:
            _reject(rows, [_of_field(error, rows) for error in answer.errors], result)


def _seed(seller_id: int, row: Row) -> SkuSeed:
    return SkuSeed(
        seller_id,
        row.sku,
        row.title,
        row.weight_grams or 0,
        (row.length_cm or 0) * 10,
        (row.width_cm or 0) * 10,
        (row.height_cm or 0) * 10,
    )


def _draft(rows: Sequence[Row]) -> OrderDraft:
    """What belongs to the order as a whole is read from its first row; freight is summed up."""
    first = rows[0]
    return OrderDraft(
        number=first.order_number,
        currency=first.currency,
        placed_at=first.placed_at,
        paid_at=first.paid_at or first.placed_at,  # rows without one do not get here
        buyer=BuyerDraft(
            country=first.buyer_country,
            name=first.buyer_name,
            phone=first.buyer_phone,
            state=first.buyer_state,
            city=first.buyer_city,
            postcode=first.buyer_postcode,
            address=first.buyer_address,
            tax_number=first.buyer_tax_number,
            ref=first.buyer_id,
        ),
        lines=tuple(LineDraft(row.quantity, row.unit_price, row.sku, row.title) for row in rows),
        freight=sum((row.freight for row in rows if row.freight), Decimal(0)),
        ship_by=first.ship_by,
        deliver_by=first.deliver_by,
        remark=first.remark,
        history=HistoryDraft(
            status=first.platform_status,
            handed_over_at=first.handed_over_at,
            delivered_at=first.delivered_at,
            cancelled=first.platform_status.lower() in CANCELLED,
        ),
    )


_COLUMNS = {
    "number": "order_number",
    "status": "platform_status",
    "country": "buyer_country",
    "name": "buyer_name",
    "phone": "buyer_phone",
    "state": "buyer_state",
    "city": "buyer_city",
    "postcode": "buyer_postcode",
    "address": "buyer_address",
    "tax_number": "buyer_tax_number",
    "ref": "buyer_id",
    "lines": "",
}


def _of_field(error: FieldError, rows: Sequence[Row]) -> Rejection:
    """An error of a draft, at the row and column it came from."""
    parts = error.pointer.strip("/").split("/")
    index = int(parts[1]) if parts[0] == "lines" and len(parts) > 1 else 0
    column = _COLUMNS.get(parts[-1], parts[-1])
    value = str(getattr(rows[index], column, ""))[:64] if column else ""
    return Rejection(rows[index].row_number, column, value, error.code, error.detail)
