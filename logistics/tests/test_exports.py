"""Lists as files: what is in them, for whom, and what is recorded."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from core.actor import Actor
from core.sheets import XlsxSheet
from logistics.actions.picking import record_pick
from logistics.actions.waves import make_wave
from logistics.models import Carrier, Shipment, ShipmentLine, Wave
from logistics.tests.conftest import Shop
from orders.models import Order, OrderEvent
from sellers import exports, jobs
from sellers.models import Job, Membership, Role, Store
from stock.actions.counts import start_take
from stock.actions.transfers import create_transfer
from stock.queries.counts import levels_to_count
from testing.factories import (
    STAFF,
    MembershipFactory,
    OrderFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    SupplierFactory,
    WarehouseFactory,
    at,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory(name="Shop")


@pytest.fixture
def owner(store: Store) -> Membership:
    return MembershipFactory(seller=store.seller, role=Role.OWNER)


Take = Callable[..., list[list[Any]]]


@pytest.fixture
def take(client: Client, owner: Membership) -> Take:
    """Export a list from its page, run the job, read the file."""

    def take(name: str, *columns: str, query: str = "", member: Any = owner, **more: str) -> Any:
        client.force_login(member.user)
        data = {"columns": columns, "file_format": "csv", **more}
        answer = client.post(f"/jobs/export/{name}/?{query}", data)
        assert answer.status_code == 302, answer.content.decode()
        job = Job.objects.latest("pk")
        assert jobs.run_job(job.pk)
        job.refresh_from_db()
        assert job.state == "done", job.failure
        content = b"".join(client.get(f"/jobs/{job.public_id}/file/"))
        if more.get("file_format") == "xlsx":
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            return book.get_sheet_by_index(0).to_python()
        encoding = {"csv-gbk": "gb18030", "csv-plain": "utf-8"}.get(
            more.get("file_format", ""), "utf-8-sig"
        )
        return list(csv.reader(io.StringIO(content.decode(encoding))))

    return take


def order(store: Store, number: str, **fields: Any) -> Order:
    sku = SkuFactory(seller=store.seller, code=f"SKU-{number}")
    return OrderFactory(store=store, number=number, lines=[(sku, 2, Decimal("9.90"))], **fields)


def test_the_file_holds_what_the_filter_shows_in_its_order(take: Take, store: Store) -> None:
    order(store, "A", placed_at=at("2026-11-20 09:00"))
    order(store, "B", placed_at=at("2026-11-21 09:00"))
    order(store, "C", stage="accepted")
    order(StoreFactory(), "X")
    rows = take("orders", "number", "goods", "stage", query="stage=new&sort=placed_at&cursor=zz")
    assert rows == [
        ["Order number", "Stage", "Goods"],
        ["A", "To accept", "SKU-A × 2"],
        ["B", "To accept", "SKU-B × 2"],
    ]


def test_a_filter_that_cannot_be_read_is_refused(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    assert client.get("/jobs/export/orders/?stage=nonsense").status_code == 422
    assert not Job.objects.exists()


def test_times_are_those_of_the_person_and_headers_in_the_persons_language(
    take: Take, owner: Membership, store: Store
) -> None:
    order(store, "A", placed_at=at("2026-11-20 09:00"))
    owner.user.language, owner.user.time_zone = "zh-hans", "Asia/Shanghai"
    owner.user.save()
    assert take("orders", "number", "placed_at") == [
        ["订单号", "下单时间"],
        ["A", "2026-11-20 17:00:00"],
    ]


def test_formulas_are_escaped_and_chinese_survives_gbk(take: Take, store: Store) -> None:
    order(store, "=1+1", remark="请用红色纸 ã 😀")
    for file_format in ("csv", "csv-plain", "csv-gbk"):
        rows = take("orders", "number", "remark", file_format=file_format)
        assert rows[1] == ["'=1+1", "请用红色纸 ã 😀"]


def test_a_workbook_keeps_long_numbers_as_texts_and_amounts_as_numbers(
    take: Take, store: Store
) -> None:
    order(store, "8123456789012345", placed_at=at("2026-11-20 09:00"))
    rows = take("orders", "number", "placed_at", "goods_amount", file_format="xlsx")
    assert rows[1] == ["8123456789012345", datetime(2026, 11, 20, 17, 0), 19.8]


def test_buyers_are_masked_unless_asked_for_and_then_it_is_recorded(
    take: Take, store: Store
) -> None:
    columns = ("number", "buyer", "phone", "address")
    mine = order(store, "A", buyer_name="Ana", buyer_phone="+55119", address="Av. 1")
    assert take("orders", *columns)[1] == ["A", "A•••", "•••••", "•••••"]
    assert not OrderEvent.objects.filter(kind="revealed").exists()
    assert take("orders", *columns, buyers="on")[1] == ["A", "Ana", "+55119", "Av. 1"]
    event = OrderEvent.objects.get(kind="revealed")
    assert (event.order_id, event.data) == (mine.pk, {"export": Job.objects.latest("pk").public_id})


def test_who_may_not_see_buyers_cannot_take_them_out(take: Take, store: Store) -> None:
    order(store, "A", buyer_name="Ana")
    viewer = MembershipFactory(seller=store.seller, role=Role.VIEWER)
    assert take("orders", "number", "buyer", member=viewer, buyers="on")[1] == ["A", "A•••"]
    assert not OrderEvent.objects.filter(kind="revealed").exists()


def test_money_is_not_offered_to_who_may_not_see_it(
    client: Client, store: Store, take: Take
) -> None:
    order(store, "A")
    packer = MembershipFactory(seller=store.seller, role=Role.PACKER)
    client.force_login(packer.user)
    data = {"columns": ["number", "goods_amount"], "file_format": "csv"}
    assert client.post("/jobs/export/orders/", data).status_code == 422
    assert take("orders", "number", member=packer)[1] == ["A"]
    assert client.get("/jobs/export/nothing/").status_code == 404


def test_a_file_with_money_is_hidden_from_who_sees_none(
    take: Take, client: Client, store: Store
) -> None:
    order(store, "A")
    take("orders", "number", "goods_amount")
    job = Job.objects.get()
    client.force_login(MembershipFactory(seller=store.seller, role=Role.PACKER).user)
    assert client.get(f"/jobs/{job.public_id}/file/").status_code == 404


def test_columns_are_remembered(take: Take, client: Client, store: Store) -> None:
    order(store, "A")
    take("orders", "number", "city", file_format="csv-gbk")
    form = client.get("/jobs/export/orders/").context["form"]
    assert (form["columns"].initial, form["file_format"].initial) == (["number", "city"], "csv-gbk")


def test_parcels_stand_beside_their_orders(take: Take, store: Store) -> None:
    mine = order(store, "A")
    order(store, "B")
    parcel = Shipment.objects.create(
        seller=store.seller,
        carrier=Carrier.objects.get(code="yunexpress"),
        tracking_number="YT0000000000000001",
        country="BR",
        packed_at=at("2026-11-20 09:00"),
    )
    ShipmentLine.objects.create(
        seller=store.seller, shipment=parcel, order=mine, line=mine.lines.get(), quantity=2
    )
    rows = take("orders", "number", "carrier", "tracking", query="sort=placed_at")
    assert sorted(rows[1:]) == [["A", "YunExpress", "YT0000000000000001"], ["B", "", ""]]
    assert take("shipments", "orders", "number", "units")[1:] == [["A", "YT0000000000000001", "2"]]


def test_the_other_lists(take: Take, store: Store) -> None:
    level = StockLevelFactory(seller=store.seller, on_hand=3)
    OrderFactory(store=store, number="A", lines=[(level.sku, 5), ("WHAT", 1)])
    code = level.sku.code
    assert take("stock", "sku", "on_hand", "wanted", "short")[1:] == [[code, "3", "5", "2"]]
    assert take("ledger", "sku", "kind", "on_hand")[1:] == [[code, "Received", "3"]]
    assert take("shortages", "sku", "missing")[1:] == [[code, "2"]]
    assert take("unmapped", "code", "units")[1:] == [["WHAT", "1"]]
    lines = take("order-lines", "number", "sku", "sku_code", "quantity")
    assert [row[0::3] for row in lines[1:]] == [["A", "5"], ["A", "1"]]


def test_statements_do_not_grow_with_the_rows(
    take: Take,
    store: Store,
    owner: Membership,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    def run(n: int) -> None:
        for i in range(n):
            order(store, f"N{Order.objects.count()}-{i}")
        export = exports.export_of("orders", Actor("user", owner.user_id, "x"))
        job = exports.start_export(
            "orders",
            seller=store.seller,
            actor=Actor("user", owner.user_id, "x"),
            query="",
            columns=[column.name for column in export.columns],
            file_format="xlsx",
        )
        with django_assert_num_queries(EXPORT_QUERIES):
            jobs.run_job(job.pk)

    run(1)
    run(12)


EXPORT_QUERIES = 16


def test_a_full_sheet_is_followed_by_another() -> None:
    file = io.BytesIO()
    sheet = XlsxSheet(file, ["N"], UTC, max_rows=2)
    for n in range(3):
        sheet.write([n])
    sheet.close()
    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    assert [book.get_sheet_by_index(i).to_python() for i in (0, 1)] == [
        [["N"], [0.0], [1.0]],
        [["N"], [2.0]],
    ]


def test_stock_takes_transfers_and_suppliers(take: Take, owner: Membership) -> None:
    near = WarehouseFactory(seller=owner.seller, name="Near")
    far = WarehouseFactory(seller=owner.seller, name="Far")
    sku = SkuFactory(seller=owner.seller, code="MUG")
    StockLevelFactory(sku=sku, warehouse=near, on_hand=9)
    SupplierFactory(seller=owner.seller, name="=Kiln", lead_days=4)
    SupplierFactory(name="Another shop's")
    levels, data = levels_to_count(owner.seller, near, scope="all")
    start_take(
        seller=owner.seller, warehouse=near, levels=levels, scope="all", scope_data=data,
        actor=STAFF,
    )  # fmt: skip
    create_transfer(
        seller=owner.seller, source=near, target=far, units={sku.pk: 3}, note="", actor=STAFF
    )
    assert take("stock-takes", "number", "warehouse", "skus", "counted", "differences")[1:] == [
        ["ST-1", "Near", "1", "0", ""]
    ]
    columns = ("number", "source", "target", "units", "on_the_way")
    assert take("transfers", *columns)[1:] == [["TR-1", "Near", "Far", "3", "0"]]
    assert take("transfers", *columns, query="show=sent")[1:] == []
    assert take("suppliers", "name", "lead_days")[1:] == [["'=Kiln", "4"]]


def test_waves_with_what_came_of_them(take: Take, shop: Shop, make_shop: Any) -> None:
    def wave(whose: Shop, n: int) -> Wave:
        ready = [o.pk for o in whose.orders(n, stage="stocked", units=2)]
        made, _outcome = make_wave(
            seller=whose.seller, warehouse=whose.warehouse, orders=ready, actor=STAFF
        )
        return made

    done, begun = wave(shop, 1), wave(shop, 2)
    wave(make_shop(), 1)
    level, seller = shop.level.pk, shop.seller
    for each in (done, begun):
        record_pick(
            seller=seller, wave=each.pk, level=level, quantity=2, client_id=each.code, actor=STAFF
        )
    rows = take(
        *("waves", "code", "state", "orders", "units", "picked", "picker", "closed_at"),
        member=MembershipFactory(seller=seller),
    )
    assert [row[:5] for row in rows[1:]] == [
        [begun.code, "open", "2", "4", "2"],
        [done.code, "finished", "1", "2", "2"],
    ]
