"""Tracking numbers, checked before a parcel gets one: no false one reaches a marketplace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid
from core.ids import decode
from core.outcome import BatchOutcome, Refusal, RowOutcome
from core.sql import update_unnest
from logistics.actions.parcels import event_rows, lock_parcels
from logistics.models import Carrier, CarrierService, Shipment, ShipmentState
from logistics.tracking_numbers import check_number, normalise, problem_text
from orders import events
from sellers.models import Seller

ANY_CARRIER = "other"


@dataclass(frozen=True, slots=True)
class Route:
    """Who carries a parcel. Without a service it is the carrier ``other``."""

    carrier: Carrier
    service: CarrierService | None = None

    def refuses(self, *, country: str, weight_grams: int | None) -> Refusal | None:
        """Why this service does not take such a parcel."""
        s = self.service
        if s is None:
            return None
        if s.countries and country not in s.countries.split():
            return Refusal(
                "service_country",
                _("%(service)s does not go to %(country)s.")
                % {"service": s.label, "country": country},
            )
        if s.max_weight_grams and weight_grams and weight_grams > s.max_weight_grams:
            return Refusal(
                "too_heavy",
                _("%(service)s takes at most %(limit)s g; the parcel weighs %(weight)s g.")
                % {"service": s.label, "limit": s.max_weight_grams, "weight": weight_grams},
            )
        return None


def route(service: str | None, *, pointer: str = "/service") -> Route:
    """The route for a service's code; raises ``Invalid`` for a code that is none."""
    if not service:
        return Route(Carrier.objects.get(code=ANY_CARRIER))
    found = (
        CarrierService.objects.select_related("carrier")
        .filter(code=service, active=True, carrier__active=True)
        .first()
    )
    if found is None:
        raise Invalid(
            errors=[
                FieldError(
                    pointer,
                    _("There is no service “%(code)s”.") % {"code": service[:60]},
                    "unknown_service",
                )
            ]
        )
    return Route(found.carrier, found)


def judge(numbers: Mapping[int, tuple[Carrier, str]], *, reason: str = "") -> dict[int, Refusal]:
    """Refusals for those numbers that must not be used, by the caller's key.

    Checks form and check digit, the carrier's pattern (an unusual number passes with a ``reason``),
    and that neither another parcel nor another row of the same batch has it. One query.
    """
    refusals: dict[int, Refusal] = {}
    seen: dict[tuple[int, str], int] = {}
    for key, (carrier, number) in numbers.items():
        check = check_number(number, carrier.pattern or None)
        problem = next((p for p in check.problems if p.severity == "refuse" or not reason), None)
        if problem:
            refusals[key] = Refusal(problem.code, problem_text(problem))
        elif (carrier.pk, check.number) in seen:
            refusals[key] = _used(check.number)
        else:
            seen[carrier.pk, check.number] = key
    if seen:
        taken = Shipment.objects.filter(
            ~Q(state=ShipmentState.VOID), tracking_number__in={n for _c, n in seen}
        ).values_list("carrier_id", "tracking_number", "pk")
        for carrier_id, number, shipment in taken:
            found = seen.get((carrier_id, number))
            if found is not None and found != shipment:
                refusals[found] = _used(number)
    return refusals


def _used(number: str) -> Refusal:
    return Refusal(
        "tracking_number_used",
        _("Another parcel has the tracking number %(number)s.") % {"number": number},
    )


def read_numbers(value: Any) -> dict[int, str]:
    """The parameter ``tracking_numbers``: an object of order id → tracking number."""
    if not isinstance(value, Mapping):
        raise ValueError(_("An object of order ids and tracking numbers."))
    found = {}
    for key, number in value.items():
        pk = decode("ord", key) if isinstance(key, str) else None
        if pk is None or not isinstance(number, str):
            raise ValueError(_("An object of order ids and tracking numbers."))
        found[pk] = normalise(number)
    return found


def number_shipments(
    *,
    seller: Seller,
    numbers: Mapping[int, str],
    actor: Actor,
    service: str | None = None,
    reason: str = "",
    seen: Mapping[int, int] | None = None,
) -> BatchOutcome:
    """Give parcels their tracking numbers, by shipment id; also changes one that is not uploaded.

    ``service`` changes the service of all of them as well. ``seen`` are the versions that a person
    looked at, by shipment id: a parcel that has another one by now is refused (``changed``), so
    that of two who type a number the second is told. Refused per parcel: ``check_digit`` and the
    other codes of ``logistics.tracking_numbers``, ``tracking_number_used``, ``wrong_state``.
    """
    actor.require("shipments:write")
    try:
        return _number(seller, numbers, actor, service, reason, seen or {})
    except IntegrityError:
        # Somebody took one of the numbers between our look and our write; now the look sees it.
        return _number(seller, numbers, actor, service, reason, seen or {})


def _number(
    seller: Seller,
    numbers: Mapping[int, str],
    actor: Actor,
    service: str | None,
    reason: str,
    seen: Mapping[int, int],
) -> BatchOutcome:
    now = timezone.now()
    answers: list[RowOutcome] = []
    with transaction.atomic():
        way = route(service) if service else None
        locked = lock_parcels(
            seller,
            states=[ShipmentState.PACKED, ShipmentState.HANDED_OVER],
            parcels=numbers,
        )
        carriers = Carrier.objects.in_bulk({p.carrier_id for p in locked.parcels.values()})
        wanted = {
            pk: (way.carrier if way else carriers[p.carrier_id], normalise(numbers[pk]))
            for pk, p in locked.parcels.items()
        }
        refusals = judge(wanted, reason=reason)
        for pk, p in locked.parcels.items():
            if seen.get(pk, p.version) != p.version and p.tracking_number != wanted[pk][1]:
                refusals[pk] = Refusal(
                    "changed",
                    _("Somebody has changed this parcel meanwhile: its number is “%(number)s”.")
                    % {"number": p.tracking_number or "—"},
                )
        others = Shipment.objects.filter(seller=seller, pk__in=set(numbers) - set(wanted))
        answers += [
            RowOutcome(
                p.pk,
                p.tracking_number,
                "refused",
                p.state,
                "wrong_state",
                _("The tracking number of an uploaded or void parcel cannot be changed."),
            )
            for p in others
        ]
        changed = []
        for pk, (carrier, number) in wanted.items():
            p = locked.parcels[pk]
            if pk in refusals:
                r = refusals[pk]
                answers.append(RowOutcome(pk, number, "refused", p.state, r.code, r.detail))
            elif (p.carrier_id, p.tracking_number) == (carrier.pk, number) and (
                not way or way.service is None or p.service_id == way.service.pk
            ):
                answers.append(RowOutcome(pk, number, "already", p.state))
            else:
                changed.append((pk, carrier.pk, number))
                answers.append(RowOutcome(pk, number, "done", p.state))
        update_unnest(
            Shipment._meta.db_table,
            ("id", "bigint"),
            [
                *(("carrier_id", "bigint"), ("service_id", "bigint")),
                *(("tracking_number", "text"), ("number_reason", "text")),
                ("updated_at", "timestamptz"),
            ],
            [
                (
                    pk,
                    carrier,
                    way.service.pk if way and way.service else locked.parcels[pk].service_id,
                    number,
                    reason[:200],
                    now,
                )
                for pk, carrier, number in changed
            ],
            also="version = t.version + 1",
        )
        orders_of = locked.orders_of()
        rows = [(pk, order, number) for pk, _c, number in changed for order in orders_of[pk]]
        events.record(
            "tracking_number",
            rows=event_rows(locked.orders, [order for _pk, order, _n in rows]),
            actor=actor,
            at=now,
            data=[
                {
                    "shipment": locked.parcels[pk].public_id,
                    "number": number,
                    "was": locked.parcels[pk].tracking_number,
                    **({"reason": reason} if reason else {}),
                }
                for pk, _order, number in rows
            ],
        )
    return BatchOutcome.in_order(list(numbers), answers)


def read_int(low: int, high: int) -> Callable[[Any], int]:
    """A reader of a whole number between two bounds."""

    def read(value: Any) -> int:
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value)
        if type(value) is not int or not low <= value <= high:
            raise ValueError(
                _("A whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
            )
        return value

    return read
