"""What the API tells of a period."""

from typing import Any

from rest_framework import serializers

from core.api_fields import Strict
from orders.states import Stage


class ScorecardParams(Strict):
    """``from`` and ``to`` are dates in the seller's time zone, or times with their offset.

    ``to`` is not part of the period. The last 30 days when left out.
    """

    def get_fields(self) -> dict[str, Any]:
        # "from" is a word of Python.
        return {
            name: serializers.CharField(max_length=40, required=False) for name in ("from", "to")
        }


class RateSerializer(serializers.Serializer[Any]):
    """``rate`` has four decimals, and is null where there was nothing to count."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    rate = serializers.CharField(allow_null=True)


class StagesSerializer(serializers.Serializer[Any]):
    """How many orders are in each stage now."""

    def get_fields(self) -> dict[str, Any]:
        return {stage: serializers.IntegerField() for stage in Stage.values}


class ScorecardSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(choices=["scorecard"])
    late_shipment_rate = RateSerializer()
    cancellation_rate = RateSerializer()
    stages = StagesSerializer()

    def get_fields(self) -> dict[str, Any]:
        period = {name: serializers.DateTimeField() for name in ("from", "to")}
        return super().get_fields() | period
