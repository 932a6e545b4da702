"""Transfers: what leaves, what arrives, what does not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import outbox
from core.actor import Actor
from core.errors import DomainError, Forbidden, Invalid, NotFound, Refused
from core.models import OutboxMessage
from sellers.access import scopes_of
from sellers.models import Role
from stock.actions.levels import reserve
from stock.actions.transfers import (
    cancel_transfer,
    change_transfer,
    close_transfer,
    create_transfer,
    receive_transfer,
    send_transfer,
)
from stock.allocation import Demand
from stock.models import StockLevel, StockMovement, Transfer, TransferReceipt
from stock.queries.transfers import units_on_the_way
from testing.factories import (
    STAFF,
    MembershipFactory,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    WarehouseFactory,
    make_orders,
)

pytestmark = pytest.mark.django_db


class Two:
    """Two warehouses; ten units of each of two SKUs in the first."""

    def __init__(self) -> None:
        self.seller = SellerFactory()
        self.a, self.b = (WarehouseFactory(seller=self.seller) for _ in range(2))
        self.skus = [SkuFactory(seller=self.seller, code=code) for code in "XY"]
        self.levels = [
            StockLevelFactory(sku=sku, warehouse=self.a, on_hand=10) for sku in self.skus
        ]

    def order_lines(self, n: int, units: int) -> list[int]:
        """Lines of so many orders, for something to be promised to."""
        orders = make_orders(n, seller=self.seller, lines=[(self.skus[0], units)])
        return [order.lines.get().pk for order in orders]

    def draft(self, *units: int) -> Transfer:
        wanted = {sku.pk: n for sku, n in zip(self.skus, units, strict=False)}
        return create_transfer(
            seller=self.seller, source=self.a, target=self.b, units=wanted, actor=STAFF
        )

    def sent(self, *units: int) -> Transfer:
        return send_transfer(seller=self.seller, transfer=self.draft(*units).pk, actor=STAFF)

    def receive(self, row: Transfer, *units: int, client_id: str = "r1") -> Transfer:
        lines = row.lines.order_by("sku_id")
        return receive_transfer(
            seller=self.seller, transfer=row.pk, actor=STAFF, client_id=client_id,
            units={line.pk: n for line, n in zip(lines, units, strict=False)},
        )  # fmt: skip

    def close(self, row: Transfer, *, lost: bool, reason: str = "wet") -> Transfer:
        return close_transfer(
            seller=self.seller, transfer=row.pk, lost=lost, reason=reason, actor=STAFF
        )

    def on_hand(self) -> list[tuple[int, int]]:
        """(source, target) by SKU."""
        found = {
            (s, w): n
            for s, w, n in StockLevel.objects.values_list("sku_id", "warehouse_id", "on_hand")
        }
        return [(found[s.pk, self.a.pk], found.get((s.pk, self.b.pk), 0)) for s in self.skus]


@pytest.fixture
def two() -> Two:
    return Two()


def test_a_draft_moves_nothing(two: Two) -> None:
    row = two.draft(4, 2)
    assert (row.code, row.state, two.on_hand()) == ("TR-1", "draft", [(10, 0), (10, 0)])


def test_sent_units_lie_in_neither_and_arrive_in_parts(two: Two) -> None:
    row = two.sent(4, 2)
    assert two.on_hand() == [(6, 0), (8, 0)]
    assert units_on_the_way(two.seller, [s.pk for s in two.skus]) == {
        two.skus[0].pk: 4, two.skus[1].pk: 2,
    }  # fmt: skip
    assert two.receive(row, 3, 2).state == "sent"
    assert two.on_hand() == [(6, 3), (8, 2)]
    assert two.receive(row, 1, client_id="r2").state == "done"
    assert two.on_hand() == [(6, 4), (8, 2)]
    moves = StockMovement.objects.filter(reference="TR-1").order_by("pk")
    assert list(moves.values_list("kind", "on_hand")) == [
        ("transfer_out", -4), ("transfer_out", -2),
        ("transfer_in", 3), ("transfer_in", 2), ("transfer_in", 1),
    ]  # fmt: skip


def test_what_arrives_is_told_like_any_receipt(two: Two) -> None:
    make_orders(1, seller=two.seller, lines=[(two.skus[0], 1)], stage="accepted")
    row = two.sent(4)
    outbox.on("stock.free", name="test")(lambda message: None)
    try:
        two.receive(row, 4)
    finally:
        outbox.unregister("stock.free", "test")
    told = OutboxMessage.objects.get(topic="stock.free", handler="test")
    assert told.payload == {"skus": [two.skus[0].pk]}


def test_promised_units_stay(two: Two) -> None:
    (line,) = two.order_lines(1, 8)
    reserve(
        seller_id=two.seller.pk, demands=[Demand(1, line, two.skus[0].pk, 8)], partial=False,
        actor=STAFF, at=two.seller.created_at,
    )  # fmt: skip
    row = two.draft(3, 2)
    with pytest.raises(Refused) as caught:
        send_transfer(seller=two.seller, transfer=row.pk, actor=STAFF)
    assert caught.value.code == "not_free"
    assert "X (2 / 3)" in str(caught.value)
    row.refresh_from_db()
    assert (row.state, two.on_hand()) == ("draft", [(10, 0), (10, 0)])


def test_what_does_not_arrive_goes_back_or_is_lost(two: Two) -> None:
    row = two.sent(4, 2)
    two.receive(row, 3, 0)
    assert two.close(row, lost=False).state == "done"
    assert two.on_hand() == [(7, 3), (10, 0)]
    second = two.sent(5)
    assert two.close(second, lost=True).state == "done"
    line = second.lines.get()
    assert (line.lost, line.reason, line.on_the_way) == (5, "wet", 0)
    assert two.on_hand()[0] == (2, 3)


def test_a_receipt_counts_once(two: Two) -> None:
    row = two.sent(4)
    two.receive(row, 2)
    two.receive(row, 2)
    assert two.on_hand()[0] == (6, 2)
    assert TransferReceipt.objects.count() == 1


@pytest.mark.parametrize("units", [(5,), (-1,), (0,), (10**9,)])
def test_no_more_than_was_sent_arrives(two: Two, units: tuple[int]) -> None:
    row = two.sent(4)
    with pytest.raises(Invalid):
        two.receive(row, *units)
    assert two.on_hand()[0] == (6, 0)


@pytest.mark.parametrize(
    ("units", "pointer"), [({}, "/lines"), ({0: 0}, "/lines"), ({0: -1}, "/lines"),
                           ({0: 10**9}, "/lines")]
)  # fmt: skip
def test_a_draft_says_what_is_wrong(two: Two, units: dict[int, int], pointer: str) -> None:
    wanted = {two.skus[i].pk: n for i, n in units.items()}
    with pytest.raises(Invalid) as caught:
        create_transfer(seller=two.seller, source=two.a, target=two.b, units=wanted, actor=STAFF)
    assert [e.pointer for e in caught.value.errors] == [pointer]
    with pytest.raises(Invalid) as caught:
        create_transfer(
            seller=two.seller, source=two.a, target=two.a, units={two.skus[0].pk: 1}, actor=STAFF
        )
    assert [e.pointer for e in caught.value.errors] == ["/target"]
    assert not Transfer.objects.exists()


def test_only_a_draft_changes(two: Two) -> None:
    row = two.draft(4)
    change_transfer(
        seller=two.seller, transfer=row.pk, units={two.skus[1].pk: 7}, actor=STAFF, note=" b "
    )
    assert list(row.lines.values_list("sku__code", "quantity")) == [("Y", 7)]
    send_transfer(seller=two.seller, transfer=row.pk, actor=STAFF)
    for action in (send_transfer, cancel_transfer):
        with pytest.raises(Refused) as caught:
            action(seller=two.seller, transfer=row.pk, actor=STAFF)
        assert caught.value.code == "wrong_state"
    with pytest.raises(Refused):
        change_transfer(seller=two.seller, transfer=row.pk, units={two.skus[0].pk: 1}, actor=STAFF)
    assert two.on_hand() == [(10, 0), (3, 0)]


def test_strangers_and_packers(two: Two) -> None:
    row = two.draft(4)
    packer = Actor("user", 1, "p", scopes_of(Role.PACKER))
    with pytest.raises(Forbidden):
        send_transfer(seller=two.seller, transfer=row.pk, actor=packer)
    other = SellerFactory()
    with pytest.raises(NotFound):
        send_transfer(seller=other, transfer=row.pk, actor=STAFF)
    with pytest.raises(NotFound):
        create_transfer(
            seller=two.seller, source=two.a, target=WarehouseFactory(seller=other),
            units={two.skus[0].pk: 1}, actor=STAFF,
        )  # fmt: skip
    assert two.on_hand()[0] == (10, 0)


def test_many_lines_cost_what_one_costs(two: Two) -> None:
    def cost(n: int) -> int:
        skus = [SkuFactory(seller=two.seller) for _ in range(n)]
        for sku in skus:
            StockLevelFactory(sku=sku, warehouse=two.a, on_hand=5)
        row = create_transfer(
            seller=two.seller, source=two.a, target=two.b, units={s.pk: 5 for s in skus},
            actor=STAFF,
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            send_transfer(seller=two.seller, transfer=row.pk, actor=STAFF)
            two.receive(row, *[5] * n, client_id=f"n{n}")
        return len(queries)

    assert cost(1) == cost(30)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stock_transferline SET received = 5",
        "UPDATE stock_transferline SET sent = 3",
        "UPDATE stock_transferline SET lost = 1",
        "UPDATE stock_transfer SET state = 'done'",
        "UPDATE stock_transfer SET target_id = source_id",
        "UPDATE stock_transferreceipt SET units = 9",
        "DELETE FROM stock_transferreceipt",
    ],
)
def test_the_database_refuses(two: Two, sql: str) -> None:
    two.receive(two.sent(4), 1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_the_same_units_are_sent_or_promised_never_both(two: Two) -> None:
    drafts = [two.draft(4) for _ in range(3)]
    lines = two.order_lines(3, 4)

    def go(n: int) -> str:
        try:
            if n < 3:
                send_transfer(seller=two.seller, transfer=drafts[n].pk, actor=STAFF)
                return "sent"
            with transaction.atomic():
                grants = reserve(
                    seller_id=two.seller.pk, demands=[Demand(n, lines[n - 3], two.skus[0].pk, 4)],
                    partial=False, actor=STAFF, at=two.seller.created_at,
                )  # fmt: skip
            return "promised" if grants else "none"
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(go, range(6)))
    assert answers.count("sent") + answers.count("promised") == 2
    level = StockLevel.objects.get(pk=two.levels[0].pk)
    assert level.on_hand == 10 - 4 * answers.count("sent")
    assert level.reserved == 4 * answers.count("promised")


@pytest.mark.django_db(transaction=True)
def test_sent_and_received_once_by_many(two: Two) -> None:
    row = two.draft(4)

    def go(_n: int) -> None:
        try:
            send_transfer(seller=two.seller, transfer=row.pk, actor=STAFF)
        except DomainError:
            pass
        finally:
            connection.close()

    def take(_n: int) -> None:
        try:
            two.receive(row, 2, client_id="one")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, range(4)))
        list(pool.map(take, range(4)))
    assert two.on_hand()[0] == (6, 2)


# --- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def owner(two: Two, client: Client) -> Client:
    client.force_login(MembershipFactory(seller=two.seller).user)
    return client


def test_from_the_form_to_the_shelf(two: Two, owner: Client) -> None:
    answer = owner.post(
        reverse("stock:transfer_new"),
        {"warehouse": two.a.pk, "target": two.b.pk, "lines": "X\t3\nY 1\nX,1"},
    )
    row = Transfer.objects.get()
    assert answer.headers["Location"] == reverse("stock:transfer", args=[row.public_id])
    owner.post(
        reverse("stock:transfer_edit", args=[row.public_id]),
        {"lines": "X 4\nY 2", "warehouse": two.b.pk},
    )
    owner.post(reverse("stock:transfer_send", args=[row.public_id]))
    lines = list(row.lines.order_by("sku_id"))
    assert [line.sent for line in lines] == [4, 2]
    body = owner.get(reverse("stock:transfer", args=[row.public_id])).content.decode()
    assert f'name="units-{lines[0].public_id}"' in body
    fields = {f"units-{line.public_id}": "1" for line in lines} | {"client_id": "abc"}
    for _again in range(2):
        owner.post(reverse("stock:transfer_receive", args=[row.public_id]), fields)
    assert two.on_hand() == [(6, 1), (8, 1)]
    owner.post(
        reverse("stock:transfer_close", args=[row.public_id]),
        {"outcome": "back", "reason": "no\x00 room"},
    )
    assert two.on_hand() == [(9, 1), (9, 1)]
    row.refresh_from_db()
    assert row.state == "done"


def test_the_form_says_what_cannot_be(two: Two, owner: Client) -> None:
    answer = owner.post(
        reverse("stock:transfer_new"),
        {"warehouse": two.a.pk, "target": two.a.pk, "lines": "X 3"},
    )
    assert answer.status_code == 422
    assert "Choose two different warehouses." in answer.content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(two: Two, owner: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(reverse("stock:transfers")).status_code == 200
        return len(queries)

    two.sent(1)
    owner.get(reverse("stock:transfers"))
    before = cost()
    for _ in range(4):
        two.sent(1)
    assert cost() == before


def test_a_packer_looks_and_does_not_send(two: Two, client: Client) -> None:
    row = two.draft(1)
    client.force_login(MembershipFactory(seller=two.seller, role="packer").user)
    body = client.get(reverse("stock:transfer", args=[row.public_id])).content.decode()
    assert reverse("stock:transfer_send", args=[row.public_id]) not in body
    assert client.post(reverse("stock:transfer_send", args=[row.public_id])).status_code == 403
