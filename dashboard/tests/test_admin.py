"""The admin site: ops find orders across sellers and move them by the same actions; facts stay."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from logistics.models import Carrier, Shipment
from logistics.tests.conftest import Shop, make_shop, shop
from orders.models import Order, OrderEvent, Penalty, PenaltyRule
from sellers.models import User
from testing.factories import OrderFactory, PenaltyRuleFactory, UserFactory, make_orders

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db

ORDERS = "admin:orders_order_changelist"


@pytest.fixture
def ops(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True, email="ops@example.com"))
    return client


def act(ops: Client, url: str, name: str, rows: list[object], **more: str) -> list[str]:
    """Run an admin action on rows; the messages it leaves."""
    data = {"action": name, "_selected_action": [str(r.pk) for r in rows], "index": "0", **more}
    response = ops.post(reverse(url), data)
    assert response.status_code == 302, response.content[:500]
    return [str(m) for m in get_messages(response.wsgi_request)._queued_messages]


def test_every_page_of_the_site_opens(ops: Client, shop: Shop) -> None:
    order = OrderFactory(store=shop.store)
    for model, site in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert ops.get(reverse(f"{base}_changelist")).status_code == 200, base
        if site.search_fields:
            assert ops.get(reverse(f"{base}_changelist"), {"q": "x"}).status_code == 200, base
        response = ops.get(reverse(f"{base}_add"))
        request = response.wsgi_request
        assert response.status_code == (200 if site.has_add_permission(request) else 403), base
        row = model._default_manager.first()
        if row is not None:
            url = reverse(f"{base}_change", args=[row.pk])
            assert ops.get(url).status_code == 200, base
    assert order.pk


def test_who_is_not_staff_does_not_get_in(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get(reverse(ORDERS)).status_code == 302


def test_orders_of_several_sellers_go_all_the_way(
    ops: Client, make_shop: Callable[..., Shop]
) -> None:
    one, two = make_shop(), make_shop()
    orders = one.orders(3) + two.orders(2)
    assert act(ops, ORDERS, "accept", orders) == ["Accept: 5 done, 0 already so, 0 refused."]
    act(ops, ORDERS, "allocate", orders)
    act(ops, ORDERS, "pack", orders)
    act(ops, ORDERS, "ship", orders)
    messages = act(ops, ORDERS, "upload", orders)
    assert messages[-1] == "Upload tracking: 0 done, 0 already so, 5 refused."
    assert "no tracking number" in messages[0]
    for parcel in Shipment.objects.all():
        Shipment.objects.filter(pk=parcel.pk).update(tracking_number=f"ADMIN{parcel.pk:06d}")
    act(ops, ORDERS, "upload", orders)
    act(ops, ORDERS, "confirm", orders)
    assert set(Order.objects.values_list("stage", flat=True)) == {"confirmed"}
    event = OrderEvent.objects.filter(kind="confirmed").first()
    assert event is not None
    assert event.actor_kind == "staff"


def test_parcels_get_their_numbers_before_they_are_packed_or_uploaded(
    ops: Client, shop: Shop
) -> None:
    one, two = orders = shop.orders(2)
    act(ops, ORDERS, "accept", orders)
    act(ops, ORDERS, "allocate", orders)
    data = {"action": "pack", "_selected_action": [one.pk, two.pk], "index": "0"}
    assert 'name="tracking_numbers"' in ops.post(reverse(ORDERS), data).content.decode()
    data |= {"step": "go", "tracking_numbers": f"{one.number}\tADMIN00001\nnobody\tADMIN00002"}
    refused = ops.post(reverse(ORDERS), data)
    assert "Order nobody is not among the chosen orders." in refused.content.decode()
    assert not Shipment.objects.exists()
    pack = {"step": "go", "tracking_numbers": f"{one.number}\tADMIN00001"}
    assert act(ops, ORDERS, "pack", orders, **pack) == ["Pack: 2 done, 0 already so, 0 refused."]
    act(ops, ORDERS, "ship", orders)
    upload = {"step": "go", "tracking_numbers": f"{two.number}\tADMIN00002"}
    assert act(ops, ORDERS, "upload", orders, **upload) == [
        "Upload tracking: 2 done, 0 already so, 0 refused."
    ]
    numbers = Shipment.objects.order_by("tracking_number").values_list("tracking_number", flat=True)
    assert list(numbers) == ["ADMIN00001", "ADMIN00002"]
    assert set(Order.objects.values_list("stage", flat=True)) == {"uploaded"}


def test_a_reason_goes_with_the_action(ops: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    act(ops, ORDERS, "cancel", [order], reason="buyer called")
    event = OrderEvent.objects.get(order=order, kind="cancelled")
    assert event.data == {"reason": "buyer called"}


def test_stage_cannot_be_typed(ops: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    response = ops.post(reverse("admin:orders_order_change", args=[order.pk]), {"stage": "packed"})
    assert response.status_code == 403
    order.refresh_from_db()
    assert order.stage == "new"


def test_the_buyer_is_not_shown(ops: Client, shop: Shop) -> None:
    (order,) = shop.orders()
    Order.objects.update(corrected={"address": "Rua Velha 7"})
    page = ops.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert order.buyer_phone not in page
    assert order.address not in page
    assert "Rua Velha 7" not in page


def test_the_list_counts_no_further_than_its_limit(ops: Client, shop: Shop) -> None:
    shop.orders(3)
    with CaptureQueriesContext(connection) as few:
        ops.get(reverse(ORDERS))
    shop.orders(60)
    with CaptureQueriesContext(connection) as many:
        ops.get(reverse(ORDERS))
    assert len(few) == len(many)
    counts = [q["sql"] for q in many if "COUNT(" in q["sql"] and "orders_order" in q["sql"]]
    assert all("LIMIT" in sql for sql in counts)


def test_fines_are_waived_with_a_reason_only(ops: Client, shop: Shop) -> None:
    rule = PenaltyRuleFactory()
    (order,) = make_orders(1, store=shop.store, rule=rule)
    fine = Penalty.objects.create(
        seller=shop.seller, order=order, rule=rule, step=rule.steps.first(),
        amount=Decimal("5.00"), currency="USD", at=order.ship_by, actor="sweep",
    )  # fmt: skip
    url = "admin:orders_penalty_changelist"
    assert act(ops, url, "waive", [fine]) == ["Say why the fine is waived."]
    assert Penalty.objects.count() == 1
    assert act(ops, url, "waive", [fine], reason="platform outage") == ["1 done, 0 refused."]
    assert Penalty.objects.get(kind="waiver").amount == Decimal("-5.00")


def test_saving_a_rule_writes_its_next_version(ops: Client, shop: Shop) -> None:
    rule = PenaltyRuleFactory(seller=shop.seller)
    data = {
        "criterion": "handed_over", "total_cap": "", "source_note": "contract of May",
        "steps-TOTAL_FORMS": "1", "steps-INITIAL_FORMS": "0",
        "steps-0-position": "1", "steps-0-after_hours": "12", "steps-0-after_working_days": "",
        "steps-0-fixed": "7.50", "steps-0-percent": "0", "steps-0-cap": "",
    }  # fmt: skip
    response = ops.post(reverse("admin:orders_penaltyrule_change", args=[rule.pk]), data)
    assert response.status_code == 302, response.content[:2000]
    rule.refresh_from_db()
    assert rule.effective_to is not None
    new = PenaltyRule.objects.get(seller=shop.seller, effective_to__isnull=True)
    assert (new.version, new.criterion) == (rule.version + 1, "handed_over")
    assert new.steps.get().fixed == Decimal("7.50")


def test_a_pattern_that_cannot_be_read_is_refused(ops: Client) -> None:
    carrier = Carrier.objects.get(code="other")
    data = {
        "code": "other", "name": "Other", "kind": "other", "pattern": "([A-Z", "active": "on",
        "services-TOTAL_FORMS": "0", "services-INITIAL_FORMS": "0",
    }  # fmt: skip
    response = ops.post(reverse("admin:logistics_carrier_change", args=[carrier.pk]), data)
    assert response.status_code == 200
    carrier.refresh_from_db()
    assert carrier.pattern == ""


def test_a_new_person_is_kept_in_lower_case(ops: Client) -> None:
    data = {"email": "New@Example.COM", "usable_password": "true",
            "password1": "correct horse battery", "password2": "correct horse battery",
            "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}  # fmt: skip
    response = ops.post(reverse("admin:sellers_user_add"), data)
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.filter(email="new@example.com").exists()
