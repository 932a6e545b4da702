"""The rows that were left out, as a file to correct and to send again."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TextIO

from django.utils.translation import gettext

from core.cells import safe_cell
from core.files.csv_text import BrokenRecord, open_text, records


def write_rejected(
    source: str | Path | IO[bytes], target: IO[bytes], why: Mapping[int, Sequence[str]]
) -> None:
    """Write header and rejected rows of ``source`` as they were, with a column that says why:
    ``why`` by the row's number as a spreadsheet shows it.

    The file is read once more, so nothing but the reasons is held.
    """
    stream, _encoding = open_text(source)
    text = io.TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
    try:
        _write(stream, text, why)
    finally:
        text.detach()
        if isinstance(source, (str, Path)):
            stream.close()
        else:
            stream.detach()


def _write(stream: TextIO, text: TextIO, why: Mapping[int, Sequence[str]]) -> None:
    writer = csv.writer(text)
    for number, cells in enumerate(records(stream), 1):
        if number > 1 and number not in why:
            continue
        told = [cells.text] if isinstance(cells, BrokenRecord) else cells
        last = gettext("why it was left out") if number == 1 else " | ".join(why[number])
        writer.writerow([*map(safe_cell, told), safe_cell(last)])
