"""Lists of a wave on A4, in the reader's language: the pick list, and its orders for packing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.ui import abstime, number
from logistics.paper.sheet import Sheet, fit
from logistics.paper.wave_content import Goods, PackOrder, PackPaper, PickPaper, PickRow, WaveHead

T = TypeVar("T")
MARGIN = 12.0
#: Where a page's rows begin, on the first and on further pages, and what its foot needs (mm).
FIRST, NEXT, FOOT = 44.0, 24.0, 12.0
#: Height of a row of the pick list, and of a line of totes beyond what it has room for (mm).
ROW, TOTE_LINE = 17.0, 3.6
#: Heights of what an order takes on the list for packing (mm).
ORDER, LINE, REMARK = 14.0, 7.0, 5.5


def draw_pick_list(sheet: Sheet, paper: PickPaper) -> None:
    """Draw a pick list in walking order, on as many pages as it takes."""
    title = _("Pick list")
    heights = [_row_height(row, paper.sorts) for row in paper.rows]
    pages = _paginate(list(zip(paper.rows, heights, strict=True)), sheet, below=5.5)
    for n, rows in enumerate(pages, 1):
        y = _head(sheet, paper.head, title, n)
        y = _pick_titles(sheet, y, sorts=paper.sorts)
        if not paper.rows:
            sheet.text(MARGIN, y + 8, _("Everything is fetched."), 12)
        for row, height in rows:
            _pick_row(sheet, row, y, height, sorts=paper.sorts)
            y += height
        _foot(sheet, paper.head, n, len(pages))


def _row_height(row: PickRow, sorts: bool) -> float:
    return max(ROW, 4 + TOTE_LINE * -(-len(row.totes) // 3)) if sorts else ROW


def _columns(sheet: Sheet, sorts: bool) -> tuple[float, float, float, float, float]:
    """Where bin, quantity (its right edge), goods, bars and totes begin."""
    right = sheet.size.width - MARGIN
    totes = right - 30 if sorts else right
    return MARGIN + 8, MARGIN + 54, MARGIN + 58, totes - 50, totes


def _pick_titles(sheet: Sheet, y: float, *, sorts: bool) -> float:
    place, quantity, goods, bars, totes = _columns(sheet, sorts)
    inner = sheet.size.width - 2 * MARGIN
    sheet.text(place, y + 3.6, _("Bin"), 8, bold=True)
    sheet.text(quantity, y + 3.6, _("Quantity"), 8, bold=True, align="right")
    sheet.text(goods, y + 3.6, _("Goods"), 8, bold=True)
    sheet.text(bars + 2, y + 3.6, _("Barcode"), 8, bold=True)
    if sorts:
        sheet.text(totes, y + 3.6, _("Tote × units"), 8, bold=True, width=30)
    sheet.rule(y + 5, MARGIN, inner, line=0.8)
    return y + 5.5


def _pick_row(sheet: Sheet, row: PickRow, y: float, height: float, *, sorts: bool) -> None:
    place, quantity, goods, bars, totes = _columns(sheet, sorts)
    sheet.box(MARGIN, y + 4.5, 5, 5)
    sheet.text(place, y + 9, row.bin or "—", 14, bold=True, width=30)
    if row.goods.quantity:
        sheet.text(quantity, y + 9.5, number(row.goods.quantity), 18, bold=True, align="right")
    notes = [
        text
        for text, n in (
            (_("%(n)s picked") % {"n": number(row.picked)}, row.picked),
            (_("%(n)s to put back") % {"n": number(row.back)}, row.back),
        )
        if n
    ]
    sheet.text(place, y + 14, " · ".join(notes), 8, width=quantity - place)
    _names(sheet, row.goods, goods, y + 1, bars - goods - 2, ROW - 2)
    _bars(sheet, row.goods.scan, bars, y + 1.5, 46.0)
    if sorts and row.totes:
        text = "  ".join(f"#{tote}×{n}" for tote, n in row.totes)
        sheet.block(totes, y + 1.5, 30, height - 3, text, 9, bold=True)
    sheet.rule(y + height, MARGIN, sheet.size.width - 2 * MARGIN, line=0.2)


def _names(sheet: Sheet, goods: Goods, x: float, y: float, width: float, height: float) -> None:
    """The SKU code large, below it the specification and both names: the end may be cut."""
    end = sheet.block(x, y, width, 5.2, goods.code, 10, bold=True, least=6)
    sheet.block(x, end + 0.3, width, y + height - end, "\n".join(_told(goods)), 8, least=6)


def _told(goods: Goods) -> list[str]:
    """What tells goods apart for a person, the specification first."""
    return list(dict.fromkeys(x for x in (goods.specification, goods.name_zh, goods.name) if x))


def _bars(sheet: Sheet, code: str, x: float, y: float, width: float) -> None:
    """A code as bars with its text, as a square where bars would be too narrow."""
    if sheet.holds_code128(code, width - 6):
        sheet.code128(x + 3, y, width - 6, 9, code, align="left")
        sheet.text(x + 3, y + 12.5, code, 7, width=width - 6)
    else:
        sheet.qr(x + 3, y, 14, code)
        sheet.block(x + 18, y, width - 18, 13, code, 7)


# --- the orders of a wave ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the list for packing: the head of an order, its goods or its remark; without an
    order a part of the sums. A head keeps with what follows."""

    order: PackOrder | None
    goods: Goods | None
    height: float
    is_head: bool = False


def draw_pack_list(sheet: Sheet, paper: PackPaper) -> None:
    """Draw the orders of a wave with what goes into each, then what they come to."""
    title = _("Packing list of the wave")
    pages = _paginate([(part, part.height) for part in _order_parts(paper)], sheet, below=0)
    y = 0.0
    for n, parts in enumerate(pages, 1):
        y = _head(sheet, paper.head, title, n)
        for part, height in parts:
            _draw_part(sheet, paper, part, y)
            y += height
        _foot(sheet, paper.head, n, len(pages))


def _order_parts(paper: PackPaper) -> list[_Part]:
    found = []
    for order in paper.orders:
        found.append(_Part(order, None, ORDER, is_head=True))
        found += [_Part(order, goods, LINE) for goods in order.goods]
        if order.remark:
            lines = min(3, len(fit(f"“{order.remark}”", 162, 12, 8.5, least=8.5).lines))
            found.append(_Part(order, None, 1.5 + lines * (REMARK - 1.5)))
    found.append(_Part(None, None, ORDER, is_head=True))
    found += [_Part(None, goods, LINE) for goods in paper.sums]
    return found


def _draw_part(sheet: Sheet, paper: PackPaper, part: _Part, y: float) -> None:
    if part.goods is not None:
        _goods_line(sheet, part.goods, y, tick=part.order is not None)
    elif part.order is None:
        _sum_head(sheet, paper, y)
    elif part.is_head:
        _order_head(sheet, part.order, y)
    else:
        inner = sheet.size.width - 2 * MARGIN - 20
        text = f"“{part.order.remark}”"
        sheet.block(MARGIN + 20, y + 0.5, inner, part.height - 0.5, text, 8.5)


def _sum_head(sheet: Sheet, paper: PackPaper, y: float) -> None:
    """What all orders come to, over the units of each SKU."""
    sheet.rule(y + 0.5, MARGIN, sheet.size.width - 2 * MARGIN, line=1.2)
    sheet.text(MARGIN, y + 8, _("All orders together"), 12, bold=True, width=70)
    sums = paper.sums
    skus = ngettext("%(n)s SKU", "%(n)s SKUs", len(sums)) % {"n": number(len(sums))}
    units = ngettext("%(n)s unit", "%(n)s units", paper.head.units)
    facts = [skus, units % {"n": number(paper.head.units)}]
    if sums and all(goods.weight_grams for goods in sums):
        grams = sum(goods.weight_grams * goods.quantity for goods in sums)
        facts.append(_("about %(kg)s kg without boxes") % {"kg": f"{grams / 1000:.1f}"})
    right = sheet.size.width - MARGIN
    sheet.text(right, y + 8, "  ·  ".join(facts), 9, align="right", width=110)


def _order_head(sheet: Sheet, order: PackOrder, y: float) -> None:
    inner = sheet.size.width - 2 * MARGIN
    right = sheet.size.width - MARGIN
    sheet.rule(y + 0.5, MARGIN, inner, line=0.8)
    sheet.text(MARGIN, y + 8.5, f"#{order.tote}", 18, bold=True, width=18)
    sheet.text(MARGIN + 20, y + 6, order.number, 12, bold=True, width=80)
    units = ngettext("%(n)s unit", "%(n)s units", order.units) % {"n": number(order.units)}
    facts = [order.country, units]
    if order.ship_by:
        facts.append(_("ship by %(time)s") % {"time": abstime(order.ship_by)})
    if order.with_tote:
        facts.append(_("same buyer and address as #%(tote)s") % {"tote": order.with_tote})
    sheet.text(MARGIN + 20, y + 11, "  ·  ".join(facts), 8.5, width=102)
    if sheet.holds_code128(order.number, 56):
        sheet.code128(right - 58, y + 2.5, 56, 8.5, order.number, align="right")
    else:
        sheet.qr(right - 12, y + 1, 12, order.number)


def _goods_line(sheet: Sheet, goods: Goods, y: float, *, tick: bool) -> None:
    right = sheet.size.width - MARGIN
    if tick:
        sheet.box(MARGIN + 20, y + 1.3, 3.6, 3.6)
    sheet.text(MARGIN + 34, y + 5, f"{number(goods.quantity)} ×", 11, bold=True, align="right")
    sheet.block(MARGIN + 37, y + 1, 42, LINE - 1, goods.code, 9, bold=True, least=6)
    x = MARGIN + 81
    sheet.block(x, y + 1, right - x, LINE - 1, " · ".join(_told(goods)), 8)


# --- what both share --------------------------------------------------------------------------


def _paginate(
    rows: Sequence[tuple[T, float]], sheet: Sheet, *, below: float
) -> list[list[tuple[T, float]]]:
    """Rows with their heights, page by page; ``below`` is what titles of columns take. A head is
    never the last of a page."""
    pages: list[list[tuple[T, float]]] = [[]]
    room = sheet.size.height - FOOT - FIRST - below
    full = sheet.size.height - FOOT - NEXT - below
    for i, (row, height) in enumerate(rows):
        follows = rows[i + 1][1] if getattr(row, "is_head", False) and i + 1 < len(rows) else 0
        if height + follows > room and pages[-1]:
            pages.append([])
            room = full
        pages[-1].append((row, height))
        room -= height
    return pages


def _head(sheet: Sheet, head: WaveHead, title: str, page: int) -> float:
    """The head of a page; begins a new one for all but the first. Returns where rows begin."""
    inner = sheet.size.width - 2 * MARGIN
    right = sheet.size.width - MARGIN
    if page > 1:
        sheet.canvas.showPage()
        sheet.canvas.setPageSize(sheet.page_size)
        sheet.text(MARGIN, 17, f"{title}  {head.code}", 12, bold=True, width=inner)
        return NEXT - 4
    sheet.text(MARGIN, 19, title, 20, bold=True, width=100)
    sheet.code128(right - 72, 10, 70, 12, head.code, align="right")
    sheet.text(right - 2, 27, head.code, 12, bold=True, align="right", width=70)
    orders = ngettext("%(n)s order", "%(n)s orders", head.orders) % {"n": number(head.orders)}
    units = ngettext("%(n)s unit", "%(n)s units", head.units) % {"n": number(head.units)}
    facts = [_("Warehouse: %(name)s") % {"name": head.warehouse}, orders, units]
    sheet.text(MARGIN, 27, "  ·  ".join(facts), 10, width=106)
    service = head.service or _("not decided yet")
    leaves = _("Leaves with: %(service)s") % {"service": service}
    sheet.text(MARGIN, 33, leaves, 10, width=106)
    picker = _("Picker: %(name)s") % {"name": head.picker or "____________________"}
    sheet.text(right, 33, picker, 10, align="right", width=76)
    return FIRST - 6


def _foot(sheet: Sheet, head: WaveHead, page: int, pages: int) -> None:
    y = sheet.size.height - 7
    right = sheet.size.width - MARGIN
    printed = _("Printed by %(name)s, %(time)s") % {
        "name": head.printed_by, "time": abstime(head.printed_at),
    }  # fmt: skip
    sheet.text(MARGIN, y, printed, 8, width=140)
    text = _("Page %(page)s of %(pages)s") % {"page": page, "pages": pages}
    sheet.text(right, y, text, 8, align="right")
