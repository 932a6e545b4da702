"""Creating and renaming warehouses."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from core.stale import refuse_if_changed
from sellers.models import Seller
from stock.models import Warehouse


def create_warehouse(*, seller: Seller, code: str, name: str, actor: Actor) -> Warehouse:
    """A further warehouse. Raises ``Invalid`` with the pointers ``/code`` and ``/name``."""
    actor.require("settings:write")
    row = Warehouse(seller=seller, code=code.strip(), name=name.strip())
    _check(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        taken = _("There is a warehouse with this code already.")
        raise Invalid(errors=[FieldError("/code", taken, "taken")]) from None
    return row


def rename_warehouse(
    *, seller: Seller, warehouse: int, name: str, actor: Actor, seen: str = ""
) -> Warehouse:
    """Another name; the code stays. ``seen`` is what a form showed (``core.stale``).

    Raises ``NotFound``, ``Invalid`` or ``Refused`` (``changed``).
    """
    actor.require("settings:write")
    with transaction.atomic():
        row = (
            Warehouse.objects.select_for_update(no_key=True)
            .filter(seller=seller, pk=warehouse)
            .first()
        )
        if row is None:
            raise NotFound
        refuse_if_changed(row, {"name": name.strip()}, seen)
        row.name = name.strip()
        _check(row)
        row.save(update_fields=["name"])
    return row


def _check(row: Warehouse) -> None:
    try:
        row.clean_fields(exclude={"seller"})
    except ValidationError as error:
        raise Invalid(
            errors=[
                FieldError(f"/{field}", sentence)
                for field, found in error.message_dict.items()
                for sentence in found
            ]
        ) from error
