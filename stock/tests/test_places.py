"""Preferred warehouses: the plan, saying it, and what the database refuses."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from core.actor import Actor
from core.errors import Forbidden, Invalid, NotFound
from sellers.access import scopes_of
from sellers.models import Role, Store
from stock.actions.places import set_places
from stock.allocation import Demand, Free, Grant, Places, plan
from stock.models import StorePlace, Warehouse
from stock.queries.places import ordered, places_of
from testing.factories import STAFF, MembershipFactory, StoreFactory, WarehouseFactory

A, B, C = 1, 2, 3
SHOP = 7


def free(*rows: tuple[int, int, int]) -> list[Free]:
    """Levels of (SKU, warehouse, units), numbered SKU * 10 + warehouse."""
    return [Free(sku * 10 + house, sku, house, n) for sku, house, n in rows]


def wants(*lines: tuple[int, int], group: int = 1, store: int = SHOP) -> list[Demand]:
    """Lines of (SKU, units) of an order."""
    return [Demand(group, group * 10 + i, sku, n, store) for i, (sku, n) in enumerate(lines)]


def told(grants: list[Grant]) -> list[tuple[int, int, int]]:
    """(holder, level, units)"""
    return [(g.holder, g.level, g.quantity) for g in grants]


def prefer(*order: int, closed: tuple[int, ...] = ()) -> dict[int, Places]:
    return {SHOP: Places({house: i for i, house in enumerate(order, 1)}, frozenset(closed))}


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (None, [(10, 11, 2)]),  # without a wish the oldest
        (prefer(C, B), [(10, 13, 2)]),
        (prefer(B), [(10, 12, 2)]),
        (prefer(closed=(A,)), [(10, 12, 2)]),
        (prefer(C, closed=(C, A)), [(10, 12, 2)]),
    ],
)
def test_of_several_warehouses_the_preferred_one(places: Any, expected: Any) -> None:
    stock = free((1, A, 5), (1, B, 5), (1, C, 5))
    assert told(plan(wants((1, 2)), stock, partial=False, places=places)) == expected


def test_one_warehouse_goes_before_the_preference() -> None:
    stock = free((1, A, 5), (1, B, 1), (2, A, 5), (2, B, 5))
    grants = plan(wants((1, 2), (2, 1)), stock, partial=False, places=prefer(B, A))
    assert told(grants) == [(10, 11, 2), (11, 21, 1)]


def test_split_over_several_the_preferred_first() -> None:
    stock = free((1, A, 3), (1, B, 2), (1, C, 2))
    grants = plan(wants((1, 5)), stock, partial=False, places=prefer(C, B))
    assert told(grants) == [(10, 13, 2), (10, 12, 2), (10, 11, 1)]
    fullest = plan(wants((1, 5)), stock, partial=False)
    assert told(fullest) == [(10, 11, 3), (10, 12, 2)]


def test_nothing_comes_from_where_a_store_may_not() -> None:
    stock = free((1, A, 9), (1, B, 2))
    shut = prefer(closed=(A,))
    assert plan(wants((1, 3)), stock, partial=False, places=shut) == []
    assert told(plan(wants((1, 3)), stock, partial=True, places=shut)) == [(10, 12, 2)]


def test_each_store_has_its_own_wish() -> None:
    stock = free((1, A, 2), (1, B, 2))
    demands = [*wants((1, 2), group=1), *wants((1, 2), group=2, store=8)]
    grants = plan(demands, stock, partial=False, places=prefer(B))
    assert told(grants) == [(10, 12, 2), (20, 11, 2)]


# --- saying it -----------------------------------------------------------------------------------


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory.create()


@pytest.fixture
def houses(store: Store) -> list[Warehouse]:
    return [WarehouseFactory(seller=store.seller) for _ in range(3)]


def save(store: Store, order: list[Warehouse], closed: list[Warehouse] | None = None,
         actor: Actor = STAFF) -> None:  # fmt: skip
    set_places(
        seller=store.seller, store=store, order=[h.pk for h in order],
        closed=[h.pk for h in closed or []], actor=actor,
    )  # fmt: skip


def test_saved_and_read(store: Store, houses: list[Warehouse]) -> None:
    a, b, c = houses
    assert ordered(houses, None) == [(a, True), (b, True), (c, True)]
    save(store, [c, a], [a])
    places = places_of([store.pk])[store.pk]
    assert places == Places({c.pk: 1, a.pk: 2}, frozenset({a.pk}))
    assert ordered(houses, places) == [(c, True), (a, False), (b, True)]
    save(store, [])
    assert places_of([store.pk]) == {}


def test_what_cannot_be(store: Store, houses: list[Warehouse]) -> None:
    a, _b, _c = houses
    for order, closed, pointer in (([a, a], [], "/order"), ([a], houses, "/closed")):
        with pytest.raises(Invalid) as caught:
            save(store, order, closed)
        assert [e.pointer for e in caught.value.errors] == [pointer]
    with pytest.raises(NotFound):
        save(store, [WarehouseFactory()])
    with pytest.raises(NotFound):
        set_places(seller=StoreFactory().seller, store=store, order=[], closed=[], actor=STAFF)
    with pytest.raises(Forbidden):
        save(store, [a], actor=Actor("user", 1, "p", scopes_of(Role.PACKER)))
    assert not StorePlace.objects.exists()


@pytest.mark.parametrize("change", [{"position": 0}, {"position": 2}])
def test_the_database_refuses(
    store: Store, houses: list[Warehouse], change: dict[str, int]
) -> None:
    save(store, houses)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError), transaction.atomic():
        StorePlace.objects.filter(store=store, position=1).update(**change)


def test_the_page_saves_order_and_use(
    store: Store, houses: list[Warehouse], client: Client
) -> None:
    client.force_login(MembershipFactory(seller=store.seller).user)
    a, b, c = houses
    url = reverse("stock_settings:save_places", args=[store.public_id])
    fields = {
        f"place-{a.public_id}": "3", f"place-{b.public_id}": "1", f"place-{c.public_id}": "2",
        "use": [b.public_id, a.public_id],
    }  # fmt: skip
    assert client.post(url, fields).status_code == 302
    places = places_of([store.pk])[store.pk]
    assert places == Places({b.pk: 1, c.pk: 2, a.pk: 3}, frozenset({c.pk}))
    body = client.get(reverse("stock_settings:places")).content.decode()
    assert body.index(b.name) < body.index(c.name) < body.index(a.name)
    client.post(url, {**fields, "forget": "1"})
    assert places_of([store.pk]) == {}
