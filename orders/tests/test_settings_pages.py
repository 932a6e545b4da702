"""Settings of the calendar and of the rule book."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.actor import Actor
from core.errors import Forbidden
from core.models import OutboxMessage
from core.outbox import deliver_due
from orders.actions.closures import add_closure, delete_closure
from orders.calendar import working_calendar
from orders.deadlines import recompute_open_deadlines
from orders.models import Closure, PenaltyRule
from orders.queries.calendar import months
from orders.queries.rules import examples
from sellers.actions import update_store
from sellers.models import Membership, Role, User
from testing.factories import STAFF, MembershipFactory, OrderFactory, StoreFactory, at

CALENDAR, RULES = "orders_settings:calendar", "orders_settings:rules"
RULE = reverse("orders_settings:rule", args=["aliexpress", "semi_managed"])
TYPED = {
    "criterion": "first_scan",
    "currency": "USD",
    "total_cap": "",
    "source_note": "Contract of March",
    "step-TOTAL_FORMS": "2",
    "step-INITIAL_FORMS": "0",
    "step-0-after": "24",
    "step-0-unit": "hours",
    "step-0-fixed": "5.00",
    "step-1-after": "",
    "step-1-unit": "hours",
}


@pytest.fixture
def owner(db: None) -> Membership:
    member = MembershipFactory.create(role=Role.OWNER)
    StoreFactory.create(seller=member.seller)
    return member


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    client.force_login(owner.user)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("url", [reverse(CALENDAR), reverse(RULES), RULE])
def test_each_page_renders_in_both_languages(
    page: Client, owner: Membership, url: str, language: str
) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    response = page.get(url)
    assert response.status_code == 200
    html = response.content.decode()
    assert f'<html lang="{language}"' in html
    assert "style=" not in html


def test_a_role_without_money_sees_no_rule_book(client: Client, db: None) -> None:
    client.force_login(MembershipFactory.create(role=Role.SUPPORT).user)
    assert client.get(reverse(RULES)).status_code == 403
    assert client.get(RULE).status_code == 403


def test_the_sheet_of_a_month_names_holidays_and_make_up_days(owner: Membership) -> None:
    october = months(owner.seller, today=date(2025, 10, 9), count=1)[0]
    days = {day.day.day: day for week in october.weeks for day in week if day}
    assert len(days) == 31
    assert (days[1].code, days[11].code, days[12].code) == ("holiday", "make_up_day", "weekend")
    assert [d for d in days if days[d].today] == [9]
    assert october.working_days == 18


def test_a_closure_is_added_and_deadlines_follow(page: Client, owner: Membership) -> None:
    with time_machine.travel(at("2026-03-02 10:00"), tick=False):
        response = page.post(
            reverse(CALENDAR), {"day": "2026-03-10", "working": "0", "note": "Stock-taking"}
        )
    assert response.status_code == 302
    closure = Closure.objects.get(seller=owner.seller)
    assert (closure.day, closure.working, closure.note) == (
        date(2026, 3, 10),
        False,
        "Stock-taking",
    )
    assert OutboxMessage.objects.filter(topic="calendar.changed").count() == 1


def test_a_day_has_one_entry(page: Client, owner: Membership) -> None:
    Closure.objects.create(seller=owner.seller, day=date(2026, 3, 10))
    with time_machine.travel(at("2026-03-02 10:00"), tick=False):
        response = page.post(reverse(CALENDAR), {"day": "2026-03-10", "working": "1"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"day": ["There is an entry for this day already."]}
    assert Closure.objects.count() == 1


def test_a_day_far_away_is_refused(page: Client, owner: Membership) -> None:
    response = page.post(reverse(CALENDAR), {"day": "9999-12-31", "working": "0"})
    assert response.status_code == 422
    assert Closure.objects.count() == 0


def test_an_own_closure_is_removed(page: Client, owner: Membership) -> None:
    closure = Closure.objects.create(seller=owner.seller, day=date(2026, 3, 10))
    page.post(reverse("orders_settings:delete_closure", args=[closure.public_id]))
    assert Closure.objects.count() == 0


@pytest.mark.parametrize("whose", ["the platform's", "another seller's"])
def test_a_foreign_closure_stays(page: Client, whose: str) -> None:
    other = None if whose == "the platform's" else MembershipFactory.create().seller
    closure = Closure.objects.create(seller=other, day=date(2026, 3, 10))
    url = reverse("orders_settings:delete_closure", args=[closure.public_id])
    assert page.post(url).status_code == 404
    assert Closure.objects.count() == 1


def test_a_rule_becomes_a_version_of_ones_own(page: Client, owner: Membership) -> None:
    response = page.post(RULE, TYPED)
    assert response.status_code == 302
    rule = PenaltyRule.objects.get(seller=owner.seller)
    assert (rule.marketplace, rule.mode, rule.criterion, rule.currency, rule.version) == (
        "aliexpress",
        "semi_managed",
        "first_scan",
        "USD",
        1,
    )
    assert [(s.after_hours, s.fixed, s.percent) for s in rule.steps.all()] == [
        (24, Decimal("5.00"), Decimal("0"))
    ]


def test_an_order_of_100_that_is_30_hours_late_costs_what_the_step_says(
    page: Client, owner: Membership
) -> None:
    page.post(RULE, TYPED)
    rule = PenaltyRule.objects.get(seller=owner.seller)
    found = examples(rule, working_calendar(), at("2026-03-02 10:00"))
    assert [(e.hours, e.fine) for e in found] == [(30, Decimal("5.00"))]
    html = page.get(reverse(RULES)).content.decode()
    assert '<td>30 hours late</td><td class="num">$5.00</td>' in html


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"currency": "usd1"}, "currency"),
        ({"step-0-after": ""}, "step-0-after"),
        ({"step-0-after": "-1"}, "step-0-after"),
        ({"step-0-fixed": ""}, "step-0-fixed"),
        ({"step-0-percent": "1001"}, "step-0-percent"),
    ],
)
def test_a_wrong_rule_is_shown_at_its_place_and_not_saved(
    page: Client, owner: Membership, change: dict[str, str], place: str
) -> None:
    response = page.post(RULE, {**TYPED, **change})
    assert response.status_code == 422
    assert f'id="id_{place}_error"' in response.content.decode()
    assert not PenaltyRule.objects.filter(seller=owner.seller).exists()


def test_a_viewer_reads_the_rule_book_and_does_not_write_it(client: Client, db: None) -> None:
    viewer = MembershipFactory.create(role=Role.VIEWER)
    client.force_login(viewer.user)
    assert client.get(RULE).status_code == 200
    assert client.post(RULE, TYPED).status_code == 403
    assert not PenaltyRule.objects.filter(seller=viewer.seller).exists()


def test_a_preset_is_offered_as_it_is_for_editing(page: Client) -> None:
    steps = page.get(RULE).context["steps"]
    assert [(f["after"].value(), f["percent"].value()) for f in steps][:3] == [
        (0, "5"),
        (24, "5"),
        (72, "10"),
    ]


def test_an_unknown_marketplace_is_not_found(page: Client) -> None:
    assert page.get("/settings/rules/nowhere/semi_managed/").status_code == 404


def test_deadlines_of_open_orders_follow_a_closure(owner: Membership) -> None:
    """Paid on Monday with two working days: due on Wednesday, a day later with Tuesday closed."""
    store = owner.seller.stores.get()
    with time_machine.travel(at("2026-03-02 04:00"), tick=False):
        order = OrderFactory.create(store=store, paid_at=at("2026-03-02 02:00"))
        recompute_open_deadlines(seller=owner.seller, actor=STAFF)
        order.refresh_from_db()
        before = order.ship_by
        add_closure(seller=owner.seller, day=date(2026, 3, 3), working=False, actor=STAFF)
        deliver_due()
        order.refresh_from_db()
        assert order.ship_by == before + timedelta(days=1)
        delete_closure(seller=owner.seller, closure=Closure.objects.get().pk, actor=STAFF)
        deliver_due()
        order.refresh_from_db()
        assert order.ship_by == before


def test_deadlines_of_open_orders_follow_the_store(owner: Membership) -> None:
    store = owner.seller.stores.get()
    with time_machine.travel(at("2026-03-02 04:00"), tick=False):
        order = OrderFactory.create(store=store, paid_at=at("2026-03-02 02:00"))
        recompute_open_deadlines(seller=owner.seller, actor=STAFF)
        order.refresh_from_db()
        before = order.ship_by
        update_store(store=store, actor=STAFF, handling_days=store.handling_days + 1)
        deliver_due()
        order.refresh_from_db()
        assert order.ship_by == before + timedelta(days=1)


def test_only_staff_close_a_day_for_everybody(db: None) -> None:
    with pytest.raises(Forbidden):
        add_closure(
            seller=None,
            day=date(2026, 3, 3),
            working=False,
            actor=Actor("user", 1, "x", frozenset({"settings:write"})),
        )
    assert Closure.objects.count() == 0
