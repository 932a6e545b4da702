"""Reading saved views; the seller comes first."""

from collections.abc import Sequence

from django.http import QueryDict

from core.ids import decode
from orders.models import SavedView
from sellers.models import Seller, User


def views_for(seller: Seller, user: User) -> Sequence[SavedView]:
    """The views that a person of a shop sees: the team's first, then the person's own."""
    # By hand, since this is asked with every list and building it takes longer than answering it.
    return list(
        SavedView.objects.raw(
            "SELECT * FROM orders_savedview WHERE seller_id = %s AND (shared OR owner_id = %s) "
            "ORDER BY shared DESC, name, id",
            [seller.pk, user.pk],
        )
    )


def view_in(params: QueryDict, views: Sequence[SavedView]) -> SavedView | None:
    """The view that an address names, if the reader has it."""
    pk = decode(SavedView.id_prefix, params.get("view", ""))
    return next((view for view in views if view.pk == pk), None)
