"""跟踪: what is said about a parcel on its way, and what follows for its orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Literal

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, RowOutcome
from core.sql import update_unnest
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
    news: Mapping[int, Sequence[News]],
    actor: Actor,
    source: str = TrackingEvent.Source.PERSON,
) -> BatchOutcome:
    """Record news about parcels, by shipment id; news that is known already is passed over.

    News may come twice and out of order: a parcel's state follows the newest, and never goes back.
    The first scan stops the clocks that wait for it, at the time of the scan. A ``done`` row has
    the new ``events`` (rows of ``TrackingEvent``); ``already`` means that all of it was known.
    Refused per parcel: ``wrong_state`` before the hand-over, and ``invalid`` with ``errors``
    (pointers ``/events/0/at``) where the news cannot be true.
    """
    actor.require("shipments:write")
    now = timezone.now()
    wrong = {pk: errors for pk, told in news.items() if (errors := _errors(told, now))}
    with transaction.atomic():
        locked = lock_parcels(
            seller,
            states=[ShipmentState.HANDED_OVER, ShipmentState.DECLARED],
            parcels=[pk for pk in news if pk not in wrong],
        )
        fresh = _fresh(locked.parcels, news)
        made = TrackingEvent.objects.bulk_create(
            TrackingEvent(
                seller=seller,
                shipment=locked.parcels[pk],
                state=n.state,
                raw_status=n.raw_status,
                description=n.description,
                location=n.location,
                at=n.at,
                source=source,
                actor=actor.name[:120],
                received_at=now,
            )
            for pk, told in fresh.items()
            for n in told
        )
        if fresh:
            _follow(locked, fresh, actor, now)
        events_of = {pk: list(of) for pk, of in groupby(made, key=attrgetter("shipment_id"))}
        answers = [
            RowOutcome(pk, p.tracking_number, "done", p.state, data={"events": events_of[pk]})
            if pk in fresh
            else RowOutcome(pk, p.tracking_number, "already", p.state)
            for pk, p in locked.parcels.items()
        ]
        others = Shipment.objects.filter(seller=seller, pk__in=set(news) - set(locked.parcels))
        answers += [_refused(p, wrong.get(p.pk, [])) for p in others]
    return BatchOutcome.in_order(news, answers)


def track_shipment(
    *,
    seller: Seller,
    shipment: int,
    news: Sequence[News],
    actor: Actor,
    source: str = TrackingEvent.Source.PERSON,
) -> list[TrackingEvent]:
    """``record_tracking`` for one parcel: returns what was new.

    Raises ``NotFound``, ``Invalid`` (pointers ``/events/0/at``) or ``Refused``.
    """
    outcome = record_tracking(seller=seller, news={shipment: news}, actor=actor, source=source)
    if not outcome.rows:
        raise NotFound()
    row = outcome.rows[0]
    if row.status == "refused":
        if row.code == "invalid":
            raise Invalid(errors=row.data["errors"])
        raise Refused(row.detail, code=row.code)
    return row.data.get("events", [])


def _refused(parcel: Shipment, errors: Sequence[FieldError]) -> RowOutcome:
    code, detail = "wrong_state", str(_("The parcel has not been handed over."))
    if errors:
        code, detail = "invalid", " ".join(str(e.detail) for e in errors)
    return RowOutcome(
        parcel.pk, parcel.tracking_number, "refused", parcel.state, code, detail, {"errors": errors}
    )


def _errors(news: Sequence[News], now: datetime) -> list[FieldError]:
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
    return errors


def _fresh(
    parcels: Mapping[int, Shipment], news: Mapping[int, Sequence[News]]
) -> dict[int, list[News]]:
    """What is not known yet, of those parcels of which there is any."""
    known = {
        (shipment, News(at, state, description, location, raw))
        for shipment, at, state, description, location, raw in TrackingEvent.objects.filter(
            shipment__in=parcels
        ).values_list("shipment_id", "at", "state", "description", "location", "raw_status")
    }
    found = {
        pk: [n for n in dict.fromkeys(news[pk]) if (pk, n) not in known] for pk in sorted(parcels)
    }
    return {pk: told for pk, told in found.items() if told}


def _follow(
    locked: Locked, fresh: Mapping[int, Sequence[News]], actor: Actor, now: datetime
) -> None:
    """What follows from the news for parcels and for the orders inside."""
    told = [locked.parcels[pk] for pk in fresh]
    before = {p.pk: (p.tracking_state, p.first_scan_at, p.delivered_at) for p in told}
    for p in told:
        _advance(p, fresh[p.pk])
    update_unnest(
        Shipment._meta.db_table,
        ("id", "bigint"),
        [
            *(("tracking_state", "text"), ("first_scan_at", "timestamptz")),
            *(("delivered_at", "timestamptz"), ("last_event_at", "timestamptz")),
            ("updated_at", "timestamptz"),
        ],
        [
            (p.pk, p.tracking_state, p.first_scan_at, p.delivered_at, p.last_event_at, now)
            for p in told
        ],
        also="version = t.version + 1",
    )
    orders_of = locked.orders_of()
    pairs = [(p, order) for p in told for order in sorted(orders_of[p.pk])]
    events.record(
        "tracking",
        rows=event_rows(locked.orders, [order for _p, order in pairs]),
        actor=actor,
        at=now,
        data=[
            {
                "shipment": p.public_id,
                "state": p.tracking_state,
                "was": before[p.pk][0],
                "news": len(fresh[p.pk]),
                **({"unknown": True} if any(not n.state for n in fresh[p.pk]) else {}),
            }
            for p, _order in pairs
        ],
    )
    _first_scan(
        locked, [(p, i) for p, i in pairs if p.first_scan_at and not before[p.pk][1]], actor
    )
    _delivered(
        locked, [(p, i) for p, i in pairs if p.delivered_at and not before[p.pk][2]], actor, now
    )


def _advance(parcel: Shipment, fresh: Sequence[News]) -> None:
    """Bring the parcel to where the news say it is."""
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


def _whole(
    locked: Locked,
    pairs: Sequence[tuple[Shipment, int]],
    time: Literal["first_scan_at", "delivered_at"],
) -> dict[int, datetime]:
    """Those orders that have left completely and of which no parcel misses this time, with the
    latest of their parcels' times."""
    rows = (
        ShipmentLine.objects.filter(order__in={order for _p, order in pairs})
        .exclude(shipment__state=ShipmentState.VOID)
        .values("order")
        .annotate(
            missing=Count("pk", filter=Q(**{f"shipment__{time}__isnull": True})),
            last=Max(f"shipment__{time}"),
        )
        .filter(missing=0)
        .values_list("order_id", "last")
    )
    return {i: at for i, at in rows if locked.orders[i].shipped == locked.orders[i].units}


def _first_scan(locked: Locked, pairs: Sequence[tuple[Shipment, int]], actor: Actor) -> None:
    """Parcels, each with an order inside, that a carrier has scanned for the first time."""
    if not pairs:
        return
    whole = _whole(locked, pairs, "first_scan_at")
    stop_clocks(
        orders=list(whole),
        at=list(whole.values()),
        kinds=[DeadlineKind.FIRST_SCAN],
        criterion=StopOn.FIRST_SCAN,
    )
    events.record(
        "first_scan",
        rows=event_rows(locked.orders, [order for _p, order in pairs]),
        actor=actor,
        at=[p.first_scan_at for p, _order in pairs if p.first_scan_at],
        data=[{"shipment": p.public_id} for p, _order in pairs],
    )


def _delivered(
    locked: Locked, pairs: Sequence[tuple[Shipment, int]], actor: Actor, now: datetime
) -> None:
    """Parcels, each with an order inside, that have arrived."""
    if not pairs:
        return
    whole = _whole(locked, pairs, "delivered_at")
    stop_clocks(orders=list(whole), at=list(whole.values()), kinds=[DeadlineKind.DELIVER_BY])
    # An order that somebody has confirmed before the news came keeps the time that it has.
    unset = Order.objects.filter(pk__in=whole, delivered_at=None).values_list("pk", flat=True)
    update_unnest(
        Order._meta.db_table,
        ("id", "bigint"),
        [("delivered_at", "timestamptz"), ("updated_at", "timestamptz")],
        [(i, whole[i], now) for i in unset],
        also="version = t.version + 1",
    )
    last = {i: p for p, i in sorted(pairs, key=lambda pair: (pair[0].delivered_at, pair[0].pk))}
    events.record(
        "delivered",
        rows=event_rows(locked.orders, whole),
        actor=actor,
        at=list(whole.values()),
        data=[{"shipment": last[i].public_id} for i in whole],
    )
