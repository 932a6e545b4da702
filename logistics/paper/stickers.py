"""Stickers of 60 × 30 mm: for goods (their SKU) and for the bins they lie in."""

from dataclasses import dataclass

from logistics.paper.sheet import Sheet

MARGIN = 2.5


@dataclass(frozen=True, slots=True)
class Sticker:
    """A code as bars, with a large line above and a small one below."""

    code: str
    title: str
    below: str = ""

    def texts(self) -> list[tuple[str, str]]:
        """What may hold any script, as (field, text)."""
        return [("title", self.title), ("below", self.below)]


def draw_sticker(sheet: Sheet, sticker: Sticker) -> None:
    """Draw one sticker."""
    inner = sheet.size.width - 2 * MARGIN
    bars = inner - 3
    if not sheet.holds_code128(sticker.code, bars):
        side = sheet.size.height - 2 * MARGIN
        sheet.qr(MARGIN, MARGIN, side, sticker.code)
        left, room = MARGIN + side + 1, inner - side - 1
        y = sheet.block(left, MARGIN, room, 9, sticker.title, 10, bold=True)
        y = sheet.block(left, y + 1, room, 10, sticker.code, 7)
        sheet.block(left, y + 1, room, sheet.size.height - y - 3, sticker.below, 7)
        return
    sheet.text(
        sheet.size.width / 2, 5.4, sticker.title, 10.5, bold=True, align="center", width=inner
    )
    sheet.code128(MARGIN + 1.5, 8, bars, 12, sticker.code)
    sheet.text(sheet.size.width / 2, 23.6, sticker.code, 8, align="center", width=inner)
    sheet.text(sheet.size.width / 2, 27.6, sticker.below, 7, align="center", width=inner)
