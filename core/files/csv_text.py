"""Bytes of an uploaded file → text → rows of cells, whatever the program that wrote it.

Pure: no database. Nothing is read whole: memory stays bounded for any size of file, of line and of
cell. Problems of the file as a whole are ``FileProblem``; a broken row is reported and the rows
after it are still read.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO

from django.utils.translation import gettext_lazy as _

MAX_LINE = 65_536  # characters of one line
MAX_RECORD_LINES = 200  # lines of one row, which quoted cells may spread over
_BLOCK = 1 << 20


class FileProblem(ValueError):
    """The file cannot be read at all. ``code`` is stable; as text it says what to do."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return str(FILE_TEXTS[self.code]) % self.params


FILE_TEXTS = {
    "empty": _("The file is empty."),
    "header_only": _("The file has a header and no rows."),
    "not_csv": _("This is a %(kind)s file. Save it as CSV (comma separated) and send that."),
    "binary": _("This is not a text file. Save it as CSV (comma separated) and send that."),
    "encoding": _(
        "The file's characters are neither UTF-8 nor GBK (first unreadable one on line %(line)s). "
        "Save it as “CSV UTF-8”."
    ),
    "missing_columns": _("The header has no column %(columns)s. Add it to the first row."),
    "duplicate_columns": _("The header names %(columns)s more than once. Keep one of each."),
    "nothing_of_ours": _(
        "No row of the file is semi-managed (半托管). Untick that only those are taken."
    ),
    "too_many_columns": _("The file has more than %(limit)s columns."),
    "workbook_broken": _(
        "The workbook cannot be read. Open it in your spreadsheet program, save it again as XLSX "
        "or CSV and send that."
    ),
    "workbook_too_big": _(
        "The workbook is too big: at most %(limit)s rows, and no more than a spreadsheet program "
        "opens with ease. Save it as CSV and send that."
    ),
    "workbook_locked": _("The workbook is protected by a password. Save it without one."),
    "broken_header": _("The first row cannot be read. It must hold the names of the columns."),
}

_MAGIC = (
    (b"PK\x03\x04", "Excel / ZIP"),
    (b"\xd0\xcf\x11\xe0", "Excel (xls)"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format", "SQLite"),
)
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table")


def open_text(source: str | Path | IO[bytes]) -> tuple[io.TextIOWrapper, str]:
    """The text of a file and the name of its encoding (``utf-8-sig``, ``utf-16``, ``gb18030``).

    ``source`` is a path, or a binary file that can seek (an upload). UTF-8 and UTF-16 are known by
    their mark; otherwise the whole file is tried as UTF-8, then as GBK (GB 18030). Bytes that are
    wrong in a file which is clearly UTF-8 come through as lone surrogates, for the row to be
    reported. Closing the text closes the file. Raises ``FileProblem``; ``OSError`` for a path that
    cannot be opened.
    """
    stream: IO[bytes]
    if isinstance(source, (str, Path)):
        stream = Path(source).open("rb")  # noqa: SIM115 - the returned text owns and closes it
    else:
        stream = source
    try:
        encoding, errors = _detect(stream)
    except FileProblem:
        if stream is not source:
            stream.close()
        raise
    stream.seek(0)
    return io.TextIOWrapper(stream, encoding, errors, newline=""), encoding


def _detect(stream: IO[bytes]) -> tuple[str, str]:
    stream.seek(0)
    head = stream.read(512)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00\r\n\t ,;") and not stream.read(1):
        raise FileProblem("empty")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise FileProblem("not_csv", kind=kind)
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:9].lower().startswith(_MARKUP):
        raise FileProblem("not_csv", kind="HTML / XML")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if _decode(stream, "utf-16").bad_line:
            raise FileProblem("binary")
        return "utf-16", "strict"
    utf8 = _decode(stream, "utf-8")
    if utf8.nul:
        raise FileProblem("binary")
    if not utf8.bad_line:
        return "utf-8-sig", "strict"
    # A few GBK characters may by chance be right as UTF-8; eight in a row may not.
    if utf8.beyond_ascii >= 8 or head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "surrogateescape"
    gbk = _decode(stream, "gb18030")
    if gbk.nul:
        raise FileProblem("binary")
    if gbk.bad_line:
        raise FileProblem("encoding", line=str(gbk.bad_line))
    return "gb18030", "strict"


@dataclass(slots=True)
class _Decoded:
    bad_line: int = 0  # of the first byte that does not decode; 0 if all do
    beyond_ascii: int = 0  # characters before it that are not ASCII
    nul: bool = False


def _decode(stream: IO[bytes], encoding: str) -> _Decoded:
    """Try the whole file, a block at a time."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    found, line = _Decoded(), 1
    while True:
        block = stream.read(_BLOCK)
        if encoding != "utf-16" and b"\x00" in block:
            found.nul = True
            return found
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(encoding, "ignore")
            found.bad_line = line + good.count("\n")
            found.beyond_ascii += sum(not character.isascii() for character in good)
            return found
        if not block:
            return found
        line += text.count("\n")
        if not text.isascii():
            found.beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A row that is not CSV: ``code`` is ``quotes`` or ``line_too_long``, ``text`` its start."""

    code: str
    text: str


class _TooLong(Exception):
    """A line, or the lines of one row, exceed the limits."""


class _Lines:
    """The lines of a text, each bounded; those of the current row can be put back."""

    def __init__(self, stream: TextIO) -> None:
        self.readline = stream.readline
        self.taken: list[str] = []
        self.put_back: list[str] = []  # last one first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        taken = self.taken
        if len(taken) >= MAX_RECORD_LINES:
            raise _TooLong
        again = bool(self.put_back)
        line = self.put_back.pop() if again else self.readline(MAX_LINE)
        if not line:
            raise StopIteration
        taken.append(line)
        if len(line) >= MAX_LINE and line[-1] not in "\r\n":
            # Skip what is left of it, unless that was done when it was read for the first time.
            rest = "" if again else line
            while rest and rest[-1] not in "\r\n":
                rest = self.readline(MAX_LINE)
            raise _TooLong
        return line

    def retry_after_first(self) -> str:
        """Read all lines of the current row but its first one again; return the first one."""
        first, *rest = self.taken
        self.put_back.extend(reversed(rest))
        self.taken.clear()
        return first


def records(stream: TextIO) -> Iterator[list[str] | BrokenRecord]:
    """The rows of a CSV text as lists of cells; an empty list is an empty line.

    Cells are separated by commas, or by semicolons or tabs if the first line has no comma. A quote
    that is never closed would swallow the rest of the file: such a row is reported as broken, and
    reading goes on with the line after it.
    """
    lines = _Lines(stream)
    first = next(iter(lines), "")
    if not first:
        return
    delimiter = next((mark for mark in ",;\t" if mark in first), ",")
    lines.taken.clear()
    lines.put_back.append(first)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    taken = lines.taken
    while True:
        try:
            for cells in reader:
                taken.clear()
                yield cells
            return
        except csv.Error:
            yield BrokenRecord("quotes", lines.retry_after_first()[:60].rstrip())
        except _TooLong:
            code = "quotes" if len(taken) > 1 else "line_too_long"
            yield BrokenRecord(code, lines.retry_after_first()[:60].rstrip())
