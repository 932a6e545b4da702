"""Run by ``workbook.py`` in a process of its own: a workbook on stdin → CSV on stdout.

Imports nothing of the project. Exit codes: 3 empty, 4 too big, 5 locked, 6 too many columns,
anything else not 0: broken.
"""

import csv
import io
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY = 1_500 * 1024 * 1024
CPU_SECONDS = 60
OUTPUT = 400 * 1024 * 1024
MAX_COLUMNS = 300
#: Excel keeps 15 digits; a longer number in a cell of numbers is not what somebody typed.
_ROUNDED = 10**15


def text_of(cell: Any) -> str:
    """A cell as an order file has it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= _ROUNDED:
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return ""


def main(max_rows: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    except PasswordError:
        return 5
    for place in range(len(book.sheet_names)):
        sheet = book.get_sheet_by_index(place)
        if not sheet.height or not sheet.width:
            continue
        end = sheet.end or (0, 0)
        if end[0] > max_rows:
            return 4
        if end[1] >= MAX_COLUMNS:
            return 6
        writer = csv.writer(io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline=""))
        width = 0
        for row in sheet.to_python(skip_empty_area=False):
            cells = [text_of(cell) for cell in row]
            while len(cells) > width and not cells[-1]:
                cells.pop()  # below a header all rows are as wide as it
            width = width or len(cells)
            writer.writerow(cells)
        return 0
    return 3


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
