"""打印: labels and slips of parcels as files. Who printed what, and how often, is recorded."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from core.locks import lock, retry_on_deadlock
from logistics.models import Shipment, ShipmentLine, ShipmentState
from logistics.paper.content import ParcelPaper, papers_of
from logistics.paper.file import PAPERS, Paper, Printed, write_parcels
from orders import events
from orders.models import Order
from sellers.models import Seller

#: Parcels that are printed while somebody waits: some seconds of drawing. More are a job.
AT_ONCE = 500
#: Parcels in one file.
MAX_PARCELS = 5_000
_CHUNK = 100


def read_paper(name: str) -> Paper:
    """The kind of paper with this name. Raises ``Invalid`` (``/paper``)."""
    if name not in PAPERS:
        known = ", ".join(PAPERS)
        raise Invalid(
            errors=[
                FieldError(
                    "/paper",
                    _("There is no paper “%(name)s”. Papers: %(known)s.")
                    % {"name": name[:40], "known": known},
                    "unknown",
                )
            ]
        )
    return PAPERS[name]


def print_parcels(
    *, seller: Seller, shipments: Sequence[int], paper: Paper, actor: Actor, target: BinaryIO
) -> Printed:
    """Write the paper of parcels into ``target`` as PDF, in the order in which they are named.

    The file is drawn first, then every order inside gets an event ``printed``, and labels are
    counted on their parcel. Raises ``NotFound`` when one of them is not the seller's, ``Invalid``
    (``/shipments``) for none, for too many, and for a parcel that is void.
    """
    actor.require("shipments:write")
    ids = check_parcels(seller, shipments)
    printed = write_parcels(target, paper, read_parcels(seller, ids), total=len(ids))
    record_printed(seller, ids, paper, actor)
    return printed


def check_parcels(seller: Seller, shipments: Sequence[int]) -> list[int]:
    """The parcels once each, when all of them can be printed. Raises like ``print_parcels``."""
    ids = list(dict.fromkeys(shipments))
    if not ids:
        raise Invalid(errors=[FieldError("/shipments", _("Choose at least one parcel."))])
    if len(ids) > MAX_PARCELS:
        raise Invalid(
            errors=[
                FieldError(
                    "/shipments",
                    _("At most %(limit)s parcels go into one file; these are %(n)s.")
                    % {"limit": MAX_PARCELS, "n": len(ids)},
                    "too_many",
                )
            ]
        )
    states = dict(
        Shipment.objects.filter(seller=seller, pk__in=ids).values_list("pk", "state").order_by()
    )
    if len(states) != len(ids):
        raise NotFound
    void = [Shipment(pk=pk).public_id for pk in ids if states[pk] == ShipmentState.VOID]
    if void:
        raise Invalid(
            errors=[
                FieldError(
                    "/shipments",
                    _("A void parcel has no paper: %(ids)s.") % {"ids": ", ".join(void[:10])},
                    "void",
                )
            ]
        )
    return ids


def read_parcels(seller: Seller, ids: Sequence[int]) -> Iterator[list[ParcelPaper]]:
    """What stands on the paper of parcels, some at a time."""
    for start in range(0, len(ids), _CHUNK):
        yield papers_of(seller, ids[start : start + _CHUNK])


@retry_on_deadlock
def record_printed(seller: Seller, ids: Sequence[int], paper: Paper, actor: Actor) -> None:
    """Note on every order inside that the paper was printed, and count labels on their parcel."""
    now = timezone.now()
    with transaction.atomic():
        inside = list(
            ShipmentLine.objects.filter(shipment__in=ids)
            .order_by("order_id", "shipment_id")
            .values_list("order_id", "shipment_id")
            .distinct()
        )
        lock(Order.objects.filter(seller=seller), {order for order, _shipment in inside})
        parcels = {s.pk: s for s in lock(Shipment.objects.filter(seller=seller), ids)}
        if paper.is_label:
            Shipment.objects.filter(pk__in=list(parcels)).update(label_copies=F("label_copies") + 1)
        events.record(
            "printed",
            rows=[(seller.pk, order) for order, _shipment in inside],
            actor=actor,
            at=now,
            data=[
                {"paper": paper.name, "shipment": parcels[shipment].public_id}
                | ({"copy": parcels[shipment].label_copies + 1} if paper.is_label else {})
                for _order, shipment in inside
            ],
        )
