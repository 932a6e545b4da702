"""The pack station: one scan field, and what lies on the table."""

from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.ids import decode
from logistics.actions.photos import add_photo
from logistics.actions.station import enter, read_table, why_stopped
from logistics.actions.station_base import Answer
from logistics.actions.station_box import offered_boxes
from logistics.actions.station_units import FAILS
from logistics.box_queries import boxes_of
from logistics.command_sheet import sheet
from logistics.models import PackPhoto, PackSession, PackSettings, Scan, Shipment, Wave
from logistics.station_queries import LineIn, Table
from sellers.access import PageRequest, own, page, sentences

VERDICTS = {
    "fits": _("Fits"),
    "unknown": _("Sizes are missing"),
    "tight": _("Tight"),
}

#: Commands that are buttons, too.
KEYS = (
    ("CLOSE", "package-check", _("Close the parcel")),
    ("UNDO", "undo-2", _("Take back")),
    ("OUT", "package-minus", _("Take out")),
    ("SPLIT", "split", _("Split")),
    ("LEAVE", "log-out", _("Put aside")),
)


@lru_cache
def _buttons(name: str, language: str) -> SafeString:
    """The buttons of the commands (``code``) or of what can fail (``reason``): drawn once for each
    language, since a scan is answered with dozens of them."""
    fails = [(word, "package-x", text) for word, text in FAILS.items()]
    buttons = KEYS if name == "code" else fails
    context = {"name": name, "buttons": buttons, "menu": name == "reason"}
    return render_to_string("logistics/_station_buttons.html", context)


def _wave(request: PageRequest) -> Wave | None:
    """The wave that is being packed, from the address or the form."""
    said = request.POST.get("wave") or request.GET.get("wave") or ""
    pk = decode(Wave.id_prefix, said)
    return Wave.objects.filter(seller=request.seller, pk=pk).first() if pk else None


@page("shipments:write")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The station as it is now, also after a reload: what lies on this person's table."""
    table = read_table(request.seller, request.user.pk)
    wave = _wave(request)
    answer = Answer("", "", table)
    if table is not None:
        last = table.session.scans.order_by("-pk").first()
        stopped = why_stopped(table)
        if stopped:
            answer = Answer(Scan.Result.WRONG, stopped, table)
        elif last is not None:
            answer = Answer(last.result, last.message, table, data=last.data)
    return _show(request, answer, wave)


@page("shipments:write")
@require_POST
def scan(request: PageRequest) -> HttpResponseBase:
    """Takes in one scan. Sent by the script it is answered with what is on the table now."""
    wave_id = decode(Wave.id_prefix, request.POST.get("wave", ""))
    said = {name: str(value) for name, value in request.POST.items()}
    try:
        answer = enter(
            seller=request.seller,
            actor=request.actor,
            text=said.get("code", ""),
            client_id=said.get("client_id", "")[:64] or uuid4().hex,
            what=said.get("what", "scan"),
            session=said.get("session", ""),
            wave=wave_id,
            fields=said,
        )
    except DomainError as error:
        answer = Answer(Scan.Result.WRONG, " ".join(sentences(error)),
                        read_table(request.seller, request.user.pk))  # fmt: skip
    wave_id = decode(Wave.id_prefix, str(answer.data.get("wave", ""))) or wave_id
    # While a parcel is on the table only the wave's id is passed on; a look is a query.
    wave = Wave(pk=wave_id) if wave_id and answer.table else None
    if wave_id and answer.table is None:
        wave = Wave.objects.filter(seller=request.seller, pk=wave_id).first()
    if request.headers.get("X-Scan"):
        return _show(request, answer, wave, fragment=True)
    if answer.message:
        wrong = answer.result == Scan.Result.WRONG
        (messages.error if wrong else messages.success)(request, answer.message)
    query = "?" + urlencode({"wave": wave.public_id}) if wave else ""
    return redirect(reverse("logistics:pack_station") + query)


def _show(
    request: PageRequest, answer: Answer, wave: Wave | None, *, fragment: bool = False
) -> HttpResponseBase:
    table = answer.table
    context: dict[str, Any] = {
        "result": answer.result,
        "message": answer.message,
        "data": answer.data,
        "wave": wave,
        "client_id": uuid4().hex,
    }
    if table is not None:
        context |= _on_table(table)
    else:
        context["parcel"] = _parcel(request, answer)
    template = "logistics/_station.html" if fragment else "logistics/station.html"
    return render(request, template, context)


def _on_table(table: Table) -> dict[str, Any]:
    state, step = table.state, table.step
    rules = table.rules
    return {
        "table": table,
        "session": table.session,
        "state": state,
        "step": step if table.rules else "units",
        "orders": [
            (order, [_row(line, state.counts.get(line.id, 0)) for line in table.lines
                     if line.order == order.id])
            for order in table.orders
        ],
        "units": sum(state.counts.values()),
        "wanted": sum(line.wanted for line in table.lines),
        "marks": _marks(table),
        "siblings": next((o.siblings for o in table.orders if o.siblings), []),
        "boxes": [
            (n, box, VERDICTS.get(verdict), verdict)
            for n, (box, verdict) in enumerate(offered_boxes(table), 1)
        ]
        if step == "box" and rules
        else [],
        "box": table.box(),
        "expected": table.expected_grams(),
        "checks": [
            (check, check.pk in state.passed, table.code_of(check.sku_id))
            for check in (rules.checks if rules else ())
        ],
        "photo": rules.settings.photo if rules else PackSettings.Photo.NONE,
        "address_changed": [o for o in table.orders if o.address_changed],
        "key_buttons": _buttons("code", get_language() or "en"),
        "fail_buttons": _buttons("reason", get_language() or "en"),
    }  # fmt: skip


def _row(line: LineIn, n: int) -> dict[str, Any]:
    return {
        "line": line,
        "n": n,
        "left": max(0, line.wanted - n),
        "over": max(0, n - line.wanted),
        "done": n == line.wanted and n > 0,
        "short": line.open - line.allocated,
    }


def _marks(table: Table) -> list[tuple[str, str, Any]]:
    """What a packer must not overlook, large: (tone, icon, text)."""
    lines = [line for line in table.lines if line.wanted]
    return [
        mark
        for yes, mark in (
            (any(x.fragile for x in lines), ("warn", "wine", _("Fragile"))),
            (any(x.battery for x in lines), ("warn", "battery-charging", _("Battery"))),
            (any(x.liquid for x in lines), ("warn", "droplets", _("Liquid"))),
        )
        if yes
    ]


def _parcel(request: PageRequest, answer: Answer) -> Shipment | None:
    """The parcel that was closed or looked up just now, or else the last one of this table."""
    rows = Shipment.objects.filter(seller=request.seller).select_related("box", "service")
    named = decode(Shipment.id_prefix, str(answer.data.get("shipment", "")))
    if named:
        return rows.filter(pk=named).first()
    last = (
        PackSession.objects.filter(
            seller=request.seller, packer=request.user.pk, outcome=PackSession.Outcome.PACKED
        )
        .order_by("-pk")
        .values("shipment")[:1]
    )
    return rows.filter(pk__in=last).first()


@page("shipments:write")
@require_POST
def photo(request: PageRequest) -> HttpResponseBase:
    """Keeps a photo of the open box."""
    add_photo(
        seller=request.seller,
        actor=request.actor,
        file=request.FILES.get("photo"),
        client_id=request.POST.get("client_id", "")[:64] or uuid4().hex,
    )
    wave = _wave(request)
    query = "?" + urlencode({"wave": wave.public_id}) if wave else ""
    return redirect(reverse("logistics:pack_station") + query)


@page("shipments:read")
@require_GET
def photo_file(request: PageRequest, photo_id: str) -> HttpResponseBase:
    """A photo, to those who may see the parcel."""
    row = own(PackPhoto.objects.all(), request.seller, PackPhoto.id_prefix, photo_id)
    try:
        picture = row.file.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    return FileResponse(
        picture, as_attachment=True, filename=f"{row.public_id}.jpg", content_type="image/jpeg"
    )


@page("shipments:write")
@require_GET
def commands(request: PageRequest) -> HttpResponseBase:
    """The words that are barcodes, to print and lay beside the scanner."""
    boxes = [box.code for box in boxes_of(request.seller, active=True)]
    return render(request, "logistics/station_commands.html", {"groups": sheet(boxes)})
