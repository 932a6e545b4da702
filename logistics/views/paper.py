"""Printing: what is printed and on which sheet, what will not print, and the file itself."""

import tempfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import FieldError, Invalid, Text
from core.ids import decode
from logistics.actions.paper import AT_ONCE, MAX_PARCELS, print_parcels, read_paper
from logistics.models import Shipment
from logistics.paper import fonts
from logistics.paper.content import papers_of
from logistics.paper.file import PAPERS, Printable, pdf_as_zpl, unprintable
from logistics.paper_job import start_paper
from logistics.queries import shipments_for
from sellers.access import PageRequest, own, page

#: Session keys: the paper that this person printed last; that they know of a missing font.
_LAST = "paper"
_KNOWS = "paper_without_font"
_FORMATS = ("pdf", "zpl")
#: Labels that become ZPL while somebody waits: each is drawn as a picture.
ZPL_AT_ONCE = 300
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
    "warehouse": _("Warehouse"),
    "people": _("People"),
    "title": _("Title"),
    "below": _("Last line"),
    "customs_name": _("Customs name"),
}


def _named(request: PageRequest) -> list[int]:
    """Ids in one field or in many: thousands are too many fields."""
    named = (each for text in request.POST.getlist("ids") for each in text.split())
    ids = (decode(Shipment.id_prefix, each) for each in named)
    return list(dict.fromkeys(pk for pk in ids if pk))


def ask(request: PageRequest, ids: Sequence[int]) -> HttpResponseBase:
    """Before printing: the sheet, and everything that will not come out as it should. Of what
    becomes a job the texts are looked at there."""
    wanted = ids[:MAX_PARCELS]
    rows = shipments_for(request.seller).filter(pk__in=wanted).order_by()
    known = {
        pk: (copies, number)
        for pk, copies, number in rows.values_list("pk", "label_copies", "tracking_number")
    }
    papers = papers_of(request.seller, wanted) if len(known) <= AT_ONCE else []
    lost = unprintable(papers)
    context = {
        "ids": [Shipment(pk=pk).public_id for pk in wanted if pk in known],
        "count": len(known),
        "more": len(ids) > MAX_PARCELS,
        "limit": MAX_PARCELS,
        "as_job": len(known) > AT_ONCE,
        "papers": PAPERS.values(),
        "paper": request.session.get(_LAST, next(iter(PAPERS))),
        "lost": [(each, FIELDS[each.field]) for each in lost[:_SHOWN]],
        "lost_more": max(0, len(lost) - _SHOWN),
        "cjk_embedded": fonts.cjk_is_embedded(),
        "unnumbered": sum(1 for _copies, number in known.values() if not number),
        "again": sum(1 for copies, _number in known.values() if copies),
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
    if warning := warn_before(request, papers_of(request.seller, [shipment.pk])):
        return warning
    return _file(request, [shipment.pk], paper, request.GET.get("format", "pdf"))


def _file(
    request: PageRequest, ids: Sequence[int], paper_name: str, format_: str
) -> HttpResponseBase:
    paper = read_paper(paper_name)
    if format_ not in _FORMATS or (format_ == "zpl" and not paper.is_label):
        raise Invalid(errors=[FieldError("/format", _("Labels are PDF or ZPL, slips are PDF."))])
    if len(ids) > (ZPL_AT_ONCE if format_ == "zpl" else AT_ONCE):
        job = start_paper(
            seller=request.seller, shipments=ids, paper=paper, actor=request.actor,
            zpl=format_ == "zpl",
        )  # fmt: skip
        request.session[_LAST] = paper.name
        return redirect("jobs:job", job.public_id)
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    print_parcels(
        seller=request.seller, shipments=ids, paper=paper, actor=request.actor, target=target
    )
    request.session[_LAST] = paper.name
    return answer_file(target, paper.name, zpl=format_ == "zpl")


def warn_before(request: PageRequest, papers: Iterable[Printable]) -> HttpResponseBase | None:
    """A page that tells what will not come out, instead of paper that is asked for by an address;
    ``None`` when all will, or when that is known (``anyway``)."""
    papers = list(papers)
    if request.GET.get("anyway"):
        request.session[_KNOWS] = True
        return None
    lost = unprintable(papers)
    no_font = not fonts.cjk_is_embedded() and not request.session.get(_KNOWS)
    no_font = no_font and any(fonts.has_ideographs(t) for p in papers for _name, t in p.texts())
    if not lost and not no_font:
        return None
    query = request.GET.copy()
    query["anyway"] = "1"
    context = {
        "lost": [(each, FIELDS[each.field]) for each in lost[:_SHOWN]],
        "lost_more": max(0, len(lost) - _SHOWN),
        "no_font": no_font,
        "anyway": f"{request.path}?{query.urlencode()}",
    }
    return render(request, "logistics/print_check.html", context)


def answer_file(target: BinaryIO, name: str, *, zpl: bool = False) -> FileResponse:
    """A PDF as an answer, or the same as ZPL; ``name`` begins the name of the file."""
    target.seek(0)
    ending = "pdf"
    if zpl:
        ending = "zpl"
        printable: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
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
