"""Stock from files: reading rows, looking first, booking what is good, telling what is not."""

import io
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.actor import Actor
from core.errors import Forbidden, Invalid, Refused
from sellers import jobs
from sellers.access import scopes_of
from sellers.models import Job, Role
from stock.actions.bins import create_bins
from stock.actions.counts import start_take
from stock.actions.files import (
    discard_stock_file,
    name_stock_columns,
    purge_unstarted,
    start_stock_file,
    upload_stock_file,
)
from stock.actions.levels import reserve
from stock.allocation import Demand
from stock.importers.rows import Problem, Row, read_rows, suggest
from stock.models import CountRow, StockFile, StockLevel, StockMovement, StockTake
from stock.queries.counts import levels_to_count
from testing.factories import (
    STAFF,
    MembershipFactory,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    WarehouseFactory,
    make_orders,
)


def rows(text: str, *, blanks: bool = False, once: bool = True) -> list[Row | Problem]:
    stream = io.StringIO(text)
    columns = suggest(text.splitlines()[0].split(","))
    return list(read_rows(stream, columns, blanks=blanks, once=once))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["sku", "warehouse", "quantity"], {"sku": 0, "warehouse": 1, "quantity": 2}),
        (["商品编码", "仓库", "数量", "库位"], {"sku": 0, "warehouse": 1, "quantity": 2, "bin": 3}),
        (["SKU", "expected", "Counted"], {"sku": 0, "quantity": 2}),
        (["what", "ever"], {}),
    ],
)
def test_known_columns_are_found(header: list[str], expected: dict[str, int]) -> None:
    assert suggest(header) == expected


def test_rows_are_read_as_people_write_them() -> None:
    assert rows('sku,quantity,bin,reorder point\nA,"1,200", A-1 ,5\n\nB,3.0,,\n') == [
        Row(2, "A", 1200, bin="A-1", reorder_point=5),
        Row(4, "B", 3),
    ]


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ("A,x", "quantity", "not_a_number"),
        ("A,-1", "quantity", "not_a_number"),
        ("A,1.5", "quantity", "not_a_number"),
        ("A,", "quantity", "required"),
        (",3", "sku", "required"),
        ("A\x00B,3", "sku", "bad_cell"),
        (f"{'A' * 201},3", "sku", "bad_cell"),
        ('"A,3', "", "quotes"),
    ],
)
def test_what_is_wrong_is_told_by_cell(line: str, field: str, code: str) -> None:
    (problem,) = rows(f"sku,quantity\n{line}\n")
    assert isinstance(problem, Problem)
    assert (problem.row, problem.field, problem.code) == (2, field, code)


def test_twice_and_blanks() -> None:
    text = "sku,quantity\nA,1\na,2\nB,\n"
    assert [getattr(r, "code", "") for r in rows(text, blanks=True)] == ["", "twice"]
    assert [getattr(r, "code", "") for r in rows(text, once=False)] == ["", "", "required"]


# --- taking it in --------------------------------------------------------------------------------


class Shop:
    def __init__(self) -> None:
        self.seller = SellerFactory()
        self.house = WarehouseFactory(seller=self.seller, code="SZ", name="Shenzhen")
        self.skus = [SkuFactory(seller=self.seller, code=c, barcode=f"69{c}") for c in "ABC"]
        self.owner = MembershipFactory(seller=self.seller)

    def send(self, text: str | bytes, mode: str = "set", **fields: Any) -> StockFile:
        content = text.encode() if isinstance(text, str) else text
        return upload_stock_file(
            seller=self.seller, file=SimpleUploadedFile("stock.csv", content), mode=mode,
            actor=STAFF, **fields,
        )  # fmt: skip

    def book(self, text: str | bytes, mode: str = "set", **fields: Any) -> Job:
        row = self.send(text, mode, **fields)
        row = start_stock_file(seller=self.seller, file=row.pk, actor=STAFF)
        assert row.job_id is not None
        assert jobs.run_job(row.job_id)
        return Job.objects.get(pk=row.job_id)

    def on_hand(self) -> dict[str, int]:
        return dict(StockLevel.objects.order_by("sku__code").values_list("sku__code", "on_hand"))


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


FILE = """sku,warehouse,quantity,bin,reorder_point
A,SZ,5,A-1,2
69B,shenzhen,7,,
X,SZ,1,,
C,NO,1,,
C,SZ,3,B-9,
"""


def test_good_rows_are_booked_the_others_come_back_as_a_file(shop: Shop) -> None:
    create_bins(seller=shop.seller, warehouse=shop.house, first="A-1", last="A-2", actor=STAFF)
    job = shop.book(FILE)
    assert (job.state, job.counts) == ("done", {"done": 2, "already": 0, "rejected": 3})
    assert shop.on_hand() == {"A": 5, "B": 7}
    level = StockLevel.objects.get(sku=shop.skus[0])
    assert (level.bin and level.bin.code, level.reorder_point) == ("A-1", 2)
    body = job.result_file.read().decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in body] == ["sku", "X", "C", "C"]
    cells = [(e["row"], e["field"], e["code"]) for e in job.result["errors"]]
    assert cells == [(4, "sku", "unknown"), (5, "warehouse", "unknown"), (6, "bin", "unknown")]


def test_the_same_file_again_changes_nothing_when_it_sets(shop: Shop) -> None:
    shop.book("sku,quantity\nA,5\nB,0\n")
    n = StockMovement.objects.count()
    job = shop.book("sku,quantity\nA,5\nB,0\n")
    assert job.counts == {"done": 0, "already": 2, "rejected": 0}
    assert (StockMovement.objects.count(), shop.on_hand()) == (n, {"A": 5, "B": 0})


def test_adding_adds(shop: Shop) -> None:
    shop.book("sku,quantity\nA,5\nA,2\n", "add")
    assert shop.on_hand() == {"A": 7}
    assert set(StockMovement.objects.values_list("kind", flat=True)) == {"receive"}


def test_less_than_is_promised_is_told(shop: Shop) -> None:
    level = StockLevelFactory(sku=shop.skus[0], warehouse=shop.house, on_hand=9)
    (order,) = make_orders(1, seller=shop.seller, lines=[(shop.skus[0], 4)])
    with transaction.atomic():
        demand = Demand(order.pk, order.lines.get().pk, shop.skus[0].pk, 4)
        reserve(
            seller_id=shop.seller.pk, demands=[demand], partial=False, actor=STAFF,
            at=order.paid_at,
        )  # fmt: skip
    job = shop.book("sku,quantity\nA,3\n")
    assert job.result["errors"][0]["code"] == "below_reserved"
    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (9, 4)


def test_a_worker_that_takes_it_up_again_books_nothing_twice(shop: Shop) -> None:
    row = shop.send("sku,quantity\nA,5\n", "add")
    row = start_stock_file(seller=shop.seller, file=row.pk, actor=STAFF)
    start_stock_file(seller=shop.seller, file=row.pk, actor=STAFF)
    assert row.job_id is not None
    jobs.run_job(row.job_id)
    Job.objects.filter(pk=row.job_id).update(state="queued", finished_at=None)
    jobs.run_job(row.job_id)
    assert (shop.on_hand(), Job.objects.count()) == ({"A": 5}, 1)


def test_excel_and_gbk(shop: Shop) -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        for i, line in enumerate((["货号", "数量"], ["A", 4], ["69B", 6])):
            sheet.write_row(i, 0, line)
    shop.book(book.getvalue())
    assert shop.on_hand() == {"A": 4, "B": 6}
    shop.book("商品编码,仓库,库存\nA,SZ,9\n".encode("gb18030"))
    assert shop.on_hand() == {"A": 9, "B": 6}


def test_columns_are_named_once_and_remembered(shop: Shop) -> None:
    row = shop.send("thing,how many\nA,5\n")
    assert row.columns == {}
    with pytest.raises(Invalid):
        start_stock_file(seller=shop.seller, file=row.pk, actor=STAFF)
    with pytest.raises(Invalid):
        name_stock_columns(seller=shop.seller, file=row.pk, columns={"sku": 0}, actor=STAFF)
    named = {"sku": 0, "quantity": 1}
    name_stock_columns(seller=shop.seller, file=row.pk, columns=named, actor=STAFF)
    assert shop.send("thing,how many\nB,1\n").columns == named


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"sku,quantity\n", "header_only"), (b"\x00\x01\x02,,", "binary"),
     (b"PK\x03\x04torn", "workbook_broken"), (b"%PDF-1.4 x,y", "not_csv")],
)  # fmt: skip
def test_what_is_no_table_is_refused(shop: Shop, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        shop.send(content)
    assert [(e.pointer, e.code) for e in caught.value.errors] == [("/file", code)]
    assert not StockFile.objects.exists()


def test_unstarted_files_go(shop: Shop) -> None:
    row = shop.send("sku,quantity\nA,5\n")
    StockFile.objects.filter(pk=row.pk).update(created_at="2020-01-01T00:00:00Z")
    assert purge_unstarted() == 1
    other = shop.send("sku,quantity\nA,5\n")
    discard_stock_file(seller=shop.seller, file=other.pk, actor=STAFF)
    assert not StockFile.objects.exists()


# --- counts --------------------------------------------------------------------------------------


def take_of(shop: Shop) -> StockTake:
    for sku in shop.skus[:2]:
        StockLevelFactory(sku=sku, warehouse=shop.house, on_hand=10)
    levels, data = levels_to_count(shop.seller, shop.house, scope="all")
    return start_take(
        seller=shop.seller, warehouse=shop.house, levels=levels, scope="all", scope_data=data,
        actor=STAFF,
    ).take  # fmt: skip


def test_a_sheet_that_was_filled_in_counts(shop: Shop) -> None:
    take = take_of(shop)
    job = shop.book("sku,expected,counted\nA,10,8\nB,10,\nX,1,1\n", "count", take=take)
    assert job.counts == {"done": 1, "already": 0, "rejected": 1}
    found = CountRow.objects.filter(take=take).order_by("sku__code").values_list("counted")
    assert list(found) == [(8,), (None,)]
    assert shop.on_hand() == {"A": 10, "B": 10}


def test_who_may_send_what(shop: Shop) -> None:
    take = take_of(shop)
    packer = Actor("user", 1, "p", scopes_of(Role.PACKER))
    file = SimpleUploadedFile("x.csv", b"sku,counted\nA,1\n")
    upload_stock_file(seller=shop.seller, file=file, mode="count", take=take, actor=packer)
    with pytest.raises(Forbidden):
        upload_stock_file(seller=shop.seller, file=file, mode="set", actor=packer)
    StockTake.objects.filter(pk=take.pk).update(state="cancelled", ended_at=take.created_at)
    take.refresh_from_db()
    with pytest.raises(Refused):
        upload_stock_file(seller=shop.seller, file=file, mode="count", take=take, actor=packer)


# --- pages ---------------------------------------------------------------------------------------


def test_from_the_page_to_the_books(shop: Shop, client: Client) -> None:
    client.force_login(shop.owner.user)
    answer = client.post(
        reverse("stock:files"),
        {
            "file": SimpleUploadedFile("stock.csv", FILE.encode()),
            "mode": "set",
            "warehouse": shop.house.pk,
        },
    )
    row = StockFile.objects.get()
    url = reverse("stock:file", args=[row.public_id])
    assert answer.headers["Location"] == url
    body = client.get(url).content.decode()
    assert "There is no SKU with this code or barcode." in body
    assert ">A4<" in body
    assert not StockMovement.objects.exists()
    client.post(reverse("stock:file_start", args=[row.public_id]))
    row.refresh_from_db()
    assert row.job_id is not None
    jobs.run_job(row.job_id)
    job = Job.objects.get(pk=row.job_id)
    assert client.get(url).headers["Location"] == reverse("jobs:job", args=[job.public_id])
    page = client.get(reverse("jobs:job", args=[job.public_id])).content.decode()
    assert "rows were left out" in page


def test_no_table_is_told_beside_the_field(shop: Shop, client: Client) -> None:
    client.force_login(shop.owner.user)
    answer = client.post(
        reverse("stock:files"),
        {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.4"), "mode": "set", "warehouse": "1"},
    )
    assert answer.status_code == 422
