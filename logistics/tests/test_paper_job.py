"""Paper for more parcels than somebody would wait for."""

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from core.errors import Forbidden, Invalid, NotFound
from logistics import paper_job
from logistics.models import Shipment
from logistics.paper.file import PAPERS
from logistics.paper_job import start_paper
from logistics.tests.conftest import Shop
from logistics.tests.test_paper import text_of
from logistics.views import paper as paper_views
from orders.models import Order, OrderEvent
from sellers import jobs
from sellers.access import scopes_of
from sellers.job_models import Job
from sellers.models import Role
from testing.api import Api
from testing.factories import STAFF, MembershipFactory, SellerFactory, at

LABEL = PAPERS["label-100x150"]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(paper_job, "_PART", 2)


def parcels(shop: Shop, n: int) -> list[Shipment]:
    shop.orders(n, stage="packed")
    return list(Shipment.objects.filter(seller=shop.seller).order_by("-pk"))


def done(job: Job) -> Job:
    assert jobs.run_job(job.pk)
    job.refresh_from_db()
    return job


def start(shop: Shop, rows: list[Shipment], **fields: Any) -> Job:
    values = {"paper": LABEL, "actor": STAFF, **fields}
    return start_paper(seller=shop.seller, shipments=[row.pk for row in rows], **values)


@pytest.mark.django_db
def test_the_file_has_every_parcel_in_the_order_of_the_list(shop: Shop) -> None:
    rows = parcels(shop, 5)
    job = done(start(shop, rows))
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    assert job.result_name.endswith(".pdf")
    document = pypdfium2.PdfDocument(job.result_file.read())
    assert [row.tracking_number in text_of(document, n) for n, row in enumerate(rows)] == [True] * 5
    assert "5/5" in text_of(document, 4)
    assert OrderEvent.objects.filter(kind="printed").count() == 5
    assert set(Shipment.objects.values_list("label_copies", flat=True)) == {1}


@pytest.mark.django_db
def test_labels_come_as_zpl_too(shop: Shop) -> None:
    job = done(start(shop, parcels(shop, 3), zpl=True))
    assert job.result_file.read().count(b"^XA") == 3
    assert jobs.send_file(job)["Content-Type"] == "application/zpl"


@pytest.mark.django_db
def test_a_killed_worker_records_nothing_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    job = start(shop, parcels(shop, 3))

    def lost(*_args: object, **_more: object) -> None:
        raise jobs.Lost

    with monkeypatch.context() as killed:
        killed.setattr(jobs.Run, "attach", lost)
        done(job)
    assert not job.result_file
    Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
    done(job)
    assert job.state == "done"
    assert job.result_file
    assert OrderEvent.objects.filter(kind="printed").count() == 3


@pytest.mark.django_db
def test_one_that_is_stopped_leaves_no_file_and_no_record(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start(shop, parcels(shop, 3))
    draw = paper_job.write_parcels

    def stopped(*args: Any, **more: Any) -> Any:
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)
        return draw(*args, **more)

    monkeypatch.setattr(paper_job, "write_parcels", stopped)
    done(job)
    assert job.state == "cancelled"
    assert not job.result_file
    assert not OrderEvent.objects.filter(kind="printed").exists()


@pytest.mark.django_db
def test_what_became_void_is_left_out_and_told(shop: Shop, client: Client) -> None:
    rows = parcels(shop, 3)
    job = start(shop, rows)
    Shipment.objects.filter(pk=rows[1].pk).update(state="void", voided_at=at("2026-01-01 00:00"))
    done(job)
    assert len(pypdfium2.PdfDocument(job.result_file.read())) == 2
    assert job.counts == {"left_out": 1}
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.PACKER).user)
    page = client.get(reverse("jobs:job", args=[job.public_id])).content.decode()
    assert "1 parcel was unpacked meanwhile" in page


@pytest.mark.django_db
def test_characters_without_a_font_are_told_with_the_file(shop: Shop, client: Client) -> None:
    rows = parcels(shop, 2)
    Order.objects.filter(shipment_lines__shipment=rows[0]).update(buyer_name="Ana \U00020bb7")
    job = done(start(shop, rows))
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.PACKER).user)
    page = client.get(reverse("jobs:job", args=[job.public_id])).content.decode()
    assert "No font has these characters: \U00020bb7" in page


@pytest.mark.django_db
def test_what_cannot_be_printed_starts_no_job(shop: Shop) -> None:
    rows = parcels(shop, 2)
    with pytest.raises(Invalid):
        start(shop, [])
    with pytest.raises(NotFound):
        start_paper(seller=SellerFactory.create(), shipments=[rows[0].pk], paper=LABEL, actor=STAFF)
    viewer = MembershipFactory.create(seller=shop.seller, role=Role.VIEWER)
    with pytest.raises(Forbidden):
        start(shop, rows, actor=STAFF.__class__("user", viewer.user_id, "V", scopes_of("viewer")))
    Shipment.objects.filter(pk=rows[1].pk).update(state="void", voided_at=at("2026-01-01 00:00"))
    with pytest.raises(Invalid):
        start(shop, rows)
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_many_from_the_page_and_over_the_api_become_a_job(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from logistics.api import paper as paper_api

    monkeypatch.setattr(paper_views, "AT_ONCE", 2)
    monkeypatch.setattr(paper_api, "AT_ONCE", 2)
    ids = [row.public_id for row in parcels(shop, 3)]
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.PACKER).user)
    asked = client.post(reverse("logistics:act"), {"action": "print", "ids": ids})
    assert (asked.context["as_job"], asked.context["ids"]) == (True, ids)
    assert f'name="ids" value="{" ".join(ids)}"' in asked.content.decode()
    sent = {"ids": " ".join(ids), "paper": "slip-a4", "format": "pdf"}
    answer = client.post(reverse("logistics:labels"), sent)
    job = Job.objects.get()
    assert answer["Location"] == reverse("jobs:job", args=[job.public_id])
    assert (job.kind, job.total, job.params["paper"]) == ("paper", 3, "slip-a4")
    response = Api(shop.seller).post("/shipments/labels", {"shipments": ids})
    assert (response.status_code, response.json()["object"]) == (202, "job")
    assert response["Location"].endswith(response.json()["id"])
