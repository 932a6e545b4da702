"""The settings pages, by the role of who looks and in both languages."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.actor import Actor
from core.models import OutboxMessage
from core.outbox import on, unregister
from sellers.actions import STORE_CHANGED, add_member
from sellers.models import ApiKey, Membership, Role, Store, User
from testing.factories import MembershipFactory, StoreFactory, UserFactory

PAGES = ["sellers:shop", "sellers:add_store", "sellers:people", "sellers:keys", "sellers:me"]

STORE = {
    "name": "Ali One",
    "marketplace": "aliexpress",
    "mode": "semi_managed",
    "external_id": "",
    "handling_days": "3",
    "cut_off": "17:30",
    "clock_mode": "end_of_day",
    "time_zone": "Asia/Shanghai",
    "warn_hours": "12",
    "accept_hours": "24",
}


def messages_of(client: Client, url: str) -> list[str]:
    return [str(m) for m in client.get(url, follow=True).context["messages"]]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_renders_in_both_languages(
    page: Client, owner: Membership, name: str, language: str
) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    StoreFactory.create(seller=owner.seller)
    response = page.get(reverse(name))
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_inline_style_or_script(page: Client, name: str) -> None:
    html = page.get(reverse(name)).content.decode()
    assert "style=" not in html
    assert "<style" not in html
    assert "<script>" not in html


def test_the_index_leads_a_packer_to_the_own_page(client: Client, db: None) -> None:
    client.force_login(MembershipFactory.create(role=Role.PACKER).user)
    assert client.get(reverse("sellers:settings")).headers["Location"] == reverse("sellers:me")


def test_the_index_leads_an_owner_to_the_shop(page: Client) -> None:
    assert page.get(reverse("sellers:settings")).headers["Location"] == reverse("sellers:shop")


def test_the_shop_is_saved(page: Client, owner: Membership) -> None:
    page.post(reverse("sellers:shop"), {"name": "New name", "time_zone": "America/New_York"})
    owner.seller.refresh_from_db()
    assert (owner.seller.name, owner.seller.time_zone) == ("New name", "America/New_York")


def test_a_wrong_shop_keeps_what_was_typed_and_says_why(page: Client, owner: Membership) -> None:
    before = owner.seller.name
    response = page.post(reverse("sellers:shop"), {"name": "", "time_zone": "Mars/Base"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "time_zone"}
    owner.seller.refresh_from_db()
    assert owner.seller.name == before


def test_a_viewer_sees_the_shop_and_cannot_save_it(client: Client, db: None) -> None:
    viewer = MembershipFactory.create(role=Role.VIEWER)
    client.force_login(viewer.user)
    before = viewer.seller.name
    assert client.get(reverse("sellers:shop")).status_code == 200
    response = client.post(reverse("sellers:shop"), {"name": "Mine", "time_zone": "UTC"})
    assert response.status_code == 403
    viewer.seller.refresh_from_db()
    assert viewer.seller.name == before


def test_a_store_is_added(page: Client, owner: Membership) -> None:
    response = page.post(reverse("sellers:add_store"), {**STORE, "code": "ali-1"})
    assert response.status_code == 302
    store = Store.objects.get(seller=owner.seller, code="ali-1")
    assert (store.handling_days, store.cut_off) == (3, datetime.time(17, 30))


def test_a_new_store_starts_in_the_zone_of_the_shop(page: Client, owner: Membership) -> None:
    html = page.get(reverse("sellers:add_store")).content.decode()
    assert 'value="Asia/Shanghai" selected' in html


def test_a_store_code_is_used_once(page: Client, owner: Membership) -> None:
    StoreFactory.create(seller=owner.seller, code="ali-1")
    response = page.post(reverse("sellers:add_store"), {**STORE, "code": "ali-1"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"code": ["There is a store with this code already."]}
    assert Store.objects.count() == 1


def test_a_store_refuses_a_handling_time_of_no_days(page: Client, owner: Membership) -> None:
    store = StoreFactory.create(seller=owner.seller, handling_days=2)
    url = reverse("sellers:store", args=[store.public_id])
    response = page.post(url, {**STORE, "handling_days": "0"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["handling_days"]
    assert 'value="0"' in response.content.decode()
    store.refresh_from_db()
    assert store.handling_days == 2


def test_a_changed_clock_is_announced(page: Client, owner: Membership) -> None:
    store = StoreFactory.create(seller=owner.seller, handling_days=2)
    on(STORE_CHANGED, name="test")(lambda message: None)
    try:
        page.post(reverse("sellers:store", args=[store.public_id]), STORE)
    finally:
        unregister(STORE_CHANGED, "test")
    message = OutboxMessage.objects.get(topic=STORE_CHANGED, handler="test")
    user = owner.user
    assert message.payload == {"store": store.pk, "by": ["user", user.pk, user.name]}
    assert message.seller_id == owner.seller.pk


def test_a_new_name_alone_does_not_touch_the_clock(page: Client, owner: Membership) -> None:
    store = StoreFactory.create(seller=owner.seller)
    same = {f: getattr(store, f) for f in STORE}
    on(STORE_CHANGED, name="test")(lambda message: None)
    try:
        page.post(
            reverse("sellers:store", args=[store.public_id]),
            {**same, "cut_off": f"{store.cut_off:%H:%M}", "name": "Other"},
        )
    finally:
        unregister(STORE_CHANGED, "test")
    store.refresh_from_db()
    assert store.name == "Other"
    assert not OutboxMessage.objects.filter(topic=STORE_CHANGED, handler="test").exists()


def test_a_new_key_is_shown_once(page: Client, owner: Membership) -> None:
    response = page.post(reverse("sellers:keys"), {"name": "ERP", "scopes": ["orders:read"]})
    token = response.context["token"]
    key = ApiKey.objects.get(seller=owner.seller)
    assert token.startswith(f"ful_live_{key.public}_")
    assert token in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert token not in page.get(reverse("sellers:keys")).content.decode()


def test_a_key_without_permissions_is_not_made(page: Client) -> None:
    response = page.post(reverse("sellers:keys"), {"name": "ERP"})
    assert response.status_code == 422
    assert response.context["form"]["name"].value() == "ERP"
    assert ApiKey.objects.count() == 0


def test_a_manager_cannot_make_keys(client: Client, db: None) -> None:
    client.force_login(MembershipFactory.create(role=Role.MANAGER).user)
    response = client.post(reverse("sellers:keys"), {"name": "ERP", "scopes": ["orders:read"]})
    assert response.status_code == 403
    assert ApiKey.objects.count() == 0


def test_a_new_person_sets_a_password_by_the_link_once(page: Client, owner: Membership) -> None:
    response = page.post(
        reverse("sellers:people"), {"email": "New@Example.com", "role": Role.PACKER}
    )
    link = response.context["invite_link"]
    visitor = Client()
    first = visitor.get(link, follow=True)
    password = "blue-wagon-41-lamp"
    done = visitor.post(
        first.request["PATH_INFO"], {"new_password1": password, "new_password2": password}
    )
    assert done.headers["Location"] == "/"
    user = User.objects.get(email="new@example.com")
    assert user.check_password(password)
    assert visitor.session["_auth_user_id"] == str(user.pk)
    again = Client().get(link, follow=True)
    assert again.context["validlink"] is False


def test_a_person_who_is_known_is_added_without_a_link(page: Client, owner: Membership) -> None:
    other = UserFactory.create()
    response = page.post(reverse("sellers:people"), {"email": other.email, "role": Role.VIEWER})
    assert response.headers["Location"] == reverse("sellers:people")
    assert Membership.objects.get(seller=owner.seller, user=other).role == Role.VIEWER


def test_a_strangers_account_cannot_be_opened_by_adding_it(page: Client, owner: Membership) -> None:
    other = MembershipFactory.create(seller=owner.seller, role=Role.VIEWER)
    url = reverse("sellers:password_link", args=[other.public_id])
    response = page.post(url, headers={"referer": "http://testserver/settings/people/"})
    assert response.status_code == 302
    assert messages_of(page, response.headers["Location"]) == [
        "This person has an account of their own and signs in with it."
    ]


def test_a_person_is_added_once(page: Client, owner: Membership) -> None:
    response = page.post(
        reverse("sellers:people"), {"email": owner.user.email, "role": Role.VIEWER}
    )
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]
    assert Membership.objects.filter(seller=owner.seller).count() == 1


def test_the_last_owner_stays(page: Client, owner: Membership) -> None:
    for name, data in [("change_role", {"role": Role.VIEWER}), ("remove_member", {})]:
        url = reverse(f"sellers:{name}", args=[owner.public_id])
        response = page.post(url, data, follow=True)
        assert "A shop needs an owner" in response.content.decode()
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_own_preferences_are_saved(page: Client, owner: Membership) -> None:
    response = page.post(
        reverse("sellers:me"),
        {"name": "Li", "language": "zh-hans", "time_zone": "Asia/Tokyo", "theme": "dark"},
    )
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.language, owner.user.time_zone) == (
        "Li",
        "zh-hans",
        "Asia/Tokyo",
    )
    assert response.cookies["theme"].value == "dark"


def test_the_people_page_costs_the_same_for_many(page: Client, owner: Membership) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(reverse("sellers:people")).status_code == 200
        return len(queries)

    staff = Actor.job("test")
    add_member(seller=owner.seller, email="a@example.com", role=Role.PACKER, actor=staff)
    page.get(reverse("sellers:people"))
    one = cost()
    for n in range(20):
        add_member(seller=owner.seller, email=f"{n}@example.com", role=Role.PACKER, actor=staff)
    assert cost() == one
