"""Buying: suppliers, drafts, orders and receipts, through the actions."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from core.actor import Actor
from core.errors import Forbidden, Invalid, NotFound, Refused
from stock.actions.receipts import OverReceived, receive_replenishment
from stock.actions.replenish import (
    Wanted,
    cancel_rest,
    change_draft,
    make_replenishment,
    make_replenishments,
    order_replenishment,
    reopen_replenishment,
    reschedule,
)
from stock.actions.suppliers import Offer, offer_skus, prefer, remove_supplier, save_supplier
from stock.actions.suppliers import withdraw as withdraw_offer
from stock.lead_time import expected_on, today_of
from stock.models import (
    Receipt,
    Replenishment,
    ReplenishmentEvent,
    ReplenishmentLine,
    Sku,
    StockLevel,
    StockMovement,
    Supplier,
    SupplierSku,
)
from testing.factories import (
    STAFF,
    SellerFactory,
    SkuFactory,
    SupplierFactory,
    SupplierSkuFactory,
    WarehouseFactory,
    at,
)
from testing.factories import make_replenishment as replenished

pytestmark = pytest.mark.django_db


def receive(row: Replenishment, units: dict[int, int], client_id: str = "d1", **more):
    return receive_replenishment(
        seller=row.seller, replenishment=row.pk, units=units, warehouse=row.warehouse, actor=STAFF,
        client_id=client_id, **more,
    )  # fmt: skip


@pytest.fixture
def sku() -> Sku:
    return SkuFactory(code="CUP")


@pytest.fixture
def ordered(sku: Sku) -> Replenishment:
    return replenished((sku, 10))


@pytest.fixture
def line(ordered: Replenishment) -> ReplenishmentLine:
    return ordered.lines.get()


def counters(line: ReplenishmentLine) -> tuple[int, int, int, int]:
    line.refresh_from_db()
    return (line.quantity, line.received, line.cancelled, line.extra)


def state(row: Replenishment) -> str:
    return Replenishment.objects.get(pk=row.pk).state


# --- suppliers -------------------------------------------------------------------------------


def test_a_supplier_is_named_once_and_its_figures_are_checked() -> None:
    seller = SellerFactory()
    save_supplier(seller=seller, actor=STAFF, name="Jingdezhen Kiln")
    with pytest.raises(Invalid) as refused:
        save_supplier(
            seller=seller, actor=STAFF, name="Jingdezhen Kiln", currency="ABC", lead_days=400
        )
    pointers = {e.pointer for e in refused.value.errors}
    assert pointers == {"/name", "/currency", "/lead_days"}
    assert Supplier.objects.count() == 1


def test_of_two_who_save_a_supplier_the_second_is_told() -> None:
    row = SupplierFactory(lead_days=5)
    save_supplier(seller=row.seller, supplier=row.pk, actor=STAFF, seen="v1", lead_days=6)
    with pytest.raises(Refused) as refused:
        save_supplier(seller=row.seller, supplier=row.pk, actor=STAFF, seen="v1", lead_days=7)
    assert refused.value.code == "changed"
    assert Supplier.objects.get().lead_days == 6


def test_the_first_supplier_of_a_sku_is_the_preferred_one_until_another_is(sku: Sku) -> None:
    first, second = (SupplierFactory(seller=sku.seller) for _ in range(2))
    for supplier in (first, second):
        offer_skus(seller=sku.seller, supplier=supplier.pk, offers=[Offer(sku)], actor=STAFF)
    offers = list(SupplierSku.objects.order_by("pk"))
    assert [o.preferred for o in offers] == [True, False]
    prefer(seller=sku.seller, offer=offers[1].pk, actor=STAFF)
    assert list(SupplierSku.objects.order_by("pk").values_list("preferred", flat=True)) == [
        False,
        True,
    ]
    withdraw_offer(seller=sku.seller, offer=offers[1].pk, actor=STAFF)
    assert SupplierSku.objects.get().preferred


def test_an_offer_is_saved_again_over_the_old_one(sku: Sku) -> None:
    supplier = SupplierFactory(seller=sku.seller)
    for price in ("1.5", "1.75"):
        offer_skus(
            seller=sku.seller,
            supplier=supplier.pk,
            offers=[Offer(sku, price=Decimal(price), min_quantity=5, pack_size=10)],
            actor=STAFF,
        )
    row = SupplierSku.objects.get()
    assert (row.price, row.min_quantity, row.pack_size) == (Decimal("1.75"), 5, 10)


def test_a_supplier_of_purchase_orders_stays(ordered: Replenishment) -> None:
    with pytest.raises(Refused) as refused:
        remove_supplier(seller=ordered.seller, supplier=ordered.supplier_id or 0, actor=STAFF)
    assert refused.value.code == "in_use"
    assert Supplier.objects.count() == 1


# --- drafts and orders -----------------------------------------------------------------------


def test_a_draft_takes_the_prices_and_is_made_once_for_a_client_id(sku: Sku) -> None:
    offer = SupplierSkuFactory(sku=sku, price=Decimal("3.2"))
    values = {
        "seller": sku.seller, "warehouse": WarehouseFactory(seller=sku.seller),
        "supplier": offer.supplier, "lines": [Wanted(sku, 4)], "actor": STAFF, "client_id": "a",
    }  # fmt: skip
    row, again = make_replenishment(**values)
    same, twice = make_replenishment(**values)
    assert (row.pk, again, twice) == (same.pk, False, True)
    assert row.lines.get().unit_cost == Decimal("3.2")
    assert row.number == f"PO{today_of(sku.seller):%y%m%d}-1"
    assert StockLevel.objects.count() == 0


def test_what_cannot_be_bought_is_named(sku: Sku) -> None:
    with pytest.raises(Invalid) as refused:
        make_replenishment(
            seller=sku.seller, warehouse=WarehouseFactory(seller=sku.seller), actor=STAFF,
            lines=[Wanted(sku, 0), Wanted(sku, 10**9), Wanted(sku, 1, Decimal(-1))],
            expected=today_of(sku.seller) - timedelta(days=1),
        )  # fmt: skip
    assert {e.pointer for e in refused.value.errors} == {
        "/expected_on", "/lines/0/quantity", "/lines/0/sku", "/lines/1/quantity", "/lines/1/sku",
        "/lines/2/unit_cost", "/lines/2/sku",
    }  # fmt: skip
    assert not Replenishment.objects.exists()


def test_samples_are_not_bought() -> None:
    sku = SkuFactory(sample=True)
    with pytest.raises(Invalid) as refused:
        replenished((sku, 1))
    assert [e.code for e in refused.value.errors] == ["sample"]


def test_ordering_expects_the_goods_after_the_longest_lead_time(sku: Sku) -> None:
    other = SkuFactory(seller=sku.seller)
    supplier = SupplierFactory(seller=sku.seller, lead_days=4)
    SupplierSkuFactory(sku=sku, supplier=supplier, lead_days=9)
    row = replenished((sku, 1), (other, 1), supplier=supplier)
    assert row.state == "ordered"
    assert row.expected_on == expected_on(sku.seller, 9)
    order_replenishment(seller=sku.seller, replenishment=row.pk, actor=STAFF)
    assert ReplenishmentEvent.objects.filter(kind="ordered").count() == 1


def test_a_draft_without_a_supplier_cannot_be_ordered(sku: Sku) -> None:
    row = replenished((sku, 1), ordered=False, supplier=None)
    with pytest.raises(Invalid) as refused:
        order_replenishment(seller=sku.seller, replenishment=row.pk, actor=STAFF)
    assert [e.pointer for e in refused.value.errors] == ["/supplier"]
    assert state(row) == "draft"


def test_a_draft_is_changed_as_a_whole_and_an_order_is_not(sku: Sku) -> None:
    row = replenished((sku, 5), ordered=False)
    other = SkuFactory(seller=sku.seller)
    values = {
        "seller": sku.seller, "replenishment": row.pk, "actor": STAFF, "supplier": row.supplier,
        "warehouse": row.warehouse, "lines": [Wanted(other, 7)],
    }  # fmt: skip
    change_draft(**values, seen=1)
    assert row.lines.get().sku == other
    with pytest.raises(Refused, match="Somebody else"):
        change_draft(**values, seen=1)
    order_replenishment(seller=sku.seller, replenishment=row.pk, actor=STAFF)
    with pytest.raises(Refused) as refused:
        change_draft(**values)
    assert refused.value.code == "wrong_state"


def test_another_day_is_a_day_from_today_on(ordered: Replenishment) -> None:
    day = today_of(ordered.seller) + timedelta(days=3)
    reschedule(seller=ordered.seller, replenishment=ordered.pk, actor=STAFF, expected=day)
    with pytest.raises(Invalid):
        reschedule(
            seller=ordered.seller, replenishment=ordered.pk, actor=STAFF,
            expected=day - timedelta(days=9),
        )  # fmt: skip
    assert Replenishment.objects.get().expected_on == day
    Replenishment.objects.update(expected_on=day - timedelta(days=9))
    reschedule(
        seller=ordered.seller, replenishment=ordered.pk, actor=STAFF,
        expected=day - timedelta(days=9), note="called them",
    )  # fmt: skip
    assert Replenishment.objects.get().note == "called them"


def test_what_was_not_ordered_after_all_is_a_draft_until_something_came(
    ordered: Replenishment, line: ReplenishmentLine
) -> None:
    reopen_replenishment(seller=ordered.seller, replenishment=ordered.pk, actor=STAFF)
    assert state(ordered) == "draft"
    order_replenishment(seller=ordered.seller, replenishment=ordered.pk, actor=STAFF)
    receive(ordered, {line.pk: 1})
    with pytest.raises(Refused):
        reopen_replenishment(seller=ordered.seller, replenishment=ordered.pk, actor=STAFF)
    assert state(ordered) == "partly_received"


# --- receipts --------------------------------------------------------------------------------


def test_goods_come_in_parts_by_the_ledger(ordered: Replenishment, line) -> None:
    receive(ordered, {line.pk: 4}, note="carton torn")
    assert (state(ordered), counters(line)) == ("partly_received", (10, 4, 0, 0))
    receive(ordered, {line.pk: 6}, "d2")
    assert (state(ordered), counters(line)) == ("received", (10, 10, 0, 0))
    moves = StockMovement.objects.order_by("pk")
    assert [(m.kind, m.on_hand, m.reference, m.reason) for m in moves] == [
        ("receive", 4, ordered.number, "carton torn"),
        ("receive", 6, ordered.number, ""),
    ]
    assert StockLevel.objects.get().on_hand == 10


def test_a_delivery_counts_once(ordered: Replenishment, line) -> None:
    first = receive(ordered, {line.pk: 10})
    second = receive(ordered, {line.pk: 10})
    assert (first.again, second.again) == (False, True)
    assert first.receipt == second.receipt
    assert StockLevel.objects.get().on_hand == 10


def test_the_id_of_a_delivery_belongs_to_one_purchase_order(ordered: Replenishment, line) -> None:
    other = replenished((line.sku, 5), warehouse=ordered.warehouse)
    receive(ordered, {line.pk: 1})
    with pytest.raises(Invalid) as refused:
        receive(other, {other.lines.get().pk: 1})
    assert [e.code for e in refused.value.errors] == ["taken"]
    assert StockLevel.objects.get().on_hand == 1


def test_more_than_ordered_is_asked_about(ordered: Replenishment, line) -> None:
    with pytest.raises(OverReceived) as asked:
        receive(ordered, {line.pk: 13})
    assert [(s.came, s.over) for s in asked.value.surplus] == [(13, 3)]
    assert not Receipt.objects.exists()
    assert counters(line) == (10, 0, 0, 0)


@pytest.mark.parametrize(("over", "came", "extra"), [("all", 13, 3), ("ordered", 10, 0)])
def test_the_answer_decides(ordered: Replenishment, line, over, came, extra) -> None:
    receive(ordered, {line.pk: 13}, over=over)
    assert counters(line) == (10, came, 0, extra)
    assert state(ordered) == "received"
    assert StockLevel.objects.get().on_hand == came


def test_nothing_is_left_to_take_only_what_was_ordered(sku: Sku) -> None:
    other = SkuFactory(seller=sku.seller)
    row = replenished((sku, 1), (other, 5))
    first, _second = row.lines.order_by("pk")
    receive(row, {first.pk: 1})
    with pytest.raises(Refused) as refused:
        receive(row, {first.pk: 2}, "d2", over="ordered")
    assert refused.value.code == "nothing_left"
    assert StockLevel.objects.get().on_hand == 1


@pytest.mark.parametrize("units", [{}, {0: 0}, {0: -1}, {0: 10**9}])
def test_units_that_cannot_be(ordered: Replenishment, line, units) -> None:
    with pytest.raises(Invalid):
        receive(ordered, {line.pk: next(iter(units.values()))} if units else {})
    assert not StockMovement.objects.exists()


def test_a_line_of_another_order_is_not_found(ordered: Replenishment) -> None:
    other = replenished((SkuFactory(), 1))
    with pytest.raises(NotFound):
        receive(ordered, {other.lines.get().pk: 1})
    assert not StockMovement.objects.exists()


def test_another_sellers_is_not_found(ordered: Replenishment, line) -> None:
    stranger = SellerFactory()
    with pytest.raises(NotFound):
        receive_replenishment(
            seller=stranger, replenishment=ordered.pk, units={line.pk: 1},
            warehouse=WarehouseFactory(seller=stranger), actor=STAFF, client_id="x",
        )  # fmt: skip
    assert not StockMovement.objects.exists()


def test_who_may_not_change_stock_receives_nothing(ordered: Replenishment, line) -> None:
    packer = Actor("user", 1, "packer", frozenset({"stock:read"}))
    with pytest.raises(Forbidden):
        receive_replenishment(
            seller=ordered.seller, replenishment=ordered.pk, units={line.pk: 1},
            warehouse=ordered.warehouse, actor=packer, client_id="x",
        )  # fmt: skip
    assert not StockMovement.objects.exists()


def test_the_rest_is_cancelled_with_a_reason(ordered: Replenishment, line) -> None:
    receive(ordered, {line.pk: 4})
    with pytest.raises(Invalid):
        cancel_rest(seller=ordered.seller, replenishment=ordered.pk, actor=STAFF)
    for _ in range(2):
        try:
            cancel_rest(
                seller=ordered.seller, replenishment=ordered.pk, actor=STAFF, reason="sold out"
            )
        except Refused as error:
            assert error.code == "wrong_state"  # noqa: PT017 - everything that comes has come
    assert (state(ordered), counters(line)) == ("received", (10, 4, 6, 0))
    with pytest.raises(Refused):
        receive(ordered, {line.pk: 1}, "d2")
    assert StockLevel.objects.get().on_hand == 4


def test_an_order_of_which_nothing_came_is_cancelled(ordered: Replenishment, line) -> None:
    cancel_rest(seller=ordered.seller, replenishment=ordered.pk, actor=STAFF, reason="closed")
    assert (state(ordered), counters(line)) == ("cancelled", (10, 0, 10, 0))


def test_many_lines_take_as_many_statements_as_one(django_assert_max_num_queries) -> None:
    seller = SellerFactory()
    skus = [SkuFactory(seller=seller) for _ in range(40)]
    row = replenished(*[(s, 3) for s in skus])
    units = dict.fromkeys(row.lines.values_list("pk", flat=True), 3)
    with django_assert_max_num_queries(22):
        receive(row, units)
    assert StockLevel.objects.count() == 40


# --- what the database refuses ---------------------------------------------------------------


def refused_sql(sql: str, *params: object, by: str) -> None:
    with (
        pytest.raises(DatabaseError, match=by),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("received = 11", "replenished_within_ordered"),
        ("received = 6, cancelled = 5", "replenished_within_ordered"),
        ("quantity = 0", "replenished_within_ordered"),
        ("unit_cost = -1", "replenished_cost"),
    ],
)
def test_no_line_has_more_than_was_confirmed(line, change: str, by: str) -> None:
    refused_sql(f"UPDATE stock_replenishmentline SET {change} WHERE id = %s", line.pk, by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("state = 'lost'", "replenishment_state_known"),
        ("state = 'received'", "replenishment_closed"),
        ("supplier_id = NULL", "replenishment_ordered"),
        ("expected_on = NULL", "replenishment_ordered"),
    ],
)
def test_no_state_without_what_belongs_to_it(ordered, change: str, by: str) -> None:
    refused_sql(f"UPDATE stock_replenishment SET {change} WHERE id = %s", ordered.pk, by=by)


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "table", ["stock_receipt", "stock_receiptline", "stock_replenishmentevent"]
)
def test_what_came_and_what_happened_is_append_only(ordered, line, verb: str, table: str) -> None:
    receive(ordered, {line.pk: 1})
    refused_sql(verb.format(table), by=f"{table} is append-only")


def test_a_sku_has_one_preferred_supplier(sku: Sku) -> None:
    SupplierSkuFactory(sku=sku)
    other = SupplierSkuFactory(sku=sku, preferred=False)
    refused_sql(
        "UPDATE stock_suppliersku SET preferred = true WHERE id = %s",
        other.pk,
        by="supplier_preferred_once",
    )


def test_the_day_is_the_sellers() -> None:
    seller = SellerFactory(time_zone="Asia/Shanghai")
    assert today_of(seller, at("2026-03-02 15:59")) == date(2026, 3, 2)
    assert today_of(seller, at("2026-03-02 16:00")) == date(2026, 3, 3)


def test_working_days_are_those_of_the_shop() -> None:
    # 2 May 2026 is a holiday, the weekend after it is worked in part: a plain week would say 6 May.
    seller = SellerFactory(time_zone="Asia/Shanghai")
    assert expected_on(seller, 2, at("2026-04-30 02:00")) == date(2026, 5, 7)


def test_drafts_for_several_suppliers_are_made_all_or_none(sku: Sku) -> None:
    place = WarehouseFactory(seller=sku.seller)
    supplier = SupplierFactory(seller=sku.seller)

    def make(units: int) -> list[Replenishment]:
        return make_replenishments(
            seller=sku.seller,
            warehouse=place,
            wanted=[(None, [Wanted(sku, 5)]), (supplier, [Wanted(sku, units)])],
            actor=STAFF,
            client_id="x",
        )

    with pytest.raises(Invalid):
        make(0)
    assert not Replenishment.objects.exists()
    assert [row.supplier for row in make(7)] == [None, supplier]
    assert [row.pk for row in make(7)] == list(
        Replenishment.objects.order_by("pk").values_list("pk", flat=True)
    )
