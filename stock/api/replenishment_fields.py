"""Bodies of the API of purchasing, and what it answers."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from core.api import ListParams, moment, money
from core.api_fields import MoneyField, MoneySerializer, Strict, text
from core.ids import encode
from stock.actions.replenish import MAX_LINES
from stock.models import (
    Receipt,
    Replenishment,
    ReplenishmentLine,
    ReplenishmentState,
    Sku,
    Supplier,
    Warehouse,
)
from stock.queries.purchasing import Total

#: What can be done with a replenishment, by its state.
ACTIONS: dict[str, list[str]] = {
    ReplenishmentState.DRAFT: ["order", "cancel"],
    ReplenishmentState.ORDERED: ["receive", "cancel"],
    ReplenishmentState.PARTLY_RECEIVED: ["receive", "cancel"],
}


def allowed_actions(row: Replenishment) -> list[str]:
    return ACTIONS.get(row.state, [])


# --- what is sent ----------------------------------------------------------------------------


class ReplenishmentParams(ListParams):
    state = serializers.ChoiceField(choices=ReplenishmentState.values, required=False)
    supplier = serializers.CharField(max_length=100, required=False)
    sku = serializers.CharField(max_length=100, required=False)


class WantedSerializer(Strict):
    """A SKU by id or code; without ``unit_cost`` the supplier's price is taken."""

    sku = serializers.CharField(max_length=100)
    quantity = serializers.IntegerField()
    unit_cost = MoneyField(required=False, allow_null=True)


class ReplenishmentInSerializer(Strict):
    """``id`` is the caller's own. ``warehouse`` may be left out where the seller has one."""

    id = serializers.CharField(max_length=64, required=False)
    supplier = text(120)
    warehouse = text(64)
    expected_on = serializers.DateField(required=False, allow_null=True)
    note = text(500)
    order = serializers.BooleanField(default=False)
    lines = WantedSerializer(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]


class RescheduleSerializer(Strict):
    expected_on = serializers.DateField()
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class NothingSerializer(Strict):
    """An empty body."""


class CancelSerializer(Strict):
    reason = text(200)


class CameSerializer(Strict):
    sku = serializers.CharField(max_length=100)
    quantity = serializers.IntegerField()


class ReceiptInSerializer(Strict):
    """``id`` is the caller's own and makes it count once. Without ``warehouse`` the goods go where
    they were ordered to. ``over``: take ``all`` that came, or what was ``ordered``."""

    id = serializers.CharField(max_length=64, required=False)
    warehouse = text(64)
    note = text(200)
    over = serializers.ChoiceField(choices=["all", "ordered"], required=False, allow_null=True)
    lines = CameSerializer(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]


# --- what is answered ------------------------------------------------------------------------


class SupplierSerializer(serializers.Serializer[Any]):
    """Who delivers; ``lead_days`` are working days. Money needs the scope ``money:read``."""

    object = serializers.ChoiceField(choices=["supplier"])
    id = serializers.CharField()
    name = serializers.CharField()
    contact = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    lead_days = serializers.IntegerField()
    cover_days = serializers.IntegerField()
    min_value = MoneySerializer(required=False)
    min_quantity = serializers.IntegerField()
    note = serializers.CharField()
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class ReplenishmentLineSerializer(serializers.Serializer[Any]):
    """Units ordered, received, cancelled and still to come; ``extra`` came beyond the order."""

    id = serializers.CharField()
    sku = serializers.CharField()
    sku_code = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    extra = serializers.IntegerField()
    open = serializers.IntegerField()
    unit_cost = MoneySerializer(required=False, allow_null=True)


class ReplenishmentSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(choices=["replenishment"])
    id = serializers.CharField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=ReplenishmentState.values)
    supplier = serializers.CharField(allow_null=True)
    supplier_name = serializers.CharField(allow_null=True)
    warehouse = serializers.CharField()
    warehouse_code = serializers.CharField()
    expected_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    ordered = serializers.IntegerField()
    received = serializers.IntegerField()
    open = serializers.IntegerField()
    cost = MoneySerializer(required=False, allow_null=True)
    allowed_actions = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    ordered_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class OneReplenishmentSerializer(ReplenishmentSerializer):
    """With its lines."""

    lines = ReplenishmentLineSerializer(many=True)


class ReceiptLineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    movement = serializers.CharField()


class ReceiptSerializer(serializers.Serializer[Any]):
    """Goods that came in, with the entries of the ledger, and what is left to come."""

    object = serializers.ChoiceField(choices=["receipt"])
    id = serializers.CharField()
    warehouse = serializers.CharField()
    note = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()
    lines = ReceiptLineSerializer(many=True)
    replenishment = OneReplenishmentSerializer()


def supplier_json(row: Supplier, *, with_money: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"object": "supplier", "id": row.public_id}
    plain = ("name", "contact", "phone", "email", "lead_days", "cover_days", "min_quantity", "note",
             "active")  # fmt: skip
    found |= {name: getattr(row, name) for name in plain}
    found["created_at"] = moment(row.created_at)
    if with_money:
        found["min_value"] = money(row.min_value, row.currency)
    return found


def replenishment_json(row: Replenishment, total: Total, *, with_money: bool) -> dict[str, Any]:
    """A replenishment read with its supplier and warehouse."""
    found: dict[str, Any] = {
        "object": "replenishment",
        "id": row.public_id,
        "number": row.number,
        "state": str(row.state),
        "supplier": row.supplier.public_id if row.supplier else None,
        "supplier_name": row.supplier.name if row.supplier else None,
        "warehouse": row.warehouse.public_id,
        "warehouse_code": row.warehouse.code,
        "expected_on": row.expected_on.isoformat() if row.expected_on else None,
        "note": row.note,
        "ordered": total.ordered,
        "received": total.received,
        "open": total.open,
        "allowed_actions": allowed_actions(row),
        "version": row.version,
        "created_at": moment(row.created_at),
        "ordered_at": moment(row.ordered_at),
        "closed_at": moment(row.closed_at),
    }
    if with_money:
        found["cost"] = None if total.cost is None else money(total.cost, row.currency)
    return found


def one_json(
    row: Replenishment, total: Total, lines: Sequence[ReplenishmentLine], *, with_money: bool
) -> dict[str, Any]:
    found = replenishment_json(row, total, with_money=with_money)
    return found | {"lines": [_line(line, row.currency, with_money) for line in lines]}


def _line(line: ReplenishmentLine, currency: str, with_money: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": line.public_id,
        "sku": encode(Sku.id_prefix, line.sku_id),
        "sku_code": line.sku.code,
        **{name: getattr(line, name) for name in
           ("quantity", "received", "cancelled", "extra", "open")},
    }  # fmt: skip
    if with_money:
        cost = line.unit_cost
        found["unit_cost"] = None if cost is None else money(cost, currency)
    return found


def receipt_json(row: Receipt) -> dict[str, Any]:
    """A receipt with its lines. One query."""
    lines = row.lines.order_by("pk").values_list("line__sku", "quantity", "movement")
    return {
        "object": "receipt",
        "id": row.public_id,
        "warehouse": encode(Warehouse.id_prefix, row.warehouse_id),
        "note": row.note,
        "actor": row.actor,
        "at": moment(row.at),
        "lines": [
            {"sku": encode(Sku.id_prefix, sku), "quantity": n, "movement": encode("mov", movement)}
            for sku, n, movement in lines
        ],
    }
