"""Shipments, tracking and carriers as the API tells them: dictionaries, since lists are hot."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from core.actor import Actor
from core.api import moment
from core.ids import encode
from core.outcome import BatchOutcome
from logistics.models import (
    Carrier,
    CarrierService,
    Shipment,
    ShipmentLine,
    ShipmentState,
    TrackingEvent,
)
from orders.models import Order, OrderLine

_STAMPS = [
    "packed_at",
    "handed_over_at",
    "declared_at",
    "first_scan_at",
    "last_event_at",
    "delivered_at",
    "voided_at",
    "updated_at",
]
#: State → what may be done with a parcel in it.
_ACTIONS = {
    ShipmentState.PACKED: ("ship", "void", "number"),
    ShipmentState.HANDED_OVER: ("upload", "number"),
}


def with_contents(rows: QuerySet[Shipment]) -> QuerySet[Shipment]:
    """Shipments with what ``shipment_json`` tells: one query more, however many they are."""
    lines = (
        ShipmentLine.objects.select_related("order", "line")
        .only("shipment_id", "quantity", "order__number", "line__sku_code")
        .order_by("pk")
    )
    return rows.select_related("carrier", "service", "warehouse", "box").prefetch_related(
        Prefetch("lines", queryset=lines)
    )


def shipment_json(shipment: Shipment, actor: Actor) -> dict[str, Any]:
    """A parcel read by ``with_contents``."""
    return {
        "object": "shipment",
        "id": shipment.public_id,
        "state": shipment.state,
        "tracking_state": shipment.tracking_state,
        "carrier": shipment.carrier.code,
        "service": shipment.service.code if shipment.service else None,
        "tracking_number": shipment.tracking_number,
        "tracking_url": shipment.carrier.page_for(shipment.tracking_number)
        if shipment.tracking_number
        else "",
        "number_reason": shipment.number_reason,
        "warehouse": shipment.warehouse.code if shipment.warehouse else None,
        "weight_grams": shipment.weight_grams,
        "box": shipment.box.code if shipment.box else None,
        "country": shipment.country,
        "lines": [
            {
                "order": encode(Order.id_prefix, content.order_id),
                "order_number": content.order.number,
                "order_line": encode(OrderLine.id_prefix, content.line_id),
                "sku_code": content.line.sku_code,
                "quantity": content.quantity,
            }
            for content in shipment.lines.all()
        ],
        **{name: moment(getattr(shipment, name)) for name in _STAMPS},
        "allowed_actions": allowed_actions(shipment, actor),
        "version": shipment.version,
    }


def allowed_actions(shipment: Shipment, actor: Actor) -> list[str]:
    """What the actor can do with a parcel in its state."""
    if not actor.may("shipments:write"):
        return []
    names = _ACTIONS.get(ShipmentState(shipment.state), ())
    return [n for n in names if n != "upload" or shipment.tracking_number]


def shipments_of(orders: Sequence[Order], actor: Actor) -> dict[int, list[dict[str, Any]]]:
    """The parcels of orders, oldest first: what logistics puts into an order. Three queries."""
    pairs = sorted(
        set(ShipmentLine.objects.filter(order__in=orders).values_list("order_id", "shipment_id"))
    )
    if not pairs or not actor.may("shipments:read"):
        return {}
    rows = with_contents(Shipment.objects.filter(pk__in={pk for _order, pk in pairs}))
    by_id = {row.pk: shipment_json(row, actor) for row in rows}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for order, pk in pairs:
        found[order].append(by_id[pk])
    return found


def outcome_json(outcome: BatchOutcome, named: Iterable[int]) -> dict[str, Any]:
    """The answer of a batch: a row per parcel that was named, in that order, each once."""
    rows = {row.id: row for row in outcome}
    results = []
    for pk in dict.fromkeys(named):
        row = rows.get(pk)
        results.append(
            {
                "shipment": encode(Shipment.id_prefix, pk),
                "status": row.status if row else "refused",
                "code": (row.code or None) if row else "not_found",
                "detail": (str(row.detail) or None) if row else _("There is no such shipment."),
                "state": row.stage if row else None,
            }
        )
    summary = outcome.summary
    summary["refused"] += len(results) - len(rows)
    return {"results": results, "summary": summary}


def tracking_json(event: TrackingEvent) -> dict[str, Any]:
    return {
        "object": "tracking_event",
        "id": event.public_id,
        "shipment": encode(Shipment.id_prefix, event.shipment_id),
        "state": event.state,
        "raw_status": event.raw_status,
        "description": event.description,
        "location": event.location,
        "at": moment(event.at),
        "source": str(event.source),
        "actor": event.actor,
        "received_at": moment(event.received_at),
    }


def carrier_json(carrier: Carrier) -> dict[str, Any]:
    """A carrier with its active services, prefetched."""
    return {
        "object": "carrier",
        "code": carrier.code,
        "name": carrier.label,
        "kind": carrier.kind,
        "recommended": carrier.recommended,
        "tracking_url": carrier.tracking_url,
        "services": [_service(s) for s in carrier.services.all()],
    }


def _service(service: CarrierService) -> dict[str, Any]:
    names = [
        "code",
        "mode",
        "max_weight_grams",
        "max_length_mm",
        "max_sum_mm",
        "refuses_battery",
        "refuses_liquid",
        "min_days",
        "max_days",
    ]
    found = {name: getattr(service, name) for name in names}
    return found | {"name": service.label, "countries": service.countries.split()}
