"""Actions on many orders as jobs: every order once, answers per order, the refused ones again."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from core.actor import Actor
from core.outcome import RowOutcome
from orders import bulk_jobs
from orders.models import Order, OrderEvent
from sellers import jobs
from sellers.models import Job, Store
from testing.factories import MembershipFactory, OrderFactory, SkuFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(bulk_jobs, "MAX_BATCH", 2)


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory()


def owner_of(store: Store) -> Actor:
    member = MembershipFactory(seller=store.seller)
    return Actor("user", member.user_id, "Owner")


def orders_of(store: Store, *stages: str) -> list[Order]:
    sku = SkuFactory(seller=store.seller)
    return [
        OrderFactory(store=store, number=f"N{n}", stage=stage, lines=[(sku, 1)])
        for n, stage in enumerate(stages)
    ]


def begin(store: Store, orders: list[Order], actor: Actor, action: str = "accept") -> Job:
    ids = [order.pk for order in orders]
    return bulk_jobs.start_bulk(action, seller=store.seller, ids=ids, actor=actor)


def test_every_order_is_answered_in_the_file_and_by_reason_on_the_page(
    store: Store, client: Client
) -> None:
    orders = orders_of(store, "new", "new", "cancelled", "accepted", "cancelled")
    stranger = OrderFactory(number="X")
    job = begin(store, [*orders, stranger], owner_of(store))
    assert job.parts.count() == 3
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert job.counts == {"done": 2, "already": 1, "refused": 2}
    rows = list(csv.reader(io.StringIO(job.result_file.read().decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [
        ["Order number", "Result", "Stage"],
        ["N0", "Done", "To allocate"],
        ["N1", "Done", "To allocate"],
        ["N2", "Refused", "Cancelled"],
        ["N3", "Was so already", "To allocate"],
        ["N4", "Refused", "Cancelled"],
    ]
    assert [(group["n"], len(group["rows"])) for group in job.result["groups"]] == [(2, 2)]
    client.force_login(MembershipFactory(seller=store.seller).user)
    page = client.get(f"/jobs/{job.public_id}/").content.decode()
    assert f"/orders/{orders[2].public_id}/" in page
    stranger.refresh_from_db()
    assert stranger.stage == "new"


def test_a_worker_killed_in_the_middle_does_no_order_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = orders_of(store, *["new"] * 5)
    job = begin(store, orders, owner_of(store))
    whole = bulk_jobs.perform
    calls = 0

    def dies_after_the_second(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        outcome = whole(*args, **kwargs)
        if calls == 2:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(bulk_jobs, "perform", dies_after_the_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_job(job.pk)
    assert Order.objects.filter(stage="accepted").count() == 2
    job.refresh_from_db()
    jobs.run_job(job.pk, now=job.due_at)
    job.refresh_from_db()
    assert (job.state, job.counts["done"], job.counts["already"]) == ("done", 5, 0)
    assert OrderEvent.objects.filter(kind="accepted").count() == 5


def test_what_was_refused_can_be_tried_again(store: Store, client: Client) -> None:
    member = MembershipFactory(seller=store.seller)
    first, second, gone = orders_of(store, "new", "new", "cancelled")
    job = begin(store, [first, second, gone], Actor("user", member.user_id, "Owner"))
    jobs.run_job(job.pk)
    client.force_login(member.user)
    assert "Try the refused ones again" in client.get(f"/jobs/{job.public_id}/").content.decode()
    client.post(f"/jobs/{job.public_id}/again/")
    new = Job.objects.latest("pk")
    assert [part.work for part in new.parts.all()] == [[gone.pk]]


def test_parameters_reach_the_action(store: Store) -> None:
    (order,) = orders_of(store, "new")
    job = bulk_jobs.start_bulk(
        "hold",
        seller=store.seller,
        ids=[order.pk],
        actor=owner_of(store),
        params={"reason": "buyer", "note": "blue?"},
    )
    jobs.run_job(job.pk)
    assert order.holds.get().note == "blue?"


def test_a_refusal_from_before_is_told_instead(store: Store) -> None:
    done, gone = orders_of(store, "new", "cancelled")
    before = [RowOutcome(o.pk, o.number, "refused", o.stage, "bad", "Bad.") for o in (done, gone)]
    job = bulk_jobs.start_bulk(
        "accept",
        seller=store.seller,
        ids=[done.pk, gone.pk],
        actor=owner_of(store),
        instead=before,
    )
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.counts["done"], job.result["groups"][0]["detail"]) == (1, "Bad.")
