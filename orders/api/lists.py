"""Lists: orders, their events, the seller's feed, the ledger of fines."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer, answer_list, own, page_of, read_query
from core.api_schema import describe, list_of
from core.ids import decode
from orders.api import output
from orders.api import serializers as s
from orders.filters import OrderFilter, order_list
from orders.models import Order, OrderEvent, Penalty
from orders.queries import SORTS, events_feed


def _parameter(name: str, field: filters.Filter) -> OpenApiParameter:
    """A parameter of the list of orders, described from the filter that reads it."""
    choices = field.extra.get("choices")
    values = [value for value, _label in choices] if isinstance(choices, list) else None
    many = isinstance(field, filters.MultipleChoiceFilter)
    kind: Any = str
    if isinstance(field, filters.BooleanFilter):
        kind = bool
    if isinstance(field, filters.IsoDateTimeFilter):
        kind = {"type": "string", "format": "date-time"}
    return OpenApiParameter(
        name, kind, description=str(field.label or ""), enum=values, many=many, explode=many or None
    )


def list_orders(view: ApiView, request: Request) -> HttpResponse:
    """``GET /orders``: filtered as on the page."""
    params = read_query(request, ListParams, also=OrderFilter.base_filters)
    chosen = output.summary_rows()
    rows = order_list(view.seller, request.GET, plain=True, rows=chosen)
    default = "updated_at" if request.GET.get("updated_since") else "ship_by"
    key, descending = SORTS[request.GET.get("sort") or default]
    page = page_of(rows, params, key=key, descending=descending)
    data = output.summaries(page.rows, with_money=view.sees_money)
    return answer_list(request, data, page.next_cursor)


ORDER_PARAMETERS = [_parameter(name, field) for name, field in OrderFilter.base_filters.items()]


class OrderEvents(ApiView):
    scopes = {"GET": "orders:read"}

    @describe(
        "List the events of an order, oldest first",
        name="orders_events_list",
        tag="Orders",
        query=ListParams,
        answers=list_of(s.EventSerializer),
    )
    def get(self, request: Request, order: str) -> HttpResponse:
        params = read_query(request, ListParams)
        row = own(Order.objects.only("pk"), self.seller, Order.id_prefix, order)
        page = page_of(OrderEvent.objects.filter(order=row), params, key="id")
        data = [output.event_json(e, with_money=self.sees_money) for e in page.rows]
        return answer_list(request, data, page.next_cursor)


class Events(ApiView):
    scopes = {"GET": "orders:read"}

    @describe(
        "Read the feed of all events",
        name="events_list",
        tag="Events",
        query=s.FeedParams,
        answers=list_of(s.EventSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        """Events after one that was read, in an order in which none ever appears before one that
        was read already. Ask again with the id of the last one; events are kept for 30 days at
        least. `next_cursor` is that id, also when there is nothing more for now."""
        params = read_query(request, s.FeedParams)
        after = params.get("after")
        found, more = events_feed(self.seller, after=after, limit=params["limit"])
        data = [output.event_json(e, with_money=self.sees_money) for e in found]
        last = found[-1].public_id if found else request.GET.get("after") or None
        if more:
            return answer_list(request, data, str(last), parameter="after")
        return answer({"object": "list", "data": data, "has_more": False, "next_cursor": last})


class Fines(ApiView):
    scopes = {"GET": "money:read"}

    @describe(
        "List the ledger of fines, newest first",
        name="fines_list",
        tag="Reports",
        query=s.FineParams,
        answers=list_of(s.FineSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, s.FineParams)
        rows: QuerySet[Penalty] = Penalty.objects.filter(seller=self.seller)
        if "order" in params:
            rows = rows.filter(order=decode(Order.id_prefix, params["order"]))
        rows = rows.select_related("order", "step").only(
            *("kind", "order__number", "amount", "currency", "at", "booked_at", "rule_id"),
            *("step__position", "actor", "reason", "reverses_id", "seller_id"),
        )
        page = page_of(rows, params, key="at", descending=True)
        return answer_list(request, [output.fine_json(f) for f in page.rows], page.next_cursor)
