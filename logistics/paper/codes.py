"""Bar codes and QR codes as dark stretches on a grid, and their drawing as one path each.

The encoders are libraries'; they know nothing of printer dots, and draw bar by bar.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import segno
from reportlab.graphics.barcode.code128 import Code128

#: All eight masks of a code are read alike at our sizes; to rate them takes most of the time.
_MASK = 4
#: Light modules that a QR code needs around it, in modules.
QR_QUIET = 2


class Bars(NamedTuple):
    """A text in Code 128: how many modules wide it is, and its dark stretches (start, width)."""

    modules: int
    dark: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1024)
def code128(text: str) -> Bars:
    """The bars of a text, without the white around them. ValueError for what Code 128 has not."""
    code = Code128(text, barWidth=1, quiet=0)
    code.validate()
    if not code.valid:
        raise ValueError(text)
    code.encode()
    code.decompose()
    dark, x = [], 0
    for mark in code.decomposed:
        width = ord(mark.lower()) - ord("a") + 1
        if mark.isupper():
            dark.append((x, width))
        x += width
    return Bars(x, tuple(dark))


def qr(text: str) -> list[list[tuple[int, int]]]:
    """The dark stretches of each row of a QR code, as (start, end) in modules."""
    found = []
    for row in segno.make(text, micro=False, error="m", mask=_MASK).matrix:
        spans: list[tuple[int, int]] = []
        for i, dark in enumerate(row):
            if not dark:
                continue
            if spans and spans[-1][1] == i:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        found.append(spans)
    return found


class Cells:
    """Rectangles (x, y, width, height) on a grid of whole numbers, for ``Canvas.drawPath``."""

    def __init__(self, cells: Iterable[tuple[int, int, int, int]]) -> None:
        self._code = "n " + " ".join(f"{x} {y} {wide} {high} re" for x, y, wide, high in cells)

    def getCode(self) -> str:  # noqa: N802 - what the canvas asks a path for
        """The path in the page's own language."""
        return self._code
