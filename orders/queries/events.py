"""Reading events: the story of one order, and the feed of a seller."""

from django.db.models import BigIntegerField, F, Func, QuerySet, TextField
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.errors import FieldError, Invalid
from orders.models import Order, OrderEvent
from sellers.models import Seller

#: Transactions before this one have all ended: none of them can still add an event.
_ENDED = Cast(
    Cast(
        Func(
            Func(function="pg_current_snapshot", output_field=TextField()),
            function="pg_snapshot_xmin",
            output_field=TextField(),
        ),
        TextField(),
    ),
    BigIntegerField(),
)


def timeline(order: Order) -> QuerySet[OrderEvent]:
    """Everything that happened to an order, in the order in which it happened."""
    return OrderEvent.objects.filter(order=order).order_by("at", "id")


def events_feed(
    seller: Seller, *, after: int | None = None, limit: int = 50
) -> tuple[list[OrderEvent], bool]:
    """Events of a seller after the one with primary key ``after``, and whether there are more.

    In the order (transaction, id), and only of transactions that are older than any still running:
    an event can be seconds late but never appears before one that was read already. Raises
    ``Invalid`` when ``after`` is no event of this seller.
    """
    rows = OrderEvent.objects.filter(seller=seller, xid__lt=_ENDED)
    if after is not None:
        xid = (
            OrderEvent.objects.filter(seller=seller, pk=after).values_list("xid", flat=True).first()
        )
        if xid is None:
            raise Invalid(
                code="invalid_cursor",
                errors=[FieldError("after", _("There is no such event. Start without one."))],
            )
        rows = rows.filter(TupleGreaterThan(Tuple(F("xid"), F("pk")), (xid, after)))
    found = list(rows.select_related("order").order_by("xid", "pk")[: limit + 1])
    return found[:limit], len(found) > limit
