"""Who does something, and what they may do. Every action takes one, every event keeps one."""

from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext_lazy as _

from core.errors import Forbidden

ActorKind = Literal["user", "staff", "key", "job", "import"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, an API key or a job, as events record it.

    ``scopes`` are what it may do (``sellers.access.SCOPES``); ``None`` means everything, for staff
    and jobs.
    """

    kind: ActorKind
    id: int | None
    name: str
    scopes: frozenset[str] | None = field(default=None, repr=False)

    @classmethod
    def job(cls, name: str) -> "Actor":
        """The actor of scheduled work, e.g. ``Actor.job("sweep")``."""
        return cls("job", None, name)

    def may(self, scope: str) -> bool:
        """Whether it has a scope, e.g. ``actor.may("orders:write")``."""
        return self.scopes is None or scope in self.scopes

    def require(self, scope: str) -> None:
        """Raise ``Forbidden`` unless it has the scope."""
        if not self.may(scope):
            raise Forbidden(
                _("This needs the permission “%(scope)s”, which you do not have.")
                % {"scope": scope},
                code="missing_scope",
            )
