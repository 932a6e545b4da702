"""The packing slip that goes into the parcel, A4 and 100 × 150 mm, in the buyer's language."""

from collections.abc import Iterator

from logistics.paper.content import Item, ParcelPaper
from logistics.paper.sheet import A4, Sheet
from logistics.paper.words import SlipWords, slip_words

#: Type sizes and measures (mm) of the two sheets: margin, size of text, step of a line of goods.
_LARGE = (18.0, 10.0, 9.0)
_SMALL = (5.0, 7.5, 6.6)


def draw_slip(sheet: Sheet, paper: ParcelPaper) -> None:
    """Draw a parcel's slip; goods that one page has no room for go on on the next."""
    words = slip_words(paper.country)
    margin, size, step = _LARGE if sheet.size == A4 else _SMALL
    pages = list(_pages(sheet, paper, margin, step))
    for n, items in enumerate(pages):
        if n:
            sheet.canvas.showPage()
            sheet.canvas.setPageSize(sheet.page_size)
        y = _head(sheet, paper, words, margin, size)
        y = _table(sheet, items, words, y, margin, size, step)
        if n == len(pages) - 1:
            _end(sheet, paper, words, y, margin, size)
        if len(pages) > 1:
            place = f"{n + 1} / {len(pages)}"
            sheet.text(
                sheet.size.width - margin, sheet.size.height - 4, place, size - 1, align="right"
            )


def _pages(sheet: Sheet, paper: ParcelPaper, margin: float, step: float) -> Iterator[list[Item]]:
    room = sheet.size.height - 2 * margin - (75 if sheet.size == A4 else 62)
    holds = max(1, int(room / step))
    for start in range(0, max(1, len(paper.items)), holds):
        yield paper.items[start : start + holds]


def _head(sheet: Sheet, paper: ParcelPaper, words: SlipWords, margin: float, size: float) -> float:
    """Who, to whom, which order; returns where the goods begin."""
    large = sheet.size == A4
    right = sheet.size.width - margin
    half = (sheet.size.width - 2 * margin) / 2 - 2
    sheet.text(margin, margin + 5, paper.shop, size + 4, bold=True, width=half)
    sheet.text(right, margin + 5, words.title, size + 4, bold=True, align="right", width=half)
    y = margin + 9
    bars, tall = (80.0, 11.0) if large else (55.0, 7.0)
    code = paper.orders[0] if len(paper.orders) == 1 else paper.public_id
    if not sheet.holds_code128(code, bars):
        code = paper.public_id
    sheet.code128(margin, y, bars, tall, code, align="left")
    lines = [f"{words.order}: {number}" for number in paper.orders]
    lines.append(f"{words.parcel}: {paper.number or paper.public_id}")
    rest = right - margin - bars - 3
    sheet.block(right - rest, y, rest, tall + 4, "\n".join(lines), size, align="right")
    y += 16 if large else 12
    height = 27.0 if large else 21.0
    for x, title, address in (
        (margin, words.to, paper.to),
        (margin + half + 4, words.sender, paper.sender),
    ):
        sheet.text(x, y + 3, title, size - 2)
        lines = [address.name, *address.lines]
        if address is paper.to:
            lines.append(paper.destination)
        sheet.block(x, y + 4, half, height - 5, "\n".join(lines), size)
    return y + height + 2


def _table(
    sheet: Sheet,
    items: list[Item],
    words: SlipWords,
    y: float,
    margin: float,
    size: float,
    step: float,
) -> float:
    right = sheet.size.width - margin
    inner = right - margin
    code = inner * 0.26
    sheet.rule(y, margin, inner, line=0.8)
    sheet.text(margin, y + 4, "SKU", size - 1, bold=True)
    sheet.text(margin + code, y + 4, words.goods, size - 1, bold=True)
    sheet.text(right, y + 4, words.quantity, size - 1, bold=True, align="right")
    y += 5.5
    sheet.rule(y, margin, inner, line=0.3)
    for item in items:
        name = " · ".join(part for part in (item.name, item.specification) if part)
        sheet.block(margin, y + 1, code - 2, step - 1.5, item.code, size)
        sheet.block(margin + code, y + 1, inner - code - 16, step - 1.5, name, size)
        sheet.block(
            right - 14, y + 1, 14, step - 1.5, str(item.quantity), size, bold=True, align="right"
        )
        y += step
        sheet.rule(y, margin, inner, line=0.15)
    return y


def _end(
    sheet: Sheet, paper: ParcelPaper, words: SlipWords, y: float, margin: float, size: float
) -> None:
    right = sheet.size.width - margin
    sheet.text(margin, y + 5, words.total, size, bold=True)
    sheet.text(right, y + 5, str(paper.units), size + 1, bold=True, align="right")
    y += 10
    room = sheet.size.height - margin - 6 - y
    inner = right - margin
    for remark in paper.remarks:
        y = sheet.block(margin, y, inner, min(18, room), f"“{remark}”", size) + 1
    foot = sheet.size.height - margin
    sheet.block(margin, foot - 6, inner, 6, f"{words.thanks} {words.help}", size - 1.5)
