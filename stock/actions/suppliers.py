"""Suppliers, and what they deliver: the only writers of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.stale import refuse_if_changed
from sellers.models import Seller
from stock.models import Sku, Supplier, SupplierSku

MAX_SKUS = 2_000
MAX_UNITS = 1_000_000
_CURRENCIES = frozenset(list_currencies())


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier delivers a SKU for (see ``SupplierSku``)."""

    sku: Sku
    code: str = ""
    price: Decimal | None = None
    min_quantity: int = 1
    pack_size: int = 1
    lead_days: int | None = None


def save_supplier(
    *, seller: Seller, actor: Actor, supplier: int | None = None, seen: str = "", **fields: Any
) -> Supplier:
    """A new supplier, or other values of one (``supplier`` is its id).

    Raises ``NotFound``, ``Invalid`` with pointers such as ``/name``, and ``Refused`` (``changed``)
    when it is not what ``seen`` says any more (``core.stale``).
    """
    actor.require("stock:write")
    with transaction.atomic():
        if supplier is None:
            row = Supplier(seller=seller)
        else:
            row = lock_supplier(seller, supplier)
            refuse_if_changed(row, fields, seen)
            if all(getattr(row, name) == value for name, value in fields.items()):
                return row
            row.version += 1
        for name, value in fields.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _check(row)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise _taken() from None
    return row


def lock_supplier(seller: Seller, supplier: int) -> Supplier:
    """The supplier, locked. Raises ``NotFound``."""
    row = Supplier.objects.select_for_update(no_key=True).filter(seller=seller, pk=supplier).first()
    if row is None:
        raise NotFound
    return row


def _check(row: Supplier) -> None:
    errors = _field_errors(row, exclude={"seller"})
    wrong = {e.pointer for e in errors}
    if "/currency" not in wrong and row.currency not in _CURRENCIES:
        errors.append(
            FieldError("/currency", _("The three letters of ISO 4217, such as CNY."), "unknown")
        )
    if "/min_quantity" not in wrong and row.min_quantity > MAX_UNITS:
        errors.append(_between("/min_quantity", 0, MAX_UNITS))
    if Supplier.objects.filter(seller=row.seller, name=row.name).exclude(pk=row.pk).exists():
        errors.append(_taken().errors[0])
    if errors:
        raise Invalid(errors=errors)


def _field_errors(row: Model, *, exclude: set[str]) -> list[FieldError]:
    try:
        row.clean_fields(exclude=exclude)
    except ValidationError as error:
        return [
            FieldError(f"/{field}", sentence)
            for field, found in error.message_dict.items()
            for sentence in found
        ]
    return []


def _between(pointer: str, least: int, most: int) -> FieldError:
    said = {"least": least, "most": most}
    return FieldError(pointer, _("A whole number from %(least)s to %(most)s.") % said)


def _taken() -> Invalid:
    detail = _("There is a supplier with this name already.")
    return Invalid(errors=[FieldError("/name", detail, "taken")])


def offer_skus(
    *, seller: Seller, supplier: int, offers: Sequence[Offer], actor: Actor
) -> list[SupplierSku]:
    """Say what a supplier delivers these SKUs for; others of it stay. All or nothing.

    A SKU that nobody else delivers makes this supplier its preferred one. Raises ``NotFound``, and
    ``Invalid`` with pointers such as ``/0/price``.
    """
    actor.require("stock:write")
    errors: list[FieldError] = []
    skus = [offer.sku.pk for offer in offers]
    for i, offer in enumerate(offers):
        if offer.sku.sample:
            errors.append(FieldError(f"/{i}/sku", _("Samples are not bought."), "sample"))
        if offer.sku.pk in skus[:i]:
            errors.append(FieldError(f"/{i}/sku", _("A line further up names this SKU already.")))
        row = SupplierSku(
            code=offer.code, price=offer.price, min_quantity=offer.min_quantity,
            pack_size=offer.pack_size, lead_days=offer.lead_days,
        )  # fmt: skip
        found = _field_errors(row, exclude={"seller", "supplier", "sku"})
        errors += [FieldError(f"/{i}{e.pointer}", e.detail, e.code) for e in found]
        for name in ("min_quantity", "pack_size"):
            if getattr(row, name) > MAX_UNITS:
                errors.append(_between(f"/{i}/{name}", 1, MAX_UNITS))
    if errors:
        raise Invalid(errors=errors)
    with transaction.atomic():
        row_ = lock_supplier(seller, supplier)
        known = set(row_.skus.values_list("sku_id", flat=True))
        if len(known | set(skus)) > MAX_SKUS:
            raise Refused(
                _("A supplier has at most %(n)s SKUs.") % {"n": MAX_SKUS}, code="too_many"
            )
        # Two people may give a SKU its first supplier at the same time.
        list(Sku.objects.filter(pk__in=skus).order_by("pk").select_for_update(no_key=True))
        taken = set(
            SupplierSku.objects.filter(sku__in=skus, preferred=True).values_list(
                "sku_id", flat=True
            )
        )
        SupplierSku.objects.bulk_create(
            [
                SupplierSku(
                    seller=seller, supplier=row_, sku=offer.sku, code=offer.code.strip(),
                    price=offer.price, min_quantity=offer.min_quantity,
                    pack_size=offer.pack_size, lead_days=offer.lead_days,
                    preferred=offer.sku.pk not in taken,
                )
                for offer in offers
            ],
            update_conflicts=True,
            unique_fields=["supplier", "sku"],
            update_fields=["code", "price", "min_quantity", "pack_size", "lead_days"],
        )  # fmt: skip
    return list(SupplierSku.objects.filter(supplier=supplier, sku__in=skus).order_by("pk"))


def prefer(*, seller: Seller, offer: int, actor: Actor) -> None:
    """Buy this SKU from this supplier unless told otherwise. Raises ``NotFound``."""
    actor.require("stock:write")
    with transaction.atomic():
        row = _lock_offer(seller, offer)
        SupplierSku.objects.filter(seller=seller, sku=row.sku_id, preferred=True).exclude(
            pk=row.pk
        ).update(preferred=False)
        SupplierSku.objects.filter(pk=row.pk).update(preferred=True)


def withdraw(*, seller: Seller, offer: int, actor: Actor) -> None:
    """The supplier delivers this SKU no longer; of the others the oldest becomes the preferred one.
    Raises ``NotFound``."""
    actor.require("stock:write")
    with transaction.atomic():
        row = _lock_offer(seller, offer)
        row.delete()
        if row.preferred:
            others = SupplierSku.objects.filter(seller=seller, sku=row.sku_id)
            heir = others.filter(supplier__active=True).order_by("pk").first()
            heir = heir or others.order_by("pk").first()
            if heir is not None:
                SupplierSku.objects.filter(pk=heir.pk).update(preferred=True)


def _lock_offer(seller: Seller, offer: int) -> SupplierSku:
    """The row, after its SKU, so that two changes of who is preferred queue up."""
    sku = SupplierSku.objects.filter(seller=seller, pk=offer).values_list("sku_id", flat=True)
    list(Sku.objects.filter(pk__in=list(sku)).select_for_update(no_key=True))
    row = (
        SupplierSku.objects.select_for_update(of=("self",)).filter(seller=seller, pk=offer).first()
    )
    if row is None:
        raise NotFound
    return row


def remove_supplier(*, seller: Seller, supplier: int, actor: Actor) -> None:
    """Forget a supplier of whom nothing was ever bought. Raises ``NotFound``, ``Refused``
    (``in_use``)."""
    actor.require("stock:write")
    with transaction.atomic():
        row = lock_supplier(seller, supplier)
        if row.replenishments.exists():
            raise Refused(
                _("Purchase orders name this supplier. Take it out of use instead."), code="in_use"
            )
        row.delete()
