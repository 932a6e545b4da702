"""Sellers, people, stores and API keys: the only writers of them."""

import secrets
from collections.abc import Iterable
from datetime import time
from typing import Any, TypedDict, Unpack

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused, Text
from core.stale import refuse_if_changed
from sellers.access import SCOPES, hash_secret
from sellers.models import ApiKey, Membership, Role, Seller, Store, User
from sellers.zones import validate_zone

STORE_CHANGED = "store.changed"
"""Outbox topic: the clock of a store may be another. Payload: ``store``, its primary key, and
``by``: kind, id and name of who changed it."""

_CLOCK = frozenset({"time_zone", "handling_days", "cut_off", "clock_mode", "warn_hours"}) | {
    "accept_hours",
    "marketplace",
    "mode",
}


HIDDEN = "hidden"
SETUP_MARKS = frozenset({"clock", "calendar", "people", HIDDEN})
"""What somebody can say about the first run: a step is in order, or the list may be hidden."""


class StoreFields(TypedDict, total=False):
    """What can be said about a store; see ``sellers.models.Store``."""

    name: str
    marketplace: str
    mode: str
    external_id: str
    time_zone: str
    handling_days: int
    cut_off: time
    clock_mode: str
    warn_hours: int
    accept_hours: int
    sample: bool


# --- sellers ---------------------------------------------------------------------------------


@transaction.atomic
def create_seller(
    *,
    code: str,
    name: str,
    actor: Actor,
    owner: User | None = None,
    time_zone: str = "Asia/Shanghai",
    status: str = Seller.Status.PREPARING,
) -> Seller:
    """A new tenant, with its owner when there is one already. ``Invalid`` for a code in use."""
    actor.require("people:write")
    seller = Seller(code=code, name=name, time_zone=time_zone, status=status)
    _save(seller)
    if owner is not None:
        _write(Membership(user=owner, seller=seller, role=Role.OWNER))
    return seller


@transaction.atomic
def update_seller(
    *, seller: Seller, actor: Actor, name: str, time_zone: str, seen: str = ""
) -> Seller:
    """Name and time zone of a seller. ``seen`` is what a form showed (``core.stale``)."""
    actor.require("settings:write")
    seller = Seller.objects.select_for_update(of=("self",)).get(pk=seller.pk)
    refuse_if_changed(seller, {"name": name, "time_zone": time_zone}, seen)
    seller.name, seller.time_zone = name, time_zone
    _save(seller, fields=["name", "time_zone"])
    return seller


@transaction.atomic
def mark_setup(*, seller: Seller, mark: str, actor: Actor, on: bool = True) -> None:
    """Say that a step of the first run is in order, or take it back. ``Invalid`` for no such."""
    actor.require("settings:write")
    if mark not in SETUP_MARKS:
        raise _invalid("mark", _("There is no such step."))
    row = Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
    row.setup_marks = sorted({*row.setup_marks, mark} if on else {*row.setup_marks} - {mark})
    row.save(update_fields=["setup_marks"])


# --- stores ----------------------------------------------------------------------------------


@transaction.atomic
def create_store(
    *, seller: Seller, code: str, actor: Actor, **fields: Unpack[StoreFields]
) -> Store:
    """A store of a seller. ``Invalid`` names the fields that are wrong."""
    actor.require("settings:write")
    if Store.objects.filter(seller=seller, code=code).exists():
        raise _invalid("code", _("There is a store with this code already."))
    store = Store(seller=seller, code=code, **fields)
    _save(store)
    return store


@transaction.atomic
def update_store(
    *, store: Store, actor: Actor, seen: str = "", **fields: Unpack[StoreFields]
) -> Store:
    """Change a store. When its clock changes, the deadlines of open orders follow: apps to the
    right listen to ``store.changed``. ``seen`` is what a form showed (``core.stale``)."""
    actor.require("settings:write")
    store = Store.objects.select_for_update(of=("self",)).get(pk=store.pk)
    refuse_if_changed(store, fields, seen)
    changed = [name for name, value in fields.items() if getattr(store, name) != value]
    for name in changed:
        setattr(store, name, fields[name])  # type: ignore[literal-required]
    if changed:
        _save(store, fields=changed)
    if _CLOCK.intersection(changed):
        payload = {"store": store.pk, "by": [actor.kind, actor.id, actor.name]}
        outbox.put(STORE_CHANGED, seller_id=store.seller_id, payload=payload)
    return store


def delete_sample_stores(*, seller: Seller, actor: Actor) -> None:
    """Delete the stores that hold samples. Their orders went before; the database sees to that."""
    actor.require("settings:write")
    Store.objects.filter(seller=seller, sample=True).delete()


# --- people ----------------------------------------------------------------------------------


@transaction.atomic
def add_member(
    *, seller: Seller, email: str, role: str, actor: Actor, name: str = ""
) -> tuple[Membership, bool]:
    """Let a person into a seller; (membership, whether the person is new).

    Somebody unknown gets an account without a password: ``set_password_path`` makes the link by
    which the first one is set. ``Refused`` when the person belongs to the seller already.
    """
    actor.require("people:write")
    _known_role(role)
    user = User.objects.filter(email__iexact=email).first()
    new = user is None
    now = timezone.now()
    if user is None:
        email = User.objects.normalize_email(email).lower()
        user = User(email=email, name=name, date_joined=now)
        user.set_unusable_password()
        _save(user)
    if Membership.objects.filter(seller=seller, user=user).exists():
        raise Refused(_("This person belongs to the shop already."), code="member_already")
    member = Membership(seller=seller, user=user, role=role, created_at=now)
    _write(member)
    return member, new


@transaction.atomic
def change_role(*, membership: Membership, role: str, actor: Actor) -> Membership:
    """Give a member another role. ``Refused`` for the last owner."""
    actor.require("people:write")
    _known_role(role)
    membership, owners = _lock_member(membership)
    if membership.role == Role.OWNER and role != Role.OWNER and owners < 2:
        raise Refused(
            _("A shop needs an owner. Make somebody else an owner first."), code="last_owner"
        )
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, actor: Actor) -> None:
    """Take a person out of a seller; the account stays. ``Refused`` for the last owner."""
    actor.require("people:write")
    membership, owners = _lock_member(membership)
    if membership.role == Role.OWNER and owners < 2:
        raise Refused(
            _("A shop needs an owner. Make somebody else an owner first."), code="last_owner"
        )
    membership.delete()


def openable(members: Iterable[Membership]) -> set[int]:
    """Of one seller's members, the ids of those for whom an owner may have a set-password link.

    Only for an account that was made for this shop (``add_member`` gives both the same time) and
    belongs to no other. Otherwise adding a stranger's address would hand over the stranger's
    account. One query.
    """
    own = {
        member.user_id: member.pk
        for member in members
        if member.user.date_joined == member.created_at
        and member.user.is_active
        and not member.user.is_staff
    }
    elsewhere = Membership.objects.filter(user__in=own).exclude(pk__in=own.values())
    for user_id in elsewhere.values_list("user_id", flat=True):
        own.pop(user_id, None)
    return set(own.values())


def set_password_path(*, membership: Membership, actor: Actor) -> str:
    """The path of a link with which a member sets a password, once, within
    ``PASSWORD_RESET_TIMEOUT`` seconds. ``Refused`` when the account is not the shop's to open."""
    actor.require("people:write")
    user = membership.user
    if membership.pk not in openable([membership]):
        raise Refused(
            _("This person has an account of their own and signs in with it."),
            code="own_account",
        )
    return reverse(
        "password_reset_confirm",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        },
    )


def update_me(*, user: User, **fields: str | bool) -> User:
    """One's own ``name``, ``language``, ``time_zone`` and ``shortcuts``."""
    for field, value in fields.items():
        if field not in {"name", "language", "time_zone", "shortcuts"}:
            raise TypeError(f"{field} is not a preference")
        setattr(user, field, value)
    _save(user, fields=list(fields))
    return user


# --- API keys --------------------------------------------------------------------------------


def create_api_key(
    *, seller: Seller, name: str, scopes: Iterable[str], actor: Actor, by: User | None = None
) -> tuple[ApiKey, str]:
    """A key and its token. The token is not kept and cannot be shown again.

    ``Invalid`` for no or unknown scopes. Nobody gives a key more than they may themselves.
    """
    actor.require("people:write")
    wanted = set(scopes)
    if not wanted:
        raise _invalid("scopes", _("Choose at least one permission."))
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        raise _invalid("scopes", _("There is no permission “%(scope)s”.") % {"scope": unknown[0]})
    for scope in wanted:
        actor.require(scope)
    visible, secret = secrets.token_hex(8), secrets.token_hex(24)
    key = ApiKey(
        seller=seller,
        name=name,
        public=visible,
        secret_hash=hash_secret(secret),
        scopes=[scope for scope in SCOPES if scope in wanted],
        created_by=by,
    )
    _save(key)
    return key, f"ful_live_{visible}_{secret}"


def revoke_api_key(*, key: ApiKey, actor: Actor) -> ApiKey:
    """Make a key worthless from now on. Revoking again changes nothing."""
    actor.require("people:write")
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    key.refresh_from_db()
    return key


# --- helpers ---------------------------------------------------------------------------------


def _save(row: models.Model, *, fields: list[str] | None = None) -> None:
    """Validate and write; what the model refuses becomes ``Invalid`` with the places."""
    try:
        names = {field.name for field in row._meta.fields}
        checked = names if fields is None else set(fields)
        if "time_zone" in checked:
            _check_zone(getattr(row, "time_zone", "UTC"))
        empty = {f.name for f in row._meta.fields if f.null and getattr(row, f.attname) is None}
        row.full_clean(exclude=(names - checked) | empty)
    except ValidationError as error:
        raise Invalid(
            errors=[
                FieldError("" if field == "__all__" else f"/{field}", sentence)
                for field, found in error.message_dict.items()
                for sentence in found
            ]
        ) from error
    _write(row, fields)


def _write(row: models.Model, fields: list[str] | None = None) -> None:
    """The checks saw nothing; when somebody else was as quick, the constraint tells."""
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError as error:
        raise Refused(
            _("Somebody else did the same at this moment. Look again."), code="conflict"
        ) from error


def _check_zone(name: str) -> None:
    try:
        validate_zone(name)
    except ValidationError as error:
        raise ValidationError({"time_zone": error}) from error


def _invalid(field: str, detail: Text) -> Invalid:
    return Invalid(errors=[FieldError(f"/{field}", detail)])


def _known_role(role: Any) -> None:
    if role not in Role.values:
        raise _invalid("role", _("There is no such role."))


def _lock_member(membership: Membership) -> tuple[Membership, int]:
    """The member, and how many owners the seller has. All owners are locked, so that two of them
    cannot take the role from each other at the same time."""
    rows = {
        row.pk: row
        for row in Membership.objects.select_for_update(of=("self",))
        .filter(seller_id=membership.seller_id)
        .order_by("pk")
    }
    if membership.pk not in rows:
        raise NotFound
    return rows[membership.pk], sum(row.role == Role.OWNER for row in rows.values())
