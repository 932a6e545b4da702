"""Reads: imports of a seller, and a look into a file before it is taken in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.files.csv_text import BrokenRecord, FileProblem, records
from marketplaces.importers.mapping import FIELDS, ColumnMap, normalise
from marketplaces.importers.order_csv import (
    COLUMNS,
    Row,
    RowErrors,
    error_text,
    open_text,
    read_rows,
)
from marketplaces.importers.run import Rejection
from marketplaces.models import ImportRun
from sellers.models import Seller, Store

#: Rows of a file that a preview looks at; rows and errors that it shows.
LOOKED_AT, SHOWN = 20_000, 20


def imports_of(seller: Seller) -> QuerySet[ImportRun]:
    """The imports of a seller, with their stores and jobs."""
    return ImportRun.objects.filter(seller=seller).select_related("store", "job")


def stores_of(seller: Seller) -> QuerySet[Store]:
    return Store.objects.filter(seller=seller).order_by("name", "pk")


@dataclass(slots=True)
class Preview:
    """What a file looks like. ``complete``: all of it was looked at."""

    encoding: str
    rows: list[Row] = field(default_factory=list)
    errors: list[Rejection] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    total: int = 0
    wrong: int = 0
    orders: int = 0
    skipped: int = 0
    complete: bool = True


_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GBK"}


def preview(run: ImportRun, mapping: ColumnMap | None) -> Preview:
    """Look into a file that waits; writes nothing. Raises ``FileProblem``, ``OSError``."""
    if not run.file:
        raise FileNotFoundError(run.name)
    stream, encoding = open_text(run.file.path)
    with stream:
        rows = read_rows(stream, zone=ZoneInfo(run.options["time_zone"]), mapping=mapping)
        seen = Preview(_ENCODINGS.get(encoding, encoding), unknown=rows.unknown_columns)
        seen.missing = [] if mapping else list(rows.missing_columns)
        seen.found = [name for name in COLUMNS if name not in rows.missing_columns]
        numbers: set[str] = set()
        looked_at = last = 0
        for row in islice(rows, LOOKED_AT):
            looked_at += 1
            seen.total += row.row_number != last
            last = row.row_number
            numbers.add(row.order_number)
            if isinstance(row, RowErrors):
                seen.wrong += bool(row.errors)
                for error in row.errors:
                    _keep(
                        seen,
                        Rejection(
                            error.row_number,
                            error.column,
                            error.value,
                            error.code,
                            error_text(error),
                        ),
                    )
            elif row.paid_at is None:
                seen.wrong += 1
                _keep(
                    seen,
                    Rejection(
                        row.row_number, "paid_at", "", "not_paid", _("The order is not paid.")
                    ),
                )
            elif len(seen.rows) < SHOWN:
                seen.rows.append(row)
        seen.orders = len(numbers)
        seen.skipped = rows.skipped
        seen.complete = looked_at < LOOKED_AT or next(rows, None) is None
    return seen


def _keep(seen: Preview, rejection: Rejection) -> None:
    if len(seen.errors) < SHOWN:
        seen.errors.append(rejection)


def cell_name(row: int, column: str, header: Sequence[str], mapping: ColumnMap | None) -> str:
    """Where a spreadsheet program shows the cell of a row that one of our fields is read from:
    ``C5``; without a column of its own, the row alone."""
    if mapping:
        place = mapping.columns.get(column)
        if place is None and column in ("sku", "title", "quantity"):
            place = mapping.columns.get("products")
        if place is None and column == "unit_price":
            place = mapping.columns.get("goods_total")
    else:
        names = [normalise(cell) for cell in header]
        place = names.index(column) if column in names else None
    return f"{'' if place is None else letters(place)}{row}"


def letters(place: int) -> str:
    """How a spreadsheet program names a column: 0 is A, 26 is AA."""
    found = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        found = chr(65 + letter) + found
        place -= 1
    return found


def field_name(name: str) -> str:
    """A field of ours, as people call it."""
    return str(FIELDS.get(name, name))


def own_mapping(header: Sequence[str]) -> ColumnMap:
    """The mapping of a file in our own form: each name is its own."""
    names = [normalise(cell) for cell in header]
    return ColumnMap({name: names.index(name) for name in FIELDS if name in names})


def column_choices(run: ImportRun) -> list[tuple[str, str]]:
    """(index, label) of the columns of a file: letter, name and what is in its first rows."""
    header = run.options["header"]
    examples = [""] * len(header)
    try:
        stream, _encoding = open_text(run.file.path)
    except (FileProblem, OSError):
        return []
    with stream:
        for row in islice(records(stream), 1, 20):
            if isinstance(row, BrokenRecord):
                continue
            for i, cell in enumerate(row[: len(header)]):
                examples[i] = examples[i] or " ".join(cell.split())[:24]
    return [
        (str(i), f"{letters(i)} · {name}" + (f" ({example})" if example else ""))
        for i, (name, example) in enumerate(zip(header, examples, strict=True))
    ]
