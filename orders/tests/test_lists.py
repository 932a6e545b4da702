"""Lists of orders, the counts on their tabs, events, and what could leave together."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q

from core.errors import Invalid
from orders.actions.hold import hold_orders
from orders.filters import OrderFilter, order_list
from orders.models import Order, OrderEvent, Penalty
from orders.queries import (
    deadline_q,
    deadline_state,
    duplicates,
    events_feed,
    kept_counts,
    list_counts,
    lists,
    orders_for,
    ship_together,
    stage_counts,
    timeline,
)
from orders.queries.lists import PROBLEMS
from orders.states import Stage
from testing.factories import (
    STAFF,
    OrderFactory,
    PenaltyRuleFactory,
    SellerFactory,
    SkuFactory,
    StoreFactory,
    at,
    make_orders,
)
from testing.feed import wait_for_older_transactions

pytestmark = pytest.mark.django_db

NOW = at("2026-03-04 08:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def seller():
    return SellerFactory()


@pytest.fixture
def store(seller):
    return StoreFactory(seller=seller, code="main")  # warns 12 hours before


def due_in(store, hours, **fields):
    return OrderFactory(store=store, paid_at=NOW - 48 * HOUR, ship_by=NOW + hours * HOUR, **fields)


def numbers(seller, **params):
    return sorted(order_list(seller, params, now=NOW, plain=True).values_list("number", flat=True))


# --- the clock -------------------------------------------------------------------------------


def test_orders_by_their_clock(seller, store):
    for number, hours in (("late", -1), ("now", 0), ("soon", 12), ("later", 12.001)):
        due_in(store, hours, number=number)
    due_in(store, -1, number="gone", stage=Stage.UPLOADED)
    assert numbers(seller, deadline="overdue") == ["late", "now"]
    assert numbers(seller, deadline="due_soon") == ["soon"]
    assert numbers(seller, deadline="on_time") == ["later"]


def test_orders_at_risk_and_those_whose_clock_runs(seller, store):
    for number, hours in (("late", -1), ("soon", 12), ("later", 13)):
        due_in(store, hours, number=number)
    due_in(store, -1, number="gone", stage=Stage.UPLOADED)
    assert numbers(seller, deadline="at_risk") == ["late", "soon"]
    assert numbers(seller, deadline="running") == ["late", "later", "soon"]


def test_a_fined_order_has_entries_in_the_ledger_and_still_runs(seller, store):
    rule = PenaltyRuleFactory()
    late, sent, _unfined = (
        due_in(store, -1, number=number, rule=rule) for number in ("late", "sent", "unfined")
    )
    for order in (late, sent):
        Penalty.objects.create(
            seller=seller,
            order=order,
            rule=rule,
            step=rule.steps.first(),
            amount=5,
            currency="USD",
            at=NOW,
            actor="test",
        )
    Order.objects.filter(pk=sent.pk).update(clock_open=False)
    assert numbers(seller, deadline="fined") == ["late"]


def test_each_store_warns_at_its_own_time(seller, store):
    early = StoreFactory(seller=seller, warn_hours=24)
    due_in(store, 18, number="a")
    due_in(early, 18, number="b")
    due_in(early, 30, number="c")
    assert numbers(seller, deadline="due_soon") == ["b"]
    assert numbers(seller, deadline="on_time") == ["a", "c"]


def test_the_state_of_one_order_is_that_of_its_list(seller, store):
    for hours in (-1, 0, 1, 12, 13):
        order = due_in(store, hours)
        state = deadline_state(order, NOW)
        assert orders_for(seller).filter(deadline_q(state, seller, NOW), pk=order.pk).exists()


@pytest.mark.parametrize(("hours", "state"), [(0, "on_time"), (1, "overdue")])
def test_a_stopped_clock_was_on_time_or_late(store, hours, state):
    order = due_in(store, 0, stage=Stage.UPLOADED, uploaded_at=NOW + hours * HOUR)
    assert deadline_state(order, NOW + 9 * HOUR) == state


def test_today_is_a_day_of_the_sellers_zone(seller, store):
    # It is 16:00 on 4 March in Shanghai; the day ends at 16:00 UTC.
    due_in(store, 7.99, number="today")
    due_in(store, 8, number="tomorrow")
    due_in(store, -16, number="first second")
    due_in(store, -16.001, number="yesterday")
    assert numbers(seller, deadline="due_today") == ["first second", "today"]


# --- filters ---------------------------------------------------------------------------------


def test_no_filter_gives_all_of_the_seller_only(seller, store):
    due_in(store, 1, number="mine")
    OrderFactory()
    assert numbers(seller) == ["mine"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"stage": ["new"]}, ["A-1"]),
        ({"stage": ["new", "accepted"]}, ["A-1", "A-2"]),
        ({"store": "main"}, ["A-1", "A-2"]),
        ({"store": "none"}, []),
        ({"country": "DE"}, ["B-1"]),
        ({"sku": "MUG"}, ["A-1"]),
        ({"sku": "unknown-7"}, ["B-1"]),
        ({"sku": "MU"}, []),
        ({"q": "A-"}, ["A-1", "A-2"]),
        ({"q": "A-2"}, ["A-2"]),
        ({"q": "-2"}, []),
        ({"q": "A_2"}, []),
        ({"q": "souza"}, ["A-1", "A-2"]),
        ({"q": "MUG"}, ["A-1"]),
        ({"q": "unknown-7"}, ["B-1"]),
        ({"q": "A-1, B-1"}, ["A-1", "B-1"]),
        ({"on_hold": "true"}, ["A-2"]),
        ({"on_hold": "false"}, ["A-1", "B-1"]),
        ({"problems": "true"}, ["B-1"]),
        ({"problems": "false"}, ["A-1", "A-2"]),
        ({"ship_by_before": "2026-03-04T10:00:00Z"}, ["A-1"]),
        ({"ship_by_after": "2026-03-04T10:00:00Z"}, ["A-2", "B-1"]),
        ({"updated_since": "2026-03-02T08:00:00Z"}, ["A-1", "A-2", "B-1"]),
        ({"updated_since": "2026-03-02T08:00:01Z"}, []),
        ({"placed_after": "2026-03-03T00:00:00Z"}, []),
        ({"stage": ["accepted"], "q": "A-1"}, []),
    ],
)
def test_filters(seller, store, params, found):
    mug = SkuFactory(seller=seller, code="MUG")
    due_in(store, 1, number="A-1", lines=[(mug, 1)])
    due_in(store, 2, number="A-2", stage=Stage.ACCEPTED, on_hold=True)
    due_in(
        StoreFactory(seller=seller),
        3,
        number="B-1",
        stage=Stage.STOCKED,
        country="DE",
        buyer_name="Eva",
        problems=["postcode_format"],
        lines=[("unknown-7", 1)],
    )
    other = SellerFactory()
    due_in(
        StoreFactory(seller=other),
        1,
        number="A-9",
        lines=[(SkuFactory(seller=other, code="MUG"), 1)],
    )
    assert numbers(seller, **params) == found


def test_a_store_is_named_by_its_public_id_too(seller, store):
    due_in(store, 1, number="A-1")
    assert numbers(seller, store=store.public_id) == ["A-1"]


def test_a_store_of_somebody_else_has_no_orders_here(seller, store):
    due_in(store, 1)
    assert numbers(seller, store=StoreFactory().public_id) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stage", ["flying"]),
        ("deadline", "never"),
        ("country", "Atlantis"),
        ("ship_by_before", "tomorrow"),
        ("sort", "buyer"),
    ],
)
def test_what_cannot_be_read_is_named(seller, name, value):
    with pytest.raises(Invalid) as error:
        order_list(seller, {name: value})
    assert [e.pointer for e in error.value.errors] == [name]


def test_sorting_is_by_time_left_unless_asked(seller):
    assert OrderFilter({}, seller=seller).sort_key == ("ship_by", False)
    assert OrderFilter({"sort": "-placed_at"}, seller=seller).sort_key == ("placed_at", True)


# --- counts ----------------------------------------------------------------------------------


def test_each_count_is_the_number_of_rows_of_its_list(seller, store):
    for hours in (-30, -1, 1, 3, 20, 40, 60):
        due_in(store, hours)
    due_in(store, 5, on_hold=True)
    due_in(store, 5, problems=["name_missing"])
    due_in(store, 5, problems=["name_missing"], stage=Stage.CONFIRMED)
    counts = list_counts(seller, NOW)
    for name in ("due_today", "due_soon", "overdue"):
        assert getattr(counts, name) == len(numbers(seller, deadline=name))
    assert counts.on_hold == len(numbers(seller, on_hold="true")) == 1
    assert counts.problems == len(numbers(seller, problems="true")) == 1
    assert (counts.overdue, counts.due_soon) == (2, 4)
    assert counts.stages["confirmed"] == 1


def test_stage_counts_follow_every_change(seller, store):
    first, _second = due_in(store, 1), due_in(store, 1)
    Order.objects.filter(pk=first.pk).update(stage=Stage.ACCEPTED)
    counts = stage_counts(seller)
    assert (counts["new"], counts["accepted"], counts["packed"]) == (1, 1, 0)


def test_counts_take_one_query(seller, store, django_assert_num_queries):
    due_in(store, 1)
    with django_assert_num_queries(1):
        list_counts(seller, NOW)


def plan(rows):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("ANALYZE orders_order")
    return rows.explain()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("overdue", "order_clock_open"),
        ("due_soon", "order_clock_open"),
        ("due_today", "order_clock_open"),
        ("on_hold", "order_held"),
        ("problems", "order_problems"),
    ],
)
def test_counts_read_partial_indexes(seller, store, name, index):
    make_orders(200, store=store, paid_at=NOW)
    other = {"on_hold": Q(on_hold=True), "problems": PROBLEMS}
    rows = orders_for(seller).filter(other.get(name) or deadline_q(name, seller, NOW))
    assert index in plan(rows.order_by("ship_by", "pk").values("pk"))


def test_numbers_are_found_by_their_index(seller, store):
    number = make_orders(200, store=store, paid_at=NOW)[0].number
    # With few stores the planner may skip through the unique index as well.
    assert "Index Scan using order_number_" in plan(order_list(seller, {"q": number}, now=NOW))


# --- events ----------------------------------------------------------------------------------


def test_the_timeline_is_in_the_order_of_time(store):
    order = due_in(store, 1)
    for kind, hours in (("overdue", 2), ("accepted", 1)):
        OrderEvent.objects.create(
            seller=order.seller,
            order=order,
            kind=kind,
            at=NOW + hours * HOUR,
            actor_kind="job",
            actor_name="x",
        )
    assert [e.kind for e in timeline(order)] == ["received", "accepted", "overdue"]


@pytest.mark.django_db(transaction=True)
def test_the_feed_goes_on_where_it_was_left():
    seller = SellerFactory()
    for _ in range(3):
        OrderFactory(seller=seller)
    OrderFactory()
    wait_for_older_transactions()
    first, more = events_feed(seller, limit=2)
    rest, end = events_feed(seller, after=first[-1].pk, limit=2)
    assert (len(first), more, len(rest), end) == (2, True, 1, False)
    assert len({e.order_id for e in [*first, *rest]}) == 3
    assert events_feed(seller, after=rest[-1].pk) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_the_feed_waits_for_a_transaction_that_still_runs():
    seller = SellerFactory()
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:  # an older transaction, not yet ended
            cursor.execute("SELECT pg_current_xact_id()")
        OrderFactory(seller=seller)
        assert events_feed(seller) == ([], False)
        other.commit()
        wait_for_older_transactions()
        assert [e.kind for e in events_feed(seller)[0]] == ["received"]
    finally:
        other.close()


def test_the_feed_refuses_a_strangers_event(seller):
    foreign = OrderFactory().events.get()
    with pytest.raises(Invalid):
        events_feed(seller, after=foreign.pk)


# --- together, twice -------------------------------------------------------------------------


def test_open_orders_to_the_same_door_could_leave_together(store):
    order = due_in(store, 1, ship_to_key="k")
    also = due_in(store, 2, ship_to_key="k", stage=Stage.STOCKED)
    due_in(store, 2, ship_to_key="k", stage=Stage.UPLOADED)
    due_in(store, 2, ship_to_key="other")
    OrderFactory(ship_to_key="k")
    assert list(ship_together(order)) == [also]


def test_the_same_goods_to_the_same_door_look_like_an_order_placed_twice(seller, store):
    mug, cup = SkuFactory(seller=seller), SkuFactory(seller=seller)

    def order(lines, hours=0, key="k"):
        return OrderFactory(
            store=store, paid_at=NOW + hours * HOUR, ship_to_key=key, lines=lines
        ).pk

    one = order([(mug, 1), (cup, 2)])
    same = order([(cup, 2), (mug, 1)], hours=24)
    order([(mug, 1), (cup, 1)])
    order([(mug, 1), (cup, 2)], key="elsewhere")
    order([(mug, 1), (cup, 2)], hours=-25)
    assert duplicates(seller, [one]) == {one: [same]}


def test_duplicates_of_many_take_one_query_and_tell_of_the_ten_nearest(
    seller, store, django_assert_num_queries
):
    ids = [o.pk for o in make_orders(20, store=store, ship_to_key="k")]
    for i, pk in enumerate(ids):
        Order.objects.filter(pk=pk).update(placed_at=NOW + i * HOUR)
    with django_assert_num_queries(1):
        found = duplicates(seller, ids)
    assert found == {
        pk: sorted(sorted(ids[:i] + ids[i + 1 :], key=lambda other: abs(other - pk))[:10])
        for i, pk in enumerate(ids)
    }


def test_duplicates_do_not_hang_on_what_the_database_knows_of_new_orders(seller, store):
    """Without statistics, as right after a large file, the plan must not join all with all."""
    ids = [o.pk for o in make_orders(1_000, store=store, ship_to_key="k")]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + lists._DUPLICATES, {
            "seller": seller.pk, "orders": ids, "within": "1 day", "most": 10,
        })  # fmt: skip
        plan = cursor.fetchone()[0][0]["Plan"]
    assert max(_passed(plan)) <= 25 * len(ids)


def _passed(plan):
    """How many rows each step of a plan gave, all its runs together."""
    yield plan["Actual Rows"] * plan["Actual Loops"]
    yield plan.get("Rows Removed by Join Filter", 0) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from _passed(part)


def test_a_large_shop_is_counted_again_when_something_happens(
    seller, store, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(lists, "_MANY", 1)
    order, *_others = make_orders(3, store=store)
    assert kept_counts(seller, NOW).on_hold == 0
    with django_assert_num_queries(1):
        assert kept_counts(seller, NOW).on_hold == 0
    hold_orders(seller=seller, orders=[order.pk], actor=STAFF, reason="other")
    assert kept_counts(seller, NOW).on_hold == 1
