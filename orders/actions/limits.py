"""Editing the limits of rates: a seller's own go before the presets."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid
from orders.models import RateKind, RateLimit
from sellers.models import Seller, Store

MIN_DAYS, MAX_DAYS = 7, 90


def save_limits(
    *,
    seller: Seller,
    marketplace: str,
    limits: Mapping[str, tuple[Decimal, int] | None],
    actor: Actor,
) -> None:
    """Write a seller's own limits of a marketplace: rate → (percent, days), or ``None`` to go
    back to the preset. Rates that are not named stay as they are.

    Raises ``Forbidden`` without ``settings:write`` and ``Invalid`` with a pointer per wrong value.
    """
    actor.require("settings:write")
    errors = []
    if marketplace not in Store.Marketplace.values:
        errors.append(FieldError("/marketplace", _("This is none of the choices."), "choice"))
    for kind, limit in limits.items():
        if kind not in RateKind.values:
            errors.append(FieldError(f"/{kind}", _("This is none of the choices."), "choice"))
        elif limit is not None:
            percent, days = limit
            if not 0 <= percent <= 100:
                errors.append(FieldError(f"/{kind}", _("Between 0 and 100 percent."), "range"))
            if not MIN_DAYS <= days <= MAX_DAYS:
                errors.append(FieldError(f"/{kind}_days", _("Between 7 and 90 days."), "range"))
    if errors:
        raise Invalid(errors=errors)
    now = timezone.now()
    with transaction.atomic():
        for kind, limit in limits.items():
            own: dict[str, Any] = {"seller": seller, "marketplace": marketplace, "kind": kind}
            if limit is None:
                RateLimit.objects.filter(**own).delete()
            else:
                RateLimit.objects.update_or_create(
                    **own,
                    defaults={"percent": limit[0], "days": limit[1], "updated_at": now},
                )
