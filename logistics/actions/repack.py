"""Packing that was undone by mistake: the same parcel again."""

from collections.abc import Sequence

from django.db.models import Q

from core.actor import Actor
from core.errors import DomainError, Invalid
from core.outcome import BatchOutcome, RowOutcome
from logistics.actions.pack import pack_lines
from logistics.models import Shipment, ShipmentLine, ShipmentState
from sellers.models import Seller


def repack_shipments(*, seller: Seller, shipments: Sequence[int], actor: Actor) -> BatchOutcome:
    """Pack what was in void parcels into new ones, with their service, number and weight.

    Refused as ``pack_lines`` refuses, when units have gone elsewhere or the number is used by now.
    The answer of a parcel names the new one in its data as ``shipment``.
    """
    actor.require("shipments:write")
    answers = []
    rows = Shipment.objects.filter(Q(state=ShipmentState.VOID), seller=seller, pk__in=shipments)
    for parcel in rows.select_related("service").order_by("pk"):
        inside = dict(
            ShipmentLine.objects.filter(shipment=parcel).values_list("line_id", "quantity")
        )
        try:
            new = pack_lines(
                seller=seller,
                lines=inside,
                actor=actor,
                service=parcel.service.code if parcel.service else "",
                tracking_number=parcel.tracking_number,
                weight_grams=parcel.weight_grams,
                reason=parcel.number_reason,
            )
        except DomainError as error:
            detail = error.errors[0].detail if isinstance(error, Invalid) and error.errors else ""
            answers.append(
                RowOutcome(
                    parcel.pk,
                    parcel.tracking_number,
                    "refused",
                    parcel.state,
                    error.code,
                    detail or error.detail,
                )
            )
        else:
            answers.append(
                RowOutcome(
                    parcel.pk,
                    new.tracking_number,
                    "done",
                    new.state,
                    data={"shipment": new.public_id},
                )
            )
    return BatchOutcome.in_order(shipments, answers)
