"""Who calls the API: a key, or a person who is logged in."""

from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.actor import Actor
from sellers.access import actor_of, actor_of_key, authenticate_key, seller_of
from sellers.models import Seller


@dataclass(frozen=True, slots=True)
class Access:
    """Whose rows a call may see, and who acts. The ``request.auth`` of every call."""

    seller: Seller
    actor: Actor


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ful_live_…``."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise AuthenticationFailed(_("Send an API key: “Authorization: Bearer KEY”."))
        key = authenticate_key(token.strip())
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown or has been revoked."))
        structlog.contextvars.bind_contextvars(api_key=key.public_id)
        return AnonymousUser(), Access(key.seller, actor_of_key(key))

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PersonAuthentication(SessionAuthentication):
    """The session of the pages, with their CSRF token on everything that changes something."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        inner = request._request
        return found[0], Access(seller_of(inner), actor_of(inner))
