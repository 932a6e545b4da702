"""Who gets where: login, lock-out, choosing a shop, strangers, routes without a rule."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django_htmx.middleware import HtmxMiddleware

from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid, NotFound, Refused
from sellers.access import SCOPES, answer, own, page, scopes_of
from sellers.actions import create_api_key
from sellers.models import ApiKey, Membership, Role, Store
from testing.factories import (
    PASSWORD,
    MembershipFactory,
    SellerFactory,
    StoreFactory,
    UserFactory,
    WarehouseFactory,
)

STAFF = Actor.job("test")


# --- roles -----------------------------------------------------------------------------------


def test_an_owner_may_everything() -> None:
    assert scopes_of(Role.OWNER) == frozenset(SCOPES)


def test_a_manager_may_everything_but_people() -> None:
    assert frozenset(SCOPES) - scopes_of(Role.MANAGER) == {"people:write"}


def test_a_packer_sees_no_money() -> None:
    assert scopes_of(Role.PACKER) == {
        "orders:read",
        "shipments:read",
        "shipments:write",
        "stock:read",
    }


def test_customer_service_sees_neither_stock_nor_money() -> None:
    assert scopes_of(Role.SUPPORT) == {
        "orders:read",
        "orders:write",
        "shipments:read",
        "reports:read",
    }


def test_a_viewer_reads_everything_and_writes_nothing() -> None:
    assert scopes_of(Role.VIEWER) == {s for s in SCOPES if s.endswith(":read")}


def test_an_unknown_role_may_nothing() -> None:
    assert scopes_of("king") == frozenset()


def test_a_page_names_a_known_scope() -> None:
    with pytest.raises(LookupError):
        page("orders:eat")


# --- own rows --------------------------------------------------------------------------------


@pytest.mark.parametrize("public_id", ["", "sto_", "sto_!!!", "ord_x", "12", "sto_" + "a" * 90])
def test_what_is_no_id_is_not_found(db: None, public_id: str) -> None:
    store = StoreFactory.create()
    with pytest.raises(NotFound):
        own(Store.objects.all(), store.seller, "sto", public_id)


def test_an_own_row_is_found(db: None) -> None:
    store = StoreFactory.create()
    assert own(Store.objects.all(), store.seller, "sto", store.public_id) == store


def test_another_sellers_row_is_not_found(db: None) -> None:
    store = StoreFactory.create()
    with pytest.raises(NotFound):
        own(Store.objects.all(), SellerFactory.create(), "sto", store.public_id)


# --- strangers -------------------------------------------------------------------------------


@pytest.fixture
def foreign(db: None) -> dict[str, str]:
    """Addresses of another seller's things."""
    seller = SellerFactory.create()
    member = MembershipFactory.create(seller=seller, role=Role.VIEWER)
    store = StoreFactory.create(seller=seller)
    key, _token = create_api_key(seller=seller, name="k", scopes=["orders:read"], actor=STAFF)
    return {
        "store": reverse("sellers:store", args=[store.public_id]),
        "revoke": reverse("sellers:revoke_key", args=[key.public_id]),
        "role": reverse("sellers:change_role", args=[member.public_id]),
        "link": reverse("sellers:password_link", args=[member.public_id]),
        "remove": reverse("sellers:remove_member", args=[member.public_id]),
        "rename": reverse(
            "stock_settings:warehouse", args=[WarehouseFactory.create(seller=seller).public_id]
        ),
    }


@pytest.mark.parametrize("name", ["store", "revoke", "role", "link", "remove", "rename"])
def test_a_stranger_finds_nothing_and_changes_nothing(
    client: Client, owner: Membership, foreign: dict[str, str], name: str
) -> None:
    client.force_login(owner.user)
    before = _everything()
    response = client.post(foreign[name], {"name": "Mine", "role": Role.OWNER})
    assert response.status_code == 404
    assert _everything() == before


def _everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Store, ApiKey, Membership)]


# --- routes without a rule -------------------------------------------------------------------


def _views(patterns: list[Any], trail: str = "") -> Iterator[tuple[str, Any]]:
    for entry in patterns:
        where = trail + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace == "admin":
                continue  # the admin site asks for staff itself
            yield from _views(entry.url_patterns, where)
        elif isinstance(entry, URLPattern):
            yield where, entry.callback


def _has_rule(view: Any) -> bool:
    if hasattr(view, "access"):
        return True
    api = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return bool(getattr(api, "permission_classes", None))


def test_every_route_says_who_may_call_it() -> None:
    without = [where for where, view in _views(get_resolver().url_patterns) if not _has_rule(view)]
    assert without == []


def test_a_view_without_a_mark_has_no_rule() -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert [_has_rule(v) for _w, v in _views([path("x", bare)])] == [False]


def test_an_unmarked_view_needs_a_login() -> None:
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE


def test_every_page_sends_strangers_to_the_login(client: Client, db: None) -> None:
    for where, view in _views(get_resolver().url_patterns):
        if getattr(view, "access", ("", None))[0] == "page" and "<" not in where:
            response = client.get(f"/{where}")
            assert response.status_code in (302, 405), where
            if response.status_code == 302:
                assert response.headers["Location"].startswith("/login/"), where


# --- login -----------------------------------------------------------------------------------


def test_logging_in_leads_to_where_one_wanted_to_go(client: Client, db: None) -> None:
    member = MembershipFactory.create()
    response = client.post(
        "/login/?next=/settings/shop/", {"username": member.user.email, "password": PASSWORD}
    )
    assert response.headers["Location"] == "/settings/shop/"


def test_an_address_is_the_same_in_capitals(client: Client, db: None) -> None:
    user = UserFactory.create(email="li@example.com")
    response = client.post("/login/", {"username": "LI@Example.com", "password": PASSWORD})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_logging_in_leads_nowhere_else(client: Client, db: None) -> None:
    user = UserFactory.create()
    response = client.post(
        "/login/?next=https://evil.example/", {"username": user.email, "password": PASSWORD}
    )
    assert response.headers["Location"] == "/"


def test_the_session_is_another_one_after_the_login(client: Client, db: None) -> None:
    user = UserFactory.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = "planted"
    client.post("/login/", {"username": user.email, "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "planted"


def test_logging_out_needs_a_post(client: Client, db: None) -> None:
    client.force_login(UserFactory.create())
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert "_auth_user_id" not in client.session


def test_five_wrong_passwords_close_the_door_in_words(
    client: Client, db: None, settings: Any
) -> None:
    settings.AXES_ENABLED = True
    user = UserFactory.create()
    for name in [user.email, user.email.upper(), user.email, user.email]:
        response = client.post("/login/", {"username": name, "password": "wrong"})
        assert response.status_code == 200
    locked = client.post("/login/", {"username": user.email, "password": "wrong"})
    assert locked.status_code == 429
    assert "Too many wrong passwords" in locked.content.decode()
    right = client.post("/login/", {"username": user.email, "password": PASSWORD})
    assert right.status_code == 429
    other = UserFactory.create()
    fine = client.post("/login/", {"username": other.email, "password": PASSWORD})
    assert fine.status_code == 302


def test_a_fragment_says_that_the_session_has_ended(client: Client, db: None) -> None:
    response = client.get(
        reverse("sellers:people"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?stage=new"},
    )
    assert (response.status_code, response.content) == (401, b"")


# --- language --------------------------------------------------------------------------------


def test_a_language_is_kept_with_the_person(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    client.post("/language/", {"language": "zh-hans", "next": "/settings/me/"})
    owner.user.refresh_from_db()
    assert owner.user.language == "zh-hans"
    elsewhere = Client()
    elsewhere.force_login(owner.user)
    assert '<html lang="zh-hans"' in elsewhere.get("/settings/me/").content.decode()


def test_an_unknown_language_is_not_kept(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    client.post("/language/", {"language": "tlh", "next": "/settings/me/"})
    owner.user.refresh_from_db()
    assert owner.user.language == ""


def test_before_the_login_the_cookie_counts(client: Client, db: None) -> None:
    client.post("/language/", {"language": "zh-hans", "next": "/login/"})
    assert '<html lang="zh-hans"' in client.get("/login/").content.decode()


# --- choosing a shop -------------------------------------------------------------------------


def test_with_one_shop_nobody_is_asked(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    assert client.get("/settings/shop/").context["seller"] == owner.seller


def test_with_several_shops_one_is_chosen_and_remembered(client: Client, owner: Membership) -> None:
    second = MembershipFactory.create(user=owner.user, role=Role.MANAGER)
    client.force_login(owner.user)
    asked = client.get("/settings/shop/")
    assert asked.headers["Location"] == "/shops/?next=%2Fsettings%2Fshop%2F"
    assert second.seller.name in client.get(asked.headers["Location"]).content.decode()
    chosen = client.post("/shops/", {"seller": second.seller.code, "next": "/settings/shop/"})
    assert chosen.headers["Location"] == "/settings/shop/"
    assert client.get("/settings/shop/").context["seller"] == second.seller


def test_a_shop_of_others_cannot_be_chosen(client: Client, owner: Membership) -> None:
    MembershipFactory.create(user=owner.user)
    stranger = SellerFactory.create()
    client.force_login(owner.user)
    assert client.post("/shops/", {"seller": stranger.code}).status_code == 404


def test_who_was_removed_sees_the_shop_no_more(client: Client, owner: Membership) -> None:
    second = MembershipFactory.create(user=owner.user)
    client.force_login(owner.user)
    client.post("/shops/", {"seller": second.seller.code})
    second.delete()
    assert client.get("/settings/shop/").context["seller"] == owner.seller


def test_without_a_shop_there_is_a_friendly_page(client: Client, db: None) -> None:
    user = UserFactory.create()
    client.force_login(user)
    html = client.get("/settings/shop/").content.decode()
    assert "You do not belong to a shop yet" in html
    assert user.email in html


# --- errors in words -------------------------------------------------------------------------


def _request(client: Client, method: str, **headers: str) -> Any:
    request = getattr(RequestFactory(headers=headers), method)("/x/")
    request.user = UserFactory.create()
    request.session = client.session
    request._messages = []
    HtmxMiddleware(lambda r: HttpResponse())(request)
    return request


def test_a_refused_post_goes_back_with_the_reason(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    url = reverse("sellers:change_role", args=[owner.public_id])
    response = client.post(
        url, {"role": Role.VIEWER}, headers={"referer": "http://testserver/settings/people/"}
    )
    assert response.headers["Location"] == "http://testserver/settings/people/"


def test_a_post_goes_back_to_this_site_only(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    url = reverse("sellers:change_role", args=[owner.public_id])
    response = client.post(url, {"role": Role.VIEWER}, headers={"referer": "https://evil.example/"})
    assert response.headers["Location"] == "/"


def test_a_refused_fragment_becomes_a_toast(client: Client, db: None) -> None:
    request = _request(client, "post", **{"HX-Request": "true"})
    response = answer(request, Refused("Not <now>."))
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == (
        "#toasts",
        "beforeend",
    )
    assert "Not &lt;now&gt;." in response.content.decode()


def test_reading_with_a_wrong_parameter_gets_a_page(client: Client, db: None) -> None:
    request = _request(client, "get")
    response = answer(request, Invalid(errors=[FieldError("cursor", "No such cursor.")]))
    assert response.status_code == 422
    assert "No such cursor." in response.content.decode()


def test_forbidden_says_which_permission_is_missing(client: Client, db: None) -> None:
    client.force_login(MembershipFactory.create(role=Role.PACKER).user)
    response = client.get(reverse("sellers:people"))
    assert response.status_code == 403
    assert "Your role in this shop does not include: See settings." in response.content.decode()


def test_forbidden_of_a_post_is_forbidden(client: Client, db: None) -> None:
    assert answer(_request(client, "post"), Forbidden()).status_code == 403
