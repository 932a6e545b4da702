"""A shop with stock, and orders brought to any stage by the actions themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from core.outcome import BatchOutcome
from logistics.models import Carrier, CarrierService
from logistics.paper import fonts
from logistics.seeds import load
from orders.models import Order
from orders.registry import perform
from sellers.models import Seller, Store
from stock.models import Sku, StockLevel, Warehouse
from testing.factories import (
    STAFF,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
    make_orders,
)

PATH = ("accept", "allocate", "pack", "ship", "upload", "confirm")
_STAGES = ("new", "accepted", "stocked", "packed", "shipped", "uploaded", "confirmed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need a Chinese font stay out where there is none."""
    marked = [item for item in items if item.get_closest_marker("chinese_font")]
    if not marked or fonts.cjk_is_embedded():
        return
    items[:] = [item for item in items if item not in marked]
    config.hook.pytest_deselected(items=marked)


@dataclass
class Shop:
    seller: Seller
    store: Store
    warehouse: Warehouse
    sku: Sku
    level: StockLevel

    def act(self, name: str, orders: Sequence[Order], **params: Any) -> BatchOutcome:
        """Perform an action by name as staff."""
        return perform(
            name, seller=self.seller, orders=[o.pk for o in orders], actor=STAFF, params=params
        )

    def orders(self, n: int = 1, *, stage: str = "new", units: int = 1) -> list[Order]:
        """Orders of one line each, brought to ``stage``."""
        made = make_orders(n, store=self.store, lines=[(self.sku, units)])
        if stage == "cancelled":
            self.act("cancel", made)
        else:
            for name in PATH[: _STAGES.index(stage)]:
                params: dict[str, Any] = {}
                if name == "pack":
                    params["tracking_numbers"] = {o.public_id: f"TRACK{o.pk:08d}X" for o in made}
                outcome = self.act(name, made, **params)
                assert outcome.done == n, outcome.refusals()
        return list(Order.objects.filter(pk__in=[o.pk for o in made]).order_by("pk"))


@pytest.fixture
def make_shop(db: None) -> Callable[..., Shop]:
    # Tests with real transactions leave an empty database behind; migrations had seeded it.
    if not Carrier.objects.exists():
        load(Carrier, CarrierService)

    def make(on_hand: int = 10_000) -> Shop:
        store = StoreFactory()
        warehouse = WarehouseFactory(seller=store.seller)
        sku = SkuFactory(seller=store.seller)
        level = StockLevelFactory(
            seller=store.seller, sku=sku, warehouse=warehouse, on_hand=on_hand
        )
        return Shop(store.seller, store, warehouse, sku, level)

    return make


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop()
