"""Drawing on one page. Places and sizes in millimetres from the top left corner, type in points."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from logistics.paper import codes, fonts

Align = Literal["left", "right", "center"]

#: One dot of a label printer of 203 dpi, in points. Bars that are whole dots wide print sharp.
DOT = 72 / 203
LEAST_BAR_DOTS = 2
#: Bars wider than this many dots gain nothing.
MAX_BAR_DOTS = 4
LEADING = 1.2
#: Smaller type (points) smears on a label printer.
SMALLEST = 5.0

#: Chinese and Japanese may be broken after any character.
_IDEOGRAPHS = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WORDS = re.compile(rf"\s+|[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]+")


class Size(NamedTuple):
    """A sheet, in millimetres."""

    width: float
    height: float


A4 = Size(210, 297)
LABEL_100_150 = Size(100, 150)
LABEL_100_100 = Size(100, 100)
STICKER_60_30 = Size(60, 30)


class Fitted(NamedTuple):
    """Lines of a text that fits into a field, their size in points, and whether some were cut."""

    lines: list[str]
    size: float
    cut: bool


class Sheet:
    """The page being drawn of a PDF. ``lost`` gathers characters that no font has; they are drawn
    as their code in a frame behind a "!", so that nobody takes the paper for complete."""

    def __init__(self, canvas: Canvas, size: Size) -> None:
        self.canvas = canvas
        self.size = size
        self.lost: dict[str, None] = {}
        self.page_size = (size.width * mm, size.height * mm)
        canvas.setPageSize(self.page_size)

    def _y(self, y: float) -> float:
        return (self.size.height - y) * mm

    # --- text --------------------------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: Align = "left",
        width: float | None = None,
    ) -> None:
        """One line with its base line at ``y``; smaller, and at last cut, where it is wider than
        ``width``."""
        line = fonts.clean(text)
        if width is not None and (wide := fonts.width(line, size, bold)) > width * mm:
            size = max(SMALLEST, int(size * width * mm / wide * 4) / 4)
            line = _cut(line, size, bold, width * mm)
        self._line(x * mm, self._y(y), line, size, bold, align)

    def block(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        least: float = SMALLEST,
        align: Align = "left",
    ) -> float:
        """A text in a field whose upper edge is at ``y``, wrapped, and as small as it must be.

        A text that reads from right to left stands on the right. Returns where it ends (mm).
        """
        found = fit(text, width, height, size, bold=bold, least=least)
        step = found.size * LEADING / mm
        for n, line in enumerate(found.lines):
            base = y + n * step + found.size * 0.92 / mm
            if align == "right" or fonts.is_rtl(line):
                self._line((x + width) * mm, self._y(base), line, found.size, bold, "right")
            else:
                self._line(x * mm, self._y(base), line, found.size, bold, "left")
        return y + len(found.lines) * step

    def _line(
        self, left: float, base: float, line: str, size: float, bold: bool, align: Align
    ) -> None:
        if align != "left":
            wide = fonts.width(line, size, bold)
            left -= wide if align == "right" else wide / 2
        pieces = fonts.runs(line, bold)
        if all(piece.font for piece in pieces):
            drawn = self.canvas.beginText(left, base)
            for piece in pieces:
                drawn.setFont(piece.font, size)
                drawn.textOut(piece.text)
            self.canvas.drawText(drawn)
            return
        self.canvas.setFont("FiraGO-Bold", size)
        self.canvas.drawRightString(left - 1, base, "!")
        for piece in pieces:
            if piece.font:
                self.canvas.setFont(piece.font, size)
                self.canvas.drawString(left, base, piece.text)
                left += self.canvas.stringWidth(piece.text, piece.font, size)
            else:
                self._mark(left, base, piece.text, size)
                left += size

    def _mark(self, left: float, base: float, char: str, size: float) -> None:
        """A character without a font: its code point in a frame."""
        self.lost[char] = None
        code = f"{ord(char):04X}"
        half = (len(code) + 1) // 2
        self.canvas.setLineWidth(0.5)
        self.canvas.rect(left + 0.3, base - size * 0.2, size - 0.6, size)
        self.canvas.setFont("FiraGO", size * 0.38)
        self.canvas.drawCentredString(left + size / 2, base + size * 0.36, code[:half])
        self.canvas.drawCentredString(left + size / 2, base - size * 0.08, code[half:])

    # --- lines, fields and codes -------------------------------------------------------------

    def rule(
        self, y: float, x: float = 0, width: float | None = None, *, line: float = 0.4
    ) -> None:
        """A line across; ``line`` is its thickness in points."""
        right = x + (self.size.width if width is None else width)
        self.canvas.setLineWidth(line)
        self.canvas.line(x * mm, self._y(y), right * mm, self._y(y))

    def upright(self, x: float, y: float, height: float, *, line: float = 0.4) -> None:
        """A line downwards."""
        self.canvas.setLineWidth(line)
        self.canvas.line(x * mm, self._y(y), x * mm, self._y(y + height))

    def box(self, x: float, y: float, width: float, height: float, *, filled: bool = False) -> None:
        """A frame; black when ``filled``."""
        self.canvas.setLineWidth(0.6)
        self.canvas.rect(
            x * mm, self._y(y + height), width * mm, height * mm, stroke=1, fill=int(filled)
        )

    def tag(self, x: float, y: float, text: str, size: float, *, align: Align = "left") -> float:
        """White on black, its upper edge at ``y``. Returns its width (mm)."""
        wide = fonts.width(fonts.clean(text), size, True) / mm + 2
        left = x - wide if align == "right" else x
        self.box(left, y, wide, size * 1.35 / mm, filled=True)
        self.canvas.setFillGray(1)
        self.text(left + 1, y + size * 1.02 / mm, text, size, bold=True)
        self.canvas.setFillGray(0)
        return wide

    def holds_code128(self, text: str, width: float) -> bool:
        """Whether a field is wide enough for bars that a printer of 203 dpi prints sharply."""
        return width * mm >= codes.code128(text).modules * LEAST_BAR_DOTS * DOT

    def code128(
        self, x: float, y: float, width: float, height: float, text: str, *, align: Align = "center"
    ) -> None:
        """A Code 128 inside a field, its bars as many whole printer dots wide as fit.

        The caller leaves ten bars of white on both sides.
        """
        modules, dark = codes.code128(text)
        dots = max(1, min(MAX_BAR_DOTS, int(width * mm / modules / DOT)))
        free = width * mm - modules * dots * DOT
        left = x * mm + (free / 2 if align == "center" else free if align == "right" else 0)
        left = round(left / DOT) * DOT
        cells = codes.Cells((start, 0, wide, 1) for start, wide in dark)
        self._fill(cells, left, self._y(y + height), dots * DOT, height * mm)

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        """A QR code that fills a square, its quiet zone inside."""
        rows = codes.qr(text)
        n = len(rows)
        cell = side * mm / (n + 2 * codes.QR_QUIET)
        cells = codes.Cells(
            (start, n - 1 - r, end - start, 1) for r, row in enumerate(rows) for start, end in row
        )
        quiet = codes.QR_QUIET * cell
        self._fill(cells, x * mm + quiet, self._y(y + side) + quiet, cell, cell)

    def _fill(
        self, cells: codes.Cells, left: float, bottom: float, width: float, height: float
    ) -> None:
        """Draw cells of ``width`` and ``height`` (points) in black."""
        self.canvas.saveState()
        self.canvas.transform(width, 0, 0, height, left, bottom)
        self.canvas.drawPath(cells, stroke=0, fill=1)
        self.canvas.restoreState()


def fit(
    text: str,
    width: float,
    height: float,
    size: float,
    *,
    bold: bool = False,
    least: float = SMALLEST,
) -> Fitted:
    """The lines of a text for a field: at ``size`` points, or smaller until it fits.

    At ``least`` points what does not fit is cut, and the last line ends with an ellipsis.
    """
    room = width * mm
    paragraphs = [fonts.clean(part) for part in text.split("\n")]
    while True:
        lines = [line for part in paragraphs for line in _wrap(part, size, bold, room)]
        holds = max(1, int(height * mm / (size * LEADING) + 0.01))
        if len(lines) <= holds:
            return Fitted(lines, size, cut=False)
        if size <= least:
            last = _cut(lines[holds - 1] + "…", size, bold, room)
            return Fitted([*lines[: holds - 1], last], size, cut=True)
        size = max(least, size - 0.5)


def _wrap(text: str, size: float, bold: bool, room: float) -> Iterator[str]:
    """Lines no wider than ``room``: broken at spaces, between Chinese characters, and inside a
    word only when it is wider than a line."""
    if fonts.width(text, size, bold) <= room:
        if text.strip():
            yield text.strip()
        return
    # Words are measured by themselves: lines that are tried out would be measured but once.
    line, wide = "", 0.0
    for word in _WORDS.findall(text):
        more = fonts.width(word, size, bold)
        if wide + (0 if word.isspace() else more) <= room:
            line, wide = line + word, wide + more
            continue
        if line.strip():
            yield line.strip()
        line, wide = word.lstrip(), fonts.width(word.lstrip(), size, bold)
        while wide > room:
            n = len(line) - 1
            while n > 1 and fonts.width(line[:n], size, bold) > room:
                n -= 1
            yield line[:n]
            line = line[n:]
            wide = fonts.width(line, size, bold)
    if line.strip():
        yield line.strip()


def _cut(line: str, size: float, bold: bool, room: float) -> str:
    if fonts.width(line, size, bold) <= room:
        return line
    while line and fonts.width(line + "…", size, bold) > room:
        line = line[:-1]
    return line + "…"
