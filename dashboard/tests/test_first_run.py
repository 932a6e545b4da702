"""The first run: steps from what is there, sample data in and out again without a trace."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from core.actor import Actor
from core.errors import Forbidden, Invalid, Refused
from dashboard import samples
from dashboard.first_run import first_run
from dashboard.invariants import broken
from dashboard.samples import has_samples, load_samples, remove_samples
from logistics.models import PackOrder, PackSession, Scan, Wave
from orders.actions.receive import receive_orders
from orders.models import Order, OrderEvent, Penalty
from orders.sweep import sweep_deadlines
from orders.tests.test_receive import draft
from sellers.access import scopes_of
from sellers.models import Seller, Store
from stock.actions.levels import Move, post_movements
from stock.models import Sku, StockMovement, Warehouse
from testing.factories import (
    MembershipFactory,
    OrderFactory,
    SellerFactory,
    SkuFactory,
    StockLevelFactory,
    StoreFactory,
    UserFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db

OWNER = Actor("user", 1, "Owner", scopes_of("owner"))
#: What counts requests and runs by itself, not what people made.
ASIDE = {"core_outboxmessage", "orders_stagecount", "django_session", "sellers_user"}


def everything() -> dict[str, list[dict[str, Any]]]:
    return {
        m._meta.db_table: list(m._default_manager.order_by("pk").values())
        for m in apps.get_models()
        if m._meta.managed and m._meta.db_table not in ASIDE
    }


@pytest.fixture
def seller() -> Seller:
    return SellerFactory()


@pytest.fixture
def owner(client: Client, seller: Seller) -> Client:
    client.force_login(MembershipFactory(seller=seller, role="owner").user)
    return client


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def done(seller: Seller) -> list[str]:
    seller.refresh_from_db()
    return [step.name for step in first_run(seller).steps if step.done]


def test_an_empty_shop_has_done_nothing(seller: Seller) -> None:
    run = first_run(seller)
    assert (run.done, run.complete, run.samples) == (0, False, False)
    assert run.current is not None
    assert run.current.name == "store"


def test_each_step_is_done_by_what_is_there(seller: Seller, owner: Client) -> None:
    store = StoreFactory(seller=seller)
    assert done(seller) == ["store"]
    warehouse = WarehouseFactory(seller=seller)
    sku = SkuFactory(seller=seller)
    assert done(seller) == ["store", "warehouse", "skus"]
    StockLevelFactory(seller=seller, sku=sku, warehouse=warehouse, on_hand=3)
    MembershipFactory(seller=seller, role="packer")
    OrderFactory(store=store)
    for mark in ("clock", "calendar"):
        owner.post("/setup/mark/", {"mark": mark})
    seller.refresh_from_db()
    assert first_run(seller).complete


def test_what_somebody_said_can_be_taken_back(seller: Seller, owner: Client) -> None:
    owner.post("/setup/mark/", {"mark": "people"})
    assert done(seller) == ["people"]
    owner.post("/setup/mark/", {"mark": "people", "on": "0"})
    assert done(seller) == []


def test_a_mark_that_is_none_changes_nothing(seller: Seller, owner: Client) -> None:
    owner.post("/setup/mark/", {"mark": "orders"})
    assert done(seller) == []


def test_the_steps_take_one_query(seller: Seller) -> None:
    with CaptureQueriesContext(connection) as captured:
        first_run(seller)
    assert len(captured) == 1


def test_an_empty_shop_is_led_through_the_steps_on_today(owner: Client) -> None:
    page = owner.get("/").content.decode()
    assert "First steps" in page
    assert "Load sample data" in page
    assert page.count('class="setup-step"') == 8


def test_hidden_the_list_is_gone_from_today_and_stays_in_the_settings(
    seller: Seller, owner: Client
) -> None:
    OrderFactory(store=StoreFactory(seller=seller))
    assert "First steps" in owner.get("/").content.decode()
    assert owner.post("/setup/mark/", {"mark": "hidden"}).status_code == 302
    assert "setup-title" not in owner.get("/").content.decode()
    assert owner.get("/setup/").content.decode().count('class="setup-step"') == 8


def test_who_sees_no_settings_sees_no_steps(client: Client, seller: Seller) -> None:
    client.force_login(MembershipFactory(seller=seller, role="packer").user)
    assert "First steps" not in client.get("/").content.decode()
    assert client.get("/setup/").status_code == 403
    assert client.post("/setup/samples/load/").status_code == 403
    assert not has_samples(seller)


# --- samples ---------------------------------------------------------------------------------


def test_samples_stand_in_all_stages_and_say_what_they_are(seller: Seller, owner: Client) -> None:
    assert owner.post("/setup/samples/load/").status_code == 302
    orders = Order.objects.filter(seller=seller)
    expected = sum(part.orders for part in samples._PARTS)
    assert orders.count() == expected == 42
    assert set(orders.values_list("stage", flat=True)) == {
        *("new", "accepted", "stocked", "packed", "shipped", "uploaded", "confirmed"),
    }
    assert not orders.exclude(number__startswith="SAMPLE-").exists()
    assert not Sku.objects.filter(seller=seller).exclude(code__startswith="SAMPLE-").exists()
    assert orders.filter(on_hold=True).count() == 1
    assert orders.filter(clock_open=True, ship_by__lt=timezone.now()).count() >= 2
    assert not any(broken().values())
    assert done(seller) == []


def test_the_samples_go_and_nothing_else_does(seller: Seller) -> None:
    store = StoreFactory(seller=seller)
    mine = StockLevelFactory(seller=seller, on_hand=20)
    OrderFactory(store=store, lines=[(mine.sku, 2)])
    MembershipFactory(seller=seller)
    before = everything()
    load_samples(seller=seller, actor=OWNER)
    sweep_deadlines()
    assert Penalty.objects.filter(order__store__sample=True).exists()
    assert everything() != before
    removed = remove_samples(seller=seller, actor=OWNER)
    assert removed == 42
    after = everything()
    own_events = before["orders_orderevent"]
    assert after["orders_orderevent"][: len(own_events)] == own_events
    for table in after:
        if table not in {"sellers_notice", "orders_orderevent", "orders_deadline"}:
            assert after[table] == before[table], table
    assert not any(broken().values())


def test_what_was_picked_and_packed_of_them_goes_too(seller: Seller) -> None:
    load_samples(seller=seller, actor=OWNER)
    order = Order.objects.filter(seller=seller, stage="stocked")[0]
    wave = Wave.objects.create(
        seller=seller, warehouse=Warehouse.objects.get(seller=seller), code="W1", made_by="x"
    )
    session = PackSession.objects.create(seller=seller, wave=wave)
    PackOrder.objects.create(seller=seller, session=session, order=order, address="x")
    Scan.objects.create(
        seller=seller, client_id="a", session=session, kind="order", result="right", actor="x"
    )
    remove_samples(seller=seller, actor=OWNER)
    assert not Scan.objects.filter(seller=seller).exists()
    assert not Wave.objects.filter(seller=seller).exists()


def test_scans_of_real_orders_stay(seller: Seller) -> None:
    order = OrderFactory(store=StoreFactory(seller=seller))
    session = PackSession.objects.create(seller=seller)
    PackOrder.objects.create(seller=seller, session=session, order=order, address="x")
    scan = Scan.objects.create(
        seller=seller, client_id="a", session=session, kind="order", result="right", actor="x"
    )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        scan.delete()


def test_another_shop_keeps_its_samples(seller: Seller) -> None:
    other = SellerFactory()
    load_samples(seller=seller, actor=OWNER)
    load_samples(seller=other, actor=OWNER)
    remove_samples(seller=seller, actor=OWNER)
    assert not has_samples(seller)
    assert not Order.objects.filter(seller=seller).exists()
    assert Order.objects.filter(seller=other).count() == 42


def test_loading_twice_is_refused(seller: Seller) -> None:
    load_samples(seller=seller, actor=OWNER)
    with pytest.raises(Refused) as caught:
        load_samples(seller=seller, actor=OWNER)
    assert caught.value.code == "samples_loaded"
    assert Order.objects.filter(seller=seller).count() == 42


def test_a_code_in_use_leaves_nothing_half_done(seller: Seller) -> None:
    WarehouseFactory(seller=seller, code="SAMPLE")
    with pytest.raises(Invalid):
        load_samples(seller=seller, actor=OWNER)
    assert not Store.objects.filter(seller=seller).exists()
    assert not Sku.objects.filter(seller=seller).exists()


def test_a_viewer_loads_nothing(seller: Seller) -> None:
    with pytest.raises(Forbidden):
        load_samples(seller=seller, actor=Actor("user", 1, "V", scopes_of("viewer")))
    assert not has_samples(seller)


def test_a_shop_that_is_not_approved_has_samples_that_have_not_left() -> None:
    seller = SellerFactory(status="preparing")
    load_samples(seller=seller, actor=OWNER)
    stages = set(Order.objects.filter(seller=seller).values_list("stage", flat=True))
    assert "packed" in stages
    assert "shipped" not in stages
    remove_samples(seller=seller, actor=OWNER)
    assert not Order.objects.filter(seller=seller).exists()


def test_a_sample_store_takes_no_real_order(seller: Seller) -> None:
    load_samples(seller=seller, actor=OWNER)
    store = Store.objects.get(seller=seller, sample=True)
    row = receive_orders(store=store, drafts=[draft()], actor=OWNER).rows[0]
    assert row.status == "rejected"
    assert row.errors[0].code == "sample_store"
    assert Order.objects.filter(seller=seller).count() == 42


@pytest.mark.parametrize("which", ["sku", "warehouse"])
def test_samples_and_own_goods_do_not_lie_together(seller: Seller, which: str) -> None:
    load_samples(seller=seller, actor=OWNER)
    sku = Sku.objects.filter(seller=seller)[0] if which == "sku" else SkuFactory(seller=seller)
    place = (
        Warehouse.objects.get(seller=seller)
        if which == "warehouse"
        else WarehouseFactory(seller=seller)
    )
    n = StockMovement.objects.count()
    with pytest.raises(Invalid):
        post_movements(seller=seller, moves=[Move("receive", sku, place, 1)], actor=OWNER)
    assert StockMovement.objects.count() == n


def test_an_own_order_of_a_sample_keeps_the_samples_from_going(
    seller: Seller, owner: Client
) -> None:
    load_samples(seller=seller, actor=OWNER)
    sku = Sku.objects.filter(seller=seller)[0]
    order = OrderFactory(store=StoreFactory(seller=seller), lines=[(sku, 1)])
    before = everything()
    page = owner.post("/setup/samples/remove/", follow=True).content.decode()
    assert order.number in page
    assert Order.objects.filter(seller=seller).count() == 43
    assert everything()["orders_order"] == before["orders_order"]


def test_a_store_that_holds_real_orders_cannot_become_a_sample(seller: Seller) -> None:
    store = StoreFactory(seller=seller)
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        Store.objects.filter(pk=store.pk).update(sample=True)


def test_the_database_lets_only_history_of_samples_go(seller: Seller) -> None:
    real = OrderFactory(store=StoreFactory(seller=seller))
    load_samples(seller=seller, actor=OWNER)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        OrderEvent.objects.filter(order=real).delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        OrderEvent.objects.filter(order__store__sample=True).update(actor_name="x")
    event = OrderEvent.objects.filter(order__store__sample=True).first()
    assert event is not None
    event.delete()


# --- from nothing ----------------------------------------------------------------------------


def test_staff_make_a_shop_and_its_owner_lands_in_the_first_run(client: Client) -> None:
    staff = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(staff)
    password = "a-long-enough-Password-7"
    answer = client.post(
        "/admin/sellers/user/add/",
        {
            "email": "New@Shop.example",
            "usable_password": "true",
            "password1": password,
            "password2": password,
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )
    assert answer.status_code == 302
    person = apps.get_model("sellers", "User").objects.get(email="new@shop.example")
    answer = client.post(
        "/admin/sellers/seller/add/",
        {
            "code": "new-shop",
            "name": "New shop",
            "status": "approved",
            "time_zone": "Asia/Shanghai",
            "stores-TOTAL_FORMS": "0",
            "stores-INITIAL_FORMS": "0",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": str(person.pk),
            "memberships-0-role": "owner",
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    client.logout()
    assert client.login(request=_request(), username="new@shop.example", password=password)
    page = client.get("/").content.decode()
    assert "First steps" in page
    assert "New shop" in page


def _request() -> Any:
    from django.test import RequestFactory

    return RequestFactory().post("/login/")
