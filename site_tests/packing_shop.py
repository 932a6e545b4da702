"""Orders of the demo shop to pick and pack: ``python -m site_tests.packing_shop WHAT``.

Answers in JSON. ``make`` prepares them; ``cancel LINE N`` cancels units as the owner would;
``report`` tells what came of it. Runs beside the server, on its database.
"""

import json
import sys
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

import django

from site_tests import THOROUGH

ORDERS = 30 if THOROUGH else 6


def make() -> dict[str, Any]:
    """Accepted orders with their stock in one wave. The last two are of one buyer."""
    from django.utils import timezone

    from core.actor import Actor
    from logistics.actions.waves import make_wave
    from orders.actions.receive import receive_orders
    from orders.drafts import BuyerDraft, LineDraft, OrderDraft
    from orders.models import Order
    from orders.registry import perform
    from sellers.models import Seller, Store
    from stock.actions.levels import Move, post_movements
    from stock.models import Sku, Warehouse

    actor = Actor.job("test")
    seller = Seller.objects.get(code="demo")
    store = Store.objects.get(seller=seller, code="demo")
    house = Warehouse.objects.filter(seller=seller).order_by("pk")[0]
    codes = ["MUG-CEL-01", "CASE-15-BK", "SOCK-WOOL-2", "KNIFE-PARE"]
    skus = [Sku.objects.get(seller=seller, code=code) for code in codes]
    # One SKU of which exactly what is wanted is there, so that what is short is short.
    rare = Sku.objects.create(
        seller=seller, code="RARE-1", barcode="6911111111111", name="Rare thing", weight_grams=100,
        length_mm=50, width_mm=50, height_mm=50,
    )  # fmt: skip
    moves = [Move("receive", sku, house, 100) for sku in skus]
    post_movements(seller=seller, moves=[*moves, Move("receive", rare, house, 2)], actor=actor)
    now = timezone.now()
    buyer = BuyerDraft(country="BR", name="Ana Souza", phone="+5511912345678", state="SP",
                       city="São Paulo", postcode="01310-100", address="Av. Paulista 1000",
                       tax_number="111.444.777-35")  # fmt: skip
    drafts = []
    for i in range(ORDERS):
        lines = [LineDraft(1 + i % 2, Decimal("9.90"), skus[i % 4].code, skus[i % 4].name)]
        if i % 3 == 0:
            lines.append(LineDraft(1, Decimal("4.00"), skus[(i + 1) % 4].code, "Second"))
        if i == 1:
            lines = [LineDraft(2, Decimal("5.00"), rare.code, rare.name)]
        same = i >= ORDERS - 2
        drafts.append(
            OrderDraft(
                number=f"77{i:014d}",
                currency="USD",
                placed_at=now,
                paid_at=now,
                buyer=buyer._replace(ref="twins" if same else f"buyer-{i}"),
                lines=tuple(lines),
                deliver_by=now + timedelta(days=20),
            )
        )
    outcome = receive_orders(store=store, drafts=drafts, actor=actor)
    ids = [row.id for row in outcome if row.id is not None]
    perform("accept", seller=seller, orders=ids, actor=actor)
    allocated = perform("allocate", seller=seller, orders=ids, actor=actor)
    wave, picked = make_wave(seller=seller, warehouse=house, orders=ids, actor=actor)
    orders = Order.objects.filter(pk__in=ids).order_by("number").prefetch_related("lines__sku")
    return {
        # The worker of an earlier test gives stock that came in to those who wait for it as well.
        "allocated": allocated.done + allocated.already,
        "in_wave": picked.done,
        "wave": {"id": wave.public_id, "code": wave.code},
        "orders": [
            {
                "number": order.number,
                "lines": [
                    {"id": line.pk, "code": line.sku.code if line.sku else "",
                     "barcode": line.sku.barcode if line.sku else "", "quantity": line.quantity}
                    for line in sorted(order.lines.all(), key=attrgetter("position"))
                ],
            }
            for order in orders
        ],
    }  # fmt: skip


def cancel(line: str, n: str) -> dict[str, Any]:
    """Some units of a line are cancelled meanwhile."""
    from core.actor import Actor
    from orders.actions.cancel import cancel_units
    from orders.models import OrderLine

    row = OrderLine.objects.select_related("order").get(pk=int(line))
    cancel_units(
        seller=row.order.seller, order=row.order_id, units={row.pk: int(n)}, actor=Actor.job("test")
    )
    return {}


def report() -> dict[str, Any]:
    """The parcels with their contents, where the orders are, and what does not add up."""
    from dashboard.invariants import broken
    from logistics.models import ShipmentLine
    from orders.models import Order

    parcels: dict[str, dict[str, Any]] = {}
    for row in (
        ShipmentLine.objects.filter(order__number__startswith="7700")
        .exclude(shipment__state="void")
        .select_related("shipment__box", "order", "line__sku")
    ):
        parcel = parcels.setdefault(
            row.shipment.public_id,
            {"weight": row.shipment.weight_grams, "box": str(row.shipment.box), "units": {}},
        )
        code = row.line.sku.code if row.line.sku else ""
        parcel["units"][f"{row.order.number} {code}"] = row.quantity
    stages = Order.objects.filter(number__startswith="7700").values_list("number", "stage")
    return {
        "parcels": list(parcels.values()),
        "stages": dict(stages),
        "broken": {name: ids for name, ids in broken().items() if ids},
    }


if __name__ == "__main__":
    django.setup()
    what, *rest = sys.argv[1:]
    commands: dict[str, Any] = {"make": make, "cancel": cancel, "report": report}
    sys.stdout.write(json.dumps(commands[what](*rest)) + "\n")
