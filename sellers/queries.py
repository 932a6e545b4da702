"""Reads of people, stores and keys; the seller comes first."""

from django.db.models import QuerySet

from sellers.models import ApiKey, Membership, Role, Seller, Store

_ORDER_OF_ROLES = {role: place for place, role in enumerate(Role.values)}


def stores_of(seller: Seller) -> QuerySet[Store]:
    """The stores of a seller, by name."""
    return Store.objects.filter(seller=seller).order_by("name", "pk")


def memberships_of_person(user: int) -> list[Membership]:
    """The shops of a person, by name; each with its seller and the person. One query."""
    return list(
        Membership.objects.filter(user=user)
        .select_related("seller", "user")
        .order_by("seller__name", "pk")
    )


def members_of(seller: Seller) -> list[Membership]:
    """The members with their users, owners first."""
    rows = Membership.objects.filter(seller=seller).select_related("user").order_by("pk")
    return sorted(rows, key=lambda row: (_ORDER_OF_ROLES[row.role], str(row.user).casefold()))


def keys_of(seller: Seller) -> list[ApiKey]:
    """API keys with who made them: live ones first, the newest on top."""
    rows = ApiKey.objects.filter(seller=seller).select_related("created_by").order_by("-pk")
    return sorted(rows, key=lambda row: row.revoked_at is not None)
