"""Printing: what is printed and on which sheet, what will not print, and the file itself."""

import io
import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import FieldError, Invalid, NotFound, Text
from core.ids import decode
from logistics.actions.paper import MAX_PARCELS, print_parcels, read_paper
from logistics.models import Shipment
from logistics.paper import fonts
from logistics.paper.content import papers_of
from logistics.paper.file import PAPERS, pdf_as_zpl, unprintable, write_stickers
from logistics.paper.stickers import Sticker
from logistics.queries import shipments_for
from sellers.access import PageRequest, own, page
from stock.models import Sku

#: Session key: the paper that this person printed last.
_LAST = "paper"
_FORMATS = ("pdf", "zpl")
MAX_COPIES = 500
#: How many parcels with characters that will not print are listed.
_SHOWN = 20

#: Field of a parcel's paper → how people call it.
FIELDS: dict[str, Text] = {
    "buyer_name": _("Buyer's name"),
    "address": _("Address"),
    "sender": _("Sender"),
    "shop": _("Store"),
    "remark": _("Buyer's remark"),
    "goods": _("Goods"),
    "customs_name": _("Customs name"),
}


def _named(request: PageRequest) -> list[int]:
    ids = (decode(Shipment.id_prefix, each) for each in request.POST.getlist("ids"))
    return list(dict.fromkeys(pk for pk in ids if pk))


def ask(request: PageRequest, ids: Sequence[int]) -> HttpResponseBase:
    """Before printing: the sheet, and everything that will not come out as it should."""
    papers = papers_of(request.seller, ids[:MAX_PARCELS])
    copies = dict(
        shipments_for(request.seller)
        .filter(pk__in=[paper.id for paper in papers])
        .values_list("pk", "label_copies")
        .order_by()
    )
    lost = unprintable(papers)
    context = {
        "ids": [paper.public_id for paper in papers],
        "count": len(papers),
        "more": len(ids) > MAX_PARCELS,
        "limit": MAX_PARCELS,
        "papers": PAPERS.values(),
        "paper": request.session.get(_LAST, next(iter(PAPERS))),
        "lost": [(each, FIELDS[each.field]) for each in lost[:_SHOWN]],
        "lost_more": max(0, len(lost) - _SHOWN),
        "cjk_embedded": fonts.cjk_is_embedded(),
        "unnumbered": sum(1 for paper in papers if not paper.number),
        "again": sum(1 for n in copies.values() if n),
        "no_sender": sorted({paper.sender.name for paper in papers if not paper.sender.lines}),
    }
    return render(request, "logistics/print.html", context)


@page("shipments:write")
@require_POST
def labels(request: PageRequest) -> HttpResponseBase:
    """The file: ``ids``, ``paper``, ``format``."""
    paper = request.POST.get("paper", "")
    format_ = request.POST.get("format", "pdf")
    return _file(request, _named(request), paper, format_)


@page("shipments:write")
@require_GET
def label(request: PageRequest, shipment_id: str) -> HttpResponseBase:
    """One parcel's label, on the sheet that ``paper`` names or that was used last."""
    last = request.session.get(_LAST, "")
    usual = last if last in PAPERS and PAPERS[last].is_label else "label-100x150"
    return _one(request, shipment_id, request.GET.get("paper") or usual)


@page("shipments:write")
@require_GET
def slip(request: PageRequest, shipment_id: str) -> HttpResponseBase:
    """One parcel's packing slip."""
    last = request.session.get(_LAST, "")
    usual = last if last in PAPERS and not PAPERS[last].is_label else "slip-100x150"
    return _one(request, shipment_id, request.GET.get("paper") or usual)


def _one(request: PageRequest, shipment_id: str, paper: str) -> HttpResponseBase:
    shipment = own(shipments_for(request.seller), request.seller, Shipment.id_prefix, shipment_id)
    return _file(request, [shipment.pk], paper, request.GET.get("format", "pdf"))


def _file(
    request: PageRequest, ids: Sequence[int], paper_name: str, format_: str
) -> HttpResponseBase:
    paper = read_paper(paper_name)
    if format_ not in _FORMATS or (format_ == "zpl" and not paper.is_label):
        raise Invalid(errors=[FieldError("/format", _("Labels are PDF or ZPL, slips are PDF."))])
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    print_parcels(
        seller=request.seller, shipments=ids, paper=paper, actor=request.actor, target=target
    )
    request.session[_LAST] = paper.name
    return answer_file(target, paper.name, zpl=format_ == "zpl")


def answer_file(target: BinaryIO, name: str, *, zpl: bool = False) -> FileResponse:
    """A PDF as an answer, or the same as ZPL; ``name`` begins the name of the file."""
    target.seek(0)
    ending = "pdf"
    if zpl:
        ending = "zpl"
        printable = io.BytesIO()
        with target:
            pdf_as_zpl(target, printable)
        target = printable
        target.seek(0)
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S")
    return FileResponse(
        target,
        as_attachment=zpl,
        filename=f"{name}-{stamp}.{ending}",
        content_type="application/pdf" if ending == "pdf" else "application/zpl",
        headers={"Cache-Control": "private, no-store"},
    )


@page("stock:read")
@require_GET
def sku_labels(request: PageRequest) -> HttpResponseBase:
    """Stickers for goods: ``sku`` (several) and ``copies`` of each."""
    pks = [decode(Sku.id_prefix, each) for each in request.GET.getlist("sku")]
    counted = Counter(pk for pk in pks if pk)
    skus = Sku.objects.filter(seller=request.seller).in_bulk(list(counted))
    if not skus or len(skus) != len(counted):
        raise NotFound
    text = request.GET.get("copies", "1")
    copies = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    if not 1 <= copies * len(skus) <= MAX_COPIES:
        raise Invalid(
            errors=[
                FieldError(
                    "/copies",
                    _("From 1 to %(limit)s stickers in one file.") % {"limit": MAX_COPIES},
                )
            ]
        )
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_stickers(target, (sticker_of(skus[pk]) for pk in counted for _copy in range(copies)))
    return answer_file(target, "sku-labels")


def sticker_of(sku: Sku) -> Sticker:
    """A SKU's sticker: the bar code that scanners read, its own when it has one."""
    return Sticker(sku.barcode or sku.code, sku.label, f"{sku.code}  {sku.specification}".strip())
