"""Which font prints which character.

The chain: FiraGO (Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Georgian; from a package), then a
TrueType font for Chinese, Japanese and Korean: the one that ``PAPER_FONT`` names, else one found on
this machine, else the PDF reader's own Song typeface, which is not embedded and may be missing
there: ``cjk_is_embedded`` is false then and pages say so. What no font has is told by ``missing``
before anything is printed.
"""

import io
import logging
import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import arabic_reshaper
from bidi import get_display
from django.conf import settings
from pymupdf_fonts import myfont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

logger = logging.getLogger(__name__)

#: Where the letters stand that read from right to left (Unicode's own blocks for them).
_RTL = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

#: TrueType fonts with Chinese, in the order in which they are taken. Others of these systems hold
#: PostScript outlines (CFF), which cannot be embedded.
_CJK_FILES = (
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.ttf",
    "msyh.ttc",
    "simhei.ttf",
    "Arial Unicode.ttf",
)
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_SONG = "STSong-Light"

#: Joins Arabic letters. FiraGO has the joined forms, and the plain letter for one that stands
#: alone.
_reshaper = arabic_reshaper.ArabicReshaper(
    {"use_unshaped_instead_of_isolated": True, "delete_harakat": False}
)


class Face(NamedTuple):
    """A registered font and the code points it has; ``None`` for the reader's own Song."""

    name: str
    covers: frozenset[int] | None

    def has(self, char: str) -> bool:
        code = ord(char)
        return code in self.covers if self.covers is not None else _in_song(code)


class Run(NamedTuple):
    """A piece of text in one font; without a font nothing can print it."""

    font: str
    text: str


def _in_song(code: int) -> bool:
    """Song has the characters of GB 2312 and GBK: what that encoding can write."""
    try:
        chr(code).encode("gbk")
    except UnicodeEncodeError:
        return False
    return code > 0x2000


@cache
def _latin(bold: bool) -> Face:
    name = "FiraGO-Bold" if bold else "FiraGO"
    font = TTFont(name, io.BytesIO(myfont("figbo" if bold else "figo")))
    pdfmetrics.registerFont(font)
    return Face(name, frozenset(font.face.charToGlyph))


@cache
def _cjk() -> Face:
    for path in _candidates():
        try:
            font = TTFont("PaperCJK", str(path), subfontIndex=0)
        except (TTFError, OSError):
            logger.warning("paper_font_refused", extra={"font": path.name})
            continue
        pdfmetrics.registerFont(font)
        return Face("PaperCJK", frozenset(font.face.charToGlyph))
    pdfmetrics.registerFont(UnicodeCIDFont(_SONG))
    return Face(_SONG, None)


def _candidates() -> Iterator[Path]:
    if settings.PAPER_FONT:
        yield Path(settings.PAPER_FONT)
    found: dict[str, Path] = {}
    for folder in _FONT_FOLDERS:
        for root, _folders, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name in _CJK_FILES:
                    found.setdefault(name, Path(root) / name)
    yield from (found[name] for name in _CJK_FILES if name in found)


def cjk_is_embedded() -> bool:
    """Whether a font with Chinese is put into the file, so that every reader and printer has it."""
    return _cjk().covers is not None


def has_ideographs(text: str) -> bool:
    """Whether a text needs the font for Chinese, Japanese and Korean."""
    return any(char > "\u2e7f" and not _latin(False).has(char) for char in text)


def clean(text: str) -> str:
    """Text as it is printed: composed accents, plain spaces, no control characters."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)
    if composed.isprintable():
        return composed
    return "".join(
        " " if unicodedata.category(c) in {"Zs", "Zl", "Zp"} or c in "\t\n\r" else c
        for c in composed
        if unicodedata.category(c) not in {"Cf", "Cs"}
        and (unicodedata.category(c) != "Cc" or c in "\t\n\r")
    )


def is_rtl(text: str) -> bool:
    """Whether a text reads from right to left: its first letter says so."""
    if not _RTL.search(text):
        return False
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in {"R", "AL"}:
            return True
        if kind == "L":
            return False
    return False


def visual(text: str) -> str:
    """The characters of one line from left to right: Arabic joined, Hebrew and Arabic turned."""
    return str(get_display(_reshaper.reshape(text))) if _RTL.search(text) else text


@cache  # an entry per character that was ever printed
def _font_of(char: str, bold: bool) -> str:
    faces = (_latin(bold), _latin(False), _cjk()) if bold else (_latin(False), _cjk())
    return next((face.name for face in faces if face.has(char)), "")


@lru_cache(maxsize=4096)
def runs(text: str, bold: bool = False) -> tuple[Run, ...]:
    """One line as pieces from left to right, each in the first font that has its characters."""
    found: list[Run] = []
    font, piece = "", ""
    for char in visual(text):
        name = _font_of(char, bold)
        if font and name and (name == font or char == " "):
            piece += char
            continue
        if piece:
            found.append(Run(font, piece))
        font, piece = name, char
    if piece:
        found.append(Run(font, piece))
    return tuple(found)


def missing(text: str) -> str:
    """The characters of a text that no font has, each once, in their order."""
    shown = visual(clean(text))
    return "".join(dict.fromkeys(char for char in shown if not _font_of(char, False)))


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide one line is, in points. A character without a font is as wide as its mark."""
    return _width(text, bold) * size / 1000


@lru_cache(maxsize=16_384)
def _width(text: str, bold: bool) -> float:
    """As above, in type of 1000 points: a width grows with the size."""
    return sum(
        pdfmetrics.stringWidth(run.text, run.font, 1000) if run.font else 1000
        for run in runs(text, bold)
    )


def forget() -> None:
    """Look for fonts anew."""
    for found in (_cjk, _font_of, runs, _width):
        found.cache_clear()
