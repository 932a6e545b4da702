"""Keeping lists of orders under a name, and how a person likes the list."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid, Refused
from orders.models import SavedView
from sellers.models import Membership, Seller

#: Whoever may change the shop's settings keeps the views of its team.
TEAM_SCOPE = "settings:write"
MAX_VIEWS = 50
MAX_QUERY = 4000
#: The key of the list of orders in ``Membership.list_settings``.
LIST = "orders"


def may_change(view: SavedView, *, membership: Membership, actor: Actor) -> bool:
    """A person's own view is the person's; a team's belongs to those who keep its settings."""
    return actor.may(TEAM_SCOPE) if view.shared else view.owner_id == membership.user_id


def create_view(
    *,
    seller: Seller,
    membership: Membership,
    actor: Actor,
    name: str,
    query: str,
    columns: Sequence[str] = (),
    density: str = "",
    shared: bool = False,
) -> SavedView:
    """Keep a list under a name. Raises ``Invalid`` for a name that is taken or none."""
    view = SavedView(seller=seller, owner_id=membership.user_id)
    own = SavedView.objects.filter(seller=seller, owner=membership.user_id).count()
    if own >= MAX_VIEWS:
        raise Refused(_("You have %(n)d views. Delete one first.") % {"n": MAX_VIEWS})
    return change_view(
        view,
        membership=membership,
        actor=actor,
        name=name,
        query=query,
        columns=list(columns),
        density=density,
        shared=shared,
    )


def change_view(
    view: SavedView, *, membership: Membership, actor: Actor, **values: Any
) -> SavedView:
    """Change a view: ``name``, ``query``, ``columns``, ``density``, ``shared``.

    Raises ``Forbidden`` for a view of the team, or to share one, without the permission, and
    ``Invalid`` for a name that is taken or none.
    """
    if view.pk and not may_change(view, membership=membership, actor=actor):
        raise Forbidden(_("This view belongs to the team. An owner or a manager can change it."))
    if values.get("shared") and not actor.may(TEAM_SCOPE):
        raise Forbidden(_("Only an owner or a manager shares a view with the team."))
    for name, value in values.items():
        setattr(view, name, value)
    view.name = view.name.strip()
    view.updated_at = timezone.now()
    if not view.name or len(view.name) > 60 or "\x00" in view.name:
        raise Invalid(errors=[FieldError("name", _("A view needs a name of up to 60 letters."))])
    if len(view.query) > MAX_QUERY:
        raise Invalid(errors=[FieldError("query", _("This filter is too long to be kept."))])
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Invalid(
            errors=[
                FieldError(
                    "name",
                    _("There is a view “%(name)s” already. Choose another name.")
                    % {"name": view.name},
                    "taken",
                )
            ]
        ) from None
    return view


def delete_view(view: SavedView, *, membership: Membership, actor: Actor) -> None:
    """Delete a view. Raises ``Forbidden`` as ``change_view`` does."""
    if not may_change(view, membership=membership, actor=actor):
        raise Forbidden(_("This view belongs to the team. An owner or a manager can change it."))
    view.delete()


def keep_settings(membership: Membership, **values: Any) -> None:
    """Remember how a person likes the list: ``columns``, ``density``, ``size``, ``view``.

    ``None`` forgets one.
    """
    with transaction.atomic():
        row = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        kept = {**row.list_settings.get(LIST, {}), **values}
        row.list_settings[LIST] = {name: value for name, value in kept.items() if value is not None}
        row.save(update_fields=["list_settings"])
        membership.list_settings = row.list_settings
