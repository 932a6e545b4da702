"""Printing lists of a wave, and stickers for goods and for the bins that they lie in."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from typing import BinaryIO, TypeVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from core.ids import decode
from logistics.models import Wave
from logistics.paper.file import Printed, write_pack_list, write_pick_list, write_stickers
from logistics.paper.stickers import Sticker, bin_sticker, sku_sticker
from logistics.paper.wave_content import PackPaper, PickPaper, pack_paper, pick_paper
from logistics.pick_queries import waves_of
from logistics.sticker_queries import bins_of, zones_of
from logistics.views.paper import answer_file, warn_before
from sellers.access import PageRequest, own, page
from stock.models import Sku, Warehouse
from stock.queries.goods import warehouses_of

MAX_COPIES = 500
MAX_BINS = 5_000

P = TypeVar("P", PickPaper, PackPaper)


@page("orders:read")
@require_GET
def pick_list(request: PageRequest, wave_id: str) -> HttpResponseBase:
    """What is still to be fetched of a wave, in walking order. Refused when it is over."""
    wave = own(waves_of(request.seller), request.seller, Wave.id_prefix, wave_id)
    return _list(request, wave, pick_paper, write_pick_list, "pick-list")


@page("orders:read")
@require_GET
def pack_list(request: PageRequest, wave_id: str) -> HttpResponseBase:
    """The orders of a wave with what goes into each."""
    wave = own(waves_of(request.seller), request.seller, Wave.id_prefix, wave_id)
    return _list(request, wave, pack_paper, write_pack_list, "packing-list")


def _list(
    request: PageRequest,
    wave: Wave,
    read: Callable[[Wave, Actor], P],
    write: Callable[[BinaryIO, P], Printed],
    name: str,
) -> HttpResponseBase:
    paper = read(wave, request.actor)
    if warning := warn_before(request, [paper]):
        return warning
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write(target, paper)
    return answer_file(target, f"{name}-{wave.code}")


# --- stickers ---------------------------------------------------------------------------------


@page("stock:read")
@require_GET
def sku_labels(request: PageRequest) -> HttpResponseBase:
    """Stickers for goods: ``sku`` (several) and ``copies`` of each."""
    pks = [decode(Sku.id_prefix, each) for each in request.GET.getlist("sku")]
    counted = Counter(pk for pk in pks if pk)
    skus = Sku.objects.filter(seller=request.seller).in_bulk(list(counted))
    if not skus or len(skus) != len(counted):
        raise NotFound
    copies = _copies(request, len(skus), MAX_COPIES)
    stickers = [sku_sticker(skus[pk]) for pk in counted]
    if warning := warn_before(request, stickers):
        return warning
    return _stickers((each for each in stickers for _copy in range(copies)), "sku-labels")


@page("stock:read")
@require_http_methods(["GET", "POST"])
def bin_labels(request: PageRequest) -> HttpResponseBase:
    """Stickers for bins: chosen ones (posted ``ids``), or those of a warehouse (``warehouse``), all
    or of a ``zone``, the first part of their codes. Without ``print`` a page asks for that."""
    asked = request.POST.get("warehouse", "") or request.GET.get("warehouse", "")
    houses = warehouses_of(request.seller)
    house = houses[0] if houses else None
    if asked:
        house = own(Warehouse.objects.all(), request.seller, Warehouse.id_prefix, asked)
    zone = request.GET.get("zone", "")
    ids = request.POST.getlist("ids")
    if "print" not in request.GET and not ids:
        context = {
            "house": house,
            "houses": houses,
            "zones": zones_of(request.seller, house) if house else [],
            "zone": zone,
        }
        return render(request, "logistics/bin_labels.html", context)
    bins = bins_of(request.seller, house, zone=zone, ids=ids)
    if not bins or (ids and len(bins) != len(set(ids))):
        raise NotFound
    copies = _copies(request, len(bins), MAX_BINS)
    return _stickers((bin_sticker(b) for b in bins for _copy in range(copies)), "bin-labels")


def _copies(request: HttpRequest, things: int, limit: int) -> int:
    """How often each sticker is wanted. Raises ``Invalid`` (``/copies``)."""
    text = request.GET.get("copies", "1")
    copies = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    if not 1 <= copies * things <= limit:
        raise Invalid(
            errors=[
                FieldError(
                    "/copies",
                    _("From 1 to %(limit)s stickers in one file.") % {"limit": limit},
                )
            ]
        )
    return copies


def _stickers(stickers: Iterable[Sticker], name: str) -> HttpResponseBase:
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_stickers(target, stickers)
    return answer_file(target, name)
