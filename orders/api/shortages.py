"""What is missing, over the API."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer_list, moment, money, read_query
from core.api_fields import MoneySerializer
from core.api_schema import describe, list_of
from core.errors import FieldError, Invalid
from core.ids import encode
from orders.queries.outlook import Outlook, outlooks
from orders.queries.shortages import Shortage, shortages, skus_of
from stock.models import Replenishment, Sku


class ComingSerializer(serializers.Serializer[Any]):
    """Units that a replenishment brings."""

    replenishment = serializers.CharField()
    number = serializers.CharField()
    quantity = serializers.IntegerField()
    expected_on = serializers.DateField(allow_null=True)


class ShortageSerializer(serializers.Serializer[Any]):
    """A SKU of which open orders want more than is available. ``elsewhere``: units that are free in
    warehouses which the stores of these orders do not use. ``cover_days``: how long what is
    available lasts. ``fines`` (scope ``money:read``): what the rule book would reach for the orders
    that wait, by currency."""

    object = serializers.ChoiceField(choices=["shortage"])
    sku = serializers.CharField()
    sku_code = serializers.CharField()
    missing = serializers.IntegerField()
    wanted = serializers.IntegerField()
    available = serializers.IntegerField()
    elsewhere = serializers.IntegerField()
    orders = serializers.IntegerField()
    ship_by = serializers.DateTimeField()
    on_the_way = ComingSerializer(many=True)
    too_late_for = serializers.IntegerField()
    nothing_ordered_for = serializers.IntegerField()
    sold_7_days = serializers.IntegerField()
    sold_30_days = serializers.IntegerField()
    cover_days = serializers.FloatField(allow_null=True)
    fines = MoneySerializer(many=True, required=False)


def shortage_json(row: Shortage, sku: Sku, ahead: Outlook, *, with_money: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "object": "shortage",
        "sku": sku.public_id,
        "sku_code": sku.code,
        "missing": row.missing,
        "wanted": row.wanted,
        "available": row.available,
        "elsewhere": row.elsewhere,
        "orders": row.orders,
        "ship_by": moment(row.ship_by),
        "on_the_way": [
            {
                "replenishment": encode(Replenishment.id_prefix, part.replenishment),
                "number": part.number,
                "quantity": part.units,
                "expected_on": part.expected_on.isoformat() if part.expected_on else None,
            }
            for part in ahead.way.parts
            if not part.planned
        ],
        "too_late_for": ahead.late.too_late,
        "nothing_ordered_for": ahead.late.uncovered,
        "sold_7_days": ahead.speed.short,
        "sold_30_days": ahead.speed.long,
        "cover_days": None if ahead.cover is None else round(ahead.cover, 1),
    }
    if with_money:
        found["fines"] = [money(amount, code) for code, amount in sorted(row.fines.items())]
    return found


class Shortages(ApiView):
    scopes = {"GET": "stock:read"}

    @describe(
        "List what is missing, the most urgent first",
        name="shortages_list",
        tag="Purchasing",
        query=ListParams,
        answers=list_of(ShortageSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        """Computed over all open orders when it is asked for."""
        params = read_query(request, ListParams)
        found = shortages(self.seller)
        start, limit = _start(params["cursor"]), params["limit"]
        rows = found[start : start + limit]
        skus, ahead = skus_of(self.seller, rows), outlooks(self.seller, rows)
        data = [
            shortage_json(row, skus[row.sku_id], ahead[row.sku_id], with_money=self.sees_money)
            for row in rows
        ]
        more = start + limit < len(found)
        return answer_list(request, data, str(start + limit) if more else "")


def _start(cursor: str) -> int:
    """Where a page begins: the list is computed as a whole, so its cursors count."""
    if not cursor:
        return 0
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > 8:
        detail = _("This is no cursor of this list. Start without one.")
        raise Invalid(code="invalid_cursor", errors=[FieldError("cursor", detail)])
    return int(cursor)
