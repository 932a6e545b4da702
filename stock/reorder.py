"""At how many units a warehouse should be refilled."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from sellers.models import Seller
from stock.models import Sku, StockLevel, Warehouse

MAX_POINT = 1_000_000


def set_reorder_points(
    *, seller: Seller, sku: Sku, points: Mapping[int, int], actor: Actor
) -> None:
    """Set the reorder point of a SKU by warehouse; 0 is none.

    Raises ``NotFound`` for another's warehouse, ``Invalid`` with the pointer ``/<warehouse id>``.
    """
    actor.require("stock:write")
    known = set(Warehouse.objects.filter(seller=seller, pk__in=points).values_list("pk", flat=True))
    if known != set(points):
        raise NotFound
    errors = [
        FieldError(f"/{pk}", _("A whole number from 0 to %(limit)s.") % {"limit": MAX_POINT})
        for pk, n in points.items()
        if not 0 <= n <= MAX_POINT
    ]
    if errors:
        raise Invalid(errors=errors)
    with transaction.atomic():
        StockLevel.objects.bulk_create(
            [
                StockLevel(seller=seller, sku=sku, warehouse_id=pk, reorder_point=n)
                for pk, n in sorted(points.items())
            ],
            update_conflicts=True,
            unique_fields=["sku", "warehouse"],
            update_fields=["reorder_point"],
        )
