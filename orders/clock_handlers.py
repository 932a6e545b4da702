"""When the settings of a store or the calendar change, the running deadlines follow."""

from core.actor import Actor
from core.models import OutboxMessage
from core.outbox import on
from orders.actions.closures import CALENDAR_CHANGED
from orders.deadlines import recompute_open_deadlines
from sellers.actions import STORE_CHANGED
from sellers.models import Seller


# "outside": it works in small transactions of its own, so that a shop with many open orders is not
# locked as a whole. Doing it twice changes nothing, so nothing needs to be read back.
@on(STORE_CHANGED, name="orders.deadlines_follow_store", outside=True)
@on(CALENDAR_CHANGED, name="orders.deadlines_follow_calendar", outside=True)
def deadlines_follow(message: OutboxMessage) -> None:
    """Compute the running deadlines of the message's seller again."""
    seller = Seller.objects.get(pk=message.seller_id or 0)
    kind, pk, name = message.payload["by"]
    recompute_open_deadlines(seller=seller, actor=Actor(kind, pk, name))
