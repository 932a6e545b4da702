"""Fields and serializers of request bodies: what is not known or not exact is refused."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from babel.numbers import list_currencies
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import fields, serializers

from core.ids import decode

_CURRENCIES = frozenset(list_currencies())
_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")


class Strict(serializers.Serializer[Any]):
    """A body in which an unknown field is an error."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = (
            {
                name: [serializers.ErrorDetail(str(_("There is no such field.")), "unknown_field")]
                for name in data
                if name not in self.fields
            }
            if isinstance(data, Mapping)
            else {}
        )
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from None
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class Money(NamedTuple):
    """An amount that came in, with two decimals at most."""

    amount: Decimal
    currency: str


class MoneySerializer(serializers.Serializer[Any]):
    """An amount as a decimal text, and the code of its currency (ISO 4217)."""

    amount = serializers.RegexField(r"^-?\d{1,12}(\.\d{1,2})?$")
    currency = serializers.CharField(min_length=3, max_length=3)


@extend_schema_field(MoneySerializer)
class MoneyField(serializers.Field[Money, Any, Any, Any]):
    """``{"amount": "9.90", "currency": "USD"}``, not negative."""

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                _("An object such as {“amount”: “9.90”, “currency”: “USD”}.")
            )
        errors = {
            name: [serializers.ErrorDetail(str(_("There is no such field.")), "unknown_field")]
            for name in data
            if name not in ("amount", "currency")
        }
        amount, currency = data.get("amount"), data.get("currency")
        if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
            errors["amount"] = [
                serializers.ErrorDetail(str(_("A decimal number as a text, such as “9.90”.")))
            ]
        elif amount.startswith("-"):
            errors["amount"] = [serializers.ErrorDetail(str(_("Not below zero.")), "out_of_range")]
        if not isinstance(currency, str) or currency not in _CURRENCIES:
            errors["currency"] = [
                serializers.ErrorDetail(
                    str(_("The three letters of ISO 4217, such as USD.")), "unknown_currency"
                )
            ]
        if errors:
            raise serializers.ValidationError(errors)
        return Money(Decimal(str(amount)), str(currency))

    def to_representation(self, value: Any) -> Any:
        return value


class TimeField(serializers.DateTimeField):
    """RFC 3339 with its offset, e.g. ``2026-11-30T10:00:00Z``; a time without one is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None or value.utcoffset() is None:
            raise serializers.ValidationError(
                _("The time needs its offset from UTC, such as 2026-11-30T10:00:00Z.")
            )
        return super().enforce_timezone(value)


class IdField(serializers.CharField):
    """A public id of one kind; gives the primary key."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        pk = decode(self.prefix, super().to_internal_value(data))
        if pk is None:
            raise serializers.ValidationError(
                _("This is no id of the form “%(prefix)s_…”.") % {"prefix": self.prefix}
            )
        return pk


class OptionalTextField(serializers.CharField):
    """A text that may be left out, empty or null: all three are the empty text."""

    def run_validation(self, data: Any = fields.empty) -> Any:
        return "" if data is None else super().run_validation(data)


def text(limit: int) -> serializers.CharField:
    """An optional text of at most ``limit`` characters."""
    return OptionalTextField(max_length=limit, allow_blank=True, allow_null=True, default="")
