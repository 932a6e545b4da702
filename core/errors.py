"""The one family of errors that domain code raises. Each edge translates it once.

Pages show the message, the API answers problem+json (``core.problems``), commands print it. A batch
never raises for one of its rows: it answers with an outcome per row (``core.outcome``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong value: a JSON pointer to it (``/lines/0/quantity``) and what to do about it."""

    pointer: str
    detail: Text
    code: str = "invalid"


class DomainError(Exception):
    """Something a user can cause. ``code`` is stable, ``detail`` is in the user's language."""

    status = 400
    code = "error"
    title: Text = _("The request could not be carried out")

    def __init__(self, detail: Text = "", *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail or self.title
        if code:
            self.code = code

    def __str__(self) -> str:
        return str(self.detail)


class Invalid(DomainError):
    """What was sent is not acceptable; ``errors`` name the places."""

    status = 422
    code = "invalid"
    title = _("Some of what was sent is not valid")

    def __init__(
        self,
        detail: Text = "",
        *,
        errors: Sequence[FieldError] = (),
        code: str | None = None,
    ) -> None:
        super().__init__(detail, code=code)
        self.errors = tuple(errors)


class NotFound(DomainError):
    """It does not exist, or belongs to somebody else. The two answers are the same on purpose."""

    status = 404
    code = "not_found"
    title = _("Not found")


class Forbidden(DomainError):
    """The role or the key's scopes do not allow it."""

    status = 403
    code = "forbidden"
    title = _("You may not do this")


class Refused(DomainError):
    """The state of the thing does not allow it now."""

    status = 409
    code = "refused"
    title = _("This cannot be done now")
