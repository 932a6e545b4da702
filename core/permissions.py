"""Who may call what in the API. A module of its own: the framework imports it by its name."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.actor import Actor
from core.errors import Forbidden


class HasScope(BasePermission):
    """The view's scope for the method, and an actor that has it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method.lower() not in view.http_method_names or not hasattr(view, method.lower()):
            return True  # answered by 405
        scope = view.scopes.get(method)
        if not scope:
            raise Forbidden
        access: Any = request.auth
        actor: Actor = access.actor
        if isinstance(scope, str) or not any(actor.may(one) for one in scope):
            actor.require(scope if isinstance(scope, str) else scope[0])
        return True
