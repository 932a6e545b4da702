"""How orders are found by the search of the whole shop."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.queries import orders_for
from orders.views.list import order_path
from orders.views.words import country_name, masked, stage_badge
from sellers.models import Seller
from sellers.search import COUNTED, Found, Hit, Query, register

#: A number's first two digits are the same on half the orders.
_SHORTEST = 3


@register("orders", label=_("Orders"), icon="clipboard-list", scope="orders:read")
def find_orders(seller: Seller, query: Query, limit: int) -> Found:
    """Orders by the beginning of their number, or of the buyer's name when there is no digit;
    several numbers are looked up as they are."""
    every = orders_for(seller).select_related("store")
    if query.numbers:
        rows = every.filter(number__in=query.numbers)
        limit = max(limit, len(query.numbers))
    elif any(c.isdigit() for c in query.text):
        if len(query.text) < _SHORTEST:
            return Found()
        rows = every.filter(number__startswith=query.text)
    else:
        rows = every.filter(buyer_name__istartswith=query.text)
    hits = [_hit(order, query) for order in rows.order_by("-placed_at", "-pk")[:limit]]
    if not query.numbers and not any(hit.exact for hit in hits):
        # A whole number that is also the beginning of many younger ones.
        exact = every.filter(number=query.text).first()
        hits = ([_hit(exact, query)] if exact and hits else []) + hits
    total = len(hits)
    if total >= limit:
        total = rows.order_by()[: COUNTED + 1].count()
    return Found(hits, total, f"{reverse('orders:list')}?{urlencode({'q': query.text})}")


def _hit(order: Order, query: Query) -> Hit:
    exact = order.number in query.numbers if query.numbers else order.number == query.text
    return Hit(
        href=order_path(order.pk),
        title=order.number,
        sub=f"{order.store.name} · {masked(order.buyer_name)} · {country_name(order.country)}",
        badge=stage_badge(order.stage),
        exact=order.number if exact else "",
    )
