"""Small actions on one order, from its page: look at the buyer in full, say what a line is."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from orders import events
from orders.actions.base import lock_orders
from orders.models import Order, OrderLine
from orders.states import FINISHED, Stage
from sellers.models import Seller
from stock.models import Sku


def may_reveal(actor: Actor) -> bool:
    """Who works on orders or parcels may see a buyer in full; who only looks may not."""
    return actor.may("orders:write") or actor.may("shipments:write")


def reveal_buyer(*, seller: Seller, order: int, actor: Actor) -> None:
    """Record that somebody looks at the buyer's full name and address.

    Raises ``Forbidden``, ``NotFound``.
    """
    if not may_reveal(actor):
        actor.require("orders:write")
    if not Order.objects.filter(seller=seller, pk=order).exists():
        raise NotFound()
    events.record("revealed", rows=[(seller.pk, order)], actor=actor, at=timezone.now())


@retry_on_deadlock
def map_line(*, seller: Seller, order: int, line: int, sku: str, actor: Actor) -> OrderLine:
    """Say which SKU (by code) an order line is; a line that has stock keeps the SKU it has.

    Raises ``NotFound``, ``Invalid`` (``/sku``) for a code that is none, ``Refused`` for a finished
    order (``wrong_stage``) or a line that holds stock (``has_stock``).
    """
    actor.require("orders:write")
    now = timezone.now()
    with transaction.atomic():
        rows = lock_orders(seller, [order])
        found = OrderLine.objects.filter(order=order, seller=seller, pk=line).first()
        if not rows or found is None:
            raise NotFound()
        row = rows[0]
        if row.stage in FINISHED:
            raise Refused(
                _("“%(action)s” is not possible while the order is “%(stage)s”.")
                % {"action": _("Map to SKU"), "stage": Stage(row.stage).label},
                code="wrong_stage",
            )
        if found.allocated:
            raise Refused(
                _("Stock is allocated to this line already, so its SKU stays."), code="has_stock"
            )
        known = Sku.objects.filter(seller=seller, code=sku.strip()).first()
        if known is None:
            raise Invalid(
                errors=[
                    FieldError(
                        "/sku", _("There is no SKU “%(code)s”.") % {"code": sku.strip()[:64]}
                    )
                ]
            )
        if found.sku_id == known.pk:
            return found
        found.sku = known
        OrderLine.objects.filter(pk=found.pk).update(sku=known)
        Order.objects.filter(pk=order).update(updated_at=now, version=F("version") + 1)
        events.record(
            "mapped",
            rows=[(seller.pk, order)],
            actor=actor,
            at=now,
            data={"line": found.position, "code": found.sku_code, "sku": known.code},
        )
    return found
