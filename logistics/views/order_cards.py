"""Parcels as the page of an order shows them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.actor import Actor
from logistics.models import Shipment, ShipmentLine, ShipmentState, TrackingEvent, TrackingState
from logistics.queries import BAD_NEWS
from logistics.views.order_forms import Choices, NumberForm, TrackingEventForm
from orders.models import Order
from orders.views.list import order_path

_TONES = {
    ShipmentState.PACKED: ("info", "package"),
    ShipmentState.HANDED_OVER: ("progress", "truck"),
    ShipmentState.DECLARED: ("success", "cloud-upload"),
    ShipmentState.VOID: ("neutral", "package-open"),
}


@dataclass(slots=True)
class Parcel:
    """A parcel as the page shows it."""

    shipment: Shipment
    tone: str
    icon: str
    tracking_tone: str
    href: str
    contents: list[ShipmentLine] = field(default_factory=list)
    events: list[TrackingEvent] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    number_form: NumberForm | None = None
    event_form: TrackingEventForm | None = None

    @property
    def changeable(self) -> bool:
        return self.shipment.state in (ShipmentState.PACKED, ShipmentState.HANDED_OVER)

    @property
    def on_its_way(self) -> bool:
        return self.shipment.state in (ShipmentState.HANDED_OVER, ShipmentState.DECLARED)


def parcels_of(order: Order, actor: Actor, services: Choices | None = None) -> list[Parcel]:
    """The parcels with units of an order, the void ones last. Three queries.

    With ``services`` (the choices of a form) and the right to change parcels each has its forms.
    """
    shipments = sorted(
        Shipment.objects.filter(lines__order=order)
        .distinct()
        .select_related("carrier", "service", "warehouse"),
        key=lambda s: (s.state == ShipmentState.VOID, s.pk),
    )
    contents: dict[int, list[ShipmentLine]] = defaultdict(list)
    for content in (
        ShipmentLine.objects.filter(shipment__in=shipments)
        .select_related("line", "order")
        .order_by("order_id", "line__position")
    ):
        contents[content.shipment_id].append(content)
    news: dict[int, list[TrackingEvent]] = defaultdict(list)
    for event in TrackingEvent.objects.filter(shipment__in=shipments).order_by("-at", "-pk"):
        news[event.shipment_id].append(event)
    parcels = []
    for shipment in shipments:
        inside = contents[shipment.pk]
        tone, icon = _TONES[ShipmentState(shipment.state)]
        parcel = Parcel(
            shipment=shipment,
            tone=tone,
            icon=icon,
            tracking_tone=_tracking_tone(shipment),
            href=shipment.carrier.page_for(shipment.tracking_number)
            if shipment.tracking_number
            else "",
            contents=[c for c in inside if c.order_id == order.pk],
            events=news[shipment.pk],
            others=_other_orders(inside, order),
        )
        if services is not None and actor.may("shipments:write"):
            _add_forms(parcel, services)
        parcels.append(parcel)
    return parcels


def _add_forms(parcel: Parcel, services: Choices) -> None:
    shipment = parcel.shipment
    auto_id = f"id_{shipment.public_id}_%s"
    if parcel.changeable:
        parcel.number_form = NumberForm(
            initial={
                "tracking_number": shipment.tracking_number,
                "service": shipment.service.code if shipment.service else "",
            },
            auto_id=auto_id,
            services=services,
        )
    if parcel.on_its_way:
        parcel.event_form = TrackingEventForm.blank(auto_id + "_event")


def _other_orders(inside: Iterable[ShipmentLine], order: Order) -> list[tuple[str, str]]:
    numbers = {c.order_id: c.order.number for c in inside if c.order_id != order.pk}
    return [(number, order_path(pk)) for pk, number in numbers.items()]


def _tracking_tone(shipment: Shipment) -> str:
    if shipment.tracking_state in BAD_NEWS or shipment.tracking_state == TrackingState.RETURNED:
        return "danger"
    if shipment.tracking_state == TrackingState.DELIVERED:
        return "success"
    return "neutral" if shipment.tracking_state == TrackingState.PENDING else "progress"
