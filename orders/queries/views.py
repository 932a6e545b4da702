"""Reading saved views; the seller comes first."""

from collections.abc import Sequence

from django.db.models import Q
from django.http import QueryDict

from core.ids import decode
from orders.models import SavedView
from sellers.models import Seller, User


def views_for(seller: Seller, user: User) -> Sequence[SavedView]:
    """The views that a person of a shop sees: the team's first, then the person's own."""
    return list(
        SavedView.objects.filter(Q(shared=True) | Q(owner=user), seller=seller).order_by(
            "-shared", "name", "pk"
        )
    )


def view_in(params: QueryDict, views: Sequence[SavedView]) -> SavedView | None:
    """The view that an address names, if the reader has it."""
    pk = decode(SavedView.id_prefix, params.get("view", ""))
    return next((view for view in views if view.pk == pk), None)
