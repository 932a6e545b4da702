"""Goods, where they lie and what happened to them."""

from stock.models.goods import (
    Bin,
    MovementKind,
    Reservation,
    Sku,
    StockLevel,
    StockMovement,
    Warehouse,
)

__all__ = [
    "Bin",
    "MovementKind",
    "Reservation",
    "Sku",
    "StockLevel",
    "StockMovement",
    "Warehouse",
]
