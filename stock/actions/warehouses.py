"""Creating warehouses and changing their name and address."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from core.stale import refuse_if_changed
from sellers.models import Seller
from stock.models import Warehouse

#: What of a warehouse can be changed; its code stays, files and the API name it by it.
CHANGEABLE = frozenset(
    {"name", "sender_name", "phone", "address", "city", "state", "postcode", "country"}
)


def create_warehouse(
    *,
    seller: Seller,
    code: str,
    name: str,
    actor: Actor,
    address: Mapping[str, str] | None = None,
    sample: bool = False,
) -> Warehouse:
    """A further warehouse; ``address`` holds further fields of ``CHANGEABLE``.

    Raises ``Invalid`` with the pointers ``/code``, ``/name`` and those of the address.
    """
    actor.require("settings:write")
    row = Warehouse(seller=seller, code=code.strip(), sample=sample)
    _fill(row, {**(address or {}), "name": name})
    _check(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        taken = _("There is a warehouse with this code already.")
        raise Invalid(errors=[FieldError("/code", taken, "taken")]) from None
    return row


def change_warehouse(
    *, seller: Seller, warehouse: int, values: Mapping[str, str], actor: Actor, seen: str = ""
) -> Warehouse:
    """Another name or address (fields of ``CHANGEABLE``). ``seen`` is what a form showed
    (``core.stale``).

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
        refuse_if_changed(row, {name: value.strip() for name, value in values.items()}, seen)
        _fill(row, values)
        _check(row)
        row.save(update_fields=[*values])
    return row


def _fill(row: Warehouse, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if name not in CHANGEABLE:
            raise LookupError(f"{name} of a warehouse does not change")
        setattr(row, name, value.strip())


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
