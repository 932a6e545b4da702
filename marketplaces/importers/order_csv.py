"""The order file (``docs/order-file.md``): a CSV with a row per order line → typed rows.

Pure and streaming: no database, memory does not grow with the file. A bad row never stops the good
ones; it is answered with all that is wrong in it, by row and column.

Speed: a cell that was seen lately is not parsed again (``Memo``), and a row is looked at cell by
cell only when something in it is unusual.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple, TextIO

from core.files.csv_text import BrokenRecord, FileProblem, open_text, records
from marketplaces.importers import order_cells
from marketplaces.importers.mapping import ColumnMap, Translator
from marketplaces.importers.order_cells import (
    BAD_CHARACTER,
    ERROR_TEXTS,
    MANGLED,
    MAX_QUANTITY,
    CellError,
    Memo,
)

__all__ = [
    "FileProblem",
    "OrderRows",
    "Row",
    "RowError",
    "RowErrors",
    "error_text",
    "newest_placed_at",
    "open_text",
    "read_rows",
    "shift_to_now",
]

MAX_ROWS = 1_000_000
MAX_LINE_TOTAL = Decimal(10) ** 11  # so that an order's sum fits its column
FUTURE_YEARS = 5


class Row(NamedTuple):
    """One order line as the file has it. Times are aware, in UTC; an empty cell is ``""`` for a
    text and ``None`` for anything else. ``row_number`` is the one a spreadsheet shows."""

    row_number: int
    order_number: str
    seller: str
    store: str
    platform_status: str
    placed_at: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    deliver_by: datetime | None
    buyer_id: str
    buyer_name: str
    buyer_phone: str
    buyer_address: str
    buyer_country: str
    buyer_state: str
    buyer_city: str
    buyer_postcode: str
    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    currency: str
    freight: Decimal | None
    weight_grams: int | None
    length_cm: int | None
    width_cm: int | None
    height_cm: int | None
    remark: str
    buyer_tax_number: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell, or with the row (``column`` empty). ``value`` is shortened, and
    may be a buyer's data: show it to the person who sent the file, keep it out of logs."""

    row_number: int
    column: str
    value: str
    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowErrors:
    """A row that is left out, and why. The other fields are as in the file, for telling which
    order is incomplete; empty where they cannot be read."""

    row_number: int
    errors: list[RowError]
    order_number: str = ""
    seller: str = ""
    store: str = ""


COLUMNS: tuple[str, ...] = Row._fields[1:]
REQUIRED: tuple[str, ...] = (
    "order_number",
    "placed_at",
    "sku",
    "quantity",
    "unit_price",
    "currency",
    "buyer_country",
)
MAX_LENGTHS: dict[str, int] = {
    "order_number": 64,
    "seller": 64,
    "store": 64,
    "platform_status": 40,
    "buyer_id": 64,
    "buyer_name": 120,
    "buyer_phone": 40,
    "buyer_address": 300,
    "buyer_state": 80,
    "buyer_city": 80,
    "buyer_postcode": 20,
    "buyer_tax_number": 40,
    "sku": 100,
    "title": 300,
    "remark": 2000,
}


def error_text(error: RowError) -> str:
    """What is wrong and what to do, in the user's language, without the place."""
    return str(ERROR_TEXTS[error.code]) % error.params


_TIMES = ("placed_at", "paid_at", "ship_by", "handed_over_at", "delivered_at", "deliver_by")
_PLAIN: dict[str, Callable[[str], object]] = {
    "buyer_country": order_cells.country,
    "quantity": order_cells.quantity,
    "unit_price": order_cells.amount,
    "currency": order_cells.currency,
    "freight": order_cells.optional_amount,
    "weight_grams": order_cells.measure,
    "length_cm": order_cells.measure,
    "width_cm": order_cells.measure,
    "height_cm": order_cells.measure,
}
_SHORTEST_LIMIT = min(limit for name, limit in MAX_LENGTHS.items() if name != "buyer_postcode")
_POSTCODE = COLUMNS.index("buyer_postcode")
_PLACED_AT, _SKU, _UNIT_PRICE = (COLUMNS.index(n) for n in ("placed_at", "sku", "unit_price"))
_LARGE = MAX_LINE_TOTAL / MAX_QUANTITY  # a price under this cannot make a line total too large


class OrderRows(Iterator[Row | RowErrors]):
    """Iterates over the rows of an order file: ``Row`` for a good one, ``RowErrors`` for a bad one.

    ``unknown_columns`` are those of the header that mean nothing here and are left out,
    ``missing_columns`` the optional ones that it lacks. ``mapping`` says which columns of a file
    with other names are ours; ``skipped`` counts the rows that it leaves to others.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        zone: tzinfo,
        shift: timedelta,
        now: datetime,
        mapping: ColumnMap | None = None,
    ) -> None:
        self._records = records(stream)
        first = self._first()
        self._foreign = Translator(mapping, COLUMNS) if mapping else None
        if mapping:
            self._source_width = len(first)
            used = {*mapping.columns.values(), mapping.mode}
            self.unknown_columns = tuple(
                cell for i, cell in enumerate(first) if cell and i not in used
            )
            header = list(COLUMNS)
        else:
            header = self._header(first)
            self.unknown_columns = tuple(n for n in header if n and n not in COLUMNS)
        self.missing_columns = tuple(n for n in COLUMNS if n not in header)
        self._width = len(header)
        # Where each column of ``COLUMNS`` stands; one that is missing reads an added empty cell.
        self._places = [header.index(n) if n in header else -1 for n in COLUMNS]
        last_year = now.year + FUTURE_YEARS
        times = Memo(order_cells.time_parser(zone, shift, last_year))
        memos = dict.fromkeys(_TIMES, times) | {n: Memo(p) for n, p in _PLAIN.items()}
        self._typed = [(COLUMNS.index(name), memo) for name, memo in memos.items()]
        self._memos = memos
        self._rows = self._read()

    def __next__(self) -> Row | RowErrors:
        return next(self._rows)

    @property
    def skipped(self) -> int:
        return self._foreign.skipped if self._foreign else 0

    def _first(self) -> list[str]:
        cells = next(self._records, None)
        if cells is None:
            raise FileProblem("empty")
        if isinstance(cells, BrokenRecord):
            raise FileProblem("broken_header")
        header = [cell.strip().lstrip("\ufeff").strip() for cell in cells]
        while header and not header[-1]:
            header.pop()
        return header

    @staticmethod
    def _header(cells: list[str]) -> list[str]:
        header = [cell.lower() for cell in cells]
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            raise FileProblem("duplicate_columns", columns=", ".join(twice))
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            raise FileProblem("missing_columns", columns=", ".join(missing))
        return header

    def _translated(
        self, foreign: Translator
    ) -> Iterator[tuple[int, list[str] | BrokenRecord | RowErrors]]:
        """The rows of a foreign file in our columns, numbered as they stand in it."""
        width = self._source_width
        for number, cells in enumerate(self._records, 2):
            if isinstance(cells, BrokenRecord) or not any(cells):
                yield number, cells
            elif any(cells[width:]):
                params = {"found": str(len(cells)), "expected": str(width)}
                error = RowError(number, "", "", "too_many_cells", params)
                yield number, RowErrors(number, [error])
            else:
                for row in foreign.rows(cells):
                    yield number, row

    def _read(self) -> Iterator[Row | RowErrors]:
        empty, width, told = True, self._width, 0
        numbered: Iterator[tuple[int, list[str] | BrokenRecord | RowErrors]] = (
            self._translated(self._foreign) if self._foreign else enumerate(self._records, 2)
        )
        for number, cells in numbered:
            if not isinstance(cells, list):
                empty = False
                if isinstance(cells, BrokenRecord):
                    cells = RowErrors(number, [RowError(number, "", cells.text, cells.code)])
                yield cells
                continue
            if not any(cells):
                continue  # spreadsheet programs leave empty rows behind
            empty = False
            if number > MAX_ROWS + 1:
                params = {"limit": str(MAX_ROWS)}
                yield RowErrors(number, [RowError(number, "", "", "too_many_rows", params)])
                return
            if len(cells) != width:
                while len(cells) > width and not cells[-1]:
                    cells.pop()
                if len(cells) != width:
                    yield self._ragged(number, cells)
                    continue
            row = self._fast(number, cells) or self._careful(number, cells)
            if self._foreign and isinstance(row, RowErrors):
                # Several goods of one row of the file: what is wrong is told once.
                if number == told:
                    row = replace(row, errors=[])
                told = number
            yield row
        if empty:
            raise FileProblem("nothing_of_ours" if self.skipped else "header_only")

    def _fast(self, number: int, cells: list[str]) -> Row | None:
        """The row if nothing in it needs a closer look."""
        cells = [cell.strip() for cell in cells]
        cells.append("")
        values: list[Any] = [cells[place] for place in self._places]
        order_number = values[0]
        if (
            not order_number
            or not values[_SKU]
            or len(values[_POSTCODE]) > MAX_LENGTHS["buyer_postcode"]
            or max(map(len, values)) > _SHORTEST_LIMIT
            or not "".join(values).isprintable()
            or "+" in order_number
        ):
            return None
        try:
            for place, memo in self._typed:
                values[place] = memo[values[place]]
        except CellError:
            return None
        if values[_PLACED_AT] is None or values[_UNIT_PRICE] >= _LARGE:
            return None
        return Row._make([number, *values])

    def _careful(self, number: int, cells: list[str]) -> Row | RowErrors:
        """The row, or everything that is wrong with it."""
        cells = [*(cell.strip() for cell in cells), ""]
        raw = {name: cells[place] for name, place in zip(COLUMNS, self._places, strict=True)}
        values: list[Any] = [number]
        errors: list[RowError] = []
        for name, cell in raw.items():
            try:
                values.append(self._cell(name, cell))
            except CellError as error:
                values.append(None)
                errors.append(RowError(number, name, _short(cell), error.code, error.params))
        row = Row._make(values)
        if not errors and row.quantity * row.unit_price >= MAX_LINE_TOTAL:
            params = {"limit": str(MAX_LINE_TOTAL)}
            value = _short(raw["unit_price"])
            errors.append(RowError(number, "unit_price", value, "amount_too_large", params))
        if errors:
            return self._errors(number, errors, raw)
        return row

    def _cell(self, name: str, cell: str) -> object:
        if not cell and name in REQUIRED:
            raise CellError("required")
        if BAD_CHARACTER.search(cell):
            raise CellError("bad_character")
        if name in self._memos:
            return self._memos[name][cell]
        if len(cell) > MAX_LENGTHS[name]:
            raise CellError("too_long", length=len(cell), limit=MAX_LENGTHS[name])
        if name == "order_number" and MANGLED.fullmatch(cell):
            raise CellError("number_mangled")
        return cell

    def _ragged(self, number: int, cells: list[str]) -> RowErrors:
        found = len(cells)
        code = "too_few_cells" if found < self._width else "too_many_cells"
        params = {"found": str(found), "expected": str(self._width)}
        cells = [*cells[: self._width], *[""] * (self._width - found), ""]
        raw = {
            name: cells[place].strip() for name, place in zip(COLUMNS, self._places, strict=True)
        }
        return self._errors(number, [RowError(number, "", "", code, params)], raw)

    def _errors(self, number: int, errors: list[RowError], raw: dict[str, str]) -> RowErrors:
        return RowErrors(
            number, errors, _short(raw["order_number"]), _short(raw["seller"]), _short(raw["store"])
        )


def _short(text: str) -> str:
    """For showing: at most 64 characters, nothing that cannot be stored."""
    text = BAD_CHARACTER.sub("\ufffd", text)
    return text if len(text) <= 64 else text[:63] + "…"


def read_rows(
    stream: TextIO,
    *,
    zone: tzinfo,
    shift: timedelta | None = None,
    now: datetime | None = None,
    mapping: ColumnMap | None = None,
) -> OrderRows:
    """The rows of an order file, from the text of ``open_text``. ``mapping`` is for files whose
    columns have other names.

    ``zone`` is that of times without one. ``shift`` is added to all times. ``now`` (aware) says
    which years are absurd. Raises ``FileProblem`` for a header that does not fit and, when the end
    is reached, for a file without rows.
    """
    return OrderRows(
        stream,
        zone=zone,
        shift=shift or timedelta(),
        now=now or datetime.now(tz=UTC),
        mapping=mapping,
    )


def newest_placed_at(
    source: str | Path | IO[bytes], *, zone: tzinfo, now: datetime | None = None
) -> datetime | None:
    """The latest ``placed_at`` of the good rows, ``None`` if there are none. Reads the whole file.

    A binary ``source`` stays open and is at its beginning again. Raises ``FileProblem``.
    """
    stream, _encoding = open_text(source)
    try:
        rows = read_rows(stream, zone=zone, now=now)
        return max((row.placed_at for row in rows if isinstance(row, Row)), default=None)
    finally:
        if isinstance(source, (str, Path)):
            stream.close()
        else:
            stream.detach()
            source.seek(0)


def shift_to_now(newest: datetime, now: datetime) -> timedelta:
    """The whole days to add so that ``newest`` is as late as possible, but not after ``now``."""
    return timedelta(days=(now - newest) // timedelta(days=1))
