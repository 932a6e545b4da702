"""The page of one parcel, and what is done with it there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid, NotFound, Refused
from logistics.actions.numbers import number_shipments
from logistics.actions.repack import repack_shipments
from logistics.actions.tracking import News, track_shipment
from logistics.bulk import ACTIONS, perform_parcels
from logistics.models import Shipment, ShipmentLine, ShipmentState, TrackingEvent, TrackingState
from logistics.queries import BAD_NEWS, PROBLEMS, problem_of, shipments_for
from logistics.views.order_forms import NumberForm, TrackingEventForm
from logistics.views.order_parcels import seen_version
from logistics.views.shipments import (
    FROM_STATE,
    button,
    first_scan,
    state_badge,
    tracking_tone,
)
from orders.views.list import order_path
from orders.views.words import country_name
from sellers.access import PageRequest, own, page, sentences

_CHANGEABLE = (ShipmentState.PACKED, ShipmentState.HANDED_OVER)
_ON_ITS_WAY = (ShipmentState.HANDED_OVER, ShipmentState.DECLARED)


def _shipment(request: PageRequest, shipment_id: str) -> Shipment:
    rows = shipments_for(request.seller).select_related("carrier", "service", "warehouse")
    return own(rows, request.seller, Shipment.id_prefix, shipment_id)


@page("shipments:read")
@require_GET
def detail(request: PageRequest, shipment_id: str) -> HttpResponseBase:
    """The parcel: what is inside, who carries it, what was said about it."""
    return _detail(request, _shipment(request, shipment_id))


def _detail(
    request: PageRequest,
    shipment: Shipment,
    *,
    number_form: NumberForm | None = None,
    event_form: TrackingEventForm | None = None,
) -> HttpResponseBase:
    writes = request.actor.may("shipments:write")
    number = shipment.tracking_number
    if writes and shipment.state in _CHANGEABLE and number_form is None:
        number_form = NumberForm(
            initial={
                "tracking_number": number,
                "service": shipment.service.code if shipment.service else "",
            }
        )
    if writes and shipment.state in _ON_ITS_WAY and event_form is None:
        event_form = TrackingEventForm.blank("id_event_%s")
        event_form.initial["state"] = (
            TrackingState.PICKED_UP if shipment.first_scan_at is None else TrackingState.IN_TRANSIT
        )
    lines = (
        ShipmentLine.objects.filter(shipment=shipment)
        .select_related("order", "line__sku")
        .order_by("order_id", "line__position")
    )
    wrong = any(form is not None and form.errors for form in (number_form, event_form))
    context = {
        "shipment": shipment,
        "title": number or shipment.public_id,
        "carrier_href": shipment.carrier.page_for(number) if number else "",
        "country": country_name(shipment.country),
        "badge": state_badge(shipment),
        "tracking_tone": tracking_tone(shipment),
        "on_its_way": shipment.state in _ON_ITS_WAY,
        "first_scan": first_scan(shipment),
        "now": timezone.now(),
        "problem": PROBLEMS.get(problem_of(shipment, timezone.now()), ""),
        "lines": [(line, order_path(line.order_id)) for line in lines],
        "timeline": _timeline(shipment),
        "buttons": [button(name) for name in FROM_STATE[shipment.state]] if writes else [],
        "number_form": number_form,
        "event_form": event_form,
    }
    return render(request, "logistics/shipment.html", context, status=422 if wrong else 200)


def _timeline(shipment: Shipment) -> list[dict[str, Any]]:
    """What was said about the parcel and what happened to it here, newest first."""
    items = [_told(event) for event in TrackingEvent.objects.filter(shipment=shipment)]
    for at, title, icon, tone in (
        (shipment.packed_at, _("Packed"), "package", "neutral"),
        (shipment.handed_over_at, _("Handed over"), "truck", "neutral"),
        (shipment.declared_at, _("Uploaded to the marketplace"), "cloud-upload", "neutral"),
        (shipment.voided_at, _("Packing undone, the parcel is void"), "package-open", "warn"),
    ):
        if at:
            items.append({"at": at, "title": title, "note": "", "icon": icon, "tone": tone})
    return sorted(items, key=lambda item: item["at"], reverse=True)


def _told(event: TrackingEvent) -> dict[str, Any]:
    known = bool(event.state)
    notes = [event.description, event.location, event.get_source_display(), event.actor]
    if event.state in BAD_NEWS or event.state == TrackingState.RETURNED:
        tone, icon = "danger", "triangle-alert"
    elif event.state == TrackingState.DELIVERED:
        tone, icon = "success", "package-check"
    else:
        tone, icon = ("info", "map-pin") if known else ("warn", "circle-question-mark")
    return {
        "at": event.at,
        "title": event.get_state_display()
        if known
        else _("A status nobody knows: %(status)s") % {"status": event.raw_status},
        "note": " · ".join(note for note in dict.fromkeys(map(str, notes)) if note),
        "icon": icon,
        "tone": tone,
    }


@page("shipments:write")
@require_POST
def do(request: PageRequest, shipment_id: str, name: str) -> HttpResponseBase:
    """``ship``, ``upload`` or ``void`` the parcel."""
    if name not in ACTIONS:
        raise NotFound
    shipment = _shipment(request, shipment_id)
    outcome = perform_parcels(
        name, seller=request.seller, shipments=[shipment.pk], actor=request.actor
    )
    for row in outcome:
        if row.status == "refused":
            messages.error(request, str(row.detail))
        else:
            undo = reverse("logistics:repack", args=[shipment.public_id])
            messages.success(
                request,
                _("%(action)s: done. The parcel is now “%(state)s”.")
                % {"action": ACTIONS[name][0], "state": ShipmentState(row.stage).label},
                extra_tags=f"undo:{undo}" if name == "void" and row.status == "done" else "",
            )
    return redirect("logistics:shipment", shipment.public_id)


@page("shipments:write")
@require_POST
def repack(request: PageRequest, shipment_id: str) -> HttpResponseBase:
    """Packs what was in a void parcel again, and leads to the new one."""
    shipment = _shipment(request, shipment_id)
    outcome = repack_shipments(seller=request.seller, shipments=[shipment.pk], actor=request.actor)
    for row in outcome:
        if row.status == "done":
            messages.success(request, _("Packed again as it was."))
            return redirect("logistics:shipment", row.data["shipment"])
        messages.error(request, str(row.detail))
    if not len(outcome):
        messages.error(request, _("Only a void parcel can be packed again."))
    return redirect("logistics:shipment", shipment.public_id)


@page("shipments:write")
@require_POST
def number(request: PageRequest, shipment_id: str) -> HttpResponseBase:
    """Gives the parcel its tracking number, or another one."""
    shipment = _shipment(request, shipment_id)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _detail(request, shipment, number_form=form)
    outcome = number_shipments(
        seller=request.seller,
        numbers={shipment.pk: form.cleaned_data["tracking_number"]},
        actor=request.actor,
        service=form.cleaned_data["service"] or None,
        reason=form.cleaned_data["reason"],
        seen=seen_version(request, shipment),
    )
    for row in outcome:
        if row.status == "refused":
            form.add_error("tracking_number", str(row.detail))
            return _detail(request, shipment, number_form=form)
        messages.success(request, _("The tracking number is %(number)s.") % {"number": row.number})
    return redirect("logistics:shipment", shipment.public_id)


@page("shipments:write")
@require_POST
def event(request: PageRequest, shipment_id: str) -> HttpResponseBase:
    """Records news about the parcel, entered by hand."""
    shipment = _shipment(request, shipment_id)
    form = TrackingEventForm(request.POST, auto_id="id_event_%s")
    if not form.is_valid():
        return _detail(request, shipment, event_form=form)
    said = form.cleaned_data
    try:
        new = track_shipment(
            seller=request.seller,
            shipment=shipment.pk,
            news=[News(said["at"], said["state"], said["description"], said["location"])],
            actor=request.actor,
        )
    except (Invalid, Refused) as error:
        for sentence in sentences(error):
            form.add_error(None, sentence)
        return _detail(request, shipment, event_form=form)
    if new:
        messages.success(request, _("Recorded."))
    else:
        messages.info(request, _("This was known already."))
    return redirect("logistics:shipment", shipment.public_id)
