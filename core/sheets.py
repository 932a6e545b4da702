"""Writing tables for spreadsheet programs, row by row, in bounded memory."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import IO, Protocol

import xlsxwriter
from django.utils.translation import pgettext

from core.cells import safe_cell

#: ``None`` is an empty cell. Numbers that are names (order, tracking) must come as texts.
Cell = str | int | Decimal | datetime | bool | None

#: What an Excel sheet and a cell of it hold.
MAX_ROWS = 1_000_000
MAX_TEXT = 32_767


class Sheet(Protocol):
    """A table that is being written."""

    def write(self, cells: Sequence[Cell]) -> None:
        """Add a row."""

    def close(self) -> None:
        """Finish the file; the stream stays open."""


def _text(cell: Cell, zone: tzinfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return pgettext("cell of a file", "Yes") if cell else pgettext("cell of a file", "No")
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, str):
        return safe_cell(cell)
    return str(cell)


class CsvSheet:
    """Comma separated. ``encoding``: ``utf-8-sig`` (with a mark, as Excel wants it), ``utf-8``, or
    ``gb18030`` (GBK, and what GBK lacks)."""

    def __init__(
        self, stream: IO[bytes], header: Sequence[str], zone: tzinfo, encoding: str = "utf-8-sig"
    ) -> None:
        self._zone = zone
        self._text = io.TextIOWrapper(stream, encoding, newline="")
        self._writer = csv.writer(self._text)
        self._writer.writerow([safe_cell(title) for title in header])

    def write(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([_text(cell, self._zone) for cell in cells])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class XlsxSheet:
    """Excel. Numbers and times are numbers and times, all else is text, so that long numbers keep
    their digits; a new sheet begins where one is full."""

    def __init__(
        self,
        stream: IO[bytes],
        header: Sequence[str],
        zone: tzinfo,
        *,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._zone = zone
        self._header = [safe_cell(title) for title in header]
        self._max_rows = max_rows
        self._book = xlsxwriter.Workbook(
            stream,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._amount = self._book.add_format({"num_format": "#,##0.00"})
        self._start_sheet()

    def _start_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(0, len(self._header) - 1), 18)
        for column, title in enumerate(self._header):
            self._sheet.write_string(0, column, title, self._bold)
        self._row = 0

    def write(self, cells: Sequence[Cell]) -> None:
        if self._row >= self._max_rows:
            self._start_sheet()
        self._row += 1
        sheet, row = self._sheet, self._row
        for column, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, datetime):
                local = cell.astimezone(self._zone).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, self._time)
            elif isinstance(cell, Decimal):
                sheet.write_number(row, column, cell, self._amount)
            elif isinstance(cell, int) and not isinstance(cell, bool):
                sheet.write_number(row, column, cell)
            else:
                sheet.write_string(row, column, _text(cell, self._zone)[:MAX_TEXT])

    def close(self) -> None:
        self._book.close()
