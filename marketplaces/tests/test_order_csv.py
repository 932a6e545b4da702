"""The order file: encodings, every column, every error, and that bad rows never stop good ones."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from core.files import csv_text
from marketplaces.importers import order_cells, order_csv
from marketplaces.importers.order_csv import (
    COLUMNS,
    REQUIRED,
    FileProblem,
    Row,
    RowError,
    RowErrors,
    error_text,
    newest_placed_at,
    open_text,
    read_rows,
    shift_to_now,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
GOOD = {
    "order_number": "8123",
    "placed_at": "2026-11-20 09:30:00",
    "sku": "MUG-01",
    "quantity": "2",
    "unit_price": "9.90",
    "currency": "USD",
    "buyer_country": "BR",
}


def text(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    """A file of these rows, each ``GOOD`` with changes."""
    lines = [",".join(columns)]
    for row in rows:
        cells = GOOD | row
        lines.append(",".join(f'"{cells.get(name, "")}"' for name in columns))
    return "\r\n".join(lines) + "\r\n"


def read(content: str, **options: timedelta) -> list[Row | RowErrors]:
    return list(read_rows(io.StringIO(content, newline=""), zone=SHANGHAI, now=NOW, **options))


def one(**cells: str) -> Row:
    (row,) = read(text(cells))
    assert isinstance(row, Row), row
    return row


def wrong(**cells: str) -> list[tuple[str, str]]:
    (row,) = read(text(cells))
    assert isinstance(row, RowErrors), row
    return [(error.column, error.code) for error in row.errors]


# ----------------------------------------------------------------------------------- good rows


def test_a_full_row_is_read_with_types() -> None:
    row = one(
        seller="acme",
        store="demo",
        platform_status="shipped",
        paid_at="2026-11-20T01:31:00Z",
        ship_by="2026-11-23 23:59:59",
        handed_over_at="2026-11-21T10:00:00.5-03:00",
        delivered_at="",
        deliver_by="2026-12-20 00:00:00",
        buyer_id="b1",
        buyer_name=" Ana Souza ",
        buyer_phone="+5511912345678",
        buyer_address="Av. Paulista 1000, apto 5",
        buyer_country="br",
        buyer_state="SP",
        buyer_city="São Paulo",
        buyer_postcode="01310-100",
        title="Caneca, azul",
        quantity="2",
        currency="usd",
        freight="1.5",
        weight_grams="320",
        length_cm="10",
        width_cm="11.0",
        height_cm="0",
        remark="gift\nno invoice",
        buyer_tax_number="123",
    )
    assert row == Row(
        row_number=2,
        order_number="8123",
        seller="acme",
        store="demo",
        platform_status="shipped",
        placed_at=datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
        paid_at=datetime(2026, 11, 20, 1, 31, tzinfo=UTC),
        ship_by=datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC),
        handed_over_at=datetime(2026, 11, 21, 13, 0, 0, 500000, tzinfo=UTC),
        delivered_at=None,
        deliver_by=datetime(2026, 12, 19, 16, 0, tzinfo=UTC),
        buyer_id="b1",
        buyer_name="Ana Souza",
        buyer_phone="+5511912345678",
        buyer_address="Av. Paulista 1000, apto 5",
        buyer_country="BR",
        buyer_state="SP",
        buyer_city="São Paulo",
        buyer_postcode="01310-100",
        sku="MUG-01",
        title="Caneca, azul",
        quantity=2,
        unit_price=Decimal("9.90"),
        currency="USD",
        freight=Decimal("1.50"),
        weight_grams=320,
        length_cm=10,
        width_cm=11,
        height_cm=0,
        remark="gift\nno invoice",
        buyer_tax_number="123",
    )
    assert row.placed_at.tzinfo is UTC
    assert row.handed_over_at
    assert row.handed_over_at.tzinfo is UTC


def test_only_the_required_columns_are_needed_in_any_order() -> None:
    (row,) = read(text({}, columns=tuple(reversed(REQUIRED))))
    assert isinstance(row, Row)
    assert (row.order_number, row.quantity, row.title, row.paid_at, row.freight) == (
        "8123",
        2,
        "",
        None,
        None,
    )


def test_names_of_columns_disregard_case_and_spaces() -> None:
    content = text({}).replace("order_number", " Order_Number ", 1)
    assert isinstance(read(content)[0], Row)


def test_unknown_columns_are_named_and_left_out() -> None:
    stream = io.StringIO(text({}, columns=(*COLUMNS, "colour", "size")))
    rows = read_rows(stream, zone=SHANGHAI, now=NOW)
    assert rows.unknown_columns == ("colour", "size")
    assert isinstance(next(rows), Row)


def test_odd_but_possible_times_pass() -> None:
    row = one(
        paid_at="2026-11-20 12:00:00",
        ship_by="2026-11-20 08:00:00",
        handed_over_at="2026-11-20 10:00:00",
        delivered_at="2026-11-20 09:00:00",
    )
    assert row.paid_at
    assert row.delivered_at
    assert row.handed_over_at
    assert row.ship_by
    assert row.ship_by < row.delivered_at < row.handed_over_at < row.paid_at


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2026/11/20 9:30", datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
        ("2026-11-20T09:30:00", datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
        ("2026-11-20t09:30:00z", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("2026-11-20 09:30:00.25", datetime(2026, 11, 20, 1, 30, 0, 250000, tzinfo=UTC)),
        ("2000-01-01 00:00:00", datetime(1999, 12, 31, 16, 0, tzinfo=UTC)),
        ("2031-12-31 23:00:00", datetime(2031, 12, 31, 15, 0, tzinfo=UTC)),
    ],
)
def test_forms_of_a_time(cell: str, time: datetime) -> None:
    assert one(placed_at=cell).placed_at == time


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        # The clock went from 00:00 to 01:00: 00:30 did not exist, the offset before counts.
        ("2018-11-04 00:30:00", datetime(2018, 11, 4, 3, 30, tzinfo=UTC)),
        # The clock went from 00:00 back to 23:00: the first 23:30 counts.
        ("2018-02-17 23:30:00", datetime(2018, 2, 18, 1, 30, tzinfo=UTC)),
        ("2018-02-18 00:30:00", datetime(2018, 2, 18, 3, 30, tzinfo=UTC)),
    ],
)
def test_times_at_a_change_of_the_clock(cell: str, time: datetime) -> None:
    stream = io.StringIO(text({"placed_at": cell}))
    (row,) = read_rows(stream, zone=ZoneInfo("America/Sao_Paulo"), now=NOW)
    assert isinstance(row, Row)
    assert row.placed_at == time


def test_the_shift_moves_every_time_alike() -> None:
    content = text({"paid_at": "2026-11-20T10:00:00Z", "ship_by": "2026-11-23 10:00:00"})
    (before,), (after,) = read(content), read(content, shift=timedelta(days=3))
    assert isinstance(before, Row)
    assert isinstance(after, Row)
    assert after.placed_at - before.placed_at == timedelta(days=3)
    assert after.paid_at == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert after.ship_by == datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    assert after.delivered_at is None


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-x", "@SUM(A1)"])
def test_a_formula_in_a_text_is_plain_text(cell: str) -> None:
    row = one(title=cell, remark=cell, sku=cell)
    assert (row.title, row.remark, row.sku) == (cell, cell, cell)


def test_a_long_text_within_its_limit_passes() -> None:
    assert one(title="x" * 300).title == "x" * 300
    assert one(remark="备" * 2000).remark == "备" * 2000


def test_the_same_cell_gives_the_same_value_past_the_size_of_the_memory() -> None:
    count = order_cells.Memo.LIMIT + 10
    rows = read(text(*({"unit_price": str(n), "order_number": f"A{n}"} for n in range(count))))
    assert [row.unit_price for row in rows if isinstance(row, Row)] == list(range(count))


# ------------------------------------------------------------------------------------- bad cells


@pytest.mark.parametrize("column", REQUIRED)
def test_a_required_cell_must_not_be_empty(column: str) -> None:
    assert wrong(**{column: "  "}) == [(column, "required")]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("quantity", "0", "out_of_range"),
        ("quantity", "-3", "out_of_range"),
        ("quantity", "100001", "out_of_range"),
        ("quantity", "9" * 50, "out_of_range"),
        ("quantity", "1.5", "not_an_integer"),
        ("quantity", "1_0", "not_an_integer"),
        ("quantity", "１", "not_an_integer"),
        ("quantity", "two", "not_an_integer"),
        ("quantity", "=1+1", "formula"),
        ("unit_price", "-0.01", "out_of_range"),
        ("unit_price", "10000000000", "out_of_range"),
        ("unit_price", "1.005", "too_many_decimals"),
        ("unit_price", "1,234.50", "not_an_amount"),
        ("unit_price", "NaN", "not_an_amount"),
        ("unit_price", "1e3", "not_an_amount"),
        ("unit_price", "$5", "not_an_amount"),
        ("unit_price", "=A1", "formula"),
        ("freight", "-1", "out_of_range"),
        ("currency", "XYZ", "unknown_currency"),
        ("currency", "US$", "unknown_currency"),
        ("buyer_country", "UK", "unknown_country"),
        ("buyer_country", "Brazil", "unknown_country"),
        ("weight_grams", "-1", "out_of_range"),
        ("weight_grams", "heavy", "not_an_integer"),
        ("height_cm", "10000001", "out_of_range"),
        ("placed_at", "20/11/2026 09:30", "not_a_time"),
        ("placed_at", "2026-11-20", "not_a_time"),
        ("placed_at", "2026-W47-5", "not_a_time"),
        ("placed_at", "2026-02-30 10:00:00", "not_a_time"),
        ("placed_at", "2026-11-20 25:00:00", "not_a_time"),
        ("placed_at", "2026-11-20T09:30:00+99:00", "not_a_time"),
        ("placed_at", "45982.4", "not_a_time"),
        ("placed_at", "=NOW()", "formula"),
        ("placed_at", "1999-12-31 23:59:59", "absurd_time"),
        ("delivered_at", "2032-01-01 00:00:00", "absurd_time"),
        ("paid_at", "0001-01-01T00:00:00+14:00", "absurd_time"),
        ("ship_by", "9999-12-31T23:59:59-14:00", "absurd_time"),
        ("order_number", "8.12346E+15", "number_mangled"),
        ("title", "a\x00b", "bad_character"),
        ("buyer_name", "a\x1bb", "bad_character"),
        ("sku", "a\udce9b", "bad_character"),
        ("order_number", "9" * 65, "too_long"),
        ("title", "x" * 301, "too_long"),
        ("buyer_postcode", "1" * 21, "too_long"),
        ("platform_status", "x" * 41, "too_long"),
        ("remark", "x" * 2001, "too_long"),
    ],
)
def test_a_bad_cell_is_named(column: str, cell: str, code: str) -> None:
    assert wrong(**{column: cell}) == [(column, code)]


def test_the_sum_of_a_row_must_stay_within_bounds() -> None:
    assert wrong(quantity="100000", unit_price="1000000.00") == [("unit_price", "amount_too_large")]
    assert one(quantity="100000", unit_price="999999.99").quantity == 100000
    assert one(quantity="1", unit_price="9999999999.99").unit_price == Decimal("9999999999.99")


def test_all_that_is_wrong_in_a_row_is_told_at_once() -> None:
    bad = {"quantity": "x", "currency": "", "buyer_country": "QQ", "store": "demo"}
    first, second, third = read(text({}, bad, {"order_number": "8125"}))
    assert isinstance(first, Row)
    assert isinstance(third, Row)
    assert third.row_number == 4
    assert second == RowErrors(
        3,
        [
            RowError(3, "buyer_country", "QQ", "unknown_country"),
            RowError(3, "quantity", "x", "not_an_integer"),
            RowError(3, "currency", "", "required"),
        ],
        order_number="8123",
        store="demo",
    )


def test_a_shown_value_is_short_and_can_be_stored() -> None:
    (row,) = read(text({"title": "\x00" + "x" * 400}))
    assert isinstance(row, RowErrors)
    assert row.errors[0].value == "\ufffd" + "x" * 62 + "…"


@pytest.mark.parametrize(
    ("line", "code", "found"),
    [("8124,2026-11-20 09:30:00", "too_few_cells", "2"), ("," * 40 + "x", "too_many_cells", "41")],
)
def test_a_ragged_row_is_an_error(line: str, code: str, found: str) -> None:
    rows = read(text({}) + line + "\r\n" + text({}).split("\r\n")[1])
    assert [type(row) for row in rows] == [Row, RowErrors, Row]
    assert isinstance(rows[1], RowErrors)
    assert rows[1].errors == [
        RowError(3, "", "", code, {"found": found, "expected": str(len(COLUMNS))})
    ]


def test_empty_cells_after_the_last_column_do_not_matter() -> None:
    header, row, _end = text({}).split("\r\n")
    assert [type(r) for r in read(f"{header},,\r\n{row},,,\r\n")] == [Row]


def test_empty_rows_are_skipped_and_counted_as_a_spreadsheet_does() -> None:
    header, row, _end = text({}).split("\r\n")
    rows = read(f"{header}\r\n\r\n{row}\r\n,,,\r\n{row}\r\n")
    assert [row.row_number for row in rows] == [3, 5]


def test_a_cell_with_line_breaks_is_one_row() -> None:
    rows = read(text({"remark": "a\r\nb\r\nc"}, {}))
    assert [row.row_number for row in rows] == [2, 3]


def test_an_open_quote_costs_only_its_own_row() -> None:
    header, row, _end = text({}).split("\r\n")
    rows = read(f'{header}\r\n{row}\r\n"8124,oops\r\n{row}\r\n{row}\r\n')
    assert [(row.row_number, type(row)) for row in rows] == [
        (2, Row),
        (3, RowErrors),
        (4, Row),
        (5, Row),
    ]
    assert isinstance(rows[1], RowErrors)
    assert rows[1].errors == [RowError(3, "", '"8124,oops', "quotes")]


def test_an_open_quote_before_many_plain_rows_costs_only_its_own_row() -> None:
    header, row, _end = text({}).replace('"', "").split("\r\n")
    rows = read("\n".join([header, '"8124,oops', *[row] * 1000, ""]))
    assert [type(row) for row in rows] == [RowErrors] + [Row] * 1000


def test_a_quote_inside_a_plain_cell_is_text() -> None:
    header, row, _end = text({"title": 'pipe 5#"'}).replace('"', "").split("\r\n")
    (read_row,) = read(f"{header}\n{row.replace('#', chr(34))}\n")
    assert isinstance(read_row, Row)
    assert read_row.title == 'pipe 5"'


def test_an_endless_line_costs_only_itself() -> None:
    header, row, _end = text({}).split("\r\n")
    rows = read("\r\n".join([header, "x" * 200_000, row, ""]))
    assert [type(row) for row in rows] == [RowErrors, Row]
    assert isinstance(rows[0], RowErrors)
    assert [(e.code, len(e.value)) for e in rows[0].errors] == [("line_too_long", 60)]


def test_an_endless_line_within_an_open_quote_costs_only_the_two() -> None:
    header, row, _end = text({}).replace('"', "").split("\r\n")
    rows = read("\r\n".join([header, '"open', "x" * 200_000, row, ""]))
    assert [type(row) for row in rows] == [RowErrors, RowErrors, Row]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_separate_too(mark: str) -> None:
    content = text({}, columns=REQUIRED).replace(",", mark)
    assert isinstance(read(content)[0], Row)


def test_rows_beyond_the_limit_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_csv, "MAX_ROWS", 2)
    rows = read(text({}, {}, {}, {}))
    assert [type(row) for row in rows] == [Row, Row, RowErrors]
    assert isinstance(rows[2], RowErrors)
    assert rows[2].errors == [RowError(4, "", "", "too_many_rows", {"limit": "2"})]


# --------------------------------------------------------------------------------- whole files


def problem(content: bytes) -> tuple[str, dict[str, str]]:
    with pytest.raises(FileProblem) as caught:
        list(read_rows(open_text(io.BytesIO(content))[0], zone=SHANGHAI, now=NOW))
    with translation.override("en"):
        assert "%(" not in str(caught.value)
        assert str(caught.value).endswith(".")
    return caught.value.code, caught.value.params


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings_are_recognised(codec: str, encoding: str) -> None:
    content = text({"buyer_city": "深圳市", "title": "马克杯"})
    stream, found = open_text(io.BytesIO(content.encode(codec)))
    (row,) = read_rows(stream, zone=SHANGHAI, now=NOW)
    assert isinstance(row, Row)
    assert (found, row.order_number, row.buyer_city, row.title) == (
        encoding,
        "8123",
        "深圳市",
        "马克杯",
    )


def test_the_encoding_is_recognised_by_what_comes_late() -> None:
    content = text(*[{}] * 20_000, {"title": "马克杯"})
    assert len(content) > 1 << 20
    assert open_text(io.BytesIO(content.encode("gbk")))[1] == "gb18030"


def test_a_character_across_two_blocks_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "_BLOCK", 7)
    content = text({"title": "马克杯马克杯"}).encode()
    assert open_text(io.BytesIO(content))[1] == "utf-8-sig"


def test_one_damaged_byte_in_utf_8_costs_one_row() -> None:
    content = text({"title": "马克杯马克杯马克杯"}, {"title": "caf#"}, {"title": "é"}).encode()
    stream, encoding = open_text(io.BytesIO(content.replace(b"#", b"\xe9")))
    rows = list(read_rows(stream, zone=SHANGHAI, now=NOW))
    assert encoding == "utf-8-sig"
    assert [type(row) for row in rows] == [Row, RowErrors, Row]
    assert isinstance(rows[1], RowErrors)
    assert rows[1].errors == [RowError(3, "title", "caf\ufffd", "bad_character")]


def test_neither_utf_8_nor_gbk_is_a_problem_with_its_line() -> None:
    content = text({}, {"title": "#"}).encode().replace(b"#", b"\xff\xff")
    assert problem(content) == ("encoding", {"line": "3"})


def test_other_kinds_of_file_are_named() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    assert problem(archive.getvalue()) == ("not_csv", {"kind": "Excel / ZIP"})
    assert problem(b"%PDF-1.7\n...") == ("not_csv", {"kind": "PDF"})
    assert problem(b"\x89PNG\r\n\x1a\n....") == ("not_csv", {"kind": "PNG"})
    assert problem(b"\xd0\xcf\x11\xe0\xa1\xb1") == ("not_csv", {"kind": "Excel (xls)"})
    assert problem(b"  <html><table>") == ("not_csv", {"kind": "HTML / XML"})


def test_zero_bytes_are_no_text() -> None:
    assert problem(text({}).encode() + b"\x00\x00")[0] == "binary"
    assert problem(text({}).encode("utf-16-le"))[0] == "binary"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n  \r\n", b"\xff\xfe"])
def test_an_empty_file(content: bytes) -> None:
    assert problem(content)[0] == "empty"


def test_a_header_without_rows() -> None:
    assert problem(text().encode())[0] == "header_only"
    assert problem(text().encode() + b",,,\r\n\r\n")[0] == "header_only"


def test_missing_columns_are_all_named() -> None:
    content = text({}, columns=("order_number", "sku", "quantity", "currency", "buyer_country"))
    assert problem(content.encode()) == ("missing_columns", {"columns": "placed_at, unit_price"})


def test_another_table_lacks_the_columns() -> None:
    assert problem(b'{"orders": []}\n')[0] == "missing_columns"
    assert problem(b"\n" + text({}).encode())[0] == "missing_columns"


def test_a_column_must_not_stand_twice() -> None:
    content = text({}, columns=(*COLUMNS, "sku", "title"))
    assert problem(content.encode()) == ("duplicate_columns", {"columns": "sku, title"})


def test_a_broken_header() -> None:
    assert problem(b'"order_number,sku\n')[0] == "broken_header"


def test_a_path_and_an_upload_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(text({}), encoding="utf-8", newline="")
    upload = SimpleUploadedFile("orders.csv", path.read_bytes())
    from_path, _ = open_text(path)
    from_upload, _ = open_text(upload)
    with from_path:
        assert list(read_rows(from_path, zone=SHANGHAI, now=NOW)) == list(
            read_rows(from_upload, zone=SHANGHAI, now=NOW)
        )


# ---------------------------------------------------------------------------------- the newest


def test_the_newest_order_of_the_good_rows() -> None:
    content = text(
        {"placed_at": "2018-09-03 09:00:00"},
        {"placed_at": "2018-09-04 10:00:00"},
        {"placed_at": "2018-09-05 10:00:00", "quantity": "x"},
        {"placed_at": "2017-01-01 00:00:00"},
    )
    source = io.BytesIO(content.encode())
    assert newest_placed_at(source, zone=SHANGHAI, now=NOW) == datetime(2018, 9, 4, 2, tzinfo=UTC)
    assert not source.closed
    assert source.tell() == 0


def test_no_good_row_has_no_newest_order() -> None:
    source = io.BytesIO(text({"quantity": "x"}).encode())
    assert newest_placed_at(source, zone=SHANGHAI, now=NOW) is None


@pytest.mark.parametrize(
    ("newest", "days"),
    [
        (datetime(2018, 9, 3, 4, 0, tzinfo=UTC), 3004),  # the same time of day: today
        (datetime(2018, 9, 3, 4, 0, 1, tzinfo=UTC), 3003),  # a second later: yesterday
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), -1),
    ],
)
def test_the_shift_is_the_most_days_without_reaching_the_future(
    newest: datetime, days: int
) -> None:
    assert shift_to_now(newest, NOW) == timedelta(days=days)
    assert NOW - timedelta(days=1) < newest + shift_to_now(newest, NOW) <= NOW


# -------------------------------------------------------------------------------------- words


def test_every_error_has_a_sentence() -> None:
    names = ["length", "limit", "first", "last", "found", "expected"]
    params = dict.fromkeys(names, "§")
    with translation.override("en"):
        for code in order_cells.ERROR_TEXTS:
            sentence = error_text(RowError(2, "sku", "", code, params))
            assert "%(" not in sentence, code
            assert sentence.endswith("."), code
        (row,) = read(text({"quantity": "0"}))
        assert isinstance(row, RowErrors)
        assert error_text(row.errors[0]) == "The number must lie between 1 and 100000."


def test_the_document_describes_exactly_these_columns() -> None:
    document = Path(__file__).parents[2] / "docs" / "order-file.md"
    described = re.findall(r"^\| `(\w+)` \| (yes|no) \|", document.read_text("utf-8"), re.M)
    assert sorted(described) == sorted(
        (name, "yes" if name in REQUIRED else "no") for name in COLUMNS
    )
