"""Taking sample orders out again (docs/adr/0013)."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from orders.models import Order, OrderEvent, OrderLine, Penalty
from sellers.models import Seller


def check_samples_alone(*, seller: Seller) -> None:
    """``Refused`` when sample goods and the seller's own orders have been mixed: then taking the
    samples out would take something of the seller's with them."""
    lines = OrderLine.objects.filter(seller=seller)
    foreign = lines.filter(sku__sample=True, order__store__sample=False)
    real = lines.filter(order__store__sample=True, sku__sample=False, quantity__gt=F("cancelled"))
    mixed = foreign.values_list("order__number", flat=True).union(
        real.values_list("order__number", flat=True)
    )
    if numbers := list(mixed[:5]):
        raise Refused(
            _("Samples and your own goods are mixed in these orders: %(orders)s.")
            % {"orders": ", ".join(numbers)},
            code="samples_mixed",
        )


def remove_sample_orders(*, seller: Seller, actor: Actor) -> int:
    """Delete the orders of the seller's sample stores with all that belongs to them; how many.

    Runs in the caller's transaction, after the parcels are gone. The database lets go of events
    and fines of sample stores only.
    """
    actor.require("orders:write")
    rows = Order.objects.filter(seller=seller, store__sample=True)
    found = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    OrderEvent.objects.filter(order__in=found).delete()
    fines = Penalty.objects.filter(order__in=found)
    fines.filter(reverses__isnull=False).delete()
    fines.delete()
    Order.objects.filter(pk__in=found).delete()
    return len(found)
