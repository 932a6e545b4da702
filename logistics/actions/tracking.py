"""跟踪: what is said about a parcel on its way, and what follows for its orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from logistics.actions.parcels import Locked, event_rows, lock_parcels
from logistics.models import (
    Shipment,
    ShipmentLine,
    ShipmentState,
    TrackingEvent,
    TrackingState,
)
from orders import events
from orders.deadlines import stop_clocks
from orders.models import DeadlineKind, Order, StopOn
from sellers.models import Seller

MAX_EVENTS = 100

#: How far a parcel is. A state never follows one of a higher rank; nothing follows the last rank.
RANK = {
    TrackingState.PENDING: 0,
    TrackingState.INFO_RECEIVED: 1,
    TrackingState.PICKED_UP: 2,
    TrackingState.IN_TRANSIT: 3,
    TrackingState.CUSTOMS: 3,
    TrackingState.EXPIRED: 3,
    TrackingState.OUT_FOR_DELIVERY: 3,
    TrackingState.AVAILABLE_FOR_PICKUP: 3,
    TrackingState.FAILED: 3,
    TrackingState.RETURNING: 4,
    TrackingState.DELIVERED: 5,
    TrackingState.RETURNED: 5,
    TrackingState.LOST: 5,
}
_LAST = 5
#: States that show the carrier has the parcel in hand.
_SCANNED = [s for s, rank in RANK.items() if rank >= 2 and s not in ("expired", "lost")]


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. A status we do not know has no ``state``; ``raw_status`` keeps it."""

    at: datetime
    state: str = ""
    description: str = ""
    location: str = ""
    raw_status: str = ""


@retry_on_deadlock
def record_tracking(
    *,
    seller: Seller,
    shipment: int,
    news: Sequence[News],
    actor: Actor,
    source: str = TrackingEvent.Source.PERSON,
) -> list[TrackingEvent]:
    """Record news about a parcel; news that is known already is passed over.

    News may come twice and out of order: the parcel's state follows the newest, and never goes
    back. The first scan stops the clocks that wait for it, at the time of the scan. Returns what
    was new. Raises ``NotFound``, ``Invalid`` (pointers ``/events/0/at``) or ``Refused``.
    """
    actor.require("shipments:write")
    now = timezone.now()
    _check(news, now)
    with transaction.atomic():
        locked = lock_parcels(
            seller,
            states=[ShipmentState.HANDED_OVER, ShipmentState.DECLARED],
            parcels=[shipment],
        )
        parcel = locked.parcels.get(shipment)
        if parcel is None:
            if not Shipment.objects.filter(seller=seller, pk=shipment).exists():
                raise NotFound()
            raise Refused(_("The parcel has not been handed over."), code="wrong_state")
        fresh = _fresh(parcel, news)
        if not fresh:
            return []
        rows = TrackingEvent.objects.bulk_create(
            TrackingEvent(
                seller=seller,
                shipment=parcel,
                state=n.state,
                raw_status=n.raw_status,
                description=n.description,
                location=n.location,
                at=n.at,
                source=source,
                actor=actor.name[:120],
                received_at=now,
            )
            for n in fresh
        )
        was = parcel.tracking_state
        scanned, delivered = _advance(parcel, fresh, now)
        orders = sorted(locked.orders_of()[shipment])
        events.record(
            "tracking",
            rows=event_rows(locked.orders, orders),
            actor=actor,
            at=now,
            data={
                "shipment": parcel.public_id,
                "state": parcel.tracking_state,
                "was": was,
                "news": len(fresh),
                **({"unknown": True} if any(not n.state for n in fresh) else {}),
            },
        )
        if scanned:
            _first_scan(locked, orders, parcel, scanned, actor)
        if delivered:
            _delivered(locked, orders, parcel, delivered, actor)
    return rows


def _check(news: Sequence[News], now: datetime) -> None:
    errors = []
    if not 1 <= len(news) <= MAX_EVENTS:
        errors.append(
            FieldError("/events", _("From 1 to %(n)s events at a time.") % {"n": MAX_EVENTS})
        )
    for i, n in enumerate(news):
        if n.state and n.state not in TrackingState.values:
            errors.append(
                FieldError(
                    f"/events/{i}/state",
                    _("One of: %(states)s.") % {"states": ", ".join(TrackingState.values)},
                )
            )
        if not n.state and not n.raw_status:
            errors.append(FieldError(f"/events/{i}/state", _("This is needed.")))
        if n.at > now + timedelta(minutes=5):
            errors.append(FieldError(f"/events/{i}/at", _("This time is still to come.")))
        elif n.at < now - timedelta(days=3650):
            errors.append(FieldError(f"/events/{i}/at", _("This time is too long ago.")))
    if errors:
        raise Invalid(errors=errors)


def _fresh(parcel: Shipment, news: Iterable[News]) -> list[News]:
    known = {
        News(at, state, description, location, raw)
        for at, state, description, location, raw in TrackingEvent.objects.filter(
            shipment=parcel
        ).values_list("at", "state", "description", "location", "raw_status")
    }
    return [n for n in dict.fromkeys(news) if n not in known]


def _advance(
    parcel: Shipment, fresh: Sequence[News], now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Write what follows for the parcel. Returns the times of its first scan and delivery, if they
    became known by this."""
    had_scan, had_delivery = parcel.first_scan_at is not None, parcel.delivered_at is not None
    for n in sorted(fresh, key=lambda n: n.at):
        if not n.state:
            continue
        rank, current = RANK[TrackingState(n.state)], RANK[TrackingState(parcel.tracking_state)]
        newest = parcel.last_event_at is None or n.at >= parcel.last_event_at
        if current < _LAST and (rank > current or (rank == current and newest)):
            parcel.tracking_state = n.state
        if n.state in _SCANNED and (parcel.first_scan_at is None or n.at < parcel.first_scan_at):
            parcel.first_scan_at = n.at
        if n.state == TrackingState.DELIVERED and parcel.delivered_at is None:
            parcel.delivered_at = n.at
        if newest:
            parcel.last_event_at = n.at
    Shipment.objects.filter(pk=parcel.pk).update(
        tracking_state=parcel.tracking_state,
        first_scan_at=parcel.first_scan_at,
        delivered_at=parcel.delivered_at,
        last_event_at=parcel.last_event_at,
        updated_at=now,
        version=F("version") + 1,
    )
    return (
        None if had_scan else parcel.first_scan_at,
        None if had_delivery else parcel.delivered_at,
    )


def _whole(orders: Sequence[int], *, locked: Locked, missing: Q) -> list[int]:
    """Those orders that have left completely and of which no parcel is ``missing`` something."""
    waiting = set(
        ShipmentLine.objects.filter(order__in=orders)
        .exclude(shipment__state=ShipmentState.VOID)
        .filter(missing)
        .values_list("order_id", flat=True)
    )
    return [
        i for i in orders if i not in waiting and locked.orders[i].shipped == locked.orders[i].units
    ]


def _first_scan(
    locked: Locked, orders: Sequence[int], parcel: Shipment, at: datetime, actor: Actor
) -> None:
    whole = _whole(orders, locked=locked, missing=Q(shipment__first_scan_at__isnull=True))
    stop_clocks(orders=whole, at=at, kinds=[DeadlineKind.FIRST_SCAN], criterion=StopOn.FIRST_SCAN)
    events.record(
        "first_scan",
        rows=event_rows(locked.orders, orders),
        actor=actor,
        at=at,
        data={"shipment": parcel.public_id},
    )


def _delivered(
    locked: Locked, orders: Sequence[int], parcel: Shipment, at: datetime, actor: Actor
) -> None:
    whole = _whole(orders, locked=locked, missing=Q(shipment__delivered_at__isnull=True))
    Order.objects.filter(pk__in=whole, delivered_at__isnull=True).update(
        delivered_at=at, updated_at=timezone.now(), version=F("version") + 1
    )
    stop_clocks(orders=whole, at=at, kinds=[DeadlineKind.DELIVER_BY])
    events.record(
        "delivered",
        rows=event_rows(locked.orders, whole),
        actor=actor,
        at=at,
        data={"shipment": parcel.public_id},
    )
