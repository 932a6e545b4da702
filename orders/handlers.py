"""What orders do when something happens further left. Imported by ``OrdersConfig.ready``."""

from core import outbox
from core.actor import Actor
from core.models import OutboxMessage
from orders.actions.mapping import map_lines
from sellers.models import Seller


@outbox.on("sku.created")
def map_waiting_lines(message: OutboxMessage) -> None:
    """Lines that waited for the code of a new SKU are mapped."""
    if seller := Seller.objects.filter(pk=message.seller_id or 0).first():
        map_lines(seller=seller, actor=Actor.job("mapping"))
