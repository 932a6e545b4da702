"""Which function performs an action. The app that owns an action registers it for its name.

Edges call ``perform`` with the name, so that the order page, the API and the admin site offer all
actions while ``orders`` imports nothing from the apps to its right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid
from core.outcome import BatchOutcome
from orders.states import TABLE
from sellers.models import Seller

MAX_BATCH = 500

F = TypeVar("F", bound=Callable[..., BatchOutcome])


#: Called with ``seller``, ``orders`` (ids), ``actor`` and the action's own parameters by name. Ids
#: of another seller are not found and not answered.
ActionFunction = Callable[..., BatchOutcome]


@dataclass(frozen=True, slots=True)
class Registered:
    """An action's function, the scope it needs, and how its parameters are read.

    ``params`` maps a parameter's name to a function that reads its plain (JSON) value and raises
    ``ValueError`` with a sentence when it cannot.
    """

    function: ActionFunction
    scope: str
    params: Mapping[str, Callable[[Any], Any]]
    required: frozenset[str]


_actions: dict[str, Registered] = {}


def register(
    name: str,
    *,
    scope: str,
    params: Mapping[str, Callable[[Any], Any]] | None = None,
    required: Sequence[str] = (),
) -> Callable[[F], F]:
    """Register the function for an action of the transition table."""
    if name not in TABLE:
        raise LookupError(f"{name} is not in the transition table")

    def keep(function: F) -> F:
        _actions[name] = Registered(function, scope, params or {}, frozenset(required))
        return function

    return keep


def registered(name: str) -> Registered:
    """What stands behind an action. Raises ``Invalid`` for a name that is none."""
    try:
        return _actions[name]
    except KeyError:
        raise Invalid(
            errors=[
                FieldError(
                    "/action",
                    _("There is no action “%(name)s”. Actions: %(known)s.")
                    % {
                        "name": str(name)[:40],
                        "known": ", ".join(t.name for t in TABLE),
                    },
                    "unknown_action",
                )
            ]
        ) from None


def perform(
    name: str,
    *,
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    params: Mapping[str, Any] | None = None,
) -> BatchOutcome:
    """Perform an action by its name on up to any number of orders of one seller.

    Raises ``Forbidden`` without the action's scope, ``Invalid`` for unknown or unreadable
    parameters (pointers ``/params/…``). Otherwise every order that is the seller's gets its
    outcome.
    """
    action = registered(name)
    actor.require(action.scope)
    values, errors = {}, []
    for key, raw in (params or {}).items():
        reader = action.params.get(key)
        if reader is None:
            errors.append(
                FieldError(
                    f"/params/{key}",
                    _("“%(action)s” takes no parameter “%(name)s”.")
                    % {"action": name, "name": key},
                    "unknown_field",
                )
            )
            continue
        try:
            values[key] = reader(raw)
        except ValueError as error:
            errors.append(FieldError(f"/params/{key}", str(error)))
    errors += [
        FieldError(f"/params/{key}", _("This is needed."), "required")
        for key in sorted(action.required - values.keys())
        if not any(e.pointer == f"/params/{key}" for e in errors)
    ]
    if errors:
        raise Invalid(errors=errors)
    return action.function(seller=seller, orders=orders, actor=actor, **values)
