"""A table of quantities → rows. Pure and streaming: no database; what grows with the file is only
which SKUs it has named."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Text
from core.files.csv_text import BrokenRecord, records
from core.files.intake import normalise

#: Our fields, in the order of the page.
FIELDS: Mapping[str, Text] = {
    "sku": gettext_lazy("SKU code or barcode"),
    "quantity": gettext_lazy("Quantity"),
    "warehouse": gettext_lazy("Warehouse"),
    "bin": gettext_lazy("Bin"),
    "reorder_point": gettext_lazy("Reorder point"),
    "reason": gettext_lazy("Reason"),
}
NEEDED = ("sku", "quantity")
#: Of a file with counts.
COUNT_FIELDS = ("sku", "quantity")

KNOWN: Mapping[str, tuple[str, ...]] = {
    "sku": ("sku", "sku code", "seller sku", "商品编码", "商家编码", "sku编码", "sku（商品编码）",
            "sku(商品编码)", "货号", "barcode", "条码", "商品条码"),
    "quantity": ("counted", "实盘数", "实盘数量", "quantity", "qty", "on hand", "on_hand", "stock",
                 "数量", "在库", "库存", "库存数量", "现有库存", "入库数量"),
    "warehouse": ("warehouse", "warehouse code", "仓库", "仓库编码", "仓库名称"),
    "bin": ("bin", "location", "货位", "库位", "仓位"),
    "reorder_point": ("reorder point", "reorder_point", "补货点", "安全库存", "min stock"),
    "reason": ("reason", "note", "remark", "原因", "备注"),
}  # fmt: skip
MAX_ROWS = 200_000
_NUMBER = re.compile(r"[+]?(\d{1,9})(?:\.0+)?")
_BAD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell, or with the row (``field`` empty)."""

    row: int
    field: str
    value: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in the file; ``None`` is a cell that says nothing."""

    row: int
    sku: str
    quantity: int
    warehouse: str = ""
    bin: str | None = None
    reorder_point: int | None = None
    reason: str = ""


def signature(header: Sequence[str]) -> str:
    """What files of one kind have in common."""
    names = "\x1f".join(normalise(cell) for cell in header)
    return hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()


def suggest(header: Sequence[str]) -> dict[str, int]:
    """The columns that have a known name."""
    names = [normalise(cell) for cell in header]
    found: dict[str, int] = {}
    for field, known in KNOWN.items():
        place = next((names.index(name) for name in known if name in names), None)
        if place is not None and place not in found.values():
            found[field] = place
    return found


def read_rows(
    stream: TextIO, columns: Mapping[str, int], *, blanks: bool, once: bool
) -> Iterator[Row | Problem]:
    """The rows of a file. With ``blanks`` a row without a quantity says nothing (a count sheet that
    is not full yet); with ``once`` a SKU may be named once for a warehouse."""
    seen: set[tuple[str, str]] = set()
    for number, cells in enumerate(records(stream), 1):
        if number == 1:
            continue
        if isinstance(cells, BrokenRecord):
            yield Problem(number, "", cells.text, cells.code, _("The row cannot be read."))
            continue
        values = {
            field: cells[place].strip() if place < len(cells) else ""
            for field, place in columns.items()
        }
        if not any(values.values()) or (blanks and not values.get("quantity")):
            continue
        if number > MAX_ROWS + 1:
            detail = _("At most %(n)s rows. Split the file.") % {"n": f"{MAX_ROWS:,}"}
            yield Problem(number, "", "", "too_many_rows", detail)
            return
        row = _row(number, values)
        if isinstance(row, Row) and once:
            place = (row.sku.casefold(), row.warehouse.casefold())
            if place in seen:
                detail = _("The file names this SKU twice for one warehouse.")
                row = Problem(number, "sku", _short(row.sku), "twice", detail)
            seen.add(place)
        yield row


def _row(number: int, values: Mapping[str, str]) -> Row | Problem:
    for field, text in values.items():
        if _BAD.search(text) or len(text) > 200:
            detail = _("The cell is too long, or holds characters that cannot be kept.")
            return Problem(number, field, _short(text), "bad_cell", detail)
    for field in NEEDED:
        if not values.get(field):
            return Problem(number, field, "", "required", _("The cell is empty."))
    numbers: dict[str, int | None] = {}
    for field in ("quantity", "reorder_point"):
        text = values.get(field, "").replace(",", "").replace("，", "").replace(" ", "")
        match = _NUMBER.fullmatch(text)
        if text and not match:
            detail = _("A whole number from 0 on.")
            return Problem(number, field, _short(values[field]), "not_a_number", detail)
        numbers[field] = int(match[1]) if match else None
    return Row(
        row=number,
        sku=values["sku"],
        quantity=numbers["quantity"] or 0,
        warehouse=values.get("warehouse", ""),
        bin=values.get("bin") or None,
        reorder_point=numbers["reorder_point"],
        reason=values.get("reason", ""),
    )


def _short(text: str) -> str:
    text = _BAD.sub("\ufffd", text)
    return text if len(text) <= 64 else text[:63] + "…"
