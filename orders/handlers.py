"""What orders do when something happens further left. Imported by ``OrdersConfig.ready``."""

from datetime import datetime

from core import outbox
from core.actor import Actor
from core.models import OutboxMessage
from orders.actions.mapping import map_lines
from orders.actions.serve import Position, serve_waiting
from sellers.models import Seller
from stock.actions.levels import STOCK_FREE


@outbox.on("sku.created")
def map_waiting_lines(message: OutboxMessage) -> None:
    """Lines that waited for the code of a new SKU are mapped."""
    if seller := Seller.objects.filter(pk=message.seller_id or 0).first():
        map_lines(seller=seller, actor=Actor.job("mapping"))


@outbox.on(STOCK_FREE)
def serve_waiting_orders(message: OutboxMessage) -> None:
    """Orders that wait for what is free now are allocated, 500 in a transaction."""
    seller = Seller.objects.filter(pk=message.seller_id or 0).first()
    if seller is None:
        return
    skus, after = message.payload["skus"], message.payload.get("after")
    rest = serve_waiting(
        seller=seller,
        skus=skus,
        actor=Actor.job("allocation"),
        after=Position(datetime.fromisoformat(after[0]), after[1]) if after else None,
    )
    if rest is not None:
        follow = {"skus": skus, "after": [rest.ship_by.isoformat(), rest.order]}
        outbox.put(STOCK_FREE, seller_id=seller.pk, payload=follow)
