"""Workbooks (XLSX, XLS) → CSV, in a process of its own that may use only so much.

A workbook is read whole into memory by the library that reads it, and one of a few kilobytes can
unfold into gigabytes. The process that reads it has limits of memory, time and output, so that a
bomb costs one refused file.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import IO

from core.files.csv_text import FileProblem

MAX_ROWS = 200_000
#: Of the parts of the file, as it says itself; the limits of the process hold whatever it says.
MAX_UNPACKED = 600 * 1024 * 1024
SECONDS = 90

_XLSX = b"PK\x03\x04"
_XLS = b"\xd0\xcf\x11\xe0"
_PROGRAM = Path(__file__).with_name("workbook_program.py")
_ANSWERS = {
    3: "empty",
    4: "workbook_too_big",
    5: "workbook_locked",
    6: "too_many_columns",
}


def is_workbook(file: IO[bytes]) -> bool:
    """Whether a file begins like a workbook; it is at its beginning again."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return head in (_XLSX, _XLS)


def workbook_to_csv(file: IO[bytes], target: IO[bytes]) -> None:
    """Write the first sheet of a workbook that holds anything as CSV in UTF-8.

    Numbers that a spreadsheet program has rounded are written so that they are found; times as an
    order file has them. Raises ``FileProblem``.
    """
    file.seek(0)
    if file.read(4) == _XLSX:
        _look_inside(file)
    file.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM), str(MAX_ROWS)],
            stdin=_descriptor(file),
            stdout=target.fileno(),
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileProblem("workbook_too_big", limit=f"{MAX_ROWS:,}") from None
    if done.returncode == 0:
        return
    # Killed by a limit: it wanted more than a workbook of orders needs.
    code = _ANSWERS.get(done.returncode, "workbook_broken")
    if done.returncode < 0:
        code = "workbook_too_big"
    raise FileProblem(code, limit="300" if code == "too_many_columns" else f"{MAX_ROWS:,}")


def _look_inside(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileProblem("workbook_broken") from None
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise FileProblem("not_csv", kind="ZIP")
    if len(parts) > 2_000 or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise FileProblem("workbook_too_big", limit=f"{MAX_ROWS:,}")


def _descriptor(file: IO[bytes]) -> int:
    """A real file at its beginning; what Django holds in memory was written out by the caller."""
    descriptor = file.fileno()
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
