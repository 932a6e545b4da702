"""Stock takes: what is on the sheet, counting it, what is posted."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.actor import Actor
from core.errors import Forbidden, Invalid, NotFound, Refused
from sellers import jobs
from sellers.access import scopes_of
from sellers.job_models import Job
from sellers.models import Role
from stock.actions.bins import assign_bins, create_bins
from stock.actions.count_ends import cancel_take, post_take
from stock.actions.counts import Count, count_again, enter_count, start_take, summary_of
from stock.actions.levels import Move, post_movements
from stock.models import CountEntry, CountRow, Sku, StockLevel, StockMovement, StockTake, Warehouse
from stock.queries.counts import differences_of, levels_to_count, rows_of, value_of
from testing import without_times
from testing.factories import (
    STAFF,
    MembershipFactory,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db
PACKER = Actor("user", 1, "Chen", scopes_of(Role.PACKER))
SUPPORT = Actor("user", 2, "Zhou", scopes_of(Role.SUPPORT))


class House:
    """Three SKUs in two bins of a warehouse."""

    def __init__(self) -> None:
        self.seller = SellerFactory()
        self.place: Warehouse = WarehouseFactory(seller=self.seller)
        self.skus: list[Sku] = [
            SkuFactory(seller=self.seller, code=code, barcode=f"69{i}", price="2.50")
            for i, code in enumerate(("A", "B", "C"))
        ]
        self.levels = [
            StockLevelFactory(sku=sku, warehouse=self.place, on_hand=10) for sku in self.skus
        ]
        create_bins(seller=self.seller, warehouse=self.place, first="A-1", last="B-2", actor=STAFF)
        self.bins({"A": "B-1", "B": "A-1"})
        self.n = 0

    def bins(self, places: dict[str, str]) -> None:
        assign_bins(seller=self.seller, warehouse=self.place, places=places, actor=STAFF)

    def start(self, scope: str = "all", **fields: Any) -> StockTake:
        levels, data = levels_to_count(self.seller, self.place, scope=scope, **fields)
        return start_take(
            seller=self.seller, warehouse=self.place, levels=levels, scope=scope, scope_data=data,
            actor=STAFF,
        ).take  # fmt: skip

    def count(self, take: StockTake, sku: int, n: int, *, add: bool = False, **fields: Any) -> Any:
        self.n += 1
        values: dict[str, Any] = {"actor": PACKER, "client_id": f"c{self.n}", **fields}
        return enter_count(
            seller=self.seller, take=take.pk, count=Count(self.skus[sku], n, add=add), **values
        )

    def move(self, kind: str, sku: int, n: int) -> None:
        post_movements(
            seller=self.seller, moves=[Move(kind, self.skus[sku], self.place, n, "x")], actor=STAFF
        )

    def post(self, take: StockTake) -> StockTake:
        return post_take(seller=self.seller, take=take.pk, actor=STAFF)

    def on_hand(self) -> list[int]:
        return [StockLevel.objects.get(pk=level.pk).on_hand for level in self.levels]


@pytest.fixture
def house() -> House:
    return House()


def codes(take: StockTake) -> list[str]:
    return list(rows_of(take).order_by("position").values_list("sku__code", flat=True))


# --- the sheet -----------------------------------------------------------------------------------


def test_the_sheet_follows_the_way_through_the_warehouse(house: House) -> None:
    take = house.start()
    assert codes(take) == ["B", "A", "C"]
    assert list(rows_of(take).order_by("position").values_list("bin_code", "expected")) == [
        ("A-1", 10), ("B-1", 10), ("", 10),
    ]  # fmt: skip
    assert take.code == "ST-1"


def test_a_sku_without_stock_is_counted_where_it_has_a_bin(house: House) -> None:
    house.move("write_off", 0, 10)
    house.move("write_off", 2, 10)
    assert codes(house.start()) == ["B", "A"]


def test_scopes(house: House) -> None:
    first = house.start("bins", first="a-1", last="A-2")
    assert codes(first) == ["B"]
    some = house.start("skus", skus=["C", "690"])
    assert codes(some) == ["A", "C"]
    assert first.scope_data == {"first": "A-1", "last": "A-2"}


def test_what_was_counted_lately_is_left_out(house: House) -> None:
    take = house.start("skus", skus=["A"])
    house.count(take, 0, 10)
    house.post(take)
    assert codes(house.start("stale", days=30)) == ["B", "C"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"scope": "bins"}, "/first"),
        ({"scope": "bins", "first": "B-1", "last": "A-1"}, "/last"),
        ({"scope": "skus", "skus": ["A", "NONE"]}, "/skus"),
        ({"scope": "skus"}, "/skus"),
        ({"scope": "stale", "days": 0}, "/days"),
    ],
)
def test_a_scope_that_cannot_be_says_where(
    house: House, fields: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        levels_to_count(house.seller, house.place, **fields)
    assert [e.pointer for e in caught.value.errors] == [pointer]


def test_a_level_is_in_one_open_stock_take_only(house: House) -> None:
    house.start("skus", skus=["A"])
    levels, data = levels_to_count(house.seller, house.place, scope="all")
    started = start_take(
        seller=house.seller, warehouse=house.place, levels=levels, scope="all", scope_data=data,
        actor=STAFF,
    )  # fmt: skip
    assert (codes(started.take), started.rows, started.elsewhere) == (["B", "C"], 2, 1)
    with pytest.raises(Refused) as caught:
        house.start()
    assert caught.value.code == "nothing_to_count"
    assert StockTake.objects.count() == 2
    row = CountRow.objects.get(take=started.take, sku=house.skus[1])
    with pytest.raises(DatabaseError), transaction.atomic():
        CountRow.objects.filter(pk=row.pk).update(level=house.levels[0])


# --- counting ------------------------------------------------------------------------------------


def test_scans_add_up_and_a_number_sets(house: House) -> None:
    take = house.start()
    house.count(take, 0, 1, add=True)
    assert house.count(take, 0, 3, add=True, actor=STAFF).row.counted == 4
    assert house.count(take, 0, 7).row.counted == 7
    assert house.count(take, 0, -2, add=True).row.counted == 5
    row = CountRow.objects.get(take=take, sku=house.skus[0])
    assert (row.counted, row.difference, row.counted_by) == (5, -5, "Chen")
    assert list(row.entries.order_by("pk").values_list("kind", "quantity")) == [
        ("add", 1), ("add", 3), ("set", 7), ("add", -2),
    ]  # fmt: skip


def test_an_entry_counts_once_however_often_it_is_sent(house: House) -> None:
    take = house.start()
    first = house.count(take, 0, 1, add=True, client_id="same")
    second = house.count(take, 0, 1, add=True, client_id="same")
    assert (first.again, second.again, second.row.counted) == (False, True, 1)
    assert CountEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("n", "add"), [(-1, False), (1_000_001, False), (10**9, True), (0, True), (-1, True)]
)
def test_a_number_that_cannot_be_is_refused(house: House, n: int, add: bool) -> None:
    take = house.start()
    with pytest.raises(Invalid) as caught:
        house.count(take, 0, n, add=add)
    assert caught.value.errors[0].pointer == "/quantity"
    assert not CountEntry.objects.exists()
    assert CountRow.objects.filter(counted__isnull=False).count() == 0


def test_what_is_found_and_not_on_the_sheet_is_added(house: House) -> None:
    take = house.start("skus", skus=["A"])
    found = house.count(take, 1, 4)
    assert (found.added, found.row.expected, found.row.bin_code) == (True, 10, "A-1")
    assert codes(take) == ["A", "B"]
    other = house.start("skus", skus=["C"])
    with pytest.raises(Refused) as caught:
        house.count(take, 2, 1)
    assert caught.value.code == "counted_elsewhere"
    assert codes(other) == ["C"]


def test_support_does_not_count_and_a_packer_does_not_post(house: House) -> None:
    take = house.start()
    with pytest.raises(Forbidden):
        house.count(take, 0, 1, actor=SUPPORT)
    for action in (post_take, cancel_take):
        with pytest.raises(Forbidden):
            action(seller=house.seller, take=take.pk, actor=PACKER)
    with pytest.raises(Forbidden):
        count_again(seller=house.seller, take=take.pk, rows=[], actor=PACKER)
    assert StockTake.objects.get().state == "counting"


def test_counting_costs_the_same_whatever_the_sheet(
    house: House, django_assert_max_num_queries: Any
) -> None:
    take = house.start()
    with django_assert_max_num_queries(13):
        house.count(take, 0, 1, add=True)


# --- posting -------------------------------------------------------------------------------------


def test_differences_are_posted_as_adjustments(house: House) -> None:
    take = house.start()
    house.count(take, 0, 7)
    house.count(take, 1, 12)
    done = house.post(take)
    assert house.on_hand() == [7, 12, 10]
    assert (done.state, done.result) == (
        "posted",
        {"rows": 3, "counted": 2, "differences": 2, "plus": 2, "minus": 3, "recount": 0,
         "orders": []},
    )  # fmt: skip
    moves = StockMovement.objects.filter(kind="adjust").order_by("level_id")
    assert list(moves.values_list("on_hand", "reference", "reason")) == [
        (-3, "ST-1", "Stock take ST-1"), (2, "ST-1", "Stock take ST-1"),
    ]  # fmt: skip


def test_what_moves_meanwhile_is_not_undone(house: House) -> None:
    take = house.start()
    house.move("receive", 0, 5)  # before the row is counted: in the books then
    house.count(take, 0, 14)
    house.move("receive", 0, 20)  # after it
    house.post(take)
    assert house.on_hand()[0] == 34
    row = CountRow.objects.get(take=take, sku=house.skus[0])
    assert (row.expected, row.expected_then, row.difference) == (10, 15, -1)


def test_a_level_corrected_by_hand_meanwhile_is_counted_again(house: House) -> None:
    take = house.start()
    house.count(take, 0, 8)
    house.move("write_off", 0, 2)
    with pytest.raises(Refused) as caught:
        house.post(take)
    assert caught.value.code == "recount"
    assert house.on_hand()[0] == 8
    house.count(take, 0, 8)
    house.post(take)
    assert house.on_hand()[0] == 8


def test_rows_to_be_counted_again_hold_the_posting(house: House) -> None:
    take = house.start()
    row = house.count(take, 0, 8).row
    assert count_again(seller=house.seller, take=take.pk, rows=[row.pk], actor=STAFF) == 1
    house.count(take, 1, 10)
    with pytest.raises(Refused) as caught:
        house.post(take)
    assert caught.value.code == "recount"
    house.count(take, 0, 9)
    house.post(take)
    assert house.on_hand() == [9, 10, 10]


def test_posted_once(house: House) -> None:
    take = house.start()
    house.count(take, 0, 8)
    house.post(take)
    with pytest.raises(Refused) as caught:
        house.post(take)
    assert caught.value.code == "wrong_state"
    with pytest.raises(Refused):
        house.count(take, 0, 1)
    assert house.on_hand()[0] == 8
    assert codes(house.start()) == ["B", "A", "C"]  # free for the next one


def test_nothing_counted_posts_nothing(house: House) -> None:
    take = house.start()
    with pytest.raises(Refused) as caught:
        house.post(take)
    assert caught.value.code == "nothing_counted"


def test_cancelled_changes_nothing(house: House) -> None:
    take = house.start()
    house.count(take, 0, 1)
    cancel_take(seller=house.seller, take=take.pk, actor=STAFF)
    with pytest.raises(Refused):
        house.post(take)
    assert house.on_hand() == [10, 10, 10]


def test_posting_costs_the_same_for_one_row_and_for_many(
    house: House, django_assert_num_queries: Any
) -> None:
    from django.test.utils import CaptureQueriesContext

    def cost(n: int) -> int:
        skus = [SkuFactory(seller=house.seller) for _ in range(n)]
        for sku in skus:
            StockLevelFactory(sku=sku, warehouse=house.place, on_hand=5)
        take = house.start("skus", skus=[sku.code for sku in skus])
        CountRow.objects.filter(take=take).update(
            counted=4, expected_then=5, counted_at=timezone.now()
        )
        with CaptureQueriesContext(connection) as queries:
            house.post(take)
        return len(queries)

    assert cost(1) == cost(40)


def test_another_sellers_stock_take_is_not_found(house: House) -> None:
    take = house.start()
    for action in (post_take, cancel_take):
        with pytest.raises(NotFound):
            action(seller=SellerFactory(), take=take.pk, actor=STAFF)
    assert StockTake.objects.get().state == "counting"


def test_worth_at_the_price(house: House) -> None:
    take = house.start()
    house.count(take, 0, 8)
    house.count(take, 1, 11)
    Sku.objects.filter(pk=house.skus[1].pk).update(price=None)
    values, unpriced = value_of(take)
    assert [(v.currency, str(v.plus), str(v.minus)) for v in values] == [("CNY", "0.00", "5.00")]
    assert unpriced == 1
    assert summary_of(take)["differences"] == 2
    assert differences_of(take).count() == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stock_countrow SET counted = -1",
        "UPDATE stock_countrow SET counted = 1",  # without what was expected then
        "UPDATE stock_stocktake SET state = 'posted'",
        "UPDATE stock_stocktake SET state = 'lost'",
        "UPDATE stock_countentry SET quantity = 9",
        "DELETE FROM stock_countentry",
    ],
)
def test_the_database_refuses(house: House, sql: str) -> None:
    take = house.start()
    house.count(take, 0, 1)
    count_again(seller=house.seller, take=take.pk, rows=[], actor=STAFF)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# --- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def owner(house: House, client: Client) -> Client:
    client.force_login(MembershipFactory(seller=house.seller).user)
    return client


def test_from_the_form_to_the_posted_books(house: House, owner: Client) -> None:
    answer = owner.post(
        reverse("stock:count_new"),
        {"warehouse": house.place.pk, "scope": "bins", "first": "A-1", "last": "B-2"},
    )
    take = StockTake.objects.get()
    url = reverse("stock:count", args=[take.public_id])
    assert answer.headers["Location"] == url
    assert "2 SKUs to count." in owner.get(url).content.decode()
    enter = reverse("stock:count_enter", args=[take.public_id])
    scan = {"X-Scan": "1"}
    body = owner.post(enter, {"code": "690", "client_id": "1"}, headers=scan).content.decode()
    row = CountRow.objects.get(take=take, sku=house.skus[0])
    assert f'data-session="{row.public_id}"' in body
    for code, total in (("3*a", 4), ("9", 9), ("-1", 8), ("+2", 10)):
        fields = {"code": code, "client_id": f"c{code}", "session": row.public_id}
        assert owner.post(enter, fields, headers=scan).status_code == 200
        row.refresh_from_db()
        assert row.counted == total, code
    for odd in ("\x00", "690\x00", "9" * 40, "0*690"):
        answer = owner.post(enter, {"code": odd, "client_id": f"\x00{odd}"}, headers=scan)
        assert answer.status_code == 200, odd
    row.refresh_from_db()
    owner.post(enter, {"row": row.public_id, "quantity": "10", "client_id": "back"})
    wrong = owner.post(enter, {"code": "no such", "client_id": "2"}, headers=scan)
    assert 'data-result="wrong"' in wrong.content.decode()
    told = owner.post(enter, {"code": "a-1", "client_id": "3"}, headers=scan)
    assert "A-1: 1 SKU to count." in told.content.decode()
    other = CountRow.objects.get(take=take, sku=house.skus[1])
    owner.post(enter, {"row": other.public_id, "quantity": "7", "client_id": "4"})
    page = owner.get(reverse("stock:count_differences", args=[take.public_id])).content.decode()
    assert ">-3<" in page.replace("−", "-")
    owner.post(reverse("stock:count_post", args=[take.public_id]))
    assert house.on_hand() == [10, 7, 10]


@pytest.fixture
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stock.views.counts.AT_ONCE", 0)


@pytest.mark.usefixtures("_few_at_once")
def test_many_differences_are_posted_by_a_job_once(house: House, owner: Client) -> None:
    take = house.start()
    house.count(take, 0, 8)
    house.count(take, 1, 12)
    answer = owner.post(reverse("stock:count_post", args=[take.public_id]))
    job = Job.objects.get()
    assert answer.headers["Location"] == reverse("jobs:job", args=[job.public_id])
    assert house.on_hand() == [10, 10, 10]
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 2, 2)
    assert house.on_hand() == [8, 12, 10]
    page = owner.get(answer.headers["Location"]).content.decode()
    assert reverse("stock:count_differences", args=[take.public_id]) in page
    # Its worker was lost before it could say so: another one takes it up.
    Job.objects.filter(pk=job.pk).update(state="running", finished_at=None, due_at=timezone.now())
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, house.on_hand()) == ("done", [8, 12, 10])


@pytest.mark.usefixtures("_few_at_once")
def test_a_job_that_must_not_post_says_why(house: House, owner: Client) -> None:
    take = house.start()
    house.count(take, 0, 8)
    owner.post(reverse("stock:count_post", args=[take.public_id]))
    row = CountRow.objects.get(take=take, sku=house.skus[0])
    count_again(seller=house.seller, take=take.pk, rows=[row.pk], actor=STAFF)
    house.count(take, 1, 12)
    job = Job.objects.get()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure["code"]) == ("failed", "recount")
    assert house.on_hand() == [10, 10, 10]


def test_a_blind_count_hides_the_books_from_who_counts(house: House, client: Client) -> None:
    take = house.start()
    StockTake.objects.filter(pk=take.pk).update(blind=True)
    house.move("receive", 0, 4_321)
    client.force_login(MembershipFactory(seller=house.seller, role="packer").user)
    CountRow.objects.filter(take=take).update(expected=4_331)
    for name in ("stock:count", "stock:count_sheet", "stock:count_csv"):
        body = without_times(client.get(reverse(name, args=[take.public_id])).content.decode())
        assert "4,331" not in body
        assert "4331" not in body
    url = reverse("stock:count_differences", args=[take.public_id])
    assert client.get(url).status_code == 403


def test_who_sees_no_money_sees_no_worth(house: House, owner: Client) -> None:
    take = house.start()
    house.count(take, 0, 8)
    url = reverse("stock:count_differences", args=[take.public_id])
    assert "Fewer, at the price" in owner.get(url).content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(
    house: House, owner: Client, django_assert_num_queries: Any
) -> None:
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(reverse("stock:counts")).status_code == 200
        return len(queries)

    house.start("skus", skus=["A"])
    owner.get(reverse("stock:counts"))
    before = cost()
    house.start("skus", skus=["B"])
    house.start("skus", skus=["C"])
    assert cost() == before


def test_the_file_has_what_the_sheet_has(house: House, owner: Client) -> None:
    take = house.start()
    house.count(take, 1, 3)
    body = owner.get(reverse("stock:count_csv", args=[take.public_id])).content.decode("utf-8-sig")
    assert body.splitlines()[:2] == [
        "sku,barcode,name,bin,expected,counted", f"B,691,{house.skus[1].name},A-1,10,3",
    ]  # fmt: skip
