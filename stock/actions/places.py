"""优先仓库: saying which warehouses a store uses, and in which order."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from sellers.models import Seller, Store
from stock.models import StorePlace, Warehouse


def set_places(
    *,
    seller: Seller,
    store: Store,
    order: Sequence[int],
    closed: Collection[int],
    actor: Actor,
) -> None:
    """Say in which ``order`` a store uses the seller's warehouses, and which it does not use.

    New promises follow it; what is promised stays. An empty order with nothing closed is no
    preference. Raises ``NotFound`` for another's warehouse, ``Invalid`` (``/order``: named twice,
    ``/closed``: all of them).
    """
    actor.require("settings:write")
    if store.seller_id != seller.pk:
        raise NotFound
    wanted = [*order, *(pk for pk in closed if pk not in order)]
    houses = set(
        Warehouse.objects.filter(seller=seller, sample=store.sample).values_list("pk", flat=True)
    )
    if not houses.issuperset(wanted):
        raise NotFound
    if len(set(wanted)) != len(wanted):
        raise Invalid(errors=[FieldError("/order", _("Name each warehouse once."))])
    if houses and houses <= set(closed):
        raise Invalid(errors=[FieldError("/closed", _("Leave the store at least one warehouse."))])
    with transaction.atomic():
        # Two people who save at once queue up here.
        Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        StorePlace.objects.filter(store=store).delete()
        StorePlace.objects.bulk_create(
            [
                StorePlace(
                    seller=seller, store=store, warehouse_id=pk, position=i, closed=pk in closed
                )
                for i, pk in enumerate(wanted, 1)
            ]
        )
