"""Reads: imports of a seller, and a look into a file before it is taken in."""

from dataclasses import dataclass, field
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplaces.importers.csv_text import FILE_TEXTS
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
    """The imports of a seller, with their stores."""
    return ImportRun.objects.filter(seller=seller).select_related("store").defer("errors")


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
    complete: bool = True


_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GBK"}


def preview(run: ImportRun) -> Preview:
    """Look into a file that waits; writes nothing. Raises ``FileProblem``, ``OSError``."""
    stream, encoding = open_text(run.file.path)
    with stream:
        rows = read_rows(stream, zone=ZoneInfo(run.options["time_zone"]))
        seen = Preview(_ENCODINGS.get(encoding, encoding), unknown=rows.unknown_columns)
        seen.missing = list(rows.missing_columns)
        seen.found = [name for name in COLUMNS if name not in rows.missing_columns]
        numbers: set[str] = set()
        for row in islice(rows, LOOKED_AT):
            seen.total += 1
            numbers.add(row.order_number)
            if isinstance(row, RowErrors):
                seen.wrong += 1
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
        seen.complete = seen.total < LOOKED_AT or next(rows, None) is None
    return seen


def _keep(seen: Preview, rejection: Rejection) -> None:
    if len(seen.errors) < SHOWN:
        seen.errors.append(rejection)


def failure_text(run: ImportRun) -> str:
    """Why a file failed as a whole, in the reader's language."""
    code = run.failure.get("code", "")
    if code in FILE_TEXTS:
        return str(FILE_TEXTS[code]) % run.failure.get("params", {})
    if code == "file_gone":
        return _("The file is no longer there. Send it again.")
    return _(
        "Something unexpected stopped it. Orders that were taken in stay; sending the file again "
        "takes in the rest."
    )
