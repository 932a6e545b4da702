"""An action on many parcels: in batches, answered as one, or as a job."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.errors import Text
from core.outcome import BatchOutcome
from core.templatetags.ui import number
from logistics.actions.pack import void_shipments
from logistics.actions.ship import ship_shipments, upload_shipments
from logistics.models import Shipment, ShipmentState
from orders.bulk_jobs import Subject, register_subject
from orders.registry import MAX_BATCH
from sellers.models import Seller

ACTIONS: Mapping[str, tuple[Text, Callable[..., BatchOutcome]]] = {
    "ship": (_("Ship"), ship_shipments),
    "upload": (_("Upload tracking"), upload_shipments),
    "void": (_("Undo packing"), void_shipments),
}


def perform_parcels(
    name: str, *, seller: Seller, shipments: Sequence[int], actor: Actor
) -> BatchOutcome:
    """Ship, upload or void any number of parcels, a batch after the other, answered as one.

    A parcel without a tracking number answers with its public id.
    """
    action = ACTIONS[name][1]
    outcome = BatchOutcome()
    for start in range(0, len(shipments), MAX_BATCH):
        part = shipments[start : start + MAX_BATCH]
        outcome.rows += action(seller=seller, shipments=part, actor=actor).rows
    outcome.rows = [
        row if row.number else replace(row, number=Shipment(pk=row.id).public_id)
        for row in outcome.rows
    ]
    return outcome


def _title(action: str, n: int) -> str:
    return ngettext("%(action)s: %(n)s parcel", "%(action)s: %(n)s parcels", n) % {
        "action": ACTIONS[action][0],
        "n": number(n),
    }


register_subject(
    "parcels",
    Subject(
        perform=lambda name, seller, ids, actor, params: perform_parcels(
            name, seller=seller, shipments=ids, actor=actor
        ),
        title=_title,
        column=_("Parcel"),
        path=lambda pk: reverse("logistics:shipment", args=[Shipment(pk=pk).public_id]),
        scope=lambda action: "shipments:write",
        stage=lambda state: ShipmentState(state).label,
    ),
)
