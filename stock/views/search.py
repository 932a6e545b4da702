"""How SKUs are found by the search of the whole shop."""

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sellers.models import Seller
from sellers.search import COUNTED, Found, Hit, Query, register
from stock.models import Sku
from stock.queries.goods import sku_list


@register("skus", label=_("SKUs"), icon="boxes", scope="stock:read")
def find_skus(seller: Seller, query: Query, limit: int) -> Found:
    """SKUs with the text in code or name, or with that barcode; several are taken as they are."""
    if query.numbers:
        words = list(query.numbers)
        named = Q(code__in=words) | Q(barcode__in=words)
        rows = Sku.objects.filter(named, seller=seller)
        limit = max(limit, len(words))
    else:
        words = [query.text]
        named = Q(code__iexact=query.text) | Q(barcode=query.text)
        rows = sku_list(seller, q=query.text)
    found = list(rows.filter(named).order_by("code")[:limit])
    if not query.numbers and len(found) < limit:
        found += rows.exclude(named).order_by("code")[: limit - len(found)]
    hits = [_hit(sku, words) for sku in found]
    total = len(hits)
    if total >= limit:
        total = rows.order_by()[: COUNTED + 1].count()
    return Found(hits, total, f"{reverse('stock:levels')}?{urlencode({'q': query.text})}")


def _hit(sku: Sku, words: list[str]) -> Hit:
    chinese = (get_language() or "").startswith("zh") and sku.name_zh
    return Hit(
        href=reverse("stock:sku", args=[sku.public_id]),
        title=sku.code,
        sub=chinese or sku.name,
        exact=next(
            (w for w in words if w == sku.barcode or w.casefold() == sku.code.casefold()), ""
        ),
    )
