"""Bodies of the stock API, and what it answers."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api import ListParams, moment, money
from core.api_fields import MoneyField, MoneySerializer, Strict, TimeField, text
from core.ids import encode
from stock.actions.levels import BY_HAND
from stock.models import MovementKind, Sku, StockLevel, StockMovement, Warehouse

# --- what is sent ----------------------------------------------------------------------------


class SkuChangeSerializer(Strict):
    """Every field of a SKU that can be changed; left out ones stay as they are."""

    name = serializers.CharField(max_length=200, required=False)
    barcode = serializers.CharField(max_length=64, allow_blank=True, required=False)
    name_zh = serializers.CharField(max_length=200, allow_blank=True, required=False)
    specification = serializers.CharField(max_length=200, allow_blank=True, required=False)
    weight_grams = serializers.IntegerField(required=False)
    length_mm = serializers.IntegerField(required=False)
    width_mm = serializers.IntegerField(required=False)
    height_mm = serializers.IntegerField(required=False)
    declared_name = serializers.CharField(max_length=60, allow_blank=True, required=False)
    declared_name_zh = serializers.CharField(max_length=20, allow_blank=True, required=False)
    declared_value = MoneyField(required=False)
    hs_code = serializers.CharField(max_length=12, allow_blank=True, required=False)
    fragile = serializers.BooleanField(required=False)
    battery = serializers.BooleanField(required=False)
    liquid = serializers.BooleanField(required=False)
    price = MoneyField(required=False, allow_null=True)
    promotion_price = MoneyField(required=False, allow_null=True)
    promotion_from = TimeField(required=False, allow_null=True)
    promotion_to = TimeField(required=False, allow_null=True)
    on_sale = serializers.BooleanField(required=False)
    handling_days = serializers.IntegerField(required=False, allow_null=True)


class SkuInSerializer(SkuChangeSerializer):
    code = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=200)


def sku_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a body as the actions take them: money in two columns."""
    fields = dict(values)
    for name, currency in (("price", "price_currency"), ("declared_value", "declared_currency")):
        if fields.get(name) is not None:
            fields[name], fields[currency] = fields[name]
    if fields.get("promotion_price") is not None:
        fields["promotion_price"] = fields["promotion_price"].amount
    return fields


class MovementInSerializer(Strict):
    """``quantity`` is positive; of an adjustment it is the change, up or down."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in BY_HAND])
    sku = serializers.CharField(max_length=100)
    quantity = serializers.IntegerField()
    warehouse = serializers.CharField(max_length=100, required=False, allow_null=True)
    reason = text(200)
    reference = text(64)


class SkuParams(ListParams):
    code = serializers.CharField(max_length=64, required=False)
    barcode = serializers.CharField(max_length=64, required=False)
    updated_since = TimeField(required=False)


class LevelParams(ListParams):
    sku = serializers.CharField(max_length=100, required=False)
    warehouse = serializers.CharField(max_length=100, required=False)


class MovementParams(LevelParams):
    kind = serializers.ChoiceField(choices=MovementKind.values, required=False)


# --- what is answered ------------------------------------------------------------------------


class SkuSerializer(serializers.Serializer[Any]):
    """A thing that is stocked and sold. Money needs the scope ``money:read``."""

    object = serializers.ChoiceField(choices=["sku"])
    id = serializers.CharField()
    code = serializers.CharField()
    barcode = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    specification = serializers.CharField()
    weight_grams = serializers.IntegerField()
    length_mm = serializers.IntegerField()
    width_mm = serializers.IntegerField()
    height_mm = serializers.IntegerField()
    declared_name = serializers.CharField()
    declared_name_zh = serializers.CharField()
    declared_value = MoneySerializer(required=False)
    hs_code = serializers.CharField()
    fragile = serializers.BooleanField()
    battery = serializers.BooleanField()
    liquid = serializers.BooleanField()
    price = MoneySerializer(required=False, allow_null=True)
    promotion_price = MoneySerializer(required=False, allow_null=True)
    promotion_from = serializers.DateTimeField(allow_null=True)
    promotion_to = serializers.DateTimeField(allow_null=True)
    on_sale = serializers.BooleanField()
    handling_days = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WarehouseSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(choices=["warehouse"])
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class StockLevelSerializer(serializers.Serializer[Any]):
    """How many of a SKU lie in a warehouse; ``available`` is on hand less reserved."""

    object = serializers.ChoiceField(choices=["stock_level"])
    sku = serializers.CharField()
    sku_code = serializers.CharField()
    warehouse = serializers.CharField()
    warehouse_code = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    available = serializers.IntegerField()
    reorder_point = serializers.IntegerField()


class StockMovementSerializer(serializers.Serializer[Any]):
    """An entry of the ledger: the change on hand and the change reserved."""

    object = serializers.ChoiceField(choices=["stock_movement"])
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=MovementKind.values)
    sku = serializers.CharField()
    sku_code = serializers.CharField()
    warehouse = serializers.CharField()
    warehouse_code = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    reference = serializers.CharField()
    reason = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()


class PostedMovementSerializer(StockMovementSerializer):
    level = StockLevelSerializer()


_PLAIN = [
    "code",
    "barcode",
    "name",
    "name_zh",
    "specification",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "declared_name",
    "declared_name_zh",
    "hs_code",
    "fragile",
    "battery",
    "liquid",
    "on_sale",
    "handling_days",
    "version",
]


def sku_json(sku: Sku, *, with_money: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"object": "sku", "id": sku.public_id}
    found |= {name: getattr(sku, name) for name in _PLAIN}
    found["promotion_from"] = moment(sku.promotion_from)
    found["promotion_to"] = moment(sku.promotion_to)
    found["created_at"] = moment(sku.created_at)
    found["updated_at"] = moment(sku.updated_at)
    if with_money:
        found["declared_value"] = money(sku.declared_value, sku.declared_currency)
        for name in ("price", "promotion_price"):
            amount = getattr(sku, name)
            found[name] = None if amount is None else money(amount, sku.price_currency)
    return found


def warehouse_json(warehouse: Warehouse) -> dict[str, Any]:
    return {
        "object": "warehouse",
        "id": warehouse.public_id,
        "code": warehouse.code,
        "name": warehouse.name,
        "created_at": moment(warehouse.created_at),
    }


def _place(level: StockLevel) -> dict[str, str]:
    """SKU and warehouse of a level, both given with it."""
    return {
        "sku": encode(Sku.id_prefix, level.sku_id),
        "sku_code": level.sku.code,
        "warehouse": encode(Warehouse.id_prefix, level.warehouse_id),
        "warehouse_code": level.warehouse.code,
    }


def level_json(level: StockLevel) -> dict[str, Any]:
    return {
        "object": "stock_level",
        **_place(level),
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "available": level.available,
        "reorder_point": level.reorder_point,
    }


def movement_json(movement: StockMovement) -> dict[str, Any]:
    return {
        "object": "stock_movement",
        "id": movement.public_id,
        "kind": str(movement.kind),
        **_place(movement.level),
        "on_hand": movement.on_hand,
        "reserved": movement.reserved,
        "reference": movement.reference,
        "reason": movement.reason,
        "actor": movement.actor,
        "at": moment(movement.at),
    }
