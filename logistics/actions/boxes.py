"""Boxes, and how a shop packs: what settings pages change."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from logistics.models import Box, PackSettings, QualityCheck
from sellers.models import Seller
from stock.models import Sku

MAX_MM = 3_000
MAX_GRAMS = 1_000_000
MAX_CHECKS = 50
_RANGE = _("A whole number from %(least)s to %(most)s.")


def save_box(*, seller: Seller, actor: Actor, box: int | None = None, **fields: Any) -> Box:
    """A new box, or other values of one (``box`` is its id; the code stays).

    A new count begins now. Raises ``NotFound``, or ``Invalid`` with pointers such as ``/code``.
    """
    actor.require("settings:write")
    with transaction.atomic():
        if box is None:
            row = Box(seller=seller, code=fields.pop("code", "").strip().upper())
        else:
            found = Box.objects.select_for_update(no_key=True).filter(seller=seller, pk=box).first()
            if found is None:
                raise NotFound
            row = found
            fields.pop("code", None)
        if "counted" in fields:
            row.counted = fields.pop("counted")
            row.counted_at = None if row.counted is None else timezone.now()
        for name, value in fields.items():
            setattr(row, name, value)
        _check(row)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            taken = _("There is a box with this code already.")
            raise Invalid(errors=[FieldError("/code", taken, "taken")]) from None
    return row


def _check(row: Box) -> None:
    errors: list[FieldError] = []
    try:
        row.clean_fields(exclude={"seller", "counted_at"})
    except ValidationError as error:
        errors = [
            FieldError(f"/{field}", sentence)
            for field, found in error.message_dict.items()
            for sentence in found
        ]
    wrong = {e.pointer for e in errors}
    limits = (
        *((name, 1, MAX_MM) for name in ("length_mm", "width_mm", "height_mm")),
        ("weight_grams", 0, MAX_GRAMS),
        ("limit_grams", 1, MAX_GRAMS),
    )
    for name, least, most in limits:
        value = getattr(row, name)
        if f"/{name}" not in wrong and value is not None and not least <= value <= most:
            errors.append(
                FieldError(
                    f"/{name}",
                    _("A whole number from %(least)s to %(most)s.")
                    % {"least": least, "most": most},
                )
            )
    if "/cost" not in wrong and row.cost < 0:
        errors.append(FieldError("/cost", _("Not below zero.")))
    if errors:
        raise Invalid(errors=errors)


def save_pack_settings(*, seller: Seller, actor: Actor, **fields: Any) -> PackSettings:
    """How the shop packs from now on (see ``PackSettings``). Raises ``Invalid``."""
    actor.require("settings:write")
    row = PackSettings.objects.filter(seller=seller).first() or PackSettings(seller=seller)
    for name, value in fields.items():
        setattr(row, name, value)
    errors = [
        FieldError(f"/{name}", _RANGE % {"least": least, "most": most})
        for name, least, most in (
            ("tolerance_percent", 0, 100),
            ("tolerance_grams", 0, 100_000),
            ("limit_grams", 1, MAX_GRAMS),
        )
        if not least <= getattr(row, name) <= most
    ]
    if errors:
        raise Invalid(errors=errors)
    row.save()
    return row


def add_check(*, seller: Seller, text: str, actor: Actor, sku: str = "") -> QualityCheck:
    """A further thing to check, of one SKU (by its code) or of every parcel. Raises ``Invalid``
    with the pointers ``/text`` and ``/sku``."""
    actor.require("settings:write")
    text = " ".join(text.split())
    errors = []
    if not 1 <= len(text) <= 200:
        errors.append(FieldError("/text", _("From 1 to 200 characters.")))
    found = Sku.objects.filter(seller=seller, code=sku.strip()).first() if sku.strip() else None
    if sku.strip() and found is None:
        errors.append(
            FieldError("/sku", _("There is no SKU “%(code)s”.") % {"code": sku.strip()[:64]})
        )
    if QualityCheck.objects.filter(seller=seller, sku=found).count() >= MAX_CHECKS:
        errors.append(FieldError("/text", _("At most %(n)s checks.") % {"n": MAX_CHECKS}))
    if errors:
        raise Invalid(errors=errors)
    return QualityCheck.objects.create(seller=seller, sku=found, text=text)


def remove_check(*, seller: Seller, check: int, actor: Actor) -> None:
    """Check it no longer; what was answered stays in the scans. Raises ``NotFound``."""
    actor.require("settings:write")
    n, _kinds = QualityCheck.objects.filter(seller=seller, pk=check).delete()
    if not n:
        raise NotFound
