"""The rows that were left out, as a file to correct and to send again."""

import csv
import io
from pathlib import Path
from typing import IO, TextIO

from django.utils.translation import gettext

from core.cells import safe_cell
from marketplaces.importers.csv_text import BrokenRecord, open_text, records
from marketplaces.importers.run import ImportResult


def write_rejected(source: str | Path | IO[bytes], target: IO[bytes], result: ImportResult) -> None:
    """Write header and rejected rows of ``source`` as they were, with a column that says why.

    The file is read once more, so nothing but the reasons is held.
    """
    why: dict[int, list[str]] = {}
    for rejection in result.rejections:
        detail = str(rejection.detail)
        why.setdefault(rejection.row, []).append(
            f"{rejection.column}: {detail}" if rejection.column else detail
        )
    stream, _encoding = open_text(source)
    text = io.TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
    try:
        _write(stream, text, result.rejected_rows, why)
    finally:
        text.detach()
        if isinstance(source, (str, Path)):
            stream.close()
        else:
            stream.detach()


def _write(
    stream: TextIO, text: TextIO, rejected: dict[int, str], why: dict[int, list[str]]
) -> None:
    writer = csv.writer(text)
    for number, cells in enumerate(records(stream), 1):
        if number > 1 and number not in rejected:
            continue
        told = [cells.text] if isinstance(cells, BrokenRecord) else cells
        last = gettext("why it was left out")
        if number > 1:
            last = " | ".join(why.get(number) or [rejected[number]])
        writer.writerow([*map(safe_cell, told), safe_cell(last)])
