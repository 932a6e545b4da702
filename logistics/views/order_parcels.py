"""What is done with parcels on the page of an order. All are posts that lead back to it."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound, Text
from core.outcome import BatchOutcome
from logistics.actions.numbers import number_shipments
from logistics.actions.pack import pack_lines, void_shipments
from logistics.actions.repack import repack_shipments
from logistics.actions.ship import ship_shipments, upload_shipments
from logistics.actions.tracking import News, track_shipment
from logistics.models import Shipment, ShipmentState
from logistics.views.order_forms import NumberForm, PackPartForm, TrackingEventForm, first_errors
from orders.models import Order
from orders.views.act import tell_error
from orders.views.conflict import back_to, overtaken
from orders.views.order import get_order, read_quantities
from sellers.access import PageRequest, own, page

_ACTIONS: Mapping[str, tuple[Text, Callable[..., BatchOutcome]]] = {
    "void": (gettext_lazy("Undo packing"), void_shipments),
    "ship": (gettext_lazy("Ship"), ship_shipments),
    "upload": (gettext_lazy("Upload tracking"), upload_shipments),
    "repack": (gettext_lazy("Pack again"), repack_shipments),
}
#: What takes an action back.
_UNDO = {"void": "repack", "repack": "void"}


def _parcel(request: PageRequest, order: Order, parcel_id: str) -> Shipment:
    """A parcel with units of this order. Raises ``NotFound``."""
    rows = Shipment.objects.filter(lines__order=order).distinct()
    return own(rows, request.seller, Shipment.id_prefix, parcel_id)


def _tell(request: PageRequest, order: Order, name: str, outcome: BatchOutcome) -> None:
    label = _ACTIONS[name][0]
    for row in outcome:
        if row.status == "refused":
            messages.error(request, str(row.detail))
        else:
            state = ShipmentState(row.stage).label
            undo = ""
            if name in _UNDO and row.status == "done":
                parcel = row.data.get("shipment") or Shipment(pk=row.id).public_id
                undo = reverse("order:parcel_do", args=[order.public_id, parcel, _UNDO[name]])
            messages.success(
                request,
                _("%(action)s: done. The parcel is now “%(state)s”.")
                % {"action": label, "state": state},
                extra_tags=f"undo:{undo}" if undo else "",
            )
    if not len(outcome):
        messages.error(request, _("The parcel has changed meanwhile. Look again."))


@page("shipments:write")
@require_POST
def do(request: PageRequest, order_id: str, parcel_id: str, name: str) -> HttpResponseBase:
    """``void``, ``repack``, ``ship`` or ``upload`` one parcel."""
    if name not in _ACTIONS:
        raise NotFound
    order = get_order(request, order_id)
    parcel = _parcel(request, order, parcel_id)
    label, action = _ACTIONS[name]
    if stale := overtaken(request, order, label=label):
        return stale
    outcome = action(seller=request.seller, shipments=[parcel.pk], actor=request.actor)
    _tell(request, order, name, outcome)
    return redirect(back_to(request, order))


def seen_version(request: PageRequest, parcel: Shipment) -> dict[int, int]:
    """The version of the parcel that the posted form was made for, as ``number_shipments`` takes
    it; none when it does not say."""
    said = request.POST.get("parcel_version", "")
    return {parcel.pk: int(said)} if said.isdecimal() and len(said) < 10 else {}


@page("shipments:write")
@require_POST
def number(request: PageRequest, order_id: str, parcel_id: str) -> HttpResponseBase:
    """Gives a parcel its tracking number, or another one."""
    order = get_order(request, order_id)
    parcel = _parcel(request, order, parcel_id)
    form = NumberForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(first_errors(form)))
        return redirect(back_to(request, order))
    try:
        outcome = number_shipments(
            seller=request.seller,
            numbers={parcel.pk: form.cleaned_data["tracking_number"]},
            actor=request.actor,
            service=form.cleaned_data["service"] or None,
            reason=form.cleaned_data["reason"],
            seen=seen_version(request, parcel),
        )
    except DomainError as error:
        tell_error(request, order, error)
        return redirect(back_to(request, order))
    for row in outcome:
        if row.status == "refused":
            messages.error(request, str(row.detail))
        else:
            messages.success(
                request, _("The tracking number is %(number)s.") % {"number": row.number}
            )
    return redirect(back_to(request, order))


@page("shipments:write")
@require_POST
def event(request: PageRequest, order_id: str, parcel_id: str) -> HttpResponseBase:
    """Records news about a parcel, entered by hand."""
    order = get_order(request, order_id)
    parcel = _parcel(request, order, parcel_id)
    form = TrackingEventForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(first_errors(form)))
        return redirect(back_to(request, order))
    said = form.cleaned_data
    try:
        new = track_shipment(
            seller=request.seller,
            shipment=parcel.pk,
            news=[News(said["at"], said["state"], said["description"], said["location"])],
            actor=request.actor,
        )
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        tell_error(request, order, error)
    else:
        if new:
            messages.success(request, _("Recorded."))
        else:
            messages.info(request, _("This was known already."))
    return redirect(back_to(request, order))


@page("shipments:write")
@require_POST
def pack_part(request: PageRequest, order_id: str) -> HttpResponseBase:
    """Packs chosen units, of this order or of those that ship together with it, into one parcel."""
    order = get_order(request, order_id)
    if stale := overtaken(request, order, label=_("Pack these units")):
        return stale
    form = PackPartForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(first_errors(form)))
        return redirect(back_to(request, order))
    said = form.cleaned_data
    try:
        pack_lines(
            seller=request.seller,
            lines=read_quantities(request, "pack-"),
            actor=request.actor,
            service=said["service"],
            tracking_number=said["tracking_number"],
            weight_grams=said["weight_grams"],
            reason=said["reason"],
        )
    except DomainError as error:
        if isinstance(error, NotFound) and read_any(request):
            raise
        tell_error(request, order, error)
    else:
        messages.success(request, _("Packed into a parcel."))
    return redirect(back_to(request, order))


def read_any(request: PageRequest) -> bool:
    """Whether any quantity was said at all."""
    return bool(read_quantities(request, "pack-"))
