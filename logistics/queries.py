"""Reading parcels: lists and their counts. The seller comes first."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Sum, Value
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.ids import decode
from logistics.actions.ship import FIRST_SCAN_WITHIN
from logistics.models import (
    Carrier,
    CarrierService,
    Shipment,
    ShipmentLine,
    ShipmentState,
    TrackingEvent,
    TrackingState,
)
from logistics.tracking_numbers import normalise
from orders.models import Order
from sellers.models import Seller

#: Tabs of the list.
TABS: dict[str, Text] = {
    "": _("All"),
    ShipmentState.PACKED: _("To hand over"),
    ShipmentState.HANDED_OVER: _("To upload"),
    ShipmentState.DECLARED: _("Uploaded"),
    "unscanned": _("No first scan"),
    "problem": _("Problems"),
    ShipmentState.VOID: _("Void"),
}
#: Tabs with a number: what is to be done. The others only grow.
COUNTED = (ShipmentState.PACKED, ShipmentState.HANDED_OVER, "unscanned", "problem")

BAD_NEWS = (
    TrackingState.FAILED,
    TrackingState.RETURNING,
    TrackingState.LOST,
    TrackingState.EXPIRED,
)
UNSCANNED = (TrackingState.PENDING, TrackingState.INFO_RECEIVED)
MOVING = (
    TrackingState.PICKED_UP,
    TrackingState.IN_TRANSIT,
    TrackingState.OUT_FOR_DELIVERY,
    TrackingState.AVAILABLE_FOR_PICKUP,
)
#: Without news for so long a parcel on its way counts as stalled, one at customs as held.
STALLED_AFTER = timedelta(days=7)
CUSTOMS_AFTER = timedelta(days=3)

#: What the tab of problems is made of.
PROBLEMS: dict[str, Text] = {
    "no_scan": _("No scan"),
    "stalled": _("No movement"),
    "customs": _("Held at customs"),
    "failed": _("Delivery failed"),
    "returning": _("Returning"),
    "lost": _("Lost or no news"),
}
#: What the tab of parcels to upload is made of.
UPLOADS: dict[str, Text] = {
    "ready": _("Ready"),
    "bare": _("No tracking number"),
    "held": _("Order on hold"),
}
KINDS = {"problem": PROBLEMS, str(ShipmentState.HANDED_OVER): UPLOADS}

_SEPARATORS = re.compile(r"[\s,;，；、]+")
MAX_WORDS = 500


@dataclass(frozen=True, slots=True)
class Inside:
    """An order inside a parcel, with how many of its units."""

    order_id: int
    number: str
    units: int
    on_hold: bool = False
    #: Until when its tracking number must be uploaded; ``None`` when its clock does not run.
    due: datetime | None = None


@dataclass(slots=True)
class Contents:
    """What is inside a parcel."""

    orders: list[Inside] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(inside.units for inside in self.orders)

    @property
    def on_hold(self) -> bool:
        return any(inside.on_hold for inside in self.orders)

    @property
    def due(self) -> datetime | None:
        """The first deadline of its orders that still runs."""
        return min((inside.due for inside in self.orders if inside.due), default=None)


def shipments_for(seller: Seller) -> QuerySet[Shipment]:
    """All parcels of a seller."""
    return Shipment.objects.filter(seller=seller)


def shipments_where(seller: Seller, wish: Mapping[str, Any]) -> QuerySet[Shipment]:
    """The parcels that the parameters of the API's list ask for."""
    rows = shipments_for(seller)
    for name in ("state", "tracking_state", "tracking_number"):
        if name in wish:
            rows = rows.filter(**{name: wish[name]})
    if "carrier" in wish:
        rows = rows.filter(carrier__code=wish["carrier"])
    if "order" in wish:
        order = decode(Order.id_prefix, wish["order"])
        rows = rows.filter(pk__in=shipments_for(seller).filter(lines__order=order).values("pk"))
    if "updated_since" in wish:
        rows = rows.filter(updated_at__gte=wish["updated_since"])
    return rows


def tracking_of(shipment: Shipment) -> QuerySet[TrackingEvent]:
    """All that is known of a parcel's way."""
    return TrackingEvent.objects.filter(shipment=shipment)


def carriers_in_use() -> QuerySet[Carrier]:
    """The carriers that parcels can be given to, each with its services in use. Two queries."""
    services = CarrierService.objects.filter(active=True).order_by("name")
    return Carrier.objects.filter(active=True).prefetch_related(
        Prefetch("services", queryset=services)
    )


def orders_of_lines(seller: Seller, lines: Iterable[int], *, limit: int) -> list[Order]:
    """The orders that these lines belong to, so many of them."""
    return list(Order.objects.filter(seller=seller, lines__in=list(lines)).distinct()[:limit])


def unscanned_q() -> Q:
    """Uploaded, and no carrier has scanned it yet."""
    return Q(state=ShipmentState.DECLARED, tracking_state__in=UNSCANNED, first_scan_at__isnull=True)


def problem_q(now: datetime) -> Q:
    """Parcels that somebody should look at: bad news, no news, or uploaded and never scanned."""
    overdue = unscanned_q() & Q(declared_at__lte=now - FIRST_SCAN_WITHIN)
    bad = Q(tracking_state__in=BAD_NEWS) & ~Q(state=ShipmentState.VOID)
    # The outer conditions are what the indexes serve.
    return Q(tracking_state__in=(*BAD_NEWS, *UNSCANNED)) & (bad | overdue) | (
        silent_q(now - min(STALLED_AFTER, CUSTOMS_AFTER))
        & (_kind_q("stalled", now) | _kind_q("customs", now))
    )


def silent_q(since: datetime) -> Q:
    """On its way, and nothing heard of it since then."""
    return Q(
        tracking_state__in=(*MOVING, TrackingState.CUSTOMS),
        last_event_at__lte=since,
        state__in=(ShipmentState.HANDED_OVER, ShipmentState.DECLARED),
    )


def _kind_q(kind: str, now: datetime) -> Q:
    """The condition of a name of ``PROBLEMS`` or ``UPLOADS``, on its tab."""
    held = Exists(ShipmentLine.objects.filter(shipment=OuterRef("pk"), order__on_hold=True))
    conditions = {
        "no_scan": Q(tracking_state__in=UNSCANNED),
        "stalled": Q(tracking_state__in=MOVING, last_event_at__lte=now - STALLED_AFTER),
        "customs": Q(tracking_state=TrackingState.CUSTOMS, last_event_at__lte=now - CUSTOMS_AFTER),
        "failed": Q(tracking_state=TrackingState.FAILED),
        "returning": Q(tracking_state=TrackingState.RETURNING),
        "lost": Q(tracking_state__in=(TrackingState.LOST, TrackingState.EXPIRED)),
        "bare": Q(tracking_number=""),
        "held": Q(held),
        "ready": ~Q(tracking_number="") & ~Q(held),
    }
    return conditions[kind]


def problem_of(shipment: Shipment, now: datetime) -> str:
    """Which of ``PROBLEMS`` a parcel has; empty when it has none. The same rules as the tab's."""
    state, heard = shipment.tracking_state, shipment.last_event_at
    if shipment.state == ShipmentState.VOID:
        return ""
    named = {
        TrackingState.FAILED: "failed",
        TrackingState.RETURNING: "returning",
        TrackingState.LOST: "lost",
        TrackingState.EXPIRED: "lost",
    }
    if state in named:
        return named[TrackingState(state)]
    if shipment.state != ShipmentState.PACKED and heard is not None:
        if state in MOVING and heard <= now - STALLED_AFTER:
            return "stalled"
        if state == TrackingState.CUSTOMS and heard <= now - CUSTOMS_AFTER:
            return "customs"
    declared = shipment.declared_at
    unscanned = (
        shipment.state == ShipmentState.DECLARED
        and state in UNSCANNED
        and shipment.first_scan_at is None
    )
    late = unscanned and declared is not None and declared <= now - FIRST_SCAN_WITHIN
    return "no_scan" if late else ""


def tab_q(tab: str, now: datetime, kind: str = "") -> Q:
    """The condition of a tab, narrowed to a kind of ``KINDS`` when it has some."""
    if kind and kind in KINDS.get(tab, ()):
        return tab_q(tab, now) & _kind_q(kind, now)
    if tab == "problem":
        return problem_q(now)
    if tab == "unscanned":
        return unscanned_q()
    if tab == "unnumbered":
        return Q(state=ShipmentState.HANDED_OVER, tracking_number="")
    return Q(state=tab) if tab else Q()


def shipment_list(
    seller: Seller, *, tab: str = "", kind: str = "", q: str = "", now: datetime
) -> QuerySet[Shipment]:
    """The parcels of a tab, of one kind of it (``KINDS``), narrowed by ``q``: the beginning of a
    tracking or order number, or several numbers as pasted from a sheet."""
    rows = shipments_for(seller).filter(tab_q(tab, now, kind))
    words = [word for word in _SEPARATORS.split(q.strip()) if word][:MAX_WORDS]
    if not words:
        return rows
    numbers = [normalise(word) for word in words]
    if len(words) == 1:
        own = Q(tracking_number__startswith=numbers[0])
        orders = Q(order__number__startswith=words[0])
    else:
        own, orders = Q(tracking_number__in=numbers), Q(order__number__in=words)
    # Each half has its index; an OR over two tables would have none.
    by_number = shipments_for(seller).filter(own).values("pk")
    by_order = ShipmentLine.objects.filter(orders, order__seller=seller).values("shipment_id")
    return rows.filter(pk__in=by_number.union(by_order, all=True))


def tab_counts(seller: Seller, now: datetime) -> dict[str, int]:
    """The numbers on the tabs that have one. One query."""
    return _count(seller, {str(tab): tab_q(tab, now) for tab in COUNTED})


def kind_counts(seller: Seller, tab: str, now: datetime) -> dict[str, int]:
    """How many parcels of a tab are of each of its kinds. One query, none for a tab without."""
    return _count(seller, {kind: tab_q(tab, now, kind) for kind in KINDS.get(tab, ())})


def _count(seller: Seller, conditions: dict[str, Q]) -> dict[str, int]:
    if not conditions:
        return {}
    first, *others = (
        shipments_for(seller).filter(q).order_by().values(tab=Value(name)).annotate(n=Count("pk"))
        for name, q in conditions.items()
    )
    found = {row["tab"]: row["n"] for row in first.union(*others, all=True)}
    return {name: found.get(name, 0) for name in conditions}


def contents_of(shipments: Sequence[Shipment]) -> dict[int, Contents]:
    """The orders inside parcels, by parcel. One query."""
    found: dict[int, Contents] = defaultdict(Contents)
    rows = (
        ShipmentLine.objects.filter(shipment__in=[s.pk for s in shipments])
        .order_by("shipment_id", "order_id")
        .values_list("shipment_id", "order_id", "order__number", "order__on_hold")
        .annotate(
            units=Sum("quantity"), due=Min("order__ship_by", filter=Q(order__clock_open=True))
        )
    )
    for shipment, order, number, on_hold, units, due in rows:
        found[shipment].orders.append(Inside(order, number, units, on_hold, due))
    return found
