"""Many at once against the real database: nothing is promised twice, nothing is lost."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.models import Sum

from core.outcome import BatchOutcome
from logistics.actions.numbers import number_shipments
from logistics.models import Shipment
from logistics.tests.conftest import Shop
from orders.models import Order, OrderEvent, OrderLine
from orders.registry import perform
from stock.models import Reservation, StockLevel, StockMovement
from testing.factories import STAFF, SkuFactory, StockLevelFactory, make_orders

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: Sequence[Callable[[], BatchOutcome]], *, threads: int) -> list[BatchOutcome]:
    """Run the jobs in so many threads that start together; an exception fails the test."""
    barrier = threading.Barrier(threads)

    def work(mine: Sequence[Callable[[], BatchOutcome]]) -> list[BatchOutcome]:
        try:
            barrier.wait(timeout=30)
            return [job() for job in mine]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        shares = [pool.submit(work, jobs[i::threads]) for i in range(threads)]
        return [answer for share in shares for answer in share.result()]


def allocate(shop: Shop, orders: Sequence[Order], **params: object) -> BatchOutcome:
    return perform(
        "allocate",
        seller=shop.seller,
        orders=[o.pk for o in orders],
        actor=STAFF,
        params=params,
    )


def assert_stock_is_sound() -> None:
    for level in StockLevel.objects.all():
        held = Reservation.objects.filter(level=level).aggregate(n=Sum("quantity"))["n"] or 0
        ledger = StockMovement.objects.filter(level=level).aggregate(
            on_hand=Sum("on_hand"), reserved=Sum("reserved")
        )
        assert level.reserved == held == (ledger["reserved"] or 0)
        assert level.on_hand == (ledger["on_hand"] or 0)
        assert 0 <= level.reserved <= level.on_hand


def test_eight_clients_400_attempts_200_units(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=200)
    orders = shop.orders(400, stage="accepted")
    answers = at_once([lambda o=o: allocate(shop, [o]) for o in orders], threads=8)
    done = [row for a in answers for row in a if row.status == "done"]
    short = [row for a in answers for row in a if row.code == "short"]
    assert (len(done), len(short)) == (200, 200)
    assert Order.objects.filter(stage="stocked").count() == 200
    assert Order.objects.filter(stage="accepted").count() == 200
    assert OrderLine.objects.aggregate(n=Sum("allocated"))["n"] == 200
    assert_stock_is_sound()


def test_mixed_baskets_of_32_threads_do_not_deadlock(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=0)
    skus = [SkuFactory(seller=shop.seller) for _ in range(6)]
    for sku in skus:
        StockLevelFactory(seller=shop.seller, sku=sku, warehouse=shop.warehouse, on_hand=60)
    dice = random.Random(7)
    orders = [
        make_orders(
            1, store=shop.store, lines=[(s, dice.randint(1, 2)) for s in dice.sample(skus, 3)]
        )[0]
        for _ in range(160)
    ]
    shop.act("accept", orders)
    batches = []
    for _ in range(64):
        batch = dice.sample(orders, 10)
        name = dice.choice(["allocate", "allocate", "allocate", "cancel", "hold", "release"])
        batches.append((name, batch))
    at_once(
        [
            lambda n=n, b=b: perform(n, seller=shop.seller, orders=[o.pk for o in b], actor=STAFF)
            for n, b in batches
        ],
        threads=32,
    )
    assert_stock_is_sound()
    stocked = Order.objects.filter(stage="stocked")
    assert stocked.count() > 0
    assert all(o.allocated == o.units for o in stocked)


def test_50_threads_ship_one_order_once(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=5)
    (order,) = shop.orders(stage="packed")
    answers = at_once([lambda: shop.act("ship", [order])] * 50, threads=50)
    statuses = [row.status for a in answers for row in a]
    assert statuses.count("done") == 1
    assert statuses.count("already") == 49
    assert OrderEvent.objects.filter(order=order, kind="shipped").count() == 1
    assert StockMovement.objects.filter(kind="ship").count() == 1
    assert StockLevel.objects.get().on_hand == 4
    assert_stock_is_sound()


def test_pack_and_cancel_of_the_same_orders_leave_no_parcel_behind(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(on_hand=40)
    orders = shop.orders(40, stage="stocked")
    at_once(
        [lambda o=o, n=n: shop.act(n, [o]) for o in orders for n in ("pack", "cancel")],
        threads=16,
    )
    # A cancellation always goes through; what was packed before it was taken out again.
    assert Order.objects.filter(stage="cancelled").count() == 40
    assert not Shipment.objects.exclude(state="void").exists()
    assert StockLevel.objects.get().reserved == 0
    assert_stock_is_sound()


def test_one_tracking_number_for_two_parcels_goes_to_one(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=10)
    orders = make_orders(8, store=shop.store, lines=[(shop.sku, 1)])
    for name in ("accept", "allocate", "pack"):
        shop.act(name, orders)
    parcels = list(Shipment.objects.values_list("pk", flat=True))
    answers = at_once(
        [
            lambda pk=pk: number_shipments(
                seller=shop.seller, numbers={pk: "SAME0000001"}, actor=STAFF
            )
            for pk in parcels
        ],
        threads=8,
    )
    rows = [row for a in answers for row in a]
    assert [r.status for r in rows].count("done") == 1
    assert {r.code for r in rows if r.status == "refused"} == {"tracking_number_used"}
    assert Shipment.objects.filter(tracking_number="SAME0000001").count() == 1
