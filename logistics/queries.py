"""Reading parcels: lists and their counts. The seller comes first."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum, Value
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from logistics.actions.ship import FIRST_SCAN_WITHIN
from logistics.models import Shipment, ShipmentLine, ShipmentState, TrackingState
from logistics.tracking_numbers import normalise
from sellers.models import Seller

#: Tabs of the list.
TABS: dict[str, Text] = {
    "": _("All"),
    ShipmentState.PACKED: _("To hand over"),
    ShipmentState.HANDED_OVER: _("To upload"),
    ShipmentState.DECLARED: _("Uploaded"),
    "unnumbered": _("No number"),
    "unscanned": _("No first scan"),
    "problem": _("Problems"),
    ShipmentState.VOID: _("Void"),
}
#: Tabs with a number: what is to be done. The others only grow.
COUNTED = (
    ShipmentState.PACKED,
    ShipmentState.HANDED_OVER,
    "unnumbered",
    "unscanned",
    "problem",
)

BAD_NEWS = (
    TrackingState.FAILED,
    TrackingState.RETURNING,
    TrackingState.LOST,
    TrackingState.EXPIRED,
)
UNSCANNED = (TrackingState.PENDING, TrackingState.INFO_RECEIVED)

_SEPARATORS = re.compile(r"[\s,;，；、]+")
MAX_WORDS = 500


@dataclass(frozen=True, slots=True)
class Inside:
    """An order inside a parcel, with how many of its units."""

    order_id: int
    number: str
    units: int


@dataclass(slots=True)
class Contents:
    """What is inside a parcel."""

    orders: list[Inside] = field(default_factory=list)

    @property
    def units(self) -> int:
        return sum(inside.units for inside in self.orders)


def shipments_for(seller: Seller) -> QuerySet[Shipment]:
    """All parcels of a seller."""
    return Shipment.objects.filter(seller=seller)


def unscanned_q() -> Q:
    """Uploaded, and no carrier has scanned it yet."""
    return Q(state=ShipmentState.DECLARED, tracking_state__in=UNSCANNED, first_scan_at__isnull=True)


def problem_q(now: datetime) -> Q:
    """Parcels that somebody should look at: bad news, or uploaded and never scanned in time."""
    overdue = unscanned_q() & Q(declared_at__lte=now - FIRST_SCAN_WITHIN)
    bad = Q(tracking_state__in=BAD_NEWS) & ~Q(state=ShipmentState.VOID)
    # The outer condition is what the index serves.
    return Q(tracking_state__in=(*BAD_NEWS, *UNSCANNED)) & (bad | overdue)


def tab_q(tab: str, now: datetime) -> Q:
    """The condition of a tab."""
    if tab == "problem":
        return problem_q(now)
    if tab == "unscanned":
        return unscanned_q()
    if tab == "unnumbered":
        return Q(state=ShipmentState.HANDED_OVER, tracking_number="")
    return Q(state=tab) if tab else Q()


def shipment_list(
    seller: Seller, *, tab: str = "", q: str = "", now: datetime
) -> QuerySet[Shipment]:
    """The parcels of a tab, narrowed by ``q``: the beginning of a tracking or order number, or
    several numbers as pasted from a sheet."""
    rows = shipments_for(seller).filter(tab_q(tab, now))
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
    first, *others = (
        shipments_for(seller)
        .filter(tab_q(tab, now))
        .order_by()
        .values(tab=Value(str(tab)))
        .annotate(n=Count("pk"))
        for tab in COUNTED
    )
    found = {row["tab"]: row["n"] for row in first.union(*others, all=True)}
    return {str(tab): found.get(str(tab), 0) for tab in COUNTED}


def contents_of(shipments: Sequence[Shipment]) -> dict[int, Contents]:
    """The orders inside parcels, by parcel. One query."""
    found: dict[int, Contents] = defaultdict(Contents)
    rows = (
        ShipmentLine.objects.filter(shipment__in=[s.pk for s in shipments])
        .order_by("shipment_id", "order_id")
        .values_list("shipment_id", "order_id", "order__number")
        .annotate(units=Sum("quantity"))
    )
    for shipment, order, number, units in rows:
        found[shipment].orders.append(Inside(order, number, units))
    return found
