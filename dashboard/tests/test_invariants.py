"""Each invariant is broken on purpose, and named."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from dashboard.invariants import CHECKS, broken
from logistics.models import Carrier, Shipment, ShipmentLine
from orders.models import Penalty
from stock.actions.receipts import receive_replenishment
from testing.factories import (
    STAFF,
    OrderFactory,
    PenaltyRuleFactory,
    SellerFactory,
    StockLevelFactory,
    StoreFactory,
    at,
    make_replenishment,
)

pytestmark = pytest.mark.django_db

NOW = at("2026-03-02 08:00")


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def wrong():
    return {name for name, ids in broken().items() if ids}


@pytest.fixture
def order():
    return OrderFactory(paid_at=NOW)


@pytest.fixture
def level(order):
    return StockLevelFactory(sku=order.lines.get().sku, on_hand=5)


def fine(order, **changes):
    rule = changes.get("rule") or PenaltyRuleFactory()
    values = {
        "seller": order.seller,
        "order": order,
        "rule": rule,
        "step": rule.steps.first(),
        "amount": "5.00",
        "currency": "USD",
        "at": NOW,
        "actor": "x",
    }
    return Penalty.objects.create(**(values | changes))


def parcel(order, **fields):
    line = order.lines.get()
    carrier, _ = Carrier.objects.get_or_create(code="test", defaults={"name": "Test"})
    shipment = Shipment.objects.create(
        **({"seller": order.seller, "carrier": carrier, "country": "BR"} | fields)
    )
    ShipmentLine.objects.create(
        seller=shipment.seller, shipment=shipment, order=order, line=line, quantity=1
    )


def test_all_hold_for_what_is_consistent(order, level):
    assert wrong() == set()


def test_levels_that_are_not_their_ledger(level):
    run("UPDATE stock_stocklevel SET on_hand = on_hand + 1 WHERE id = %s", level.pk)
    assert broken()["stock_ledger"] == [level.pk]
    assert wrong() == {"stock_ledger"}


def test_promises_that_nobody_holds(level):
    run("UPDATE stock_stocklevel SET reserved = 1 WHERE id = %s", level.pk)
    assert wrong() == {"stock_ledger", "stock_reservations"}


def test_units_allocated_without_a_reservation(order):
    run("UPDATE orders_orderline SET allocated = 1 WHERE order_id = %s", order.pk)
    run("UPDATE orders_order SET allocated = 1, stage = 'stocked' WHERE id = %s", order.pk)
    assert wrong() == {"line_reservations"}


def test_counters_that_are_not_the_sums(order):
    run("UPDATE orders_order SET units = 2 WHERE id = %s", order.pk)
    assert broken()["order_counters"] == [order.pk]
    assert wrong() == {"order_counters"}


def test_a_stage_that_does_not_follow(order):
    run("UPDATE orders_order SET stage = 'packed' WHERE id = %s", order.pk)
    assert wrong() == {"order_stage"}


def test_units_in_a_parcel_that_are_not_counted(order):
    parcel(order)
    assert wrong() == {"line_parcels"}


def test_void_parcels_do_not_count(order):
    parcel(order, state="void", voided_at=NOW)
    assert wrong() == set()


def test_parcels_of_another_seller(order):
    parcel(order, seller=SellerFactory(), state="void", voided_at=NOW)
    assert wrong() == {"parcel_lines"}


def test_orders_in_a_store_of_another_seller(order):
    run("UPDATE orders_order SET store_id = %s WHERE id = %s", StoreFactory().pk, order.pk)
    assert wrong() == {"sellers"}


def test_stage_counts_that_drifted(order):
    run(
        "INSERT INTO orders_stagecount (seller_id, stage, n) VALUES (%s, 'new', 1)", order.seller_id
    )
    assert broken()["stage_counts"] == [order.seller_id]
    assert wrong() == {"stage_counts"}


@pytest.mark.parametrize("times", [0, 2])
def test_orders_that_were_not_received_exactly_once(times):
    order = OrderFactory()
    run("SET CONSTRAINTS ALL IMMEDIATE")  # else the table is still busy
    run("ALTER TABLE orders_orderevent DISABLE TRIGGER append_only_rows")
    if times == 0:
        run("DELETE FROM orders_orderevent")
    else:
        run(
            "INSERT INTO orders_orderevent (seller_id, order_id, kind, at, actor_kind, actor_name, "
            "data) SELECT seller_id, order_id, kind, at, actor_kind, actor_name, data "
            "FROM orders_orderevent"
        )
    assert broken()["received_events"] == [order.pk]
    assert wrong() == {"received_events"}


@pytest.mark.parametrize("change", ["clock_open = false", "ship_by = ship_by + interval '1 hour'"])
def test_clocks_that_show_something_else(order, change):
    run(f"UPDATE orders_order SET {change} WHERE id = %s", order.pk)
    assert wrong() == {"clocks"}


def test_held_without_a_hold(order):
    run("UPDATE orders_order SET on_hold = true WHERE id = %s", order.pk)
    assert wrong() == {"holds"}


def test_fines_without_an_event(order):
    fine(order)
    assert wrong() == {"fined_events"}


def test_fines_in_another_currency(order):
    fine(order, currency="EUR")
    assert "fines" in wrong()


def test_waivers_of_another_amount(order):
    first = fine(order)
    fine(
        order,
        rule=first.rule,
        step=first.step,
        kind="waiver",
        reverses=first,
        amount="-4.00",
        reason="x",
    )
    assert broken()["waivers"] == [Penalty.objects.get(kind="waiver").pk]


def test_the_command_says_so_when_all_is_well(order, capsys):
    call_command("check_invariants")
    assert capsys.readouterr().out == f"All {len(CHECKS)} invariants hold.\n"


def test_the_command_fails_and_names_what_is_broken(order, capsys):
    run("UPDATE orders_order SET on_hold = true WHERE id = %s", order.pk)
    with pytest.raises(SystemExit) as end:
        call_command("check_invariants")
    assert end.value.code == 1
    assert capsys.readouterr().out == (
        "BROKEN holds: An order is on hold while one of its holds is open. "
        f"Not so: order {order.pk}\n"
    )


def test_the_command_answers_in_json(order, capsys):
    run("UPDATE orders_order SET on_hold = true WHERE id = %s", order.pk)
    with pytest.raises(SystemExit):
        call_command("check_invariants", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["broken"]["holds"] == [order.pk]
    assert answer["broken"]["clocks"] == []


def bought(level):
    return make_replenishment((level.sku, 5), warehouse=level.warehouse)


def come(row, n=2):
    line = row.lines.get()
    receive_replenishment(
        seller=row.seller, replenishment=row.pk, units={line.pk: n}, warehouse=row.warehouse,
        actor=STAFF, client_id="d1",
    )  # fmt: skip
    return line


def test_states_of_replenishments_that_are_not_their_lines(level):
    row = bought(level)
    run("UPDATE stock_replenishment SET state = 'partly_received' WHERE id = %s", row.pk)
    assert broken()["replenishments"] == [row.pk]
    assert wrong() == {"replenishments"}


def test_receipts_that_do_not_add_up(level):
    line = come(bought(level))
    run("UPDATE stock_replenishmentline SET received = 1 WHERE id = %s", line.pk)
    assert broken()["receipts"] == [line.pk]


def test_receipts_that_are_not_their_movement(level):
    come(bought(level))
    run("UPDATE stock_replenishment SET number = 'X'")
    assert wrong() == {"receipt_movements"}
