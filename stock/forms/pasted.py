"""Lines pasted from a sheet: a SKU, then figures."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from sellers.models import Seller
from stock.models import Sku
from stock.queries.purchasing import skus_named

_COLUMNS = re.compile(r"[,;，；]")
_MONEY = re.compile(r"\d{1,8}(\.\d{1,4})?")
MAX_LINES = 500
#: So many wrong lines are named.
TOLD = 20


@dataclass(frozen=True, slots=True)
class PastedLine:
    """A line of a known SKU with its further columns, empty ones included."""

    at: int
    sku: Sku
    cells: list[str]

    def cell(self, i: int) -> str:
        return self.cells[i] if i < len(self.cells) else ""


class Problems:
    """Collects what is wrong, by line, and raises it as one."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, at: int, sentence: str) -> None:
        self.found.append(_("Line %(line)d: %(what)s") % {"line": at, "what": sentence})

    def stop(self) -> None:
        """Raise a ``ValidationError`` when something was wrong."""
        if not self.found:
            return
        more = len(self.found) - TOLD
        told: list[Any] = self.found[:TOLD]
        if more > 0:
            told.append(_("… and %(n)d lines more.") % {"n": more})
        raise forms.ValidationError(told)


def pasted_lines(seller: Seller, pasted: str, problems: Problems) -> list[PastedLine]:
    """The lines of a text that name a SKU by code or barcode; the others become problems.

    Columns stand between tabs; in a line without any between commas or semicolons, else spaces.
    """
    rows: list[tuple[int, list[str]]] = []
    lines = pasted.splitlines()
    if len(lines) > MAX_LINES:
        raise forms.ValidationError(_("At most %(n)d lines.") % {"n": MAX_LINES})
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        text = line.strip("\r\n ")
        cells = [c.strip() for c in (text.split("\t") if "\t" in text else _COLUMNS.split(text))]
        if len(cells) == 1:
            cells = line.split()
        rows.append((at, cells))
    known = skus_named(seller, [cells[0] for _at, cells in rows])
    found: list[PastedLine] = []
    seen: set[int] = set()
    for at, cells in rows:
        sku = known.get(cells[0])
        if sku is None:
            problems.add(at, _("there is no SKU “%(code)s”.") % {"code": cells[0][:64]})
        elif sku.pk in seen:
            problems.add(at, _("%(sku)s is named twice.") % {"sku": sku.code})
        else:
            seen.add(sku.pk)
            found.append(PastedLine(at, sku, cells[1:]))
    return found


def whole(text: str, least: int, most: int) -> int | None:
    """A whole number in a range; thousands may be set apart by commas. ``None`` for others."""
    digits = text.replace(",", "").replace(" ", "")
    if not digits.isdecimal() or len(digits) > 9:
        return None
    return n if least <= (n := int(digits)) <= most else None


def amount(text: str) -> Decimal | None:
    """An amount with up to four decimals. ``None`` for what is none."""
    plain = text.replace(",", "").lstrip("¥￥$€ ").strip()
    return Decimal(plain) if _MONEY.fullmatch(plain) else None
