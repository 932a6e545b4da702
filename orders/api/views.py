"""Orders: taking them in, looking at one, acting on many."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer, own, read, read_query
from core.api_fields import Strict
from core.api_schema import describe, list_of
from core.errors import FieldError, Invalid, NotFound, Refused
from core.ids import decode
from core.problems import RefusedInState
from orders.actions.cancel import cancel_units
from orders.actions.detail import map_line, may_reveal, reveal_buyer
from orders.actions.fines import waive
from orders.api import output
from orders.api import serializers as s
from orders.api.intake import receive, received_json
from orders.api.lists import ORDER_PARAMETERS, list_orders
from orders.models import Order, OrderEvent, OrderLine, Penalty
from orders.registry import perform
from sellers.models import Seller
from stock.models import Sku

#: Looking at a buyer again within this time is one look.
ONE_LOOK = timedelta(hours=24)


class Orders(ApiView):
    scopes = {"GET": "orders:read", "POST": "orders:write"}

    @describe(
        "List orders",
        name="orders_list",
        tag="Orders",
        query=ListParams,
        parameters=ORDER_PARAMETERS,
        answers=list_of(s.OrderSummarySerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        """Filtered as on the page. Sorted by ship-by, or by change when `updated_since` asks."""
        return list_orders(self, request)

    @describe(
        "Create or update an order",
        name="orders_create",
        tag="Orders",
        body=s.OrderInSerializer,
        answers={200: s.OrderSerializer, 201: s.OrderSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """By `store` and `number`. 201 when it is new. What is known already is brought up to
        date and never moves backwards."""
        row = receive([request.data], seller=self.seller, actor=self.actor)[0]
        if row.id is None:
            raise Invalid(errors=row.errors)
        order = Order.objects.select_related("store").get(pk=row.id)
        place = reverse("api-order", args=[order.public_id])
        return answer(
            output.order_json(order, self.actor),
            201 if row.status == "created" else 200,
            headers={"Location": place},
        )


class OrderBatch(ApiView):
    scopes = {"POST": "orders:write"}

    @describe(
        "Create or update up to 500 orders",
        name="orders_batch",
        tag="Orders",
        body=s.BatchDescriptionSerializer,
        answers=s.BatchAnswerSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """A row per order in the answer; a bad order stops no other."""
        bodies = read(s.BatchInSerializer(), request.data)["orders"]
        return answer(received_json(receive(bodies, seller=self.seller, actor=self.actor)))


class OneOrder(ApiView):
    scopes = {"GET": "orders:read"}

    @describe("Get an order", name="orders_get", tag="Orders", answers=s.OrderSerializer)
    def get(self, request: Request, order: str) -> HttpResponse:
        """With its lines, shipments, holds, deadlines and fine. That the buyer was shown in full is
        recorded, once a day for each caller."""
        read_query(request, Strict)
        row = _order(self.seller, order)
        if may_reveal(self.actor):
            self._record_look(row)
        return answer(output.order_json(row, self.actor))

    def _record_look(self, order: Order) -> None:
        actor = self.actor
        looked = OrderEvent.objects.filter(
            order=order,
            kind="revealed",
            actor_kind=actor.kind,
            actor_id=actor.id,
            at__gt=timezone.now() - ONE_LOOK,
        )
        if not looked.exists():
            reveal_buyer(seller=self.seller, order=order.pk, actor=actor)


class OrderActions(ApiView):
    # Each action has its own of these, which the registry asks for.
    scopes = {"POST": ("orders:write", "shipments:write")}

    @describe(
        "Do something with up to 500 orders",
        name="orders_actions",
        tag="Orders",
        body=s.ActionInSerializer,
        answers=s.ActionAnswerSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """A row per order: `done`, `already` so, or `refused` with the reason. `pack`, `ship` and
        `upload` need the scope `shipments:write`, the others `orders:write`."""
        values = read(s.ActionInSerializer(), request.data)
        outcome = perform(
            values["action"],
            seller=self.seller,
            orders=values["orders"],
            actor=self.actor,
            params=values["params"],
        )
        return answer(output.outcome_json(outcome, values["orders"]))


class CancelUnits(ApiView):
    scopes = {"POST": "orders:write"}

    @describe(
        "Cancel units of an order's lines",
        name="orders_cancel_units",
        tag="Orders",
        body=s.CancelUnitsSerializer,
        answers=s.OrderSerializer,
    )
    def post(self, request: Request, order: str) -> HttpResponse:
        row = _order(self.seller, order)
        values = read(s.CancelUnitsSerializer(), request.data)
        units, places = _units(values["lines"])
        try:
            with _state_of(row, self):
                cancel_units(
                    seller=self.seller,
                    order=row.pk,
                    units=units,
                    actor=self.actor,
                    reason=values["reason"],
                )
        except Invalid as error:
            errors = [
                FieldError(places.get(e.pointer, "/lines"), e.detail, e.code) for e in error.errors
            ]
            raise Invalid(errors=errors) from None
        return answer(output.order_json(_order(self.seller, order), self.actor))


def _units(lines: list[dict[str, Any]]) -> tuple[dict[int, int], Mapping[str, str]]:
    """Units by line, and where in the body each line stands. A line named twice is an error."""
    units: dict[int, int] = {}
    places: dict[str, str] = {}
    for i, line in enumerate(lines):
        pk = line["line"]
        if pk in units:
            detail = _("This line is named twice.")
            raise Invalid(errors=[FieldError(f"/lines/{i}/line", detail, "given_twice")])
        units[pk] = line["quantity"]
        places[f"/units/{pk}"] = f"/lines/{i}/quantity"
    return units, places


class MapLine(ApiView):
    scopes = {"POST": "orders:write"}

    @describe(
        "Say which SKU an order line is",
        name="orders_map_line",
        tag="Orders",
        body=s.MapSerializer,
        answers=s.OrderSerializer,
    )
    def post(self, request: Request, order: str, line: str) -> HttpResponse:
        row = _order(self.seller, order)
        pk = decode(OrderLine.id_prefix, line)
        if pk is None:
            raise NotFound
        name = read(s.MapSerializer(), request.data)["sku"]
        sku_id = decode(Sku.id_prefix, name)
        sku = Sku.objects.filter(seller=self.seller, pk=sku_id).first() if sku_id else None
        with _state_of(row, self):
            map_line(
                seller=self.seller,
                order=row.pk,
                line=pk,
                sku=sku.code if sku else name,
                actor=self.actor,
            )
        return answer(output.order_json(_order(self.seller, order), self.actor))


class WaiveFine(ApiView):
    scopes = {"POST": "settings:write"}

    @describe(
        "Waive a fine",
        name="fines_waive",
        tag="Reports",
        body=s.WaiveSerializer,
        answers=s.FineSerializer,
    )
    def post(self, request: Request, fine: str) -> HttpResponse:
        """Answers the entry that takes the fine back, also when it was waived before. Needs the
        scope `money:read` too."""
        row = own(Penalty.objects.all(), self.seller, Penalty.id_prefix, fine)
        reason = read(s.WaiveSerializer(), request.data)["reason"]
        outcome = waive(
            seller=self.seller, penalty_ids=[row.pk], reason=reason, actor=self.actor
        ).rows[0]
        if outcome.status == "refused":
            raise Refused(outcome.detail, code=outcome.code)
        waiver = Penalty.objects.select_related("order", "step").get(reverses=row)
        return answer(output.fine_json(waiver))


def _order(seller: Seller, public_id: str) -> Order:
    return own(Order.objects.select_related("store"), seller, Order.id_prefix, public_id)


@contextmanager
def _state_of(order: Order, view: ApiView) -> Iterator[None]:
    """A refusal inside tells the order's stage and what can be done with it."""
    try:
        yield
    except Refused as error:
        order.refresh_from_db()
        raise RefusedInState(
            error, stage=order.stage, allowed_actions=output.allowed_actions(order, view.actor)
        ) from None
