"""The shipping label, 100 × 150 and 100 × 100 mm, made for label printers of 203 dpi."""

from collections.abc import Sequence

from logistics.paper.content import Address, ParcelPaper
from logistics.paper.sheet import Sheet

MARGIN = 4.0
#: White on both sides of a bar code (mm): ten bars of the widest.
QUIET = 5.0
#: Height of the lines at the bottom (mm).
FOOT = 9.0


def draw_label(sheet: Sheet, paper: ParcelPaper, *, position: tuple[int, int]) -> None:
    """Draw a parcel's label on a page of 100 mm width; the customs lines need 150 mm of height.

    ``position`` is its place in the batch, printed small, so that a torn roll is put in order.
    """
    tall = sheet.size.height >= 150
    inner = sheet.size.width - 2 * MARGIN
    code = paper.number or paper.public_id
    _head(sheet, paper)
    y = 17.0
    receiver, bars, side = (39.0, 17.0, 22.0) if tall else (31.0, 12.0, 18.0)
    _receiver(sheet, paper, y, height=receiver)
    y += receiver + 1.5
    sheet.rule(y)
    _code(sheet, paper, y + 1.5, height=bars)
    y += bars + 8.5
    sheet.rule(y)
    _sender(sheet, paper.sender, MARGIN, y + 1, inner - side - 3, side - 5)
    sheet.qr(sheet.size.width - MARGIN - side, y + 1, side, code)
    _marks(sheet, paper, MARGIN, y + side - 3)
    if tall:
        y += side + 2
        sheet.rule(y)
        _customs(sheet, paper, y + 1, sheet.size.height - FOOT - 2 - y)
    _foot(sheet, paper, position)


def _head(sheet: Sheet, paper: ParcelPaper) -> None:
    sheet.text(MARGIN, 8, paper.carrier, 15, bold=True, width=66)
    sheet.text(MARGIN, 13.5, paper.service, 8.5, width=66)
    sheet.box(74, 2.5, 22, 12, filled=True)
    sheet.canvas.setFillGray(1)
    sheet.text(85, 12, paper.country, 27, bold=True, align="center")
    sheet.canvas.setFillGray(0)
    sheet.rule(16.5, line=1)


def _receiver(sheet: Sheet, paper: ParcelPaper, y: float, height: float) -> None:
    to = paper.to
    inner = sheet.size.width - 2 * MARGIN
    sheet.text(MARGIN, y + 3.2, "TO 收件人", 6)
    end = sheet.block(MARGIN, y + 4, inner, 10.5, to.name, 13, bold=True, least=8)
    contact = "   ".join(
        part
        for part in (to.phone and f"Tel {to.phone}", to.tax_number and f"Tax {to.tax_number}")
        if part
    )
    below = 6.5 + (4 if contact else 0)
    room = y + height - end - below
    sheet.block(MARGIN, end + 0.3, inner, room, "\n".join(to.lines), 10.5, least=5)
    bottom = y + height
    if contact:
        sheet.text(MARGIN, bottom - 5, contact, 9, width=inner)
    sheet.text(MARGIN, bottom, paper.destination, 12, bold=True, width=inner)


def _code(sheet: Sheet, paper: ParcelPaper, y: float, height: float) -> None:
    """The tracking number as bars; a parcel without one carries its own code instead."""
    inner = sheet.size.width - 2 * QUIET
    code = paper.number or paper.public_id
    sheet.code128(QUIET, y, inner, height, code)
    middle = sheet.size.width / 2
    if paper.number:
        sheet.text(middle, y + height + 5, code, 12, bold=True, align="center", width=inner)
    else:
        shown = f"{code} · no tracking number yet 尚无运单号"
        sheet.text(middle, y + height + 5, shown, 8, align="center", width=inner)


def _sender(sheet: Sheet, sender: Address, x: float, y: float, width: float, height: float) -> None:
    sheet.text(x, y + 2.5, "FROM 发件人", 6)
    lines = [sender.name, " ".join(sender.lines), sender.phone and f"Tel {sender.phone}"]
    text = "\n".join(line for line in lines if line)
    sheet.block(x, y + 3.5, width, height - 3, text, 7.5)


def _marks(sheet: Sheet, paper: ParcelPaper, x: float, y: float) -> None:
    marks = [
        text
        for text, is_so in (
            ("FRAGILE 易碎", paper.fragile),
            ("BATTERY 带电", paper.battery),
            ("LIQUID 液体", paper.liquid),
        )
        if is_so
    ]
    for mark in marks:
        x += sheet.tag(x, y, mark, 8) + 1.5


def _customs(sheet: Sheet, paper: ParcelPaper, y: float, height: float) -> None:
    """What customs are told: a line per SKU, as many as there is room for, and the sums."""
    inner = sheet.size.width - 2 * MARGIN
    columns = (MARGIN, 62.0, 74.0, 84.0, sheet.size.width - MARGIN)
    sheet.text(columns[0], y + 2.5, "CONTENTS 申报品名", 6)
    for x, title in zip(columns[1:], ("HS", "QTY", "g", "VALUE"), strict=True):
        sheet.text(x, y + 2.5, title, 6, align="right")
    sheet.rule(y + 3.3, MARGIN, inner, line=0.2)
    step = 3.4
    room = max(1, int((height - 8) / step))
    shown = paper.items if len(paper.items) <= room else paper.items[: room - 1]
    base = y + 6
    for item in shown:
        name = " ".join(
            part for part in (item.declared_name or item.name, item.declared_name_zh) if part
        )
        sheet.text(columns[0], base, name, 7, width=44)
        sheet.text(columns[1], base, item.hs_code, 6.5, align="right", width=14)
        sheet.text(columns[2], base, str(item.quantity), 7, align="right")
        weight = item.weight_grams * item.quantity
        sheet.text(columns[3], base, str(weight or "–"), 7, align="right")
        value = item.value * item.quantity
        sheet.text(columns[4], base, f"{value:.2f}", 7, align="right")
        base += step
    if more := len(paper.items) - len(shown):
        sheet.text(columns[0], base, f"+ {more} more 另有 {more} 项", 7)
    bottom = y + height - 1
    sheet.rule(bottom - 3.6, MARGIN, inner, line=0.2)
    sheet.text(columns[0], bottom, "TOTAL 合计", 7.5, bold=True)
    weight = paper.weight_grams or sum(i.weight_grams * i.quantity for i in paper.items)
    sums = [f"{paper.units} pcs", f"{weight} g" if weight else "", declared_total(paper)]
    text = " · ".join(part for part in sums if part)
    sheet.text(columns[4], bottom, text, 7.5, bold=True, align="right", width=70)


def declared_total(paper: ParcelPaper) -> str:
    """The declared value of a parcel, by currency; amounts of two currencies are not added."""
    currencies = dict.fromkeys(item.currency for item in paper.items)
    return " + ".join(
        f"{sum(i.value * i.quantity for i in paper.items if i.currency == currency):.2f} {currency}"
        for currency in currencies
    )


def _foot(sheet: Sheet, paper: ParcelPaper, position: tuple[int, int]) -> None:
    top = sheet.size.height - FOOT
    right = sheet.size.width - MARGIN
    sheet.rule(top)
    weight = f" · {paper.weight_grams} g" if paper.weight_grams else ""
    sheet.text(MARGIN, top + 3.6, f"{', '.join(paper.orders)}{weight}", 7, width=64)
    sheet.text(MARGIN, top + 7, goods(paper), 7, width=64)
    n, of = position
    if of > 1:
        sheet.text(right, top + 3.6, f"{n}/{of}", 7, align="right")
    sheet.text(right, top + 7, paper.public_id, 6, align="right", width=28)


def goods(paper: ParcelPaper, shown: int = 3) -> str:
    """What is inside, in SKU codes, for the packer's eye."""
    codes: Sequence[str] = [f"{item.code}×{item.quantity}" for item in paper.items]
    rest = len(codes) - shown
    return " ".join(codes[:shown]) + (f" +{rest}" if rest > 0 else "")
