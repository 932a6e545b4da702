"""The cells of an order file: text → value, or a stable code for what is wrong with it. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django.utils.translation import gettext_lazy as _

from orders.checks import COUNTRY_CODES

MAX_QUANTITY = 100_000
MAX_MEASURE = 10_000_000  # grams or centimetres
PRICE_DIGITS, PRICE_DECIMALS = 10, 2
EARLIEST_YEAR = 2000

CURRENCY_CODES: frozenset[str] = frozenset(list_currencies())

ERROR_TEXTS = {
    "required": _("This cell must not be empty."),
    "too_long": _("The text has %(length)s characters; at most %(limit)s are allowed."),
    "bad_character": _("The text contains a character that cannot be stored or was not decoded."),
    "not_a_time": _(
        "This is not a time. Write it as 2026-11-23 17:42:00, or with a zone as "
        "2026-11-23T17:42:00+08:00."
    ),
    "absurd_time": _("The year must lie between %(first)s and %(last)s."),
    "not_an_integer": _("This is not a whole number."),
    "not_an_amount": _(
        "This is not an amount. Write it with a point and without separators, such as 1234.50."
    ),
    "out_of_range": _("The number must lie between %(first)s and %(last)s."),
    "too_many_decimals": _("At most %(limit)s decimals are allowed."),
    "amount_too_large": _("Quantity × price is too large; it must stay under %(limit)s."),
    "formula": _("This is a formula. Put its result here."),
    "unknown_country": _(
        "This is not a country code. Use the two letters of ISO 3166, such as BR."
    ),
    "unknown_currency": _(
        "This is not a currency code. Use the three letters of ISO 4217, such as USD."
    ),
    "number_mangled": _(
        "A spreadsheet program has rounded this number. Format the column as text and enter the "
        "number again."
    ),
    "too_few_cells": _("The row has %(found)s cells; the header has %(expected)s."),
    "too_many_cells": _(
        "The row has %(found)s cells; the header has %(expected)s. Put quotes around a text with "
        "commas."
    ),
    "quotes": _("A quotation mark is not closed, or text follows it."),
    "line_too_long": _("The line is too long to be a row of an order file."),
    "too_many_rows": _("Only the first %(limit)s rows were read. Split the file."),
}


class CellError(ValueError):
    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}


class Memo(dict[str, Any]):
    """Cell → parsed value, for the cells seen lately; the parser runs once for each."""

    LIMIT = 4096

    def __init__(self, parse: Callable[[str], object]) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, cell: str) -> object:
        value = self.parse(cell)
        if len(self) >= self.LIMIT:
            self.clear()
        self[cell] = value
        return value


_FORMULA = re.compile(r"[=@]|[+-](?![\d.])")
_INTEGER = re.compile(r"([+-]?\d+)(?:\.0*)?", re.ASCII)
_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d*?)0*)?", re.ASCII)
# Year first, as spreadsheet programs rewrite it; other orders of day and month are ambiguous.
_LOCAL_TIME = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?",
    re.ASCII,
)
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
MANGLED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE | re.ASCII)
# NUL and other control characters (PostgreSQL refuses the first), and undecodable bytes.
BAD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _integer(cell: str, first: int, last: int) -> int:
    match = _INTEGER.fullmatch(cell)
    if not match:
        raise CellError("formula" if _FORMULA.match(cell) else "not_an_integer")
    if len(match[1]) > 12 or not first <= int(match[1]) <= last:
        raise CellError("out_of_range", first=first, last=last)
    return int(match[1])


def quantity(cell: str) -> int:
    return _integer(cell, 1, MAX_QUANTITY)


def measure(cell: str) -> int | None:
    return _integer(cell, 0, MAX_MEASURE) if cell else None


def amount(cell: str) -> Decimal:
    match = _AMOUNT.fullmatch(cell)
    if not match:
        raise CellError("formula" if _FORMULA.match(cell) else "not_an_amount")
    sign, whole, decimals = match[1], match[2].lstrip("0") or "0", match[3] or ""
    if len(decimals) > PRICE_DECIMALS:
        raise CellError("too_many_decimals", limit=PRICE_DECIMALS)
    value = Decimal(f"{whole}.{decimals}")
    if (sign and value) or len(whole) > PRICE_DIGITS:
        raise CellError("out_of_range", first=0, last=10**PRICE_DIGITS - 1)
    return value


def optional_amount(cell: str) -> Decimal | None:
    return amount(cell) if cell else None


def country(cell: str) -> str:
    code = cell.upper()
    if code not in COUNTRY_CODES:
        raise CellError("unknown_country")
    return code


def currency(cell: str) -> str:
    code = cell.upper()
    if code not in CURRENCY_CODES:
        raise CellError("unknown_currency")
    return code


def time_parser(zone: tzinfo, shift: timedelta, last_year: int) -> Callable[[str], datetime | None]:
    def parse(cell: str) -> datetime | None:
        if not cell:
            return None
        try:
            if match := _LOCAL_TIME.fullmatch(cell):
                year, month, day, hour, minute, second, fraction = match.groups("0")
                micro = int(fraction.ljust(6, "0"))
                # A time that the clock skipped or showed twice is taken as before the change.
                parts = (int(year), int(month), int(day), int(hour), int(minute), int(second))
                time = datetime(*parts, micro, tzinfo=zone)
            elif _RFC3339.fullmatch(cell):
                time = datetime.fromisoformat(cell.upper())
            else:
                raise ValueError
        except ValueError:
            code = "formula" if _FORMULA.match(cell) else "not_a_time"
            raise CellError(code) from None
        if not EARLIEST_YEAR <= time.year <= last_year:
            raise CellError("absurd_time", first=EARLIEST_YEAR, last=last_year)
        return time.astimezone(UTC) + shift

    return parse
