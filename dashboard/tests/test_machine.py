"""Random walks through the lifecycle: whatever people do in whatever order, stock, counters,
parcels and money stay right, and nothing is done that the table forbids."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.actor import Actor
from core.errors import DomainError
from core.outcome import BatchOutcome
from dashboard.invariants import broken
from logistics.actions.boxes import save_pack_settings
from logistics.actions.numbers import number_shipments
from logistics.actions.pack import pack_lines, void_shipments
from logistics.actions.picking import record_pick, short_pick, undo_pick
from logistics.actions.ship import ship_shipments, upload_shipments
from logistics.actions.station import enter
from logistics.actions.tracking import RANK, News, track_shipment
from logistics.actions.waves import close_wave, make_wave
from logistics.models import PackOrder, Shipment, ShipmentState, TrackingState, Wave
from logistics.pick_queries import places_of
from orders.actions.base import available, why_not
from orders.actions.cancel import cancel_units
from orders.actions.serve import serve_waiting
from orders.models import Order, OrderEvent, OrderLine, Penalty
from orders.registry import perform
from orders.states import TABLE
from orders.sweep import sweep_deadlines
from stock.actions.count_ends import cancel_take, post_take
from stock.actions.counts import Count, count_again, enter_count, start_take
from stock.actions.levels import Move, post_movements
from stock.actions.receipts import Over, receive_replenishment
from stock.actions.replenish import cancel_rest
from stock.actions.transfers import (
    cancel_transfer,
    close_transfer,
    create_transfer,
    receive_transfer,
    send_transfer,
)
from stock.models import CountRow, MovementKind, Replenishment, StockLevel, StockTake, Transfer
from stock.queries.counts import levels_to_count
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StoreFactory,
    WarehouseFactory,
    make_orders,
    make_replenishment,
)

picks = st.lists(st.integers(0, 30), min_size=1, max_size=6)


class Lifecycle(RuleBasedStateMachine):
    """A small shop with three SKUs in two warehouses."""

    @initialize()
    def open_shop(self) -> None:
        self.store = StoreFactory()
        self.seller = self.store.seller
        self.skus = [SkuFactory(seller=self.seller) for _ in range(3)]
        self.places = [WarehouseFactory(seller=self.seller) for _ in range(2)]
        self.packers = [
            Actor("user", MembershipFactory(seller=self.seller).user_id, "packer") for _ in range(2)
        ]
        save_pack_settings(seller=self.seller, actor=STAFF, ask_box=False, ask_weight=False)
        self.numbers = 0

    def some(self, rows: list[Any], chosen: list[int]) -> list[Any]:
        return list({rows[i % len(rows)].pk: rows[i % len(rows)] for i in chosen}.values())

    def orders(self) -> list[Order]:
        return list(Order.objects.filter(seller=self.seller).order_by("pk"))

    def parcels(self) -> list[Shipment]:
        return list(Shipment.objects.filter(seller=self.seller).order_by("pk"))

    @rule(
        n=st.integers(1, 3),
        basket=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=2),
        late=st.booleans(),
    )
    def receive(self, n: int, basket: list[tuple[int, int]], late: bool) -> None:
        paid = timezone.now() - timedelta(days=4 if late else 0)
        make_orders(
            n,
            store=self.store,
            lines=[(self.skus[i], units) for i, units in basket],
            paid_at=paid,
            ship_to_key="one door",
        )

    @rule(
        sku=st.integers(0, 2),
        place=st.integers(0, 1),
        kind=st.sampled_from(["receive", "receive", "write_off", "adjust"]),
        n=st.integers(1, 6),
    )
    def move_stock(self, sku: int, place: int, kind: str, n: int) -> None:
        try:
            post_movements(
                seller=self.seller,
                moves=[Move(kind, self.skus[sku], self.places[place], n, reason="count")],
                actor=STAFF,
            )
        except DomainError as error:
            assert (error.code, kind) == ("below_reserved", MovementKind.WRITE_OFF)  # noqa: PT017

    def takes(self) -> list[StockTake]:
        return list(StockTake.objects.filter(seller=self.seller).order_by("pk"))

    def transfers(self) -> list[Transfer]:
        return list(Transfer.objects.filter(seller=self.seller).order_by("pk"))

    @rule(
        source=st.integers(0, 1),
        basket=st.dictionaries(st.integers(0, 2), st.integers(1, 4), min_size=1),
    )
    def draft_a_transfer(self, source: int, basket: dict[int, int]) -> None:
        create_transfer(
            seller=self.seller,
            source=self.places[source],
            target=self.places[1 - source],
            units={self.skus[i].pk: n for i, n in basket.items()},
            actor=STAFF,
        )

    @precondition(lambda self: self.transfers())
    @rule(
        transfer=st.integers(0, 9),
        what=st.sampled_from(["send", "send", "receive", "receive", "back", "lost", "cancel"]),
        n=st.integers(0, 4),
    )
    def work_on_a_transfer(self, transfer: int, what: str, n: int) -> None:
        transfers = self.transfers()
        row = transfers[transfer % len(transfers)]
        chosen: dict[str, Any] = {"seller": self.seller, "transfer": row.pk, "actor": STAFF}
        self.numbers += 1
        try:
            if what == "send":
                send_transfer(**chosen)
            elif what == "cancel":
                cancel_transfer(**chosen)
            elif what == "receive":
                units = {line.pk: n for line in row.lines.all()}
                receive_transfer(**chosen, units=units, client_id=f"transfer{self.numbers}")
            else:
                close_transfer(**chosen, lost=what == "lost", reason="x")
        except DomainError as error:
            assert error.code in {"wrong_state", "not_free", "invalid"}  # noqa: PT017

    @rule(place=st.integers(0, 1))
    def begin_to_count(self, place: int) -> None:
        levels, data = levels_to_count(self.seller, self.places[place], scope="all")
        try:
            start_take(
                seller=self.seller, warehouse=self.places[place], levels=levels, scope="all",
                scope_data=data, actor=STAFF,
            )  # fmt: skip
        except DomainError as error:
            assert error.code == "nothing_to_count"  # noqa: PT017

    @precondition(lambda self: self.takes())
    @rule(
        take=st.integers(0, 9),
        sku=st.integers(0, 2),
        what=st.sampled_from(["count", "count", "scan", "post", "post", "again", "cancel"]),
        n=st.integers(0, 8),
    )
    def work_on_a_count(self, take: int, sku: int, what: str, n: int) -> None:
        takes = self.takes()
        chosen = {"seller": self.seller, "take": takes[take % len(takes)].pk, "actor": STAFF}
        self.numbers += 1
        try:
            if what == "post":
                post_take(**chosen)
            elif what == "cancel":
                cancel_take(**chosen)
            elif what == "again":
                rows = CountRow.objects.filter(take=chosen["take"]).values_list("pk", flat=True)
                count_again(**chosen, rows=list(rows)[:n])
            else:
                entry = Count(self.skus[sku], n, add=what == "scan" and n > 0)
                enter_count(**chosen, count=entry, client_id=f"count{self.numbers}")
        except DomainError as error:
            codes = {"wrong_state", "nothing_counted", "recount", "in_hands", "counted_elsewhere"}
            assert error.code in codes  # noqa: PT017

    @precondition(lambda self: self.orders())
    @rule(
        name=st.sampled_from([t.name for t in TABLE] + ["allocate", "pack", "ship", "upload"]),
        chosen=picks,
        partial=st.booleans(),
    )
    def act(self, name: str, chosen: list[int], partial: bool) -> None:
        orders = self.some(self.orders(), chosen)
        offered = {o.pk: why_not(TABLE[name], o) is None for o in orders}
        params: dict[str, Any] = {"partial": partial} if name == "allocate" else {}
        outcome: BatchOutcome = perform(
            name, seller=self.seller, orders=[o.pk for o in orders], actor=STAFF, params=params
        )
        assert len(outcome) == len(orders)
        now = {o.pk: o for o in Order.objects.filter(pk__in=offered)}
        for row in outcome:
            assert row.stage == now[row.id].stage
            if row.status == "done":
                assert offered[row.id]

    @precondition(lambda self: self.orders())
    @rule(chosen=picks, n=st.integers(1, 2))
    def pack_some_units(self, chosen: list[int], n: int) -> None:
        orders = self.some(self.orders(), chosen)
        lines = OrderLine.objects.filter(order__in=orders)
        wanted = {x.pk: min(n, x.allocated - x.packed) for x in lines if x.allocated > x.packed}
        if wanted:
            try:
                pack_lines(seller=self.seller, lines=wanted, actor=STAFF)
            except DomainError as error:
                assert error.code == "on_hold"  # noqa: PT017

    @precondition(lambda self: self.parcels())
    @rule(chosen=picks, what=st.sampled_from(["void", "ship", "upload", "number"]))
    def act_on_parcels(self, chosen: list[int], what: str) -> None:
        parcels = self.some(self.parcels(), chosen)
        ids = [p.pk for p in parcels]
        if what == "number":
            self.numbers += len(ids)
            numbers = {pk: f"NUMBER{self.numbers - i:06d}" for i, pk in enumerate(ids)}
            number_shipments(seller=self.seller, numbers=numbers, actor=STAFF)
            return
        function = {"void": void_shipments, "ship": ship_shipments, "upload": upload_shipments}
        assert len(function[what](seller=self.seller, shipments=ids, actor=STAFF)) == len(ids)

    @precondition(lambda self: self.orders())
    @rule(order=st.integers(0, 30), line=st.integers(0, 1), n=st.integers(1, 3))
    def cancel_some_units(self, order: int, line: int, n: int) -> None:
        orders = self.orders()
        chosen = orders[order % len(orders)]
        lines = list(chosen.lines.order_by("pk"))
        try:
            cancel_units(
                seller=self.seller,
                order=chosen.pk,
                units={lines[line % len(lines)].pk: n},
                actor=STAFF,
            )
        except DomainError as error:
            assert error.code in {"wrong_stage", "invalid"}  # noqa: PT017

    def purchases(self) -> list[Replenishment]:
        return list(Replenishment.objects.filter(seller=self.seller).order_by("pk"))

    @rule(sku=st.integers(0, 2), place=st.integers(0, 1), n=st.integers(1, 6))
    def buy(self, sku: int, place: int, n: int) -> None:
        make_replenishment((self.skus[sku], n), warehouse=self.places[place])

    @precondition(lambda self: self.purchases())
    @rule(
        chosen=st.integers(0, 9),
        place=st.integers(0, 1),
        n=st.integers(0, 8),
        over=st.sampled_from(["", "all", "ordered"]),
        what=st.sampled_from(["come", "come", "come", "again", "cancel"]),
    )
    def goods_come(self, chosen: int, place: int, n: int, over: Over, what: str) -> None:
        rows = self.purchases()
        row = rows[chosen % len(rows)]
        self.numbers += what != "again"
        try:
            if what == "cancel":
                cancel_rest(seller=self.seller, replenishment=row.pk, actor=STAFF, reason="x")
            else:
                receive_replenishment(
                    seller=self.seller,
                    replenishment=row.pk,
                    units={row.lines.get().pk: n},
                    warehouse=self.places[place],
                    actor=STAFF,
                    client_id=f"delivery {self.numbers}",
                    over=over,
                )
        except DomainError as error:
            codes = {"wrong_state", "over_received", "nothing_left", "invalid"}
            assert error.code in codes  # noqa: PT017

    @precondition(lambda self: self.orders())
    @rule(sku=st.integers(0, 2))
    def waiting_orders_are_served(self, sku: int) -> None:
        serve_waiting(seller=self.seller, skus=[self.skus[sku].pk], actor=STAFF)

    def waves(self) -> list[Wave]:
        return list(Wave.objects.filter(seller=self.seller).order_by("pk"))

    @precondition(lambda self: self.orders())
    @rule(chosen=picks, place=st.integers(0, 1))
    def make_a_wave(self, chosen: list[int], place: int) -> None:
        orders = [o.pk for o in self.some(self.orders(), chosen)]
        try:
            make_wave(seller=self.seller, warehouse=self.places[place], orders=orders, actor=STAFF)
        except DomainError as error:
            assert error.code == "nothing_to_pick"  # noqa: PT017

    @precondition(lambda self: self.waves())
    @rule(
        wave=st.integers(0, 9),
        place=st.integers(0, 5),
        what=st.sampled_from(["pick", "pick", "short", "uncounted", "undo", "close", "cancel"]),
        n=st.integers(1, 3),
    )
    def walk_a_wave(self, wave: int, place: int, what: str, n: int) -> None:
        waves = self.waves()
        chosen = waves[wave % len(waves)]
        places = places_of(chosen)
        level = places[place % len(places)].level
        self.numbers += 1
        entry: dict[str, Any] = {
            "seller": self.seller,
            "wave": chosen.pk,
            "actor": STAFF,
            "client_id": str(self.numbers),
        }
        try:
            if what == "pick":
                record_pick(level=level, quantity=n, **entry)
            elif what in ("short", "uncounted"):
                short_pick(level=level, quantity=n, reason="x", adjust=what == "short", **entry)
            elif what == "undo":
                undo_pick(**entry)
            else:
                close_wave(seller=self.seller, wave=chosen.pk, actor=STAFF, cancel=what == "cancel")
        except DomainError as error:
            codes = {"too_many", "wave_closed", "nothing_to_undo", "replanned", "in_wave",
                     "not_allocated"}  # fmt: skip
            assert error.code in codes  # noqa: PT017

    @precondition(lambda self: self.orders())
    @rule(
        packer=st.integers(0, 1),
        order=st.integers(0, 30),
        sku=st.integers(0, 2),
        what=st.sampled_from(
            ["order", "order", "unit", "unit", "unit", "all", "all", "CLOSE", "SPLIT", "UNDO",
             "OUT", "LEAVE", "COMBINE", "FAIL-DAMAGED"]
        ),
    )  # fmt: skip
    def scan_at_the_table(self, packer: int, order: int, sku: int, what: str) -> None:
        orders = self.orders()
        actor = self.packers[packer]
        texts = [what]
        if what == "order":
            texts = [orders[order % len(orders)].number]
        elif what == "unit":
            texts = [self.skus[sku].code]
        elif what == "all":
            lines = OrderLine.objects.filter(
                order__in=PackOrder.objects.filter(open=True, session__packer=actor.id).values(
                    "order"
                )
            )
            texts = [x.sku.code for x in lines.select_related("sku")
                     for _ in range(x.open) if x.sku]  # fmt: skip
        for text in texts:
            self.numbers += 1
            enter(seller=self.seller, actor=actor, text=text, client_id=str(self.numbers))

    @precondition(lambda self: self.parcels())
    @rule(
        parcel=st.integers(0, 30),
        state=st.sampled_from(TrackingState.values),
        minutes=st.integers(0, 600),
    )
    def track(self, parcel: int, state: str, minutes: int) -> None:
        parcels = self.parcels()
        chosen = parcels[parcel % len(parcels)]
        news = News(timezone.now() - timedelta(minutes=minutes), state)
        try:
            track_shipment(seller=self.seller, shipment=chosen.pk, news=[news], actor=STAFF)
        except DomainError as error:
            assert error.code == "wrong_state"  # noqa: PT017
            assert chosen.state in (ShipmentState.PACKED, ShipmentState.VOID)
            return
        after = Shipment.objects.get(pk=chosen.pk)
        assert (
            RANK[TrackingState(after.tracking_state)] >= RANK[TrackingState(chosen.tracking_state)]
        )

    @rule(hours=st.integers(0, 100))
    def time_passes(self, hours: int) -> None:
        sweep_deadlines(now=timezone.now() + timedelta(hours=hours))

    @invariant()
    def books_agree(self) -> None:
        if not hasattr(self, "seller"):
            return
        assert not any(broken().values()), broken()
        stock = StockLevel.objects.filter(seller=self.seller)
        assert all(0 <= level.reserved <= level.on_hand for level in stock)

    @invariant()
    def what_is_offered_is_what_the_table_says(self) -> None:
        if not hasattr(self, "seller"):
            return
        for order in self.orders():
            offered = {c.name for c in available(order, STAFF) if c.allowed}
            assert offered <= {t.name for t in TABLE.from_stage(order.stage)}

    @invariant()
    def no_fine_is_booked_twice_or_negative(self) -> None:
        if not hasattr(self, "seller"):
            return
        fines = Penalty.objects.filter(seller=self.seller)
        assert (fines.aggregate(n=Sum("amount"))["n"] or Decimal(0)) >= 0
        events = OrderEvent.objects.filter(seller=self.seller, kind="fined").count()
        assert fines.filter(kind="fine").count() == events


class RolledBack(Lifecycle):
    """Each walk in a transaction of its own that is rolled back."""

    def __init__(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        super().__init__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)


@pytest.mark.django_db
def test_random_walks_through_the_lifecycle() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        RolledBack,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
