"""What templates know on every page, also on error pages: who is there, and for which shop."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from core.errors import DomainError
from sellers import notices
from sellers.access import membership_of, memberships_of, scopes_of
from sellers.models import Membership


class May:
    """``{% if may.orders_write %}``: whether the role has the scope ``orders:write``."""

    def __init__(self, scopes: frozenset[str]) -> None:
        self._scopes = scopes

    def __getitem__(self, name: str) -> bool:
        return name.replace("_", ":") in self._scopes


def people(request: HttpRequest) -> dict[str, Any]:
    """``current_membership``, ``seller`` (both ``None`` without one), ``memberships``, ``may``,
    ``unread_notices``, ``jobs_watched``, ``server_now``. Queries run only when a template asks."""
    current = _current(request)
    fresh = SimpleLazyObject(lambda: notices.fresh(current) if current else (0, False))
    return {
        "current_membership": current,
        "seller": current.seller if current else None,
        "memberships": memberships_of(request),
        "may": May(scopes_of(current.role) if current else frozenset()),
        "unread_notices": SimpleLazyObject(lambda: fresh[0]),
        "jobs_watched": SimpleLazyObject(lambda: fresh[1]),
        "server_now": timezone.now(),
    }


def _current(request: HttpRequest) -> Membership | None:
    try:
        return membership_of(request)
    except DomainError:
        return None
