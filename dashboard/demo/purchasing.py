"""The suppliers of the demo shop and what is bought from them: something on the way, something that
has come in part, something late, and a draft."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.actor import Actor
from dashboard.demo.story import clock_at
from sellers.models import Seller
from stock.actions.receipts import receive_replenishment
from stock.actions.replenish import Wanted, make_replenishment, order_replenishment
from stock.actions.suppliers import Offer, offer_skus, save_supplier
from stock.models import Replenishment, Sku, Supplier, Warehouse
from stock.reorder import set_reorder_points

#: SKU → (the supplier's code, price in CNY, least quantity, pack size).
_KILN = {
    "MUG-CEL-01": ("QY-M35-G", "16.80", 60, 12),
    "MUG-CEL-02": ("QY-M35-W", "16.80", 60, 12),
    "TEA-SET-4": ("QY-T4", "58.00", 24, 6),
    "PLANT-POT-3": ("QY-P3", "31.50", 24, 6),
}
_CABLES = {
    "CABLE-C2-1M": ("HD-C1", "4.20", 200, 50),
    "CABLE-C2-2M": ("HD-C2", "5.60", 200, 50),
    "LAMP-USB-W": ("HD-L1W", "27.00", 40, 20),
    "LAMP-USB-C": ("HD-L1C", "27.00", 40, 20),
    "POWER-10K": ("HD-P10", "46.00", 50, 10),
}
_POINTS = {"MUG-CEL-01": 60, "LAMP-USB-C": 60, "POWER-10K": 80, "BOARD-ACA-S": 40, "TEA-SET-4": 20}


def buy(
    seller: Seller, skus: Mapping[str, Sku], warehouse: Warehouse, owner: Actor, now: datetime
) -> None:
    """Suppliers, reorder points and purchase orders of the last two weeks."""
    kiln = _supplier(
        seller, owner, _KILN, skus, name="景德镇青窑 Qingyao Kiln", contact="郑师傅",
        phone="qingyao-sales", lead_days=7, min_value=Decimal(1500),
    )  # fmt: skip
    cables = _supplier(
        seller, owner, _CABLES, skus, name="华达电子 Huada Electronics", contact="Lily 何",
        phone="+86 755 0000 0166", lead_days=4, cover_days=21,
    )  # fmt: skip
    for code, point in _POINTS.items():
        points = {warehouse.pk: point}
        set_reorder_points(seller=seller, sku=skus[code], points=points, actor=owner)

    def order(days: int, supplier: Supplier, units: Mapping[str, int], note: str) -> Replenishment:
        with clock_at(now - timedelta(days=days)):
            row, _again = make_replenishment(
                seller=seller, warehouse=warehouse, supplier=supplier, actor=owner, note=note,
                lines=[Wanted(skus[code], n) for code, n in units.items()],
            )  # fmt: skip
            return order_replenishment(seller=seller, replenishment=row.pk, actor=owner)

    order(14, cables, {"CABLE-C2-2M": 200}, "催过一次，说周末前发出")
    part = order(9, kiln, {"TEA-SET-4": 48, "PLANT-POT-3": 24}, "")
    with clock_at(now - timedelta(hours=20)):
        tea = part.lines.get(sku=skus["TEA-SET-4"])
        receive_replenishment(
            seller=seller, replenishment=part.pk, units={tea.pk: 24}, warehouse=warehouse,
            actor=owner, client_id="demo-1", note="送货单 0412，一箱外箱破损",
        )  # fmt: skip
    order(1, kiln, {"MUG-CEL-02": 60, "MUG-CEL-01": 120}, "")
    make_replenishment(
        seller=seller, warehouse=warehouse, supplier=cables, actor=owner,
        lines=[Wanted(skus["POWER-10K"], 50)],
    )  # fmt: skip


def _supplier(
    seller: Seller,
    owner: Actor,
    goods: Mapping[str, tuple[str, str, int, int]],
    skus: Mapping[str, Sku],
    **fields: Any,
) -> Supplier:
    row = save_supplier(seller=seller, actor=owner, **fields)
    offers = [
        Offer(skus[code], own, Decimal(price), least, pack)
        for code, (own, price, least, pack) in goods.items()
    ]
    offer_skus(seller=seller, supplier=row.pk, offers=offers, actor=owner)
    return row
