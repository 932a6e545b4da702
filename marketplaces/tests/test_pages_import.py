"""Import from the page, and the tracking spreadsheet."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from core.cells import safe_cell
from logistics.models import Carrier, Shipment, ShipmentLine
from marketplaces import actions
from marketplaces.importers import run as importer
from marketplaces.models import ColumnMapping, ImportRun
from marketplaces.tasks import purge_imports
from orders.models import Order
from sellers import jobs
from sellers.models import Job, Membership, Role, Store
from stock.models import Sku
from testing.factories import MembershipFactory, OrderFactory, StoreFactory, at

pytestmark = pytest.mark.django_db

HEADER = b"order_number,placed_at,paid_at,sku,quantity,unit_price,currency,buyer_country\n"
GOOD = b"A1,2026-11-20 09:30:00,2026-11-20 09:31:00,MUG,2,9.90,USD,BR\n"
BAD = b"B1,2026-11-20 09:30:00,2026-11-20 09:31:00,MUG,none,9.90,USD,BR\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def owner(db: None) -> Membership:
    return MembershipFactory(role=Role.OWNER)


@pytest.fixture
def store(owner: Membership) -> Store:
    return StoreFactory(seller=owner.seller, name="Shop")


@pytest.fixture
def shop(client: Client, owner: Membership, store: Store) -> Client:
    client.force_login(owner.user)
    return client


Send = Callable[..., ImportRun]


@pytest.fixture
def send(shop: Client, store: Store) -> Send:
    def send(content: bytes = HEADER + GOOD + BAD, **fields: str) -> ImportRun:
        file = SimpleUploadedFile("orders.csv", content)
        answer = shop.post("/import/", {"file": file, "store": store.pk, **fields})
        assert answer.status_code == 302, answer.context["form"].errors
        run = ImportRun.objects.latest("pk")
        assert answer["Location"] == f"/import/{run.public_id}/"
        return run

    return send


def files(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


# --- sending and looking --------------------------------------------------------------------------


def test_upload_is_looked_at_before_anything_is_written(
    shop: Client, send: Send, store: Store
) -> None:
    run = send()
    assert (run.job, run.name, run.size) == (None, "orders.csv", len(HEADER + GOOD + BAD))
    assert run.options["time_zone"] == store.time_zone
    page = shop.get(f"/import/{run.public_id}/")
    seen = page.context["preview"]
    assert (seen.encoding, seen.total, seen.wrong, seen.orders) == ("UTF-8", 2, 1, 2)
    assert [row.order_number for row in seen.rows] == ["A1"]
    assert [(e["cell"], e["name"], e["code"]) for e in page.context["errors"]] == [
        ("E3", "Quantity", "not_an_integer")
    ]
    assert "freight" in seen.missing
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "PNG file"),
        (b"PK\x03\x04" + b"x" * 100, "cannot be read"),
        (HEADER, "no rows"),
        (b"\x00\x01\x02" * 50, "not a text file"),
        (b"<html><table>", "HTML"),
        (b"a," * 301 + b"\n" + b"1," * 301, "more than 300 columns"),
        (b"order_number,sku,sku\nA,B,C\n", "more than once"),
    ],
)
def test_wrong_file_is_refused_at_the_field_and_not_kept(
    shop: Client, store: Store, media: Path, content: bytes, words: str
) -> None:
    file = SimpleUploadedFile("orders.csv", content)
    answer = shop.post("/import/", {"file": file, "store": store.pk})
    assert answer.status_code == 422
    assert words in answer.context["form"].errors["file"][0]
    assert (ImportRun.objects.count(), files(media)) == (0, [])


def test_file_that_is_too_big_is_refused_with_the_limit(
    shop: Client, store: Store, settings: Any, media: Path
) -> None:
    settings.IMPORT_MAX_BYTES = 100
    file = SimpleUploadedFile("orders.csv", HEADER + GOOD)
    answer = shop.post("/import/", {"file": file, "store": store.pk})
    assert "at most 100" in answer.context["form"].errors["file"][0].replace("\xa0", " ")
    assert (ImportRun.objects.count(), files(media)) == (0, [])


class Endless(io.RawIOBase):
    """A request of many bytes that are made while they are read."""

    def __init__(self, head: bytes, zeros: int, tail: bytes) -> None:
        self.parts = [(head, len(head)), (b"", zeros), (tail, len(tail))]
        self.length = len(head) + zeros + len(tail)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self.parts and not self.parts[0][1]:
            self.parts.pop(0)
        if not self.parts:
            return 0
        text, left = self.parts[0]
        n = min(len(buffer), left)
        buffer[:n] = text[:n] or b"0" * n
        self.parts[0] = (text[n:], left - n)
        return n


def test_what_is_far_too_big_is_refused_and_never_held_in_memory(
    shop: Client, store: Store, media: Path, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = 8 * 1024 * 1024
    shop.get("/import/")  # templates are read before memory is looked at
    head = (
        f'--B\r\nContent-Disposition: form-data; name="store"\r\n\r\n{store.pk}\r\n--B\r\n'
        'Content-Disposition: form-data; name="file"; filename="orders.csv"\r\n\r\n'
    ).encode()
    sent = Endless(head, 16 * 1024 * 1024, b"\r\n--B--\r\n")
    tracemalloc.start()
    try:
        answer = shop.request(
            PATH_INFO="/import/",
            REQUEST_METHOD="POST",
            CONTENT_TYPE="multipart/form-data; boundary=B",
            CONTENT_LENGTH=str(sent.length),
            **{"wsgi.input": io.BufferedReader(sent)},
        )
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    errors = answer.context["form"].errors["file"][0].replace("\xa0", " ")
    assert errors == "The file has 16.0 MB; at most 8.0 MB are taken. Split it into parts."
    assert most < settings.IMPORT_MAX_BYTES
    assert (ImportRun.objects.count(), files(media)) == (0, [])


def test_store_of_somebody_else_cannot_be_chosen(shop: Client) -> None:
    file = SimpleUploadedFile("orders.csv", HEADER + GOOD)
    answer = shop.post("/import/", {"file": file, "store": StoreFactory().pk})
    assert list(answer.context["form"].errors) == ["store"]
    assert not ImportRun.objects.exists()


def test_discarding_deletes_the_file(
    shop: Client, send: Send, media: Path, django_capture_on_commit_callbacks: Callable
) -> None:
    run = send()
    assert len(files(media)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        shop.post(f"/import/{run.public_id}/discard/")
    assert (ImportRun.objects.count(), files(media)) == (0, [])


def test_file_that_nobody_started_is_deleted_after_its_time(send: Send, media: Path) -> None:
    run, fresh = send(), send()
    old = timezone.now() - actions.KEEP_UNSTARTED - timedelta(hours=1)
    ImportRun.objects.filter(pk=run.pk).update(created_at=old)
    purge_imports()
    assert list(ImportRun.objects.all()) == [fresh]
    assert len(files(media)) == 1


# --- columns --------------------------------------------------------------------------------------

FOREIGN = (
    "订单号,下单时间,付款时间,国家,我的货号,数量,单价,币种\n"
    "A1,2026-11-20 09:30:00,2026-11-20 09:31:00,巴西,MUG,2,US $9.90,\n"
).encode("gbk")


def test_unknown_columns_are_asked_for_and_remembered(
    shop: Client, send: Send, owner: Membership
) -> None:
    run = send(FOREIGN)
    page = shop.get(f"/import/{run.public_id}/")
    assert (page.context["incomplete"], "preview" in page.context) == (True, False)
    form = page.context["form"]
    answers = {name: form[name].initial for name in form.fields if form[name].initial}
    assert answers["column-order_number"] == "0"
    assert "column-sku" not in answers
    shop.post(f"/import/{run.public_id}/start/")
    assert not Job.objects.exists()
    wrong = shop.post(f"/import/{run.public_id}/columns/", answers)
    assert "Still missing: SKU code / Goods as one text." in wrong.content.decode()
    twice = shop.post(f"/import/{run.public_id}/columns/", answers | {"column-sku": "0"})
    assert twice.status_code == 422
    shop.post(f"/import/{run.public_id}/columns/", answers | {"column-sku": "4"})
    seen = shop.get(f"/import/{run.public_id}/").context["preview"]
    assert [(r.order_number, r.sku, r.buyer_country, str(r.unit_price), r.currency)
            for r in seen.rows] == [("A1", "MUG", "BR", "9.9", "USD")]  # fmt: skip
    again = send(FOREIGN)
    assert shop.get(f"/import/{again.public_id}/").context["preview"].wrong == 0
    assert ColumnMapping.objects.get().updated_by == owner.user.get_full_name()


def test_rejected_rows_of_a_foreign_file_come_back_in_its_own_columns(
    shop: Client, send: Send
) -> None:
    header, row, _end = FOREIGN.decode("gbk").split("\n")
    header = header.replace("我的货号", "商品编码")
    bad = row.replace("A1", "B1").replace(",2,", ",zwei,")
    run = send(f"{header}\n{row}\n{bad}\n".encode())
    job = take(shop, run)
    assert job.counts == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    rows = list(csv.reader(io.StringIO(job.result_file.read().decode("utf-8-sig"))))
    assert rows[0] == [*header.split(","), "why it was left out"]
    assert (rows[1][0], rows[1][5]) == ("B1", "zwei")
    page = shop.get(f"/jobs/{job.public_id}/").content.decode()
    assert ">F3<" in page
    # Corrected and sent again, its columns are known though there is one more.
    mended = io.StringIO()
    csv.writer(mended).writerows([rows[0], [*rows[1][:5], "2", *rows[1][6:]]])
    again = send(mended.getvalue().encode())
    assert take(shop, again).counts["created"] == 1


def test_a_workbook_is_read_like_a_file_of_text(shop: Client, send: Send) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.decode().strip().split(","))
        at_ = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(1, 0, ["8123456789012345", "", "", "MUG", 2, 9.9, "USD", "BR"])
        sheet.write_datetime(1, 1, datetime(2026, 11, 20, 9, 30), at_)
        sheet.write_datetime(1, 2, datetime(2026, 11, 20, 9, 31), at_)
        sheet.write_row(2, 0, [8123456789012346, "2026-11-20 09:30:00", "2026-11-20 09:31:00",
                               "MUG", 1, 9.9, "USD", "BR"])  # fmt: skip
    run = send(content.getvalue())
    page = shop.get(f"/import/{run.public_id}/")
    (row,) = page.context["preview"].rows
    assert (row.order_number, row.quantity, str(row.unit_price)) == ("8123456789012345", 2, "9.9")
    assert [(e["cell"], e["code"]) for e in page.context["errors"]] == [("A3", "number_mangled")]


# --- running --------------------------------------------------------------------------------------


def take(shop: Client, run: ImportRun) -> Job:
    """Start a file and run its job."""
    shop.post(f"/import/{run.public_id}/start/")
    job = Job.objects.latest("pk")
    jobs.run_job(job.pk)
    job.refresh_from_db()
    return job


def test_started_file_is_taken_in_by_the_worker(shop: Client, send: Send) -> None:
    run = send(create_skus="on")
    answer = shop.post(f"/import/{run.public_id}/start/", follow=True)
    job = Job.objects.get()
    assert answer.redirect_chain[-1][0] == f"/jobs/{job.public_id}/"
    assert not Order.objects.exists()
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.counts["created"], job.counts["rejected"]) == ("done", 1, 1)
    assert (job.done, job.total, job.percent) == (2, 2, 100)
    assert Order.objects.get().number == "A1"
    assert Sku.objects.get().code == "MUG"
    page = shop.get(f"/jobs/{job.public_id}/").content.decode()
    assert "This is not a whole number." in page


def test_rejected_rows_are_downloaded(shop: Client, send: Send) -> None:
    job = take(shop, send())
    answer = shop.get(f"/jobs/{job.public_id}/file/")
    assert answer["Content-Disposition"] == 'attachment; filename="rejected-orders.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["order_number", "B1"]


def test_starting_and_running_twice_is_once(shop: Client, send: Send) -> None:
    run = send()
    job = take(shop, run)
    shop.post(f"/import/{run.public_id}/start/")
    assert not jobs.run_job(job.pk)
    assert (Job.objects.count(), job.counts["created"]) == (1, 1)


def test_a_worker_killed_in_the_middle_counts_no_order_twice(
    shop: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "CHUNK", 1)
    lines = [GOOD.replace(b"A1", f"A{n}".encode()) for n in range(5)]
    run = send(HEADER + BAD + b"".join(lines))
    shop.post(f"/import/{run.public_id}/start/")
    job = Job.objects.get()
    whole, calls = importer.receive_many, 0

    def dies_after_the_third(**kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        outcome = whole(**kwargs)
        if calls == 3:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(importer, "receive_many", dies_after_the_third)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_job(job.pk)
    assert Order.objects.count() == 2
    job.refresh_from_db()
    jobs.run_job(job.pk, now=job.due_at)
    job.refresh_from_db()
    assert job.state == "done"
    assert job.counts == {"created": 5, "updated": 0, "unchanged": 0, "rejected": 1}
    assert job.result["rejected_rows"] == 1
    assert (Order.objects.count(), calls) == (5, 6)


def test_stopping_keeps_what_is_in_and_tells_it(
    shop: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "CHUNK", 1)
    lines = [GOOD.replace(b"A1", f"A{n}".encode()) for n in range(3)]
    run = send(HEADER + b"".join(lines))
    shop.post(f"/import/{run.public_id}/start/")
    job = Job.objects.get()
    whole = importer.receive_many

    def stops(**kwargs: Any) -> Any:
        shop.post(f"/jobs/{job.public_id}/cancel/")
        return whole(**kwargs)

    monkeypatch.setattr(importer, "receive_many", stops)
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.counts["created"], Order.objects.count()) == ("cancelled", 1, 1)
    monkeypatch.setattr(importer, "receive_many", whole)
    shop.post(f"/jobs/{job.public_id}/resume/")
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.counts["created"], Order.objects.count()) == ("done", 3, 3)


def test_file_that_has_gone_fails_in_words(shop: Client, send: Send, media: Path) -> None:
    run = send()
    for path in files(media):
        path.unlink()
    assert "The file is no longer there." in shop.get(f"/import/{run.public_id}/").content.decode()
    job = take(shop, run)
    assert (job.state, job.failure["code"]) == ("failed", "file_gone")


def test_file_goes_with_its_job(shop: Client, send: Send, media: Path) -> None:
    job = take(shop, send())
    Job.objects.filter(pk=job.pk).update(
        finished_at=timezone.now() - jobs.KEEP_FILES - timedelta(hours=1)
    )
    jobs.purge()
    assert files(media) == []
    assert ImportRun.objects.get().job == job


# --- who may --------------------------------------------------------------------------------------


def test_another_sellers_import_does_not_exist(client: Client, send: Send) -> None:
    run = send()
    client.force_login(MembershipFactory(role=Role.OWNER).user)
    for method, path in (
        ("get", ""),
        ("post", "columns/"),
        ("post", "start/"),
        ("post", "discard/"),
    ):
        answer = getattr(client, method)(f"/import/{run.public_id}/{path}")
        assert answer.status_code == 404
    run.refresh_from_db()
    assert run.job is None


def test_role_without_stock_is_not_offered_to_create_skus(
    client: Client, owner: Membership, store: Store
) -> None:
    client.force_login(MembershipFactory(seller=owner.seller, role=Role.SUPPORT).user)
    assert "create_skus" not in client.get("/import/").context["form"].fields
    file = SimpleUploadedFile("orders.csv", HEADER + GOOD)
    client.post("/import/", {"file": file, "store": store.pk, "create_skus": "on"})
    assert ImportRun.objects.get().options["create_skus"] is False


@pytest.mark.parametrize("role", [Role.PACKER, Role.VIEWER])
def test_role_without_orders_may_not_import(client: Client, owner: Membership, role: str) -> None:
    client.force_login(MembershipFactory(seller=owner.seller, role=role).user)
    assert client.get("/import/").status_code == 403


def test_history_costs_the_same_for_one_and_for_many(
    shop: Client, send: Send, django_assert_num_queries: Callable
) -> None:
    send()
    run = ImportRun.objects.get()
    shop.get("/import/")
    with django_assert_num_queries(HISTORY_QUERIES):
        shop.get("/import/")
    for _ in range(19):
        run.pk = None
        run.job = Job.objects.create(
            seller=run.seller, kind="import", params={"run": 1, "name": "a"}
        )
        run.save()
    with django_assert_num_queries(HISTORY_QUERIES):
        shop.get("/import/")


HISTORY_QUERIES = 7


def test_template_can_be_sent_as_it_is(shop: Client, send: Send) -> None:
    answer = shop.get("/import/template.csv")
    run = send(answer.content)
    assert shop.get(f"/import/{run.public_id}/").context["preview"].wrong == 0


# --- the tracking spreadsheet ---------------------------------------------------------------------


def parcel(store: Store, number: str, tracking: str, day: str, *, declared: bool = False) -> None:
    order = OrderFactory(store=store, number=number, lines=[("MUG", 1)])
    shipment = Shipment.objects.create(
        seller=store.seller,
        carrier=Carrier.objects.get(code="yunexpress"),
        tracking_number=tracking,
        state="declared" if declared else "handed_over",
        handed_over_at=at(day),
        declared_at=at(day) if declared else None,
        country="BR",
    )
    ShipmentLine.objects.create(
        seller=store.seller, shipment=shipment, order=order, line=order.lines.get(), quantity=1
    )


@pytest.fixture
def parcels(store: Store) -> None:
    parcel(store, "=A1", "YT0000000000000001", "2026-11-20 16:30")
    parcel(store, "B1", "YT0000000000000002", "2026-11-21 15:30", declared=True)
    parcel(store, "C1", "YT0000000000000003", "2026-11-21 16:30")
    parcel(StoreFactory(), "X1", "YT0000000000000004", "2026-11-21 10:00")


def sheet(client: Client, **query: str) -> list[list[str]]:
    answer = client.get("/import/tracking-sheet/", {"file_format": "csv", **query})
    return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


def test_sheet_holds_what_is_not_uploaded_yet(shop: Client, store: Store, parcels: None) -> None:
    assert sheet(shop) == [
        ["Order number", "Store", "Carrier", "Tracking number", "Shipped"],
        ["'=A1", store.code, "YunExpress", "YT0000000000000001", "2026-11-21 00:30:00"],
        ["C1", store.code, "YunExpress", "YT0000000000000003", "2026-11-22 00:30:00"],
    ]


def test_sheet_of_a_period_counts_days_of_the_shop(shop: Client, parcels: None) -> None:
    rows = sheet(shop, which="period", since="2026-11-21", until="2026-11-21")
    assert [row[0] for row in rows[1:]] == ["'=A1", "B1"]


def test_sheet_as_a_workbook_holds_texts(shop: Client, parcels: None) -> None:
    answer = shop.get("/import/tracking-sheet/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer)))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[1:]] == ["YT0000000000000001", "YT0000000000000003"]
    assert rows[1][0] == "'=A1"


def test_sheet_of_an_impossible_period_is_refused(shop: Client) -> None:
    answer = shop.get(
        "/import/tracking-sheet/",
        {"which": "period", "since": "2026-11-22", "until": "2026-11-21"},
        follow=True,
    )
    assert "The period ends before it begins." in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        *(("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-1+1", "'-1+1"), ("@x", "'@x")),
        *(("\tx", "'\tx"), ("\rx", "'\rx"), ("\nx", "'\nx")),
        *(("+5511912345678", "+5511912345678"), ("-1.5", "-1.5"), ("A=1", "A=1"), ("", "")),
    ],
)
def test_cells_are_never_formulas(text: str, safe: str) -> None:
    assert safe_cell(text) == safe
