"""Order files all the way in: grouping, shops, wrong rows, history, the command."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actor import Actor
from core.errors import Forbidden
from marketplaces.importers import run
from marketplaces.importers.order_csv import COLUMNS, FileProblem
from marketplaces.importers.rejected import write_rejected
from marketplaces.importers.run import ImportResult, run_import
from marketplaces.importers.shops import OwnStores, ShopsOfFile
from orders.models import Deadline, Order, OrderEvent, OrderLine
from sellers.models import Seller, Store
from stock.models import Sku, Warehouse
from testing.factories import StoreFactory, at

pytestmark = pytest.mark.django_db

NOW = at("2026-11-24 04:00")
ZONE = ZoneInfo("Asia/Shanghai")
ACTOR = Actor("import", None, "import")
GOOD = {
    "order_number": "A1",
    "seller": "acme",
    "placed_at": "2026-11-20 09:30:00",
    "paid_at": "2026-11-20 09:31:00",
    "sku": "MUG",
    "title": "Mug",
    "quantity": "2",
    "unit_price": "9.90",
    "currency": "USD",
    "buyer_country": "BR",
}


def write(path: Path, *rows: dict[str, str], encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(GOOD | row for row in rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory(code="main", marketplace="other")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


def take(path: Path, store: Store, **options: Any) -> ImportResult:
    options = {"zone": ZONE, "now": NOW, "shops": OwnStores(store), "actor": ACTOR} | options
    return run_import(path, **options)


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.created, result.updated, result.unchanged, result.rejected


def reasons(result: ImportResult) -> list[tuple[int, str, str]]:
    return sorted((r.row, r.column, r.code) for r in result.rejections)


# --- rows become orders ---------------------------------------------------------------------------


def test_columns_of_a_row_become_an_order(store: Store, file: Path) -> None:
    write(
        file,
        {
            "buyer_id": "b1",
            "buyer_name": "王小明",
            "buyer_phone": "+5511912345678",
            "buyer_address": "Rua A 1",
            "buyer_state": "SP",
            "buyer_city": "São Paulo",
            "buyer_postcode": "01310-100",
            "remark": "gift",
            "freight": "1.50",
            "platform_status": "paid",
            "deliver_by": "2026-12-20 00:00:00",
            "ship_by": "2026-11-23 23:59:59",
        },
    )
    assert counts(take(file, store)) == (1, 0, 0, 0)
    order = Order.objects.get()
    assert (order.number, order.store_id, order.stage) == ("A1", store.pk, "new")
    assert (order.placed_at, order.paid_at) == (at("2026-11-20 01:30"), at("2026-11-20 01:31"))
    assert (order.buyer_ref, order.buyer_name, order.address) == ("b1", "王小明", "Rua A 1")
    assert (order.remark, str(order.freight_amount), order.marketplace_status) == (
        *("gift", "1.50", "paid"),
    )
    assert order.ship_by == at("2026-11-23 16:00") - timedelta(seconds=1)
    assert order.deliver_by == at("2026-12-19 16:00")


def test_rows_of_one_order_need_not_stand_together(store: Store, file: Path) -> None:
    write(
        file,
        {"sku": "A", "freight": "1"},
        {"order_number": "B1"},
        {"sku": "B", "freight": "2"},
        {"order_number": "C1"},
        {"sku": "C", "freight": "3.50"},
    )
    result = take(file, store)
    assert (result.rows, counts(result)) == (5, (3, 0, 0, 0))
    order = Order.objects.get(number="A1")
    assert list(order.lines.order_by("position").values_list("sku_code", flat=True)) == [
        *("A", "B", "C"),
    ]
    assert (order.units, str(order.freight_amount)) == (6, "6.50")


def test_chunks_do_not_change_the_result(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 2)
    write(file, *({"order_number": f"N{i % 5}", "sku": f"S{i}"} for i in range(10)))
    told: list[tuple[int, int, int]] = []

    def step(rows: int, total: int, work: Callable[[], ImportResult]) -> ImportResult:
        part = work()
        told.append((part.created, rows, total))
        return part

    result = take(file, store, step=step)
    assert counts(result) == (5, 0, 0, 0)
    assert {order.lines.count() for order in Order.objects.all()} == {2}
    assert told == [(2, 7, 10), (2, 9, 10), (1, 10, 10)]


def test_same_file_twice_changes_nothing(store: Store, file: Path) -> None:
    write(file, {}, {"order_number": "B1", "handed_over_at": "2026-11-21 10:00:00"})
    take(file, store)
    before = list(Order.objects.values()), list(OrderEvent.objects.values())
    assert counts(take(file, store)) == (0, 0, 2, 0)
    assert (list(Order.objects.values()), list(OrderEvent.objects.values())) == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_encodings(store: Store, file: Path, encoding: str) -> None:
    write(file, {"buyer_name": "王小明", "title": "马克杯"}, encoding=encoding)
    assert counts(take(file, store)) == (1, 0, 0, 0)
    assert Order.objects.get().buyer_name == "王小明"


def test_history_arrives_in_the_stage_it_reached(store: Store, file: Path) -> None:
    old = {"placed_at": "2026-10-12 09:00:00", "paid_at": "2026-10-12 09:00:00"}
    over = {"handed_over_at": "2026-10-13 09:00:00"}
    write(
        file,
        {"order_number": "open"},
        {"order_number": "gone", **old, **over},
        {"order_number": "done", **old, **over, "delivered_at": "2026-10-30 09:00:00"},
        {"order_number": "off", **old, "platform_status": "canceled"},
        {"order_number": "late off", **old, **over, "platform_status": "Cancelled"},
        {"order_number": "soon", "handed_over_at": "2026-11-25 09:00:00"},
    )
    take(file, store)
    assert dict(Order.objects.values_list("number", "stage")) == {
        "open": "new",
        "gone": "uploaded",
        "done": "confirmed",
        "off": "cancelled",
        "late off": "cancelled",
        "soon": "new",
    }
    met = Deadline.objects.filter(kind="ship_by", outcome="met")
    assert set(met.values_list("order__number", "stopped_at")) == {
        (number, at("2026-10-13 01:00")) for number in ("gone", "done", "late off")
    }


def test_shift_to_now_moves_all_times_by_whole_days(store: Store, file: Path) -> None:
    write(
        file,
        {"placed_at": "2018-09-03 09:06:57", "paid_at": "2018-09-03 17:40:06"},
        {
            "order_number": "B1",
            "placed_at": "2018-08-03 09:00:00",
            "paid_at": "2018-08-03 09:00:00",
        },
    )
    result = take(file, store, to_now=True)
    new, old = (Order.objects.get(number=number) for number in ("A1", "B1"))
    assert new.placed_at == at("2026-11-24 01:06") + timedelta(seconds=57)
    assert new.paid_at - new.placed_at == timedelta(hours=8, minutes=33, seconds=9)
    assert old.placed_at == at("2018-08-03 01:00") + timedelta(days=result.shift_days)


# --- wrong rows -----------------------------------------------------------------------------------


def test_wrong_row_leaves_out_its_whole_order_and_no_other(store: Store, file: Path) -> None:
    write(
        file,
        {},
        {"order_number": "B1"},
        {"quantity": "-1", "currency": "XYZW"},
        {"order_number": "C1", "paid_at": ""},
        {"order_number": "D1"},
    )
    result = take(file, store)
    assert counts(result) == (2, 0, 0, 2)
    assert set(Order.objects.values_list("number", flat=True)) == {"B1", "D1"}
    assert reasons(result) == [
        (2, "", "order_incomplete"),
        (4, "currency", "unknown_currency"),
        (4, "quantity", "out_of_range"),
        (5, "paid_at", "not_paid"),
    ]


def test_wrong_first_row_leaves_out_the_rows_after_it(store: Store, file: Path) -> None:
    write(file, {"quantity": "none"}, {"order_number": "B1"}, {"sku": "CUP"})
    result = take(file, store)
    assert counts(result) == (1, 0, 0, 1)
    assert reasons(result) == [(2, "quantity", "not_an_integer"), (4, "", "order_incomplete")]


def test_what_only_the_order_shows_is_told_by_row_and_column(store: Store, file: Path) -> None:
    write(file, *({"sku": f"S{i}"} for i in range(501)), {"order_number": "B1"})
    result = take(file, store)
    assert counts(result) == (1, 0, 0, 1)
    assert reasons(result)[0] == (2, "", "too_many")
    assert len(result.rejected_rows) == 501


def test_rejected_rows_come_as_a_file_to_correct(store: Store, file: Path) -> None:
    write(
        file,
        {"title": "=1+1", "buyer_phone": "+5511912345678", "quantity": "0"},
        {"order_number": "B1"},
    )
    result = take(file, store)
    target = io.BytesIO()
    write_rejected(file, target, result)
    rows = list(csv.DictReader(io.StringIO(target.getvalue().decode("utf-8-sig"))))
    assert len(rows) == 1
    assert (rows[0]["order_number"], rows[0]["title"], rows[0]["buyer_phone"]) == (
        *("A1", "'=1+1", "+5511912345678"),
    )
    assert rows[0]["why it was left out"].startswith("quantity: ")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "not_csv"),
        (b"a,b\n1,2\n", "missing_columns"),
        (b"order_number,placed_at\xff\xff\xff\xff", "encoding"),
    ],
)
def test_file_that_cannot_be_read_changes_nothing(
    store: Store, file: Path, content: bytes, code: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(FileProblem) as problem:
        take(file, store)
    assert problem.value.code == code
    assert not Order.objects.exists()


# --- shops ----------------------------------------------------------------------------------------


def test_column_store_names_another_store_of_the_seller(store: Store, file: Path) -> None:
    other = StoreFactory(seller=store.seller, code="second")
    StoreFactory(code="foreign")
    write(
        file,
        {"order_number": "A", "store": "main"},
        {"order_number": "B", "store": "second"},
        {"order_number": "C", "store": "foreign"},
    )
    result = take(file, store)
    assert reasons(result) == [(4, "store", "unknown_store")]
    assert dict(Order.objects.values_list("number", "store_id")) == {"A": store.pk, "B": other.pk}


def test_column_seller_does_not_split_an_order_of_ones_own(store: Store, file: Path) -> None:
    write(file, {"seller": "x", "sku": "A"}, {"seller": "y", "sku": "B"})
    assert counts(take(file, store)) == (1, 0, 0, 0)
    assert OrderLine.objects.count() == 2


def test_shops_of_the_file_are_created_once(file: Path) -> None:
    write(
        file,
        {"seller": "acme"},
        {"seller": "bolt"},
        {"seller": ""},
        {"seller": "no spaces", "order_number": "B1"},
    )
    for expected in ((2, 0, 0, 2), (0, 0, 2, 2)):
        result = run_import(
            file,
            shops=ShopsOfFile(ACTOR, "America/Sao_Paulo"),
            actor=ACTOR,
            zone=ZONE,
            create_skus=True,
            now=NOW,
        )
        assert counts(result) == expected
        assert reasons(result) == [(4, "seller", "required"), (5, "seller", "bad_code")]
    assert list(Seller.objects.order_by("code").values_list("code", "name", "status")) == [
        ("acme", "acme", "approved"),
        ("bolt", "bolt", "approved"),
    ]
    assert set(Store.objects.values_list("seller__code", "code", "time_zone")) == {
        ("acme", "acme", "America/Sao_Paulo"),
        ("bolt", "bolt", "America/Sao_Paulo"),
    }
    assert Warehouse.objects.filter(code="MAIN").count() == 2
    assert Sku.objects.filter(code="MUG").count() == 2
    assert not OrderLine.objects.filter(sku=None).exists()


def test_skus_are_created_with_weight_and_size(store: Store, file: Path) -> None:
    size = {"weight_grams": "320", "length_cm": "12", "width_cm": "10", "height_cm": "9"}
    write(file, size, {"order_number": "B1", "sku": "CUP", "title": ""})
    take(file, store, create_skus=True)
    mug, cup = (Sku.objects.get(code=code) for code in ("MUG", "CUP"))
    assert (mug.name, mug.weight_grams) == ("Mug", 320)
    assert (mug.length_mm, mug.width_mm, mug.height_mm) == (120, 100, 90)
    assert cup.name == "CUP"
    assert OrderLine.objects.get(order__number="A1").sku == mug


def test_creating_shops_or_skus_needs_its_scope(store: Store, file: Path) -> None:
    write(file, {})
    actor = Actor("key", 1, "k", frozenset({"orders:write"}))
    with pytest.raises(Forbidden):
        take(file, store, actor=actor, create_skus=True)
    with pytest.raises(Forbidden):
        take(file, store, actor=actor, shops=ShopsOfFile(actor, "Asia/Shanghai"))
    assert (Order.objects.count(), Sku.objects.count(), Seller.objects.count()) == (0, 0, 1)


def test_statements_follow_the_chunks_not_the_orders_or_shops(file: Path) -> None:
    found = []
    for n in (1, 50, 500):
        write(file, *({"order_number": f"{n}-{i}", "seller": f"s{n}-{i}"} for i in range(n)))
        with CaptureQueriesContext(connection) as queries:
            run_import(
                file, shops=ShopsOfFile(ACTOR, "UTC"), actor=ACTOR, zone=ZONE, create_skus=True
            )
        found.append(len(queries))
    assert found[0] == found[1] == found[2]


# --- the command ----------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_orders", *arguments, stdout=out)
    return out.getvalue()


def test_command_prints_json(store: Store, file: Path) -> None:
    write(file, {}, {"order_number": "B1", "quantity": "x"})
    result = json.loads(command(str(file), "--store", "main", "--json"))
    assert result["rows"] == 2
    assert result["orders"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    (rejected,) = result["rejected"]
    assert rejected.pop("detail")
    assert rejected == {"row": 3, "column": "quantity", "value": "x", "code": "not_an_integer"}


def test_command_prints_words(store: Store, file: Path) -> None:
    write(file, {}, {"order_number": "B1", "quantity": "x"})
    lines = command(str(file), "--store", "main").splitlines()
    assert lines[:2] == [
        "2 rows, read as utf-8-sig.",
        "Orders: 1 created, 0 updated, 0 unchanged, 1 rejected.",
    ]
    assert lines[2].startswith("Row 3, quantity: ")


def test_command_reads_times_in_the_named_zone(store: Store, file: Path) -> None:
    write(file, {})
    command(str(file), "--store", "main", "--timezone", "America/Sao_Paulo")
    assert Order.objects.get().paid_at == at("2026-11-20 12:31")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--store", "none"), "There is no store “none”."),
        (("--store", "main", "--timezone", "Mars/Base"), "“Mars/Base” is not a time zone."),
        (("--store", "twice"), "Several sellers have a store “twice”."),
    ],
)
def test_command_refuses_in_a_sentence(
    store: Store, file: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    StoreFactory(code="twice")
    StoreFactory(code="twice")
    write(file, {})
    with pytest.raises(CommandError, match=sentence.replace(".", r"\.")):
        command(str(file), *arguments)
    assert not Order.objects.exists()


def test_command_needs_a_file_that_is_there_and_can_be_read(store: Store, file: Path) -> None:
    with pytest.raises(CommandError, match="cannot be opened"):
        command(str(file), "--store", "main")
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="The file is empty"):
        command(str(file), "--store", "main")


def test_command_takes_the_sellers_store_of_that_code(file: Path) -> None:
    first, second = StoreFactory(code="twice"), StoreFactory(code="twice")
    write(file, {})
    command(str(file), "--store", "twice", "--seller", second.seller.code)
    assert Order.objects.get().store_id == second.pk != first.pk
