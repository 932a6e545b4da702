"""The file that goes to the printer: many sheets in one PDF, or as ZPL for label printers."""

import base64
import binascii
import io
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TypeVar

import pypdfium2
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps
from reportlab import rl_config
from reportlab.pdfbase.pdfdoc import PDFArray, PDFName, PDFZCompress
from reportlab.pdfgen.canvas import Canvas

from core.errors import Text
from logistics.paper import fonts
from logistics.paper.content import ParcelPaper
from logistics.paper.labels import draw_label
from logistics.paper.lists import draw_pack_list, draw_pick_list
from logistics.paper.sheet import (
    A4,
    LABEL_100_100,
    LABEL_100_150,
    STICKER_60_30,
    Sheet,
    Size,
)
from logistics.paper.slips import draw_slip
from logistics.paper.stickers import Sticker, draw_sticker
from logistics.paper.wave_content import PackPaper, PickPaper

T = TypeVar("T")
# Files hold bytes, not bytes written as letters: a quarter smaller, and quicker to write.
rl_config.useA85 = 0
#: Dots per inch of the label printers that ZPL is for.
PRINTER_DPI = 203


@dataclass(frozen=True, slots=True)
class Paper:
    """A kind of paper for parcels, with the sheet it is made for."""

    name: str
    label: Text
    size: Size
    is_label: bool


PAPERS = {
    paper.name: paper
    for paper in (
        Paper("label-100x150", _("Shipping label 100 × 150 mm"), LABEL_100_150, True),
        Paper("label-100x100", _("Shipping label 100 × 100 mm"), LABEL_100_100, True),
        Paper("slip-a4", _("Packing slip A4"), A4, False),
        Paper("slip-100x150", _("Packing slip 100 × 150 mm"), LABEL_100_150, False),
    )
}


@dataclass(slots=True)
class Printed:
    """What a file holds: how many pages, and characters that stand as their code on it."""

    pages: int = 0
    lost: dict[str, None] = field(default_factory=dict)


def write_parcels(
    target: BinaryIO, paper: Paper, batches: Iterable[Sequence[ParcelPaper]], *, total: int
) -> Printed:
    """Write the papers of parcels as one PDF, batch by batch, in the order in which they come."""
    number = 0

    def draw(sheet: Sheet, parcel: ParcelPaper) -> None:
        nonlocal number
        number += 1
        if paper.is_label:
            draw_label(sheet, parcel, position=(number, total))
        else:
            draw_slip(sheet, parcel)

    return _write(target, paper.size, (p for batch in batches for p in batch), draw, paper.label)


def write_stickers(target: BinaryIO, stickers: Iterable[Sticker]) -> Printed:
    """Write stickers of 60 × 30 mm as one PDF."""
    return _write(target, STICKER_60_30, stickers, draw_sticker, _("Stickers"))


def write_pick_list(target: BinaryIO, paper: PickPaper) -> Printed:
    """Write the pick list of a wave as a PDF of A4 pages."""
    return _write(target, A4, [paper], draw_pick_list, paper.head.code)


def write_pack_list(target: BinaryIO, paper: PackPaper) -> Printed:
    """Write the orders of a wave with their goods as a PDF of A4 pages."""
    return _write(target, A4, [paper], draw_pack_list, paper.head.code)


class _Pages(Canvas):
    """A canvas that packs a page when it is done, so that a long file needs little memory: the
    library keeps all pages as text until the file is saved."""

    def showPage(self) -> None:  # noqa: N802 - the library's name
        """Packs the page."""
        name = self._doc.thisPageName()
        super().showPage()
        page = self._doc.idToObject[name]
        page.check_format(self._doc)
        page.stream = None
        page.Contents.content = PDFZCompress.encode(page.Contents.content)
        page.Contents.dictionary["Filter"] = PDFArray([PDFName(PDFZCompress.pdfname)])


def _write(
    target: BinaryIO,
    size: Size,
    things: Iterable[T],
    draw: Callable[[Sheet, T], None],
    title: Text,
) -> Printed:
    canvas = _Pages(target, pageCompression=1)
    canvas.setTitle(str(title))
    printed = Printed()
    for thing in things:
        sheet = Sheet(canvas, size)
        draw(sheet, thing)
        printed.lost |= sheet.lost
        printed.pages = canvas.getPageNumber()
        canvas.showPage()
    canvas.save()
    return printed


def pdf_as_zpl(
    pdf: BinaryIO, target: BinaryIO, *, each: Callable[[int], object] = lambda page: None
) -> int:
    """Each page of a PDF as a picture in ZPL for a printer of 203 dpi; returns the pages.

    A picture, since the fonts of label printers have neither Chinese nor Arabic; bars are whole
    dots wide in the PDF and stay sharp. ``each`` is told the pages as they are done.
    """
    document = pypdfium2.PdfDocument(pdf)
    try:
        for n, page in enumerate(document, 1):
            bitmap = page.render(scale=PRINTER_DPI / 72, grayscale=True)
            target.write(_zpl(bitmap.to_pil()))
            page.close()
            each(n)
        return len(document)
    finally:
        document.close()


def _zpl(picture: Image.Image) -> bytes:
    """A picture as one label: ``^GFA`` with compressed data (Z64), black where it is dark."""
    dots = ImageOps.invert(picture).point(lambda value: 255 if value > 127 else 0).convert("1")
    row = (dots.width + 7) // 8
    data = dots.tobytes()
    packed = base64.b64encode(zlib.compress(data, 9))
    check = binascii.crc_hqx(packed, 0)
    out = io.BytesIO()
    out.write(b"^XA^PW%d^LL%d^FO0,0" % (dots.width, dots.height))
    out.write(b"^GFA,%d,%d,%d,:Z64:" % (len(data), len(data), row))
    out.write(packed + b":%04X^FS^XZ\n" % check)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Unprintable:
    """Characters of a field that no font has; ``parcel`` for the paper of one."""

    field: str
    characters: str
    text: str
    parcel: ParcelPaper | None = None


class Printable(Protocol):
    """What goes on paper and says which of its texts may hold any script."""

    def texts(self) -> list[tuple[str, str]]: ...


def unprintable(papers: Iterable[Printable]) -> list[Unprintable]:
    """All that would not print, looked for before anything is printed."""
    found = []
    for paper in papers:
        parcel = paper if isinstance(paper, ParcelPaper) else None
        # The same goods stand in many rows of a list, and are told once.
        for name, text in dict.fromkeys(paper.texts()):
            if lost := fonts.missing(text):
                found.append(Unprintable(name, lost, text, parcel))
    return found
