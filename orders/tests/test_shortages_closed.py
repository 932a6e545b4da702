"""What is missing where stores do not use every warehouse."""

import pytest
from django.test import Client
from django.urls import reverse

from core.actor import Actor
from orders.queries.shortages import shortages, wanting
from sellers.models import Membership, Seller, Store
from stock.actions.places import set_places
from stock.models import Sku, Warehouse
from testing.factories import (
    MembershipFactory,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
    make_orders,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory()


@pytest.fixture
def sku(seller: Seller) -> Sku:
    return SkuFactory(seller=seller, code="CUP")


def shop(seller: Seller, *closed: Warehouse) -> Store:
    store = StoreFactory(seller=seller)
    set_places(
        seller=seller,
        store=store,
        order=[],
        closed=[place.pk for place in closed],
        actor=Actor.job("test"),
    )
    return store


def wants(store: Store, sku: Sku, units: int) -> None:
    make_orders(1, seller=sku.seller, store=store, lines=[(sku, units)])


def test_stock_where_the_store_takes_nothing_from_serves_nobody(seller: Seller, sku: Sku) -> None:
    near, far = WarehouseFactory(seller=seller), WarehouseFactory(seller=seller)
    StockLevelFactory(sku=sku, warehouse=near, on_hand=2)
    StockLevelFactory(sku=sku, warehouse=far, on_hand=90)
    wants(shop(seller, far), sku, 5)
    (row,) = shortages(seller)
    assert (row.wanted, row.missing, row.available, row.elsewhere) == (5, 3, 2, 90)


def test_another_store_that_uses_it_is_served(seller: Seller, sku: Sku) -> None:
    near, far = WarehouseFactory(seller=seller), WarehouseFactory(seller=seller)
    StockLevelFactory(sku=sku, warehouse=far, on_hand=90)
    wants(shop(seller, far), sku, 5)
    wants(shop(seller), sku, 7)
    (row,) = shortages(seller)
    assert (row.wanted, row.missing, row.available, row.elsewhere) == (12, 5, 7, 83)
    StockLevelFactory(sku=sku, warehouse=near, on_hand=5)
    assert not shortages(seller)
    (row,) = wanting(seller, [sku.pk])
    assert (row.missing, row.available) == (0, 95)


def test_both_together_can_want_more_than_each(seller: Seller, sku: Sku) -> None:
    near, far = WarehouseFactory(seller=seller), WarehouseFactory(seller=seller)
    StockLevelFactory(sku=sku, warehouse=near, on_hand=5)
    StockLevelFactory(sku=sku, warehouse=far, on_hand=4)
    wants(shop(seller, far), sku, 5)
    wants(shop(seller), sku, 7)
    (row,) = shortages(seller)
    assert (row.missing, row.available, row.elsewhere) == (3, 9, 0)


def test_the_page_says_where_the_rest_lies_and_how_to_move_it(client: Client, sku: Sku) -> None:
    owner: Membership = MembershipFactory(seller=sku.seller)
    client.force_login(owner.user)
    _near, far = WarehouseFactory(seller=sku.seller), WarehouseFactory(seller=sku.seller)
    StockLevelFactory(sku=sku, warehouse=far, on_hand=90)
    wants(shop(sku.seller, far), sku, 5)
    page = client.get(reverse("shortages:sku", args=[sku.public_id])).content.decode()
    assert "90 more units lie in warehouses" in page
    assert f"{reverse('stock:transfer_new')}?lines=CUP%095" in page
    assert "90 in other warehouses" in client.get(reverse("shortages:list")).content.decode()
    form = client.get(reverse("stock:transfer_new"), {"lines": "CUP\t5"}).context["form"]
    assert form["lines"].value() == "CUP\t5"
