"""Creating and changing SKUs, one at a time: the settings page and the API."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from core.stale import refuse_if_changed
from sellers.models import Seller
from stock.models import Sku

SKU_CREATED = "sku.created"
"""Outbox topic: lines that wait for this code can be mapped. Payload: ``sku``, ``code``."""

MAX_GRAMS = 1_000_000
MAX_MM = 100_000


class SkuFields(TypedDict, total=False):
    """What can be said about a SKU (see ``stock.models.Sku``); grams and millimetres."""

    barcode: str
    name: str
    name_zh: str
    specification: str
    weight_grams: int
    length_mm: int
    width_mm: int
    height_mm: int
    declared_name: str
    declared_name_zh: str
    declared_value: Decimal
    declared_currency: str
    hs_code: str
    fragile: bool
    battery: bool
    liquid: bool
    price: Decimal | None
    price_currency: str
    promotion_price: Decimal | None
    promotion_from: datetime | None
    promotion_to: datetime | None
    on_sale: bool
    handling_days: int | None
    sample: bool


def create_sku(*, seller: Seller, code: str, actor: Actor, **fields: Unpack[SkuFields]) -> Sku:
    """A new SKU. Lines of orders that wait for its code are mapped after the commit.

    Raises ``Invalid`` with pointers such as ``/code`` and ``/weight_grams``.
    """
    actor.require("stock:write")
    now = timezone.now()
    sku = Sku(seller=seller, code=code.strip(), created_at=now, updated_at=now, **fields)
    _check(sku)
    try:
        with transaction.atomic():
            sku.save(force_insert=True)
            outbox.put(SKU_CREATED, seller_id=seller.pk, payload={"sku": sku.pk, "code": sku.code})
    except IntegrityError:
        raise _taken() from None
    return sku


def update_sku(
    *, seller: Seller, sku: int, actor: Actor, seen: str = "", **fields: Unpack[SkuFields]
) -> Sku:
    """Change a SKU; its code stays. Raises ``NotFound`` or ``Invalid`` as ``create_sku`` does, and
    ``Refused`` (``changed``) when it is not what ``seen`` says any more (``core.stale``).

    A change of nothing leaves the version alone.
    """
    actor.require("stock:write")
    with transaction.atomic():
        row = Sku.objects.select_for_update(no_key=True).filter(seller=seller, pk=sku).first()
        if row is None:
            raise NotFound
        refuse_if_changed(row, fields, seen)
        changed = [name for name, value in fields.items() if getattr(row, name) != value]
        if not changed:
            return row
        for name in changed:
            setattr(row, name, fields[name])  # type: ignore[literal-required]
        _check(row)
        row.updated_at = timezone.now()
        Sku.objects.filter(pk=row.pk).update(
            version=F("version") + 1,
            updated_at=row.updated_at,
            **{name: getattr(row, name) for name in changed},
        )
        row.version += 1
    return row


def _check(sku: Sku) -> None:
    errors: list[FieldError] = []
    try:
        sku.clean_fields(exclude={"seller"})
    except ValidationError as error:
        errors += [
            FieldError(f"/{field}", sentence)
            for field, found in error.message_dict.items()
            for sentence in found
        ]
    wrong = {e.pointer for e in errors}

    def refuse(field: str, detail: Any, code: str = "out_of_range") -> None:
        if f"/{field}" not in wrong:
            errors.append(FieldError(f"/{field}", detail, code))

    for field, limit in (
        ("weight_grams", MAX_GRAMS),
        ("length_mm", MAX_MM),
        ("width_mm", MAX_MM),
        ("height_mm", MAX_MM),
    ):
        if not 0 <= getattr(sku, field) <= limit:
            refuse(field, _("A whole number from 0 to %(limit)s.") % {"limit": limit})
    for field in ("price", "promotion_price", "declared_value"):
        value = getattr(sku, field)
        if value is not None and value < 0:
            refuse(field, _("Not below zero."))
    if sku.handling_days is not None and not 1 <= sku.handling_days <= 30:
        refuse("handling_days", _("From 1 to 30 working days."))
    if sku.promotion_from and sku.promotion_to and sku.promotion_to <= sku.promotion_from:
        refuse("promotion_to", _("The promotion ends before it begins."))
    # A clash shows here unless somebody else is as quick; then the constraint tells.
    if sku._state.adding and Sku.objects.filter(seller=sku.seller, code=sku.code).exists():
        refuse("code", _("A SKU with this code exists already."), "taken")
    if errors:
        raise Invalid(errors=errors)


def _taken() -> Invalid:
    return Invalid(errors=[FieldError("/code", _("A SKU with this code exists already."), "taken")])
