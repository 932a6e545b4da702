"""Workbooks: what their cells become, and what bombs cost."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from core.files import workbook
from core.files.csv_text import FileProblem
from core.files.workbook import is_workbook, workbook_to_csv


def convert(content: bytes) -> str:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(content)
        source.flush()
        assert is_workbook(source)
        workbook_to_csv(source, target)
        target.seek(0)
        return target.read().decode()


def book(*rows: list[object]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as made:
        made.add_worksheet("empty")
        sheet = made.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return content.getvalue()


def test_cells_become_texts_and_rounded_numbers_are_found() -> None:
    content = book(["订单号", "b", "c"], ["00123", 2, 9.9], [8123456789012345, True, ""])
    assert convert(content).splitlines() == [
        "订单号,b,c",
        "00123,2,9.9",
        "8.12346E+15,TRUE,",
    ]


def refused(content: bytes) -> str:
    with pytest.raises(FileProblem) as problem:
        convert(content)
    str(problem.value)
    return problem.value.code


def test_what_is_no_workbook_is_refused() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("readme.txt", "hello")
    assert refused(archive.getvalue()) == "not_csv"
    assert refused(b"PK\x03\x04" + b"x" * 50) == "workbook_broken"
    assert refused(b"\xd0\xcf\x11\xe0" + b"x" * 600) == "workbook_broken"
    assert refused(book(["a"])[:-200]) == "workbook_broken"


def test_too_many_rows_or_columns_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 2)
    assert convert(book(["a"], ["b"], ["c"]))
    assert refused(book(["a"], ["b"], ["c"], ["d"])) == "workbook_too_big"
    assert refused(book(list(range(301)))) == "too_many_columns"


def test_a_bomb_costs_one_refused_file(tmp_path: Path) -> None:
    """One long text that 100,000 cells name: a few kilobytes, and gigabytes when unfolded."""
    real = zipfile.ZipFile(io.BytesIO(book(["x" * 100])))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name in real.namelist():
            text = real.read(name)
            if name == "xl/sharedStrings.xml":
                text = text.replace(b"x" * 100, b"x" * 32_000)
            if name == "xl/worksheets/sheet2.xml":
                row = b"".join(b'<c t="s"><v>0</v></c>' for _ in range(100))
                rows = b"".join(b"<row>%s</row>" % row for _ in range(1_000))
                start, _sep, rest = text.partition(b"<sheetData>")
                text = (
                    start
                    + b"<sheetData>"
                    + rows
                    + b"</sheetData>"
                    + rest.partition(b"</sheetData>")[2]
                )
            made.writestr(name, text)
    assert len(content.getvalue()) < 500_000
    assert refused(content.getvalue()) in ("workbook_too_big", "workbook_broken")
