"""A stock take among orders: promises that are not there, units in hands, two people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import DomainError, Refused
from dashboard.invariants import broken
from logistics.actions.picking import record_pick
from logistics.actions.waves import make_wave
from logistics.tests.conftest import Shop, make_shop
from orders.models import Deadline, Order
from orders.registry import perform
from stock.actions.count_ends import post_take
from stock.actions.counts import Count, enter_count, start_take
from stock.demand import off_shelf
from stock.models import Reservation, StockLevel, StockTake
from stock.queries.counts import levels_to_count
from testing.factories import STAFF, SkuFactory, StockLevelFactory, WarehouseFactory, make_orders

__all__ = ["make_shop"]


def begin(shop: Shop) -> StockTake:
    levels, data = levels_to_count(shop.seller, shop.warehouse, scope="all")
    return start_take(
        seller=shop.seller, warehouse=shop.warehouse, levels=levels, scope="all", scope_data=data,
        actor=STAFF,
    ).take  # fmt: skip


def count(shop: Shop, take: StockTake, n: int, client_id: str = "1") -> None:
    enter_count(
        seller=shop.seller, take=take.pk, count=Count(shop.sku, n), actor=STAFF,
        client_id=client_id,
    )  # fmt: skip


def post(shop: Shop, take: StockTake) -> StockTake:
    return post_take(seller=shop.seller, take=take.pk, actor=STAFF)


def level(shop: Shop) -> tuple[int, int]:
    row = StockLevel.objects.get(pk=shop.level.pk)
    return row.on_hand, row.reserved


def held() -> dict[int, int]:
    return dict(Reservation.objects.values_list("holder_id", "quantity"))


def test_a_loss_takes_promises_from_the_least_urgent(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=5)
    early, late = shop.orders(2, units=2)
    due = timezone.now() + timedelta(days=9)
    Order.objects.filter(pk=late.pk).update(ship_by=due)
    Deadline.objects.filter(order=late, kind="ship_by").update(due_at=due)
    for name in ("accept", "allocate"):
        perform(name, seller=shop.seller, orders=[early.pk, late.pk], actor=STAFF)
    take = begin(shop)
    count(shop, take, 3)
    done = post(shop, take)
    assert level(shop) == (3, 3)
    assert done.result["orders"] == [[late.number, late.public_id, 1, True]]
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.stage, late.stage, late.allocated) == ("stocked", "accepted", 1)
    assert not any(broken().values())


def test_the_order_gets_its_units_from_another_warehouse(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=2)
    shop.orders(1, units=2, stage="stocked")
    other = StockLevelFactory(
        seller=shop.seller, sku=shop.sku, warehouse=WarehouseFactory(seller=shop.seller), on_hand=2
    )
    take = begin(shop)
    count(shop, take, 1)
    done = post(shop, take)
    assert done.result["orders"][0][2:] == [1, False]
    other.refresh_from_db()
    assert (level(shop), other.reserved) == ((1, 1), 1)
    assert Order.objects.get().stage == "stocked"
    assert not any(broken().values())


def test_units_in_hands_are_not_missed_on_the_shelf(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=10)
    packed = shop.orders(1, units=2, stage="packed")
    (picked,) = shop.orders(1, units=3, stage="stocked")
    wave, _outcome = make_wave(
        seller=shop.seller, warehouse=shop.warehouse, orders=[picked.pk], actor=STAFF
    )
    record_pick(
        seller=shop.seller, wave=wave.pk, level=shop.level.pk, quantity=1, client_id="p",
        actor=STAFF,
    )  # fmt: skip
    assert off_shelf(shop.seller, [shop.level.pk]) == {shop.level.pk: 3}
    take = begin(shop)
    count(shop, take, 7)
    post(shop, take)
    assert level(shop) == (10, 5)
    shop.act("ship", packed)
    assert off_shelf(shop.seller, [shop.level.pk]) == {shop.level.pk: 1}


def test_what_is_picked_after_the_count_is_not_undone(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=10)
    orders = shop.orders(1, units=4, stage="stocked")
    take = begin(shop)
    count(shop, take, 9)
    shop.act("pack", orders, tracking_numbers={o.public_id: "TRACK00000001X" for o in orders})
    shop.act("ship", orders)
    post(shop, take)
    assert level(shop) == (5, 0)
    assert not any(broken().values())


def test_no_promise_of_units_in_a_parcel_is_taken(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=4)
    orders = shop.orders(1, units=3, stage="stocked")
    take = begin(shop)
    count(shop, take, 1)  # four are in the books, three of them promised
    shop.act("pack", orders)
    before = held()
    with pytest.raises(Refused) as caught:
        post(shop, take)
    assert caught.value.code == "in_hands"
    assert (level(shop), held()) == ((4, 3), before)
    assert StockTake.objects.get().state == "counting"


@pytest.mark.django_db(transaction=True)
def test_posted_once_by_two_people(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=10)
    take = begin(shop)
    count(shop, take, 4)

    def go(_n: int) -> str:
        try:
            return post(shop, take).state
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(go, range(4)))
    assert answers == ["posted", "wrong_state", "wrong_state", "wrong_state"]
    assert level(shop) == (4, 0)


@pytest.mark.django_db(transaction=True)
def test_a_loss_and_an_allocation_at_once_promise_nothing_that_is_not_there(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(on_hand=6)
    orders = make_orders(6, store=shop.store, lines=[(shop.sku, 1)])
    perform("accept", seller=shop.seller, orders=[o.pk for o in orders], actor=STAFF)
    take = begin(shop)
    count(shop, take, 2)

    def go(n: int) -> str:
        try:
            if n == 0:
                return post(shop, take).state
            perform("allocate", seller=shop.seller, orders=[orders[n - 1].pk], actor=STAFF)
            return "allocated"
        finally:
            connection.close()

    with ThreadPoolExecutor(7) as pool:
        list(pool.map(go, range(7)))
    on_hand, reserved = level(shop)
    assert on_hand == 2
    assert reserved <= 2
    assert not any(broken().values())


@pytest.mark.django_db(transaction=True)
def test_several_people_count_one_sku(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=10)
    SkuFactory(seller=shop.seller)
    take = begin(shop)

    def go(n: int) -> None:
        try:
            # Every entry is sent twice, as after a lost connection.
            for _again in range(2):
                enter_count(
                    seller=shop.seller, take=take.pk, count=Count(shop.sku, 1, add=True),
                    actor=STAFF, client_id=f"c{n}",
                )  # fmt: skip
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(go, range(10)))
    row = take.rows.get()
    assert (row.counted, row.difference, row.entries.count()) == (10, 0, 10)
