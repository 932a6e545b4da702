"""Import from the page, and the tracking spreadsheet."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from core.cells import safe_cell
from logistics.models import Carrier, Shipment, ShipmentLine
from marketplaces import actions
from marketplaces.models import ImportRun, ImportState
from marketplaces.tasks import resume_imports, run_import_file
from orders.models import Order
from sellers.models import Membership, Role, Store
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
    assert (run.state, run.name, run.size) == ("uploaded", "orders.csv", len(HEADER + GOOD + BAD))
    assert run.options["time_zone"] == store.time_zone
    page = shop.get(f"/import/{run.public_id}/")
    seen = page.context["preview"]
    assert (seen.encoding, seen.total, seen.wrong, seen.orders) == ("UTF-8", 2, 1, 2)
    assert [row.order_number for row in seen.rows] == ["A1"]
    assert [(e.row, e.column, e.code) for e in seen.errors] == [(3, "quantity", "not_an_integer")]
    assert "freight" in seen.missing
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"x" * 100, "Save it as CSV"),
        (b"order_number,sku\n1,2\n", "The header has no column"),
        (HEADER, "no rows"),
        (b"\x00\x01\x02" * 50, "not a text file"),
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


# --- running --------------------------------------------------------------------------------------


def test_started_file_is_taken_in_by_the_worker(shop: Client, send: Send) -> None:
    run = send(create_skus="on")
    shop.post(f"/import/{run.public_id}/start/")
    waiting = shop.get(f"/import/{run.public_id}/", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    assert not Order.objects.exists()
    run_import_file(run.pk)
    run.refresh_from_db()
    assert (run.state, run.created, run.rejected, run.rejected_rows) == ("done", 1, 1, 1)
    assert (run.rows_done, run.rows_total, run.percent) == (2, 2, 100)
    assert Order.objects.get().number == "A1"
    assert Sku.objects.get().code == "MUG"
    page = shop.get(f"/import/{run.public_id}/").content.decode()
    assert "every 2s" not in page
    assert "This is not a whole number." in page


def test_rejected_rows_are_downloaded(shop: Client, send: Send) -> None:
    run = send()
    shop.post(f"/import/{run.public_id}/start/")
    run_import_file(run.pk)
    answer = shop.get(f"/import/{run.public_id}/rejected.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="rejected-orders.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["order_number", "B1"]


def test_starting_and_running_twice_is_once(shop: Client, send: Send) -> None:
    run = send()
    shop.post(f"/import/{run.public_id}/start/")
    shop.post(f"/import/{run.public_id}/start/")
    assert actions.run_file(run.pk) is True
    assert actions.run_file(run.pk) is False
    shop.post(f"/import/{run.public_id}/start/")
    run.refresh_from_db()
    assert (run.state, run.created) == ("done", 1)


def test_run_that_lost_its_worker_is_taken_up(send: Send) -> None:
    run = send()
    silent = timezone.now() - actions.SILENT - timedelta(seconds=1)
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.RUNNING, beat_at=timezone.now())
    resume_imports()
    assert not Order.objects.exists()
    ImportRun.objects.filter(pk=run.pk).update(beat_at=silent)
    resume_imports()
    assert Order.objects.count() == 1


def test_file_that_has_gone_fails_in_words(shop: Client, send: Send, media: Path) -> None:
    run = send()
    for path in files(media):
        path.unlink()
    assert "The file is no longer there." in shop.get(f"/import/{run.public_id}/").content.decode()
    shop.post(f"/import/{run.public_id}/start/")
    run_import_file(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure["code"]) == ("failed", "file_gone")


# --- who may --------------------------------------------------------------------------------------


def test_another_sellers_import_does_not_exist(client: Client, send: Send) -> None:
    run = send()
    client.force_login(MembershipFactory(role=Role.OWNER).user)
    for method, path in (
        ("get", ""),
        ("get", "rejected.csv"),
        ("post", "start/"),
        ("post", "discard/"),
    ):
        answer = getattr(client, method)(f"/import/{run.public_id}/{path}")
        assert answer.status_code == 404
    run.refresh_from_db()
    assert run.state == "uploaded"


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
        run.save()
    with django_assert_num_queries(HISTORY_QUERIES):
        shop.get("/import/")


HISTORY_QUERIES = 8


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
