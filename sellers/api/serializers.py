"""What the API tells of stores."""

from typing import Any

from rest_framework import serializers

from core.api import moment
from sellers.models import Store


class StoreSerializer(serializers.Serializer[Any]):
    """A shop on a marketplace, with the clock that its orders are judged by."""

    object = serializers.ChoiceField(choices=["store"])
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    marketplace = serializers.ChoiceField(choices=Store.Marketplace.values)
    mode = serializers.ChoiceField(choices=Store.Mode.values)
    time_zone = serializers.CharField()
    handling_days = serializers.IntegerField()
    cut_off = serializers.TimeField()
    clock_mode = serializers.ChoiceField(choices=Store.ClockMode.values)
    created_at = serializers.DateTimeField()


def store_json(store: Store) -> dict[str, Any]:
    return {
        "object": "store",
        "id": store.public_id,
        "code": store.code,
        "name": store.name,
        "marketplace": store.marketplace,
        "mode": store.mode,
        "time_zone": store.time_zone,
        "handling_days": store.handling_days,
        "cut_off": store.cut_off.isoformat(),
        "clock_mode": store.clock_mode,
        "created_at": moment(store.created_at),
    }
