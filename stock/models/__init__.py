"""Goods, where they lie and what happened to them."""

from stock.models.counting import CountEntry, CountRow, StockTake
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
    "CountEntry",
    "CountRow",
    "MovementKind",
    "Reservation",
    "Sku",
    "StockLevel",
    "StockMovement",
    "StockTake",
    "Warehouse",
]
