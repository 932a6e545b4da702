"""How parcels are found by the search of the whole shop."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from logistics.queries import shipments_for
from logistics.tracking_numbers import normalise
from logistics.views.shipments import state_badge
from sellers.models import Seller
from sellers.search import COUNTED, Found, Hit, Query, register

_SHORTEST = 3


@register("shipments", label=_("Shipments"), icon="truck", scope="shipments:read")
def find_shipments(seller: Seller, query: Query, limit: int) -> Found:
    """Parcels by the beginning of their tracking number; several are looked up as they are."""
    every = shipments_for(seller).select_related("carrier")
    if query.numbers:
        typed = {normalise(number): number for number in query.numbers}
        rows = every.filter(tracking_number__in=typed)
        limit = max(limit, len(typed))
    else:
        number = normalise(query.text)
        if len(number) < _SHORTEST or not any(c.isdigit() for c in number):
            return Found()
        typed = {number: query.text}
        rows = every.filter(tracking_number__startswith=number)
    hits = [
        Hit(
            href=reverse("logistics:shipment", args=[shipment.public_id]),
            title=shipment.tracking_number,
            sub=shipment.carrier.name,
            badge=state_badge(shipment),
            exact=typed.get(shipment.tracking_number, ""),
        )
        for shipment in rows.order_by("-pk")[:limit]
    ]
    total = len(hits)
    if total >= limit:
        total = rows.order_by()[: COUNTED + 1].count()
    return Found(hits, total, f"{reverse('logistics:shipments')}?{urlencode({'q': query.text})}")
