"""The limits by which a seller's rates are judged."""

from django.db.models import Q

from orders.models import RateLimit
from sellers.models import Seller, Store


def limits_for(seller: Seller) -> dict[str, dict[str, RateLimit]]:
    """Marketplace → rate → limit, for the marketplaces of the seller's stores. One query."""
    rows = RateLimit.objects.filter(
        Q(seller=seller) | Q(seller__isnull=True),
        marketplace__in=Store.objects.filter(seller=seller).values("marketplace"),
    )
    found: dict[str, dict[str, RateLimit]] = {}
    # A seller's own is read last and stays.
    for row in sorted(rows, key=lambda row: row.seller_id is not None):
        found.setdefault(row.marketplace, {})[row.kind] = row
    return found
