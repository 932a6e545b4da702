"""Taking orders in: new ones, known ones, history, wrong ones."""

import dataclasses
import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from core.errors import Forbidden
from orders.actions.address import correct_address
from orders.actions.receive import ReceivedRow, receive_many, receive_orders
from orders.drafts import BuyerDraft, HistoryDraft, LineDraft, OrderDraft
from orders.models import Deadline, Order, OrderEvent, OrderLine, PenaltyRule
from orders.registry import perform
from sellers.models import Store
from testing.factories import STAFF, OrderFactory, PenaltyRuleFactory, SkuFactory, StoreFactory, at

pytestmark = pytest.mark.django_db

NOW = at("2026-03-02 10:00")  # a Monday, 18:00 in Shanghai
ANA = BuyerDraft(
    country="BR",
    name="Ana Souza",
    phone="+5511912345678",
    state="SP",
    city="São Paulo",
    postcode="01310-100",
    address="Av. Paulista 1000",
    tax_number="111.444.777-35",
)


def draft(number: str = "N1", **fields: Any) -> OrderDraft:
    values: dict[str, Any] = {
        "number": number,
        "currency": "USD",
        "placed_at": at("2026-03-02 01:00"),
        "paid_at": at("2026-03-02 02:00"),
        "buyer": ANA,
        "lines": (LineDraft(2, Decimal("9.90"), sku="MUG", title="Mug"),),
    }
    return OrderDraft(**(values | fields))


def receive(store: Store, *drafts: OrderDraft, now: datetime = NOW) -> list[ReceivedRow]:
    return receive_orders(store=store, drafts=drafts, actor=STAFF, now=now).rows


def kinds(order: Order) -> list[tuple[str, datetime]]:
    return list(OrderEvent.objects.filter(order=order).order_by("id").values_list("kind", "at"))


def clocks(order: Order) -> dict[str, tuple[Any, ...]]:
    return {
        row.kind: (row.outcome, row.due_at, row.stopped_at, row.warned, row.overdue)
        for row in Deadline.objects.filter(order=order)
    }


@pytest.fixture
def store(db: None) -> Store:
    PenaltyRule.objects.all().delete()  # the presets
    return StoreFactory(marketplace="other")


# --- new orders -----------------------------------------------------------------------------------


def test_new_order_is_open_with_lines_clocks_and_event(store: Store) -> None:
    sku = SkuFactory(seller=store.seller, code="MUG")
    (row,) = receive(store, draft(freight=Decimal("3.50"), remark="gift"))
    order = Order.objects.get()
    assert (row.number, row.status, row.id) == ("N1", "created", order.pk)
    assert (order.stage, order.units, order.history, order.clock_open) == ("new", 2, False, True)
    assert (order.goods_amount, order.freight_amount) == (Decimal("19.80"), Decimal("3.50"))
    assert (order.problems, order.remark, order.version) == ([], "gift", 1)
    line = order.lines.get()
    assert (line.sku_id, line.position, line.quantity, line.allocated) == (sku.pk, 1, 2, 0)
    # Paid Monday 10:00 in Shanghai, two handling days: Wednesday 23:59:59.
    due = at("2026-03-04 15:59") + timedelta(seconds=59)
    assert order.ship_by == due
    assert clocks(order) == {
        "ship_by": ("open", due, None, False, False),
        "accept": ("open", at("2026-03-03 02:00"), None, False, False),
    }
    accept, ship = (Deadline.objects.get(kind=kind) for kind in ("accept", "ship_by"))
    assert (accept.warn_at, ship.warn_at) == (
        at("2026-03-02 18:00"),
        due - timedelta(hours=12),
    )
    assert [step["code"] for step in ship.steps] == ["paid", "due"]
    assert kinds(order) == [("received", NOW)]


def test_line_without_known_sku_keeps_the_code(store: Store) -> None:
    SkuFactory(code="MUG")  # of another seller
    receive(store, draft())
    line = OrderLine.objects.get()
    assert (line.sku_id, line.sku_code) == (None, "MUG")


def test_handling_time_is_the_longest_of_the_lines(store: Store) -> None:
    SkuFactory(seller=store.seller, code="FAST", handling_days=1)
    SkuFactory(seller=store.seller, code="SLOW", handling_days=5)
    line = LineDraft(1, Decimal(1))
    receive(
        store,
        draft("A", lines=(line._replace(sku="FAST"),)),
        draft("B", lines=tuple(line._replace(sku=c) for c in ("FAST", "SLOW"))),
        draft("C", lines=tuple(line._replace(sku=c) for c in ("FAST", "NONE"))),
    )
    assert list(Order.objects.order_by("number").values_list("handling_days", flat=True)) == [
        *(1, 5, 2)
    ]


def test_given_deadline_wins_and_both_are_kept(store: Store) -> None:
    given = at("2026-03-03 08:00")
    receive(store, draft(ship_by=given))
    clock = Deadline.objects.get(kind="ship_by")
    assert (clock.due_at, clock.given_at) == (given, given)
    assert clock.computed_at == at("2026-03-04 15:59") + timedelta(seconds=59)
    assert [step["code"] for step in clock.steps] == ["given", "paid", "computed_due"]
    assert Order.objects.get().ship_by == given


def test_rule_in_force_when_paid_judges_and_foresees_the_fine(store: Store) -> None:
    rule = PenaltyRuleFactory(seller=store.seller, effective_to=at("2026-03-02 03:00"))
    preset = PenaltyRuleFactory(currency="")
    newer = PenaltyRuleFactory(
        seller=store.seller,
        version=2,
        effective_from=at("2026-03-02 03:00"),
        criterion="handed_over",
    )
    receive(
        store,
        draft("A"),
        draft("B", paid_at=at("2026-03-02 03:00")),
        draft("C", currency="EUR"),
    )
    assert dict(Order.objects.values_list("number", "rule_id")) == {
        "A": rule.pk,
        "B": newer.pk,
        "C": preset.pk,
    }
    a = Deadline.objects.get(order__number="A", kind="ship_by")
    assert (a.stop_on, a.fine_at, a.fine_next, a.fine_total) == (
        *("uploaded", a.due_at, Decimal("5.00"), Decimal("6.98")),
    )
    assert Deadline.objects.get(order__number="B", kind="ship_by").stop_on == "handed_over"


def test_address_problems_are_codes(store: Store) -> None:
    receive(store, draft(buyer=ANA._replace(phone="", postcode="123")))
    assert Order.objects.get().problems == ["phone_missing", "postcode_format"]


def test_same_buyer_and_address_share_a_key(store: Store) -> None:
    receive(
        store,
        draft("A"),
        draft("B", buyer=ANA._replace(name="ANA  SOUZA")),
        draft("C", buyer=ANA._replace(address="Av. Paulista 1001")),
        draft("D", buyer=BuyerDraft(country="BR", postcode="01310-100")),
        draft("E", buyer=BuyerDraft(country="BR", postcode="01310-100")),
    )
    keys = dict(Order.objects.values_list("number", "ship_to_key"))
    assert keys["A"] == keys["B"]
    assert len(set(keys.values())) == 4


# --- history --------------------------------------------------------------------------------------


def test_delivered_order_arrives_confirmed_with_its_own_times(store: Store) -> None:
    PenaltyRuleFactory(currency="")
    shipped, delivered = at("2026-01-09 03:00"), at("2026-01-20 03:00")
    receive(
        store,
        draft(
            placed_at=at("2026-01-05 01:00"),
            paid_at=at("2026-01-05 02:00"),
            deliver_by=at("2026-01-19 03:00"),
            history=HistoryDraft("delivered", shipped, delivered),
        ),
    )
    order = Order.objects.get()
    assert (order.stage, order.history, order.clock_open) == ("confirmed", True, False)
    assert (order.units, order.allocated, order.packed, order.shipped, order.uploaded) == (2,) * 5
    assert {order.accepted_at, order.packed_at, order.shipped_at, order.uploaded_at} == {shipped}
    assert (order.delivered_at, order.confirmed_at) == (delivered, delivered)
    line = order.lines.get()
    assert (line.allocated, line.uploaded) == (2, 2)
    due = at("2026-01-07 15:59") + timedelta(seconds=59)
    assert clocks(order) == {
        "ship_by": ("met", due, shipped, True, True),
        "deliver_by": ("met", at("2026-01-19 03:00"), delivered, True, True),
    }
    assert Deadline.objects.get(kind="ship_by").fine_at is None
    assert kinds(order) == [
        ("received", at("2026-01-05 02:00")),
        ("shipped", shipped),
        ("uploaded", shipped),
        ("delivered", delivered),
        ("confirmed", delivered),
    ]


def test_handed_over_order_waits_for_its_delivery_without_alarm(store: Store) -> None:
    receive(
        store,
        draft(
            paid_at=at("2026-01-05 02:00"),
            deliver_by=at("2026-01-19 03:00"),
            history=HistoryDraft("shipped", handed_over_at=at("2026-01-06 03:00")),
        ),
    )
    order = Order.objects.get()
    assert order.stage == "uploaded"
    assert clocks(order) == {
        "ship_by": (
            *("met", at("2026-01-07 15:59") + timedelta(seconds=59)),
            *(at("2026-01-06 03:00"), False, False),
        ),
        "deliver_by": ("open", at("2026-01-19 03:00"), None, True, True),
    }


def test_time_in_the_future_has_not_happened(store: Store) -> None:
    told = HistoryDraft("delivered", NOW + timedelta(hours=1), NOW + timedelta(days=9))
    receive(store, draft(history=told))
    order = Order.objects.get()
    assert (order.stage, order.shipped_at, order.delivered_at) == ("new", None, None)
    assert order.marketplace_status == "delivered"


def test_cancelled_before_it_left_is_void(store: Store) -> None:
    receive(store, draft(history=HistoryDraft("canceled", cancelled=True)))
    order = Order.objects.get()
    assert (order.stage, order.units, order.history, order.clock_open) == (
        *("cancelled", 0, False, False),
    )
    assert order.lines.get().cancelled == 2
    assert clocks(order)["ship_by"][0] == "void"
    assert [kind for kind, _at in kinds(order)] == ["received", "cancelled"]


def test_cancelled_after_it_left_keeps_its_judgement(store: Store) -> None:
    shipped = at("2026-01-09 03:00")
    told = HistoryDraft("canceled", shipped, cancelled=True)
    receive(store, draft(paid_at=at("2026-01-05 02:00"), history=told))
    order = Order.objects.get()
    assert (order.stage, order.units, order.uploaded, order.cancelled_at) == (
        *("cancelled", 0, 0, shipped),
    )
    assert clocks(order)["ship_by"][0::2] == ("met", shipped, True)
    assert [kind for kind, _at in kinds(order)] == ["received", "shipped", "uploaded", "cancelled"]


def test_old_open_order_is_left_to_the_sweep(store: Store) -> None:
    receive(store, draft(paid_at=at("2025-01-06 02:00")))
    assert {(row.warned, row.overdue) for row in Deadline.objects.all()} == {(False, False)}


# --- known orders ---------------------------------------------------------------------------------


def test_same_order_again_changes_nothing(store: Store) -> None:
    (first,) = receive(store, draft())
    before = Order.objects.values().get()
    assert receive(store, draft()) == [dataclasses.replace(first, status="unchanged")]
    assert Order.objects.values().get() == before
    assert OrderEvent.objects.count() == 1


def test_what_the_marketplace_owns_is_updated(store: Store) -> None:
    receive(store, draft())
    later = NOW + timedelta(hours=1)
    buyer = ANA._replace(address="Rua Nova 7", phone="")
    changed = draft(
        buyer=buyer, remark="ring twice", history=HistoryDraft("paid"), deliver_by=later
    )
    (row,) = receive(store, changed, now=later)
    order = Order.objects.get()
    assert row.status == "updated"
    assert (order.address, order.buyer_phone) == (*("Rua Nova 7", ANA.phone),)
    assert (order.remark, order.marketplace_status, order.version) == ("ring twice", "paid", 2)
    assert (order.deliver_by, order.updated_at, order.stage) == (later, later, "new")
    event = OrderEvent.objects.get(kind="updated")
    assert event.data == {"fields": ["marketplace_status", "address", "remark", "deliver_by"]}
    assert clocks(order)["deliver_by"] == ("open", later, None, False, False)


def corrected(order: Order, **fields: str) -> None:
    order.refresh_from_db()
    correct_address(
        seller=order.seller, order=order.pk, fields=fields, actor=STAFF, version=order.version
    )


def test_a_corrected_address_stays_while_the_marketplace_says_the_same(store: Store) -> None:
    receive(store, draft())
    corrected(Order.objects.get(), postcode="01310-200")
    receive(store, draft(remark="quick please"))
    order = Order.objects.get()
    assert (order.postcode, order.remark) == ("01310-200", "quick please")
    assert order.corrected == {"postcode": "01310-100"}


def test_what_the_marketplace_says_anew_wins_over_a_correction(store: Store) -> None:
    receive(store, draft())
    corrected(Order.objects.get(), postcode="01310-200", city="Sao Paulo")
    receive(store, draft(buyer=ANA._replace(postcode="04538-132")))
    order = Order.objects.get()
    assert (order.postcode, order.city) == ("04538-132", "Sao Paulo")
    assert order.corrected == {"city": "São Paulo"}


def test_given_deadline_that_changes_moves_the_clock(store: Store) -> None:
    PenaltyRuleFactory(currency="")
    receive(store, draft())
    given = at("2026-03-06 08:00")
    receive(store, draft(ship_by=given))
    clock = Deadline.objects.get(kind="ship_by")
    assert (clock.due_at, clock.given_at, clock.fine_at) == (given, given, given)
    assert clock.warn_at == given - timedelta(hours=12)
    assert Order.objects.get().ship_by == given


def test_lines_change_while_nobody_has_begun(store: Store) -> None:
    SkuFactory(seller=store.seller, code="CUP", handling_days=4)
    PenaltyRuleFactory(currency="")
    receive(store, draft())
    lines = (LineDraft(1, Decimal(10), sku="MUG"), LineDraft(3, Decimal(1), sku="CUP"))
    (row,) = receive(store, draft(lines=lines))
    order = Order.objects.get()
    assert row.status == "updated"
    assert (order.units, order.goods_amount, order.handling_days) == (4, Decimal("13.00"), 4)
    assert list(order.lines.order_by("position").values_list("sku_code", "quantity")) == [
        ("MUG", 1),
        ("CUP", 3),
    ]
    assert Deadline.objects.get(kind="ship_by").fine_total == Decimal("6.30")
    assert receive(store, draft(lines=lines))[0].status == "unchanged"


def test_lines_that_change_later_are_a_problem(store: Store) -> None:
    SkuFactory(seller=store.seller, code="MUG")
    receive(store, draft())
    order = Order.objects.get()
    assert perform("accept", seller=store.seller, orders=[order.pk], actor=STAFF).done == 1
    lines = (LineDraft(5, Decimal("9.90"), sku="MUG"),)
    assert receive(store, draft(lines=lines))[0].status == "updated"
    order.refresh_from_db()
    assert (order.stage, order.units, order.problems) == ("accepted", 2, ["lines_changed"])
    assert receive(store, draft(lines=lines))[0].status == "unchanged"


def test_prices_and_titles_follow_at_any_stage(store: Store) -> None:
    SkuFactory(seller=store.seller, code="MUG")
    receive(store, draft())
    order = Order.objects.get()
    assert perform("accept", seller=store.seller, orders=[order.pk], actor=STAFF).done == 1
    receive(store, draft(lines=(LineDraft(2, Decimal(8), sku="MUG", title="Big mug"),)))
    order.refresh_from_db()
    line = order.lines.get()
    assert (line.title, line.unit_price, order.goods_amount) == (
        *("Big mug", Decimal(8), Decimal(16)),
    )


def test_marketplace_cancels_what_has_not_left(store: Store) -> None:
    receive(store, draft())
    told = HistoryDraft("canceled", cancelled=True)
    assert receive(store, draft(history=told))[0].status == "updated"
    order = Order.objects.get()
    assert (order.stage, order.units, order.marketplace_status) == ("cancelled", 0, "canceled")
    assert receive(store, draft(history=told))[0].status == "unchanged"


def test_open_order_reported_handed_over_keeps_its_stage(store: Store) -> None:
    receive(store, draft())
    receive(store, draft(history=HistoryDraft("shipped", NOW - timedelta(hours=1))))
    order = Order.objects.get()
    assert (order.stage, order.history, order.marketplace_status) == ("new", False, "shipped")


def test_shipped_order_is_not_moved_backwards(store: Store) -> None:
    order = OrderFactory(store=store, stage="confirmed", lines=[("MUG", 2)])
    told = HistoryDraft("canceled", cancelled=True)
    receive(store, draft(order.number, history=told))
    order.refresh_from_db()
    assert (order.stage, order.units) == ("confirmed", 2)


def test_number_named_twice_counts_once(store: Store) -> None:
    rows = receive(store, draft(remark="first"), draft(remark="last"))
    order = Order.objects.get()
    assert order.remark == "last"
    assert [(row.status, row.id) for row in rows] == [("created", order.pk)] * 2


# --- wrong ones, strangers, many ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"number": " "}, "/number", "required"),
        ({"number": "x" * 65}, "/number", "too_long"),
        ({"currency": "XXQ"}, "/currency", "unknown_currency"),
        ({"paid_at": at("1999-12-31 23:59")}, "/paid_at", "out_of_range"),
        ({"ship_by": at("2099-01-01 00:00")}, "/ship_by", "out_of_range"),
        ({"freight": Decimal("-1")}, "/freight", "out_of_range"),
        ({"remark": "a\x00b"}, "/remark", "bad_characters"),
        ({"buyer": BuyerDraft(country="XX")}, "/buyer/country", "unknown_country"),
        ({"buyer": BuyerDraft("BR", name="x" * 121)}, "/buyer/name", "too_long"),
        ({"lines": ()}, "/lines", "required"),
        ({"lines": (LineDraft(1, Decimal(1)),) * 501}, "/lines", "too_many"),
        ({"lines": (LineDraft(0, Decimal(1)),)}, "/lines/0/quantity", "out_of_range"),
        ({"lines": (LineDraft(100_001, Decimal(1)),)}, "/lines/0/quantity", "out_of_range"),
        ({"lines": (LineDraft(1, Decimal("0.001")),)}, "/lines/0/unit_price", "too_precise"),
        ({"lines": (LineDraft(1, Decimal("-0.01")),)}, "/lines/0/unit_price", "out_of_range"),
        ({"lines": (LineDraft(1, Decimal("NaN")),)}, "/lines/0/unit_price", "out_of_range"),
        ({"lines": (LineDraft(100_000, Decimal(10**9)),)}, "/lines", "out_of_range"),
    ],
)
def test_wrong_value_is_rejected_alone(
    store: Store, fields: dict[str, Any], pointer: str, code: str
) -> None:
    rows = receive(store, draft(**fields), draft("good"))
    assert [(row.status, row.id is None) for row in rows] == [
        ("rejected", True),
        ("created", False),
    ]
    assert [(error.pointer, error.code) for error in rows[0].errors] == [(pointer, code)]
    assert [order.number for order in Order.objects.all()] == ["good"]


def test_actor_without_the_scope_changes_nothing(store: Store) -> None:
    actor = dataclasses.replace(STAFF, scopes=frozenset({"orders:read"}))
    with pytest.raises(Forbidden):
        receive_orders(store=store, drafts=[draft()], actor=actor)
    assert not Order.objects.exists()


def test_same_number_in_two_stores_is_two_orders(store: Store) -> None:
    other = StoreFactory()
    outcome = receive_many(drafts=[(store, draft()), (other, draft())], actor=STAFF, now=NOW)
    assert outcome.count("created") == 2
    assert dict(Order.objects.values_list("store_id", "seller_id")) == {
        store.pk: store.seller_id,
        other.pk: other.seller_id,
    }


def test_statements_do_not_depend_on_the_number(store: Store) -> None:
    SkuFactory(seller=store.seller, code="MUG")
    PenaltyRuleFactory(currency="")
    changes: dict[str, dict[str, Any]] = {
        "created": {},
        "unchanged": {},
        "updated": {"remark": "new", "deliver_by": NOW, "ship_by": NOW},
        "lines": {"lines": (LineDraft(1, Decimal(1), sku="MUG"),)},
        "cancelled": {"history": HistoryDraft("canceled", cancelled=True)},
    }
    counts: dict[str, list[int]] = {kind: [] for kind in changes}
    for n in (1, 50, 500):
        drafts = [draft(f"{n}-{i}") for i in range(n)]
        for kind, change in changes.items():
            drafts = [d._replace(**change) for d in drafts]
            with CaptureQueriesContext(connection) as queries:
                rows = receive(store, *drafts)
            expected = kind if kind in ("created", "unchanged") else "updated"
            assert {row.status for row in rows} == {expected}
            counts[kind].append(len(queries))
    for kind, taken in counts.items():
        assert len(set(taken)) == 1, (kind, taken)
        assert taken[0] <= 35, kind


@pytest.mark.django_db(transaction=True)
def test_many_threads_receive_the_same_orders_once(store: Store) -> None:
    drafts = [draft(f"N{i}") for i in range(20)]
    statuses: list[list[str]] = []

    def work(reverse: bool) -> None:
        try:
            rows = receive(store, *(reversed(drafts) if reverse else drafts))
            statuses.append([row.status for row in rows])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(i % 2 == 1,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted({status for row in statuses for status in row}) == ["created", "unchanged"]
    assert sum(row.count("created") for row in statuses) == 20
    assert Order.objects.count() == 20
    assert OrderEvent.objects.filter(kind="received").count() == 20
