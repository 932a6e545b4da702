"""Every stage × every action, as the transition table says; a refusal changes nothing."""

from collections import defaultdict
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.actor import Actor
from logistics.models import Shipment
from logistics.tests.conftest import Shop
from orders.actions.base import available
from orders.models import Order, OrderEvent
from orders.states import TABLE, Stage
from stock.models import StockLevel, StockMovement
from testing.factories import STAFF

STAGES = [s.value for s in Stage]

#: What an order of one packed, numbered unit answers: stage → action → status or refusal code.
EXPECTED = {
    "new": {
        "accept": "done", "allocate": "wrong_stage", "pack": "wrong_stage", "ship": "wrong_stage",
        "upload": "wrong_stage", "confirm": "wrong_stage", "hold": "done", "release": "not_held",
        "cancel": "done",
    },
    "accepted": {
        "accept": "already", "allocate": "done", "pack": "not_stocked", "ship": "not_packed",
        "upload": "not_shipped", "confirm": "wrong_stage", "hold": "done", "release": "not_held",
        "cancel": "done",
    },
    "stocked": {
        "accept": "already", "allocate": "already", "pack": "done", "ship": "not_packed",
        "upload": "not_shipped", "confirm": "wrong_stage", "hold": "done", "release": "not_held",
        "cancel": "done",
    },
    "packed": {
        "accept": "already", "allocate": "already", "pack": "already", "ship": "done",
        "upload": "not_shipped", "confirm": "wrong_stage", "hold": "done", "release": "not_held",
        "cancel": "done",
    },
    "shipped": {
        "accept": "already", "allocate": "already", "pack": "already", "ship": "already",
        "upload": "done", "confirm": "wrong_stage", "hold": "done", "release": "not_held",
        "cancel": "wrong_stage",
    },
    "uploaded": {
        "accept": "already", "allocate": "already", "pack": "already", "ship": "already",
        "upload": "already", "confirm": "done", "hold": "done", "release": "not_held",
        "cancel": "wrong_stage",
    },
    "confirmed": {
        "accept": "already", "allocate": "already", "pack": "already", "ship": "already",
        "upload": "already", "confirm": "already", "hold": "wrong_stage",
        "release": "wrong_stage", "cancel": "wrong_stage",
    },
    "cancelled": {
        "accept": "wrong_stage", "allocate": "wrong_stage", "pack": "wrong_stage",
        "ship": "wrong_stage", "upload": "wrong_stage", "confirm": "wrong_stage",
        "hold": "wrong_stage", "release": "wrong_stage", "cancel": "already",
    },
}  # fmt: skip


def snapshot(order: Order) -> tuple[object, ...]:
    return (
        Order.objects.filter(pk=order.pk).values().get(),
        list(order.lines.values()),
        OrderEvent.objects.filter(order=order).count(),
        StockMovement.objects.count(),
        list(StockLevel.objects.values()),
        list(Shipment.objects.values()),
    )


@pytest.mark.parametrize("stage", STAGES)
def test_stage_and_action(shop: Shop, stage: str, subtests: pytest.Subtests) -> None:
    (order,) = shop.orders(stage=stage)
    before = snapshot(order)
    events = OrderEvent.objects.filter(order=order).count()
    assert EXPECTED[stage].keys() == {each.name for each in TABLE}
    for action, expected in EXPECTED[stage].items():
        with subtests.test(action=action), transaction.atomic():
            (row,) = shop.act(action, [order])
            order.refresh_from_db()
            if expected == "done":
                assert row.status == "done", row
                assert order.stage == (TABLE[action].target or stage)
                assert row.stage == order.stage
                assert OrderEvent.objects.filter(order=order).count() == events + 1
            else:
                assert (row.status, row.code) in {(expected, ""), ("refused", expected)}
                assert snapshot(order) == before
                if row.status == "refused":
                    assert str(row.detail)
            transaction.set_rollback(True)
        order.refresh_from_db()


@pytest.mark.parametrize("stage", STAGES)
def test_available_offers_exactly_what_is_done(shop: Shop, stage: str) -> None:
    (order,) = shop.orders(stage=stage)
    offered = {c.name for c in available(order, STAFF) if c.allowed}
    assert offered == {a for a, answer in EXPECTED[stage].items() if answer == "done"}


def test_available_says_why_not(shop: Shop) -> None:
    (order,) = shop.orders()
    packer = Actor("user", 1, "P", frozenset({"orders:read", "shipments:write"}))
    reasons = {c.name: str(c.reason) for c in available(order, packer) if not c.allowed}
    assert reasons["accept"] == "Your role does not allow this."
    assert "To accept" in reasons["pack"]


@pytest.mark.parametrize("action", ["accept", "allocate", "pack", "ship", "upload"])
def test_held_orders_are_skipped_and_say_so(shop: Shop, action: str) -> None:
    stage = {"accept": "new", "allocate": "accepted", "pack": "stocked", "ship": "packed",
             "upload": "shipped"}[action]  # fmt: skip
    free, held = shop.orders(2, stage=stage)
    shop.act("hold", [held], reason="address", note="house number?")
    outcome = {row.id: row for row in shop.act(action, [free, held])}
    assert outcome[free.pk].status == "done"
    assert (outcome[held.pk].status, outcome[held.pk].code) == ("refused", "on_hold")
    held.refresh_from_db()
    assert held.stage == stage
    shop.act("release", [held])
    assert shop.act(action, [held]).done == 1


def test_a_batch_answers_in_the_order_in_which_it_was_asked(shop: Shop) -> None:
    new, cancelled, accepted = (
        shop.orders()[0],
        shop.orders(stage="cancelled")[0],
        shop.orders(stage="accepted")[0],
    )
    outcome = shop.act("accept", [cancelled, accepted, new, accepted])
    assert [(r.id, r.status) for r in outcome] == [
        (cancelled.pk, "refused"),
        (accepted.pk, "already"),
        (new.pk, "done"),
    ]
    assert outcome.summary == {"done": 1, "already": 1, "refused": 1}


def test_orders_of_another_seller_are_not_found(shop: Shop, make_shop) -> None:
    stranger = make_shop()
    (order,) = shop.orders()
    assert len(stranger.act("accept", [order])) == 0
    order.refresh_from_db()
    assert order.stage == "new"


def test_statements_do_not_follow_the_number_of_orders(shop: Shop) -> None:
    counts: dict[str, list[int]] = defaultdict(list)

    def act(name: str, orders: list[Order], **params: Any) -> None:
        with CaptureQueriesContext(connection) as queries:
            assert shop.act(name, orders, **params).done == len(orders)
        counts[name].append(len(queries))

    for n in (1, 50, 500):
        orders = shop.orders(n)
        for name in ("hold", "release", "accept", "allocate"):
            act(name, orders)
        act("pack", orders, tracking_numbers={o.public_id: f"PACK{o.pk:08d}X" for o in orders})
        for name in ("ship", "upload", "confirm"):
            act(name, orders)
        act("cancel", shop.orders(n, stage="packed"))
    for name, taken in counts.items():
        assert len(set(taken)) == 1, (name, taken)
        assert taken[0] <= 30, name
