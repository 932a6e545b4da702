"""Goods, where they lie and what happened to them."""

from stock.models.counting import CountEntry, CountRow, StockTake
from stock.models.files import StockFile
from stock.models.goods import (
    Bin,
    MovementKind,
    Reservation,
    Sku,
    StockLevel,
    StockMovement,
    Warehouse,
)
from stock.models.places import StorePlace
from stock.models.purchasing import (
    COMING,
    PLANNED,
    LowStock,
    Receipt,
    ReceiptLine,
    Replenishment,
    ReplenishmentEvent,
    ReplenishmentLine,
    ReplenishmentState,
    Supplier,
    SupplierSku,
)
from stock.models.transfers import Transfer, TransferLine, TransferReceipt

__all__ = [
    "COMING",
    "PLANNED",
    "Bin",
    "CountEntry",
    "CountRow",
    "LowStock",
    "MovementKind",
    "Receipt",
    "ReceiptLine",
    "Replenishment",
    "ReplenishmentEvent",
    "ReplenishmentLine",
    "ReplenishmentState",
    "Reservation",
    "Sku",
    "StockFile",
    "StockLevel",
    "StockMovement",
    "StockTake",
    "StorePlace",
    "Supplier",
    "SupplierSku",
    "Transfer",
    "TransferLine",
    "TransferReceipt",
    "Warehouse",
]
