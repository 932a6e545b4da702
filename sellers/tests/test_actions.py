"""People, keys and stores by their actions; the key command."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from core.actor import Actor
from core.errors import Forbidden, Invalid, NotFound, Refused
from sellers.access import SCOPES, actor_of_key, authenticate_key, scopes_of
from sellers.actions import (
    add_member,
    change_role,
    create_api_key,
    create_seller,
    create_store,
    remove_member,
    revoke_api_key,
    set_password_path,
    update_store,
)
from sellers.models import ApiKey, Membership, Role, Seller, User
from testing.factories import MembershipFactory, SellerFactory, StoreFactory, UserFactory, at

STAFF = Actor.job("test")
PACKER = Actor("user", 1, "packer", scopes_of(Role.PACKER))
MANAGER = Actor("user", 1, "manager", scopes_of(Role.MANAGER))


# --- people ----------------------------------------------------------------------------------


def test_a_seller_gets_its_owner(db: None) -> None:
    user = UserFactory.create()
    seller = create_seller(code="acme", name="Acme", actor=STAFF, owner=user)
    assert Membership.objects.get(seller=seller).role == Role.OWNER


def test_a_seller_code_is_used_once(db: None) -> None:
    SellerFactory.create(code="acme")
    with pytest.raises(Invalid) as caught:
        create_seller(code="acme", name="Acme", actor=STAFF)
    assert [e.pointer for e in caught.value.errors] == ["/code"]
    assert Seller.objects.count() == 1


def test_a_new_person_has_no_password(owner: Membership) -> None:
    member, new = add_member(
        seller=owner.seller, email="New@Example.com", role=Role.PACKER, actor=STAFF
    )
    assert new is True
    assert member.user.email == "new@example.com"
    assert member.user.has_usable_password() is False


def test_a_known_person_is_not_made_again(owner: Membership) -> None:
    other = UserFactory.create(email="li@example.com")
    member, new = add_member(
        seller=owner.seller, email="LI@example.com", role=Role.PACKER, actor=STAFF
    )
    assert (member.user, new) == (other, False)


def test_a_person_is_added_once(owner: Membership) -> None:
    with pytest.raises(Refused) as caught:
        add_member(seller=owner.seller, email=owner.user.email, role=Role.PACKER, actor=STAFF)
    assert caught.value.code == "member_already"
    assert Membership.objects.count() == 1


def test_a_manager_does_not_add_people(owner: Membership) -> None:
    with pytest.raises(Forbidden):
        add_member(seller=owner.seller, email="a@example.com", role=Role.PACKER, actor=MANAGER)
    assert User.objects.count() == 1


def test_an_unknown_role_is_refused(owner: Membership) -> None:
    with pytest.raises(Invalid):
        add_member(seller=owner.seller, email="a@example.com", role="king", actor=STAFF)
    assert User.objects.count() == 1


def test_one_of_two_owners_may_step_back(owner: Membership) -> None:
    MembershipFactory.create(seller=owner.seller, role=Role.OWNER)
    assert change_role(membership=owner, role=Role.VIEWER, actor=STAFF).role == Role.VIEWER


def demote(member: Membership) -> None:
    change_role(membership=member, role=Role.MANAGER, actor=STAFF)


def remove(member: Membership) -> None:
    remove_member(membership=member, actor=STAFF)


@pytest.mark.parametrize("step", [demote, remove])
def test_the_last_owner_stays(owner: Membership, step: Callable[[Membership], None]) -> None:
    MembershipFactory.create(seller=owner.seller, role=Role.MANAGER)
    MembershipFactory.create(role=Role.OWNER)  # of another seller
    with pytest.raises(Refused) as caught:
        step(owner)
    assert caught.value.code == "last_owner"
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_a_removed_person_keeps_the_account(owner: Membership) -> None:
    member = MembershipFactory.create(seller=owner.seller, role=Role.PACKER)
    remove_member(membership=member, actor=STAFF)
    assert not Membership.objects.filter(pk=member.pk).exists()
    assert User.objects.filter(pk=member.user_id).exists()


def test_who_is_gone_cannot_be_changed(owner: Membership) -> None:
    member = MembershipFactory.create(seller=owner.seller, role=Role.PACKER)
    Membership.objects.filter(pk=member.pk).delete()
    with pytest.raises(NotFound):
        change_role(membership=member, role=Role.VIEWER, actor=STAFF)


def test_a_link_only_for_accounts_made_for_the_shop(owner: Membership) -> None:
    member, _new = add_member(
        seller=owner.seller, email="new@example.com", role=Role.PACKER, actor=STAFF
    )
    assert set_password_path(membership=member, actor=STAFF).startswith("/password/set/")
    add_member(
        seller=SellerFactory.create(), email="new@example.com", role=Role.PACKER, actor=STAFF
    )
    with pytest.raises(Refused) as caught:
        set_password_path(membership=member, actor=STAFF)
    assert caught.value.code == "own_account"


def test_no_link_into_the_account_of_staff(owner: Membership) -> None:
    member, _new = add_member(
        seller=owner.seller, email="new@example.com", role=Role.PACKER, actor=STAFF
    )
    User.objects.filter(pk=member.user_id).update(is_staff=True)
    member.user.refresh_from_db()
    with pytest.raises(Refused):
        set_password_path(membership=member, actor=STAFF)


# --- stores ----------------------------------------------------------------------------------


def test_a_wrong_store_names_all_its_places(db: None) -> None:
    with pytest.raises(Invalid) as caught:
        create_store(
            seller=SellerFactory.create(),
            code="a b",
            name="",
            handling_days=99,
            time_zone="Mars/Base",
            actor=STAFF,
        )
    assert {e.pointer for e in caught.value.errors} >= {"/time_zone"}


def test_a_packer_does_not_change_a_store(db: None) -> None:
    store = StoreFactory.create(handling_days=2)
    with pytest.raises(Forbidden):
        update_store(store=store, actor=PACKER, handling_days=5)
    store.refresh_from_db()
    assert store.handling_days == 2


def test_a_store_is_changed_in_part(db: None) -> None:
    store = StoreFactory.create(handling_days=2, name="One")
    update_store(store=store, actor=STAFF, handling_days=5)
    store.refresh_from_db()
    assert (store.handling_days, store.name) == (5, "One")


# --- API keys --------------------------------------------------------------------------------


@pytest.fixture
def made(db: None) -> tuple[ApiKey, str]:
    return create_api_key(
        seller=SellerFactory.create(), name="ERP", scopes=["orders:read"], actor=STAFF
    )


def test_a_key_opens_its_seller_with_its_scopes(made: tuple[ApiKey, str]) -> None:
    key, token = made
    found = authenticate_key(token)
    assert found == key
    actor = actor_of_key(key)
    assert (actor.kind, actor.id, actor.name, actor.scopes) == (
        "key",
        key.pk,
        "ERP",
        frozenset({"orders:read"}),
    )


def test_only_a_hash_of_the_secret_is_kept(made: tuple[ApiKey, str]) -> None:
    key, token = made
    secret = token.rpartition("_")[2]
    key.refresh_from_db()
    assert re.fullmatch(r"ful_live_[0-9a-f]{16}_[0-9a-f]{48}", token)
    assert secret not in repr(ApiKey.objects.values().get())


def test_a_revoked_key_opens_nothing(made: tuple[ApiKey, str]) -> None:
    key, token = made
    revoke_api_key(key=key, actor=STAFF)
    assert authenticate_key(token) is None


def test_revoking_again_keeps_the_first_time(made: tuple[ApiKey, str]) -> None:
    key, _token = made
    first = revoke_api_key(key=key, actor=STAFF).revoked_at
    assert revoke_api_key(key=key, actor=STAFF).revoked_at == first


def test_a_wrong_secret_opens_nothing(made: tuple[ApiKey, str]) -> None:
    _key, token = made
    assert authenticate_key(token[:-1] + ("0" if token[-1] != "0" else "1")) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "ful_live_",
        "Bearer x",
        "ful_live_0123456789abcdef_" + "0" * 48,
        "ful_live_0123456789abcdef_" + "0" * 48 + "\n",
        "ful_live_" + "é" * 16 + "_" + "0" * 48,
        "x" * 100_000,
    ],
)
def test_what_is_no_key_opens_nothing(db: None, token: str) -> None:
    assert authenticate_key(token) is None


def test_use_is_noted_once_a_minute(
    made: tuple[ApiKey, str], django_assert_num_queries: object
) -> None:
    key, token = made
    start = at("2026-03-02 10:00")
    with time_machine.travel(start, tick=False) as clock:
        authenticate_key(token)
        clock.shift(timedelta(seconds=59))
        with django_assert_num_queries(1):  # type: ignore[operator]
            authenticate_key(token)
        key.refresh_from_db()
        assert key.last_used_at == start
        clock.shift(timedelta(seconds=2))
        authenticate_key(token)
        key.refresh_from_db()
        assert key.last_used_at == start + timedelta(seconds=61)


def test_a_key_gets_no_unknown_scope(db: None) -> None:
    with pytest.raises(Invalid):
        create_api_key(seller=SellerFactory.create(), name="x", scopes=["orders:eat"], actor=STAFF)
    assert ApiKey.objects.count() == 0


def test_nobody_gives_a_key_more_than_they_may(db: None) -> None:
    few = Actor("user", 1, "x", frozenset({"people:write", "orders:read"}))
    with pytest.raises(Forbidden):
        create_api_key(seller=SellerFactory.create(), name="x", scopes=["money:read"], actor=few)
    assert ApiKey.objects.count() == 0


# --- the command -----------------------------------------------------------------------------


def test_the_command_prints_the_key_and_nothing_else(db: None) -> None:
    seller = SellerFactory.create(code="acme")
    out = StringIO()
    call_command("create_api_key", seller="acme", scopes="all", stdout=out)
    token = out.getvalue().removesuffix("\n")
    key = authenticate_key(token)
    assert key is not None
    assert (key.seller, set(key.scopes)) == (seller, set(SCOPES))


def test_the_command_takes_some_scopes(db: None) -> None:
    SellerFactory.create(code="acme")
    out = StringIO()
    call_command(
        "create_api_key",
        seller="acme",
        scopes="stock:read, orders:read",
        name="ERP",
        stdout=out,
    )
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("ERP", ["orders:read", "stock:read"])


@pytest.mark.parametrize(
    ("seller", "scopes", "sentence"),
    [
        ("nobody", "all", "There is no seller with the code nobody."),
        ("acme", "orders:eat", "There is no permission “orders:eat”."),
        ("acme", ",", "Choose at least one permission."),
    ],
)
def test_the_command_says_what_is_wrong(db: None, seller: str, scopes: str, sentence: str) -> None:
    SellerFactory.create(code="acme")
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("create_api_key", seller=seller, scopes=scopes)
    assert ApiKey.objects.count() == 0
