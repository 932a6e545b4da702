"""Stickers of 60 × 30 mm: for goods (their SKU) and for the bins they lie in."""

from dataclasses import dataclass

from logistics.paper.sheet import Sheet
from stock.models import Bin, Sku

MARGIN = 2.5


@dataclass(frozen=True, slots=True)
class Sticker:
    """A code as bars, with a large line above and a small one below."""

    code: str
    title: str
    below: str = ""
    #: The code itself is the large line: read from afar, and from a ladder.
    large: bool = False

    def texts(self) -> list[tuple[str, str]]:
        """What may hold any script, as (field, text)."""
        return [("title", self.title), ("below", self.below)]


def sku_sticker(sku: Sku) -> Sticker:
    """A SKU's sticker: the bar code that scanners read, its own when it has one."""
    return Sticker(sku.barcode or sku.code, sku.label, f"{sku.code}  {sku.specification}".strip())


def bin_sticker(place: Bin) -> Sticker:
    """A bin's sticker. The bin is read with its warehouse."""
    return Sticker(place.code, place.code, place.warehouse.name, large=True)


def draw_sticker(sheet: Sheet, sticker: Sticker) -> None:
    """Draw one sticker."""
    inner = sheet.size.width - 2 * MARGIN
    bars = inner - 3
    middle = sheet.size.width / 2
    if sticker.large and sheet.holds_code128(sticker.code, bars):
        sheet.text(middle, 12, sticker.title, 30, bold=True, align="center", width=inner)
        sheet.code128(MARGIN + 1.5, 14.5, bars, 10, sticker.code)
        sheet.text(middle, 28.3, sticker.below, 7, align="center", width=inner)
        return
    if not sheet.holds_code128(sticker.code, bars):
        side = sheet.size.height - 2 * MARGIN
        sheet.qr(MARGIN, MARGIN, side, sticker.code)
        left, room = MARGIN + side + 1, inner - side - 1
        y = sheet.block(left, MARGIN, room, 9, sticker.title, 10, bold=True)
        if not sticker.large:
            y = sheet.block(left, y + 1, room, 10, sticker.code, 7)
        sheet.block(left, y + 1, room, sheet.size.height - y - 3, sticker.below, 7)
        return
    sheet.text(middle, 5.4, sticker.title, 10.5, bold=True, align="center", width=inner)
    sheet.code128(MARGIN + 1.5, 8, bars, 12, sticker.code)
    sheet.text(middle, 23.6, sticker.code, 8, align="center", width=inner)
    sheet.text(middle, 27.6, sticker.below, 7, align="center", width=inner)
