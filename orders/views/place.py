"""The list that an order was opened from: its neighbours there, and the way back.

Links of the list carry the list's own query, so the order's page knows filter and sort without
keeping anything.
"""

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.paging import COUNTED, place_of
from core.templatetags.ui import number
from orders.filters import order_list
from orders.models import Order
from orders.queries import SORTS
from orders.views.list import default_sort, order_path
from sellers.access import PageRequest


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Links around an order; addresses are empty where there is no such order."""

    back: str
    previous: str
    next: str
    text: str


def list_query(params: QueryDict) -> str:
    """The query that a list's links carry, never empty: it says the sort at least."""
    query = params.copy()
    if not query.get("sort"):
        query["sort"] = default_sort(params)
    return query.urlencode()


def place_in_list(request: PageRequest, order: Order) -> ListPlace | None:
    """Where the order stands in the list that the query tells of; ``None`` without one, or when it
    cannot be read (any more)."""
    if not request.GET:
        return None
    query = list_query(request.GET)
    params = QueryDict(query)
    try:
        rows = order_list(request.seller, params, actor=request.actor).select_related(None)
        key, descending = SORTS[str(params["sort"])]
    except (Invalid, KeyError):
        return None
    place = place_of(rows, order, key=key, descending=descending)

    def href(pk: int | None) -> str:
        return f"{order_path(pk)}?{query}" if pk else ""

    return ListPlace(
        back=f"{reverse('orders:list')}?{query}#row-{order.public_id}",
        previous=href(place.previous),
        next=href(place.next),
        text=_place_text(place.position, place.total, more=place.more),
    )


def _place_text(position: int, total: int, *, more: bool) -> str:
    if not position:
        return _("No longer in this list")
    if position > COUNTED:
        return ""
    of = _("more than %(n)s") % {"n": number(COUNTED)} if more else number(total)
    return _("%(n)s of %(of)s") % {"n": number(position), "of": of}
