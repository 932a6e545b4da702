"""Waves: making them, and walking through one with a phone or a scanner."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound, Refused
from core.paging import paginate
from logistics.actions.picking import record_pick, short_pick, undo_pick
from logistics.actions.waves import close_wave, make_wave, take_wave
from logistics.models import CarrierService, Scan, Wave
from logistics.pick_queries import (
    KINDS,
    MAX_ORDERS,
    Place,
    Wish,
    candidates,
    places_of,
    progress_of,
    waves_of,
)
from orders.bulk import select_matching, select_named
from sellers.access import PageRequest, own, page, sentences
from stock.models import Warehouse
from stock.queries.goods import warehouses_of

PAGE_SIZE = 30
PREVIEW = 12
_TIMES = re.compile(r"(\d{1,6})\s*[*×xX]\s*(\S.*)")

SHORT_REASONS = (
    ("missing", _("Not there")),
    ("fewer", _("Fewer than booked")),
    ("damaged", _("Damaged")),
    ("wrong", _("Something else lies there")),
)

DUE = {
    "": _("Whenever due"),
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "tomorrow": _("Due by tomorrow"),
}


class WaveForm(forms.Form):
    """Which orders are fetched together. A GET form: what it finds is shown before it is made."""

    warehouse = forms.ModelChoiceField(
        Warehouse.objects.none(), label=_("Warehouse"), empty_label=None
    )
    due = forms.ChoiceField(label=_("Deadline"), choices=DUE.items, required=False)
    kind = forms.ChoiceField(label=_("Orders with"), choices=KINDS.items, required=False)
    service = forms.ModelChoiceField(
        CarrierService.objects.none(), label=_("Carrier"), required=False,
        empty_label=_("Any carrier"),
    )  # fmt: skip
    sku = forms.CharField(label=_("SKU code"), max_length=64, required=False)
    limit = forms.IntegerField(
        label=_("Orders at most"), min_value=1, max_value=MAX_ORDERS, initial=40, required=False
    )

    def __init__(self, *args: Any, houses: list[Warehouse], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouse, service = self.fields["warehouse"], self.fields["service"]
        assert isinstance(warehouse, forms.ModelChoiceField)  # noqa: S101
        assert isinstance(service, forms.ModelChoiceField)  # noqa: S101
        warehouse.queryset = Warehouse.objects.filter(pk__in=[w.pk for w in houses]).order_by("pk")
        service.queryset = CarrierService.objects.filter(
            active=True, carrier__active=True
        ).select_related("carrier")

    def wish(self, orders: list[int]) -> Wish:
        said = self.cleaned_data
        return Wish(
            warehouse=said["warehouse"],
            due_before=_due(said["due"]),
            kind=said["kind"],
            sku=said["sku"].strip(),
            service=said["service"],
            orders=orders,
        )


def _due(word: str) -> datetime | None:
    """The end of the day that is meant, in the reader's zone."""
    now = timezone.localtime()
    if word == "overdue":
        return now
    if word not in ("today", "tomorrow"):
        return None
    days = 1 if word == "today" else 2
    return datetime.combine(now.date() + timedelta(days=days), time(), now.tzinfo)


def _named(request: PageRequest) -> list[int]:
    """Orders chosen in the list, by id or by the list's own filter."""
    said = request.POST if request.method == "POST" else request.GET
    if said.get("all_matching"):
        return select_matching(
            request.seller, said.get("filter", ""), request.actor, snapshot=said.get("snapshot", "")
        ).ids
    return select_named(said.getlist("order")).ids


@page("orders:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The waves that are open, a new one with what it would hold, and those that are finished."""
    houses = warehouses_of(request.seller)
    named = _named(request)
    asked = any(name in request.GET for name in ("warehouse", "due", "kind", "sku", "service"))
    first = {"warehouse": houses[0].pk if houses else None, "limit": 40}
    form = WaveForm(request.GET if asked else first, houses=houses)
    found: list[Any] = []
    total = 0
    if houses and form.is_valid():
        rows = candidates(request.seller, form.wish(named))
        total = rows.count()
        found = list(rows[:PREVIEW])
    open_ = list(waves_of(request.seller, is_open=True).order_by("-pk")[:100])
    done = paginate(
        waves_of(request.seller, is_open=False),
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    progress = progress_of([*open_, *done.rows])
    context = {
        "form": form,
        "houses": houses,
        "found": found,
        "total": total,
        "taken": min(total, form.cleaned_data.get("limit") or 40) if form.is_valid() else 0,
        "named": request.GET.getlist("order") if named else [],
        "open": [(wave, progress.get(wave.pk)) for wave in open_],
        "done": [(wave, progress.get(wave.pk)) for wave in done.rows],
        "page": done,
        "now": timezone.now(),
    }
    return render(request, "logistics/pick.html", context)


@page("shipments:write")
@require_POST
def new(request: PageRequest) -> HttpResponseBase:
    """Makes a wave of what the form finds, or of the orders that are named (the selection of the
    list of orders); both of one warehouse."""
    houses = warehouses_of(request.seller)
    if not houses:
        raise Refused(_("There is no warehouse yet."), code="no_warehouse")
    data = request.POST.copy()
    data.setdefault("warehouse", str(houses[0].pk))
    form = WaveForm(data, houses=houses)
    if not form.is_valid():
        raise Refused(" ".join(str(e) for found in form.errors.values() for e in found))
    named = _named(request)
    wish = form.wish(named)
    limit = form.cleaned_data["limit"] or (MAX_ORDERS if named else 40)
    ids = list(candidates(request.seller, wish).values_list("pk", flat=True)[:limit])
    if not ids and named:
        ids = named[:MAX_ORDERS]  # the action says why none of them goes
    if not ids:
        raise Refused(_("No order is ready to be picked."), code="nothing_to_pick")
    service = wish.service.code if wish.service else ""
    wave, outcome = make_wave(
        seller=request.seller,
        warehouse=wish.warehouse,
        orders=ids,
        actor=request.actor,
        service=service,
    )
    text = ngettext("Wave %(code)s with %(n)s order.", "Wave %(code)s with %(n)s orders.",
                    outcome.done)  # fmt: skip
    messages.success(request, text % {"code": wave.code, "n": outcome.done})
    left = len(set(named)) - outcome.done if named else 0
    if left > 0:
        text = ngettext(
            "%(n)s order is not in it: held, without stock, in another warehouse or wave.",
            "%(n)s orders are not in it: held, without stock, in another warehouse or wave.",
            left,
        )
        messages.warning(request, text % {"n": left})
    return redirect("logistics:wave", wave.public_id)


def _wave(request: PageRequest, wave_id: str) -> Wave:
    return own(waves_of(request.seller), request.seller, Wave.id_prefix, wave_id)


@page("orders:read")
@require_GET
def wave(request: PageRequest, wave_id: str) -> HttpResponseBase:
    """One wave: what to fetch, place by place."""
    row = _wave(request, wave_id)
    last = Scan.objects.filter(wave=row, session=None).order_by("-pk").first()
    result = (last.result, last.message) if last else ("", "")
    return _show(request, row, *result, fragment=False)


def _show(
    request: PageRequest, row: Wave, result: str, message: str, *, fragment: bool
) -> HttpResponseBase:
    places = places_of(row)
    rest = [p for p in places if p.rest]
    context = {
        "wave": row,
        "rest": rest,
        "next": rest[0] if rest else None,
        "done": [p for p in places if not p.rest],
        "progress": progress_of([row]).get(row.pk),
        "mine": row.picker_id == request.user.pk,
        "may_pick": request.actor.may("shipments:write") and row.closed_at is None,
        "result": result,
        "message": message,
        "client_id": uuid4().hex,
        "reasons": SHORT_REASONS,
    }
    template = "logistics/_wave.html" if fragment else "logistics/wave.html"
    return render(request, template, context)


@page("shipments:write")
@require_POST
def enter(request: PageRequest, wave_id: str) -> HttpResponseBase:
    """An entry of the picker: ``what`` is scan, pick, short or undo. Sent by a script it is
    answered with the changed part of the page."""
    row = _wave(request, wave_id)
    client_id = request.POST.get("client_id", "")[:64] or uuid4().hex
    result, message = Scan.Result.RIGHT.value, ""
    try:
        message = _enter(request, row, client_id)
    except NotFound:
        raise
    except DomainError as error:
        result, message = Scan.Result.WRONG.value, " ".join(sentences(error))
    row = _wave(request, wave_id)
    if request.headers.get("X-Scan"):
        return _show(request, row, result, message, fragment=True)
    (messages.success if result == "right" else messages.error)(request, message)
    return redirect("logistics:wave", row.public_id)


def _enter(request: PageRequest, row: Wave, client_id: str) -> str:
    said, seller, actor = request.POST, request.seller, request.actor
    what = said.get("what", "scan")
    if what == "undo":
        return undo_pick(seller=seller, wave=row.pk, actor=actor, client_id=client_id).scan.message
    if what == "scan":
        return _scan(request, row, said.get("code", "").strip()[:200], client_id)
    level = int(said["level"]) if said.get("level", "").isdecimal() else 0
    if level > 2**31:
        raise NotFound
    quantity = int(said["quantity"]) if re.fullmatch(r"\d{1,9}", said.get("quantity", "")) else 0
    if what == "short":
        reason = said.get("reason", "")
        label = dict(SHORT_REASONS).get(reason)
        note = said.get("note", "").strip()
        text = " · ".join(filter(None, (str(label or ""), note)))
        return short_pick(
            seller=seller, wave=row.pk, level=level, quantity=quantity, reason=text, actor=actor,
            client_id=client_id, adjust=bool(said.get("adjust")),
        ).scan.message  # fmt: skip
    return record_pick(
        seller=seller, wave=row.pk, level=level, quantity=quantity, actor=actor,
        client_id=client_id,
    ).scan.message  # fmt: skip


def _scan(request: PageRequest, row: Wave, code: str, client_id: str) -> str:
    """A scanned SKU is picked once, ``3*code`` three times; UNDO takes back; a bin is checked."""
    quantity = 1
    if match := _TIMES.fullmatch(code):
        quantity, code = int(match[1]), match[2].strip()
    if code.upper() == "UNDO":
        return undo_pick(
            seller=request.seller, wave=row.pk, actor=request.actor, client_id=client_id
        ).scan.message
    places = places_of(row)
    here = [p for p in places if code and code.lower() in (p.sku.barcode.lower(),
                                                           p.sku.code.lower())]  # fmt: skip
    if here:
        place = next((p for p in here if p.rest), here[0])
        return record_pick(
            seller=request.seller, wave=row.pk, level=place.level, quantity=quantity,
            actor=request.actor, client_id=client_id,
        ).scan.message  # fmt: skip
    in_bin = [p for p in places if p.bin == code.upper()]
    if in_bin:
        return _told(code.upper(), in_bin)
    raise Refused(
        _("Nothing with the code “%(code)s” is in this wave.") % {"code": code[:60]},
        code="unknown_code",
    )


def _told(code: str, places: list[Place]) -> str:
    wanted = [f"{p.rest} × {p.sku.code}" for p in places if p.rest]
    if not wanted:
        return str(_("Nothing more is wanted from %(bin)s.") % {"bin": code})
    return str(_("%(bin)s: %(goods)s") % {"bin": code, "goods": ", ".join(wanted)})


@page("shipments:write")
@require_POST
def do(request: PageRequest, wave_id: str, what: str) -> HttpResponseBase:
    """``take``, ``take-over``, ``close`` or ``cancel`` a wave."""
    row = _wave(request, wave_id)
    if what in ("take", "take-over"):
        take_wave(
            seller=request.seller, wave=row.pk, actor=request.actor, take_over=what == "take-over"
        )
        messages.success(request, _("The wave %(code)s is yours.") % {"code": row.code})
    elif what in ("close", "cancel"):
        close_wave(seller=request.seller, wave=row.pk, actor=request.actor, cancel=what == "cancel")
        text = _("The wave %(code)s is cancelled.") if what == "cancel" else _(
            "The wave %(code)s is finished."
        )  # fmt: skip
        messages.success(request, text % {"code": row.code})
        return redirect("logistics:pick")
    else:
        raise NotFound
    return redirect("logistics:wave", row.public_id)
