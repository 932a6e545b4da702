"""Parcels, their tracking, and carriers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer, answer_list, named, own, page_of, read, read_query
from core.api_fields import Strict
from core.api_schema import describe, list_of
from core.errors import FieldError, Invalid, Refused
from core.ids import encode
from core.outcome import BatchOutcome
from core.problems import RefusedInState
from logistics.actions.numbers import number_shipments
from logistics.actions.pack import pack_lines, void_shipments
from logistics.actions.ship import ship_shipments, upload_shipments
from logistics.actions.tracking import News, track_shipment
from logistics.api import output
from logistics.api import serializers as s
from logistics.models import Box, Shipment, TrackingEvent
from logistics.queries import carriers_in_use, orders_of_lines, shipments_where, tracking_of
from logistics.tracking_numbers import PROBLEM_CODES
from orders.api.output import allowed_actions
from sellers.models import Seller

#: Refusals that are about what was sent, not about a state: code → place in the body.
_PLACES: Mapping[str, str] = {
    **dict.fromkeys([*PROBLEM_CODES, "tracking_number_used"], "/tracking_number"),
    "service_country": "/service",
    "too_heavy": "/weight_grams",
}


def raise_refusal(refused: Refused, **state: Any) -> None:
    """Raise a refusal as what it is to the caller: a wrong value, or a state in the way."""
    if place := _PLACES.get(refused.code):
        raise Invalid(errors=[FieldError(place, refused.detail, refused.code)])
    raise RefusedInState(refused, **state)


class Shipments(ApiView):
    scopes = {"GET": "shipments:read", "POST": "shipments:write"}

    @describe(
        "List shipments, newest first",
        name="shipments_list",
        tag="Shipments",
        query=s.ShipmentParams,
        answers=list_of(s.ShipmentSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        """By change, oldest first, when `updated_since` asks."""
        params = read_query(request, s.ShipmentParams)
        rows = shipments_where(self.seller, params)
        recent = "updated_since" in params
        page = page_of(
            output.with_contents(rows),
            params,
            key="updated_at" if recent else "id",
            descending=not recent,
        )
        data = [output.shipment_json(row, self.actor) for row in page.rows]
        return answer_list(request, data, page.next_cursor)

    @describe(
        "Pack: put units of order lines into one parcel",
        name="shipments_create",
        tag="Shipments",
        body=s.ShipmentInSerializer,
        answers={201: s.ShipmentSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Of one order, or of several orders of one buyer to one address."""
        values = read(s.ShipmentInSerializer(), request.data)
        lines = _contents(values["lines"])
        boxes = Box.objects.filter(seller=self.seller, active=True)
        box = named(boxes, Box.id_prefix, values["box"], "/box") if values["box"] else None
        try:
            shipment = pack_lines(
                seller=self.seller,
                lines=lines,
                actor=self.actor,
                service=values["service"],
                tracking_number=values["tracking_number"],
                weight_grams=values.get("weight_grams"),
                reason=values["reason"],
                box=box,
            )
        except Refused as error:
            raise_refusal(error, **self._state(lines))
        place = reverse("api-shipment", args=[shipment.public_id])
        return answer(_shipment_json(self, shipment.pk), 201, headers={"Location": place})

    def _state(self, lines: Mapping[int, int]) -> dict[str, Any]:
        """Stage and allowed actions, where the lines are of one order."""
        orders = orders_of_lines(self.seller, lines, limit=2)
        if len(orders) != 1:
            return {}
        actions = allowed_actions(orders[0], self.actor)
        return {"stage": orders[0].stage, "allowed_actions": actions}


def _contents(lines: Sequence[Mapping[str, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for i, line in enumerate(lines):
        if line["order_line"] in found:
            raise Invalid(
                errors=[
                    FieldError(
                        f"/lines/{i}/order_line", _("This line is named twice."), "given_twice"
                    )
                ]
            )
        found[line["order_line"]] = line["quantity"]
    return found


class OneShipment(ApiView):
    scopes = {"GET": "shipments:read", "PATCH": "shipments:write"}

    @describe("Get a shipment", name="shipments_get", tag="Shipments", answers=s.ShipmentSerializer)
    def get(self, request: Request, shipment: str) -> HttpResponse:
        read_query(request, Strict)
        return answer(_shipment_json(self, _shipment(self.seller, shipment).pk))

    @describe(
        "Give a shipment its tracking number, or another service",
        name="shipments_update",
        tag="Shipments",
        body=s.ShipmentChangeSerializer,
        answers=s.ShipmentSerializer,
    )
    def patch(self, request: Request, shipment: str) -> HttpResponse:
        """Until it is uploaded. `reason` lets an unusual number pass."""
        row = _shipment(self.seller, shipment)
        values = read(s.ShipmentChangeSerializer(), request.data)
        number = values.get("tracking_number", row.tracking_number)
        if "tracking_number" in values or "service" in values:
            outcome = number_shipments(
                seller=self.seller,
                numbers={row.pk: number},
                actor=self.actor,
                service=values.get("service"),
                reason=values["reason"],
            ).rows[0]
            if outcome.status == "refused":
                raise_refusal(
                    Refused(outcome.detail, code=outcome.code),
                    state=row.state,
                    allowed_actions=output.allowed_actions(row, self.actor),
                )
        return answer(_shipment_json(self, row.pk))


class ShipmentActions(ApiView):
    scopes = {"POST": "shipments:write"}

    @describe(
        "Do something with up to 500 shipments",
        name="shipments_actions",
        tag="Shipments",
        body=s.ShipmentActionSerializer,
        answers=s.ShipmentAnswerSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """`ship`, `upload`, `void` (undo packing), or `number`. A row per shipment."""
        values = read(s.ShipmentActionSerializer(), request.data)
        named: list[int] = values["shipments"]
        outcome = self._perform(values["action"], named, values["params"])
        return answer(output.outcome_json(outcome, named))

    def _perform(self, action: str, named: list[int], params: Any) -> BatchOutcome:
        if action == "number":
            return self._number(named, params)
        read(Strict(), params, at="/params")
        function = {"ship": ship_shipments, "upload": upload_shipments, "void": void_shipments}
        return function[action](seller=self.seller, shipments=named, actor=self.actor)

    def _number(self, named: list[int], params: Any) -> BatchOutcome:
        values = read(s.NumberParamsSerializer(), params, at="/params")
        given: dict[str, str] = values["tracking_numbers"]
        ids = {pk: encode(Shipment.id_prefix, pk) for pk in named}
        errors = [
            FieldError(f"/params/tracking_numbers/{key[:40]}", _("“shipments” does not name it."))
            for key in given
            if key not in ids.values()
        ]
        errors += [
            FieldError("/params/tracking_numbers", _("%(id)s has no number here.") % {"id": key})
            for key in ids.values()
            if key not in given
        ]
        if errors:
            raise Invalid(errors=errors)
        try:
            return number_shipments(
                seller=self.seller,
                numbers={pk: given[key] for pk, key in ids.items()},
                actor=self.actor,
                service=values["service"] or None,
                reason=values["reason"],
            )
        except Invalid as error:  # the service
            errors = [FieldError(f"/params{e.pointer}", e.detail, e.code) for e in error.errors]
            raise Invalid(errors=errors) from None


class Tracking(ApiView):
    scopes = {"GET": "shipments:read", "POST": "shipments:write"}

    @describe(
        "List what is known of a shipment's way",
        name="shipments_tracking_list",
        tag="Shipments",
        query=ListParams,
        answers=list_of(s.TrackingEventSerializer),
    )
    def get(self, request: Request, shipment: str) -> HttpResponse:
        params = read_query(request, ListParams)
        row = _shipment(self.seller, shipment)
        page = page_of(tracking_of(row), params, key="at")
        return answer_list(request, [output.tracking_json(e) for e in page.rows], page.next_cursor)

    @describe(
        "Tell what a carrier said, one event or a list",
        name="shipments_tracking_create",
        tag="Shipments",
        body=PolymorphicProxySerializer(
            "TrackingOneOrMany",
            [s.TrackingInSerializer, s.TrackingManySerializer],
            resource_type_field_name=None,
        ),
        answers={200: s.TrackingAnswerSerializer, 201: s.TrackingAnswerSerializer},
    )
    def post(self, request: Request, shipment: str) -> HttpResponse:
        """An event, `{"events": […]}`, or a plain list of events. News may come twice and out of
        order. 201 when there was something new in it."""
        row = _shipment(self.seller, shipment)
        data, (was, now) = _events_of(request.data)
        try:
            events = read(s.TrackingManySerializer(), data)["events"]
            with _state_of(row, self):
                fresh = track_shipment(
                    seller=self.seller,
                    shipment=row.pk,
                    news=[
                        News(
                            at=e["at"],
                            state=e.get("state", ""),
                            description=e["description"],
                            location=e["location"],
                            raw_status=e["raw_status"],
                        )
                        for e in events
                    ],
                    actor=self.actor,
                    source=TrackingEvent.Source.API,
                )
        except Invalid as error:
            errors = [
                FieldError(e.pointer.replace(was, now, 1), e.detail, e.code) for e in error.errors
            ]
            raise Invalid(error.detail, errors=errors, code=error.code) from None
        return answer(
            {
                "object": "list",
                "data": [output.tracking_json(e) for e in fresh],
                "shipment": _shipment_json(self, row.pk),
            },
            201 if fresh else 200,
        )


def _events_of(data: Any) -> tuple[Any, tuple[str, str]]:
    """A body as one with ``events``, and how its pointers differ from those that were sent."""
    if isinstance(data, list):
        return {"events": data}, ("/events", "")
    if isinstance(data, Mapping) and "events" not in data:
        return {"events": [data]}, ("/events/0", "")
    return data, ("", "")


class Carriers(ApiView):
    scopes = {"GET": "shipments:read"}

    @describe(
        "List carriers with their services",
        name="carriers_list",
        tag="Shipments",
        query=ListParams,
        answers=list_of(s.CarrierSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, ListParams)
        page = page_of(carriers_in_use(), params, key="id")
        return answer_list(request, [output.carrier_json(c) for c in page.rows], page.next_cursor)


def _shipment(seller: Seller, public_id: str) -> Shipment:
    return own(Shipment.objects.all(), seller, Shipment.id_prefix, public_id)


def _shipment_json(view: ApiView, pk: int) -> dict[str, Any]:
    return output.shipment_json(output.with_contents(Shipment.objects.all()).get(pk=pk), view.actor)


@contextmanager
def _state_of(shipment: Shipment, view: ApiView) -> Iterator[None]:
    """A refusal inside tells the parcel's state and what can be done with it."""
    try:
        yield
    except Refused as error:
        raise RefusedInState(
            error,
            state=shipment.state,
            allowed_actions=output.allowed_actions(shipment, view.actor),
        ) from None
