"""Bodies of the shipments API, and the description of what ``logistics.api.output`` answers."""

from typing import Any

from rest_framework import serializers

from core.api import ListParams
from core.api_fields import IdField, Strict, TimeField, text
from logistics.actions.pack import MAX_WEIGHT_GRAMS
from logistics.actions.tracking import MAX_EVENTS
from logistics.models import Carrier, Shipment, ShipmentState, TrackingEvent, TrackingState
from orders.models import OrderLine
from orders.registry import MAX_BATCH

ACTIONS = ("ship", "upload", "void", "number")

# --- what is sent ----------------------------------------------------------------------------


class ContentInSerializer(Strict):
    order_line = IdField(OrderLine.id_prefix)
    quantity = serializers.IntegerField()


class ShipmentInSerializer(Strict):
    """What goes into one parcel; ``box`` is the code or id of what it is packed into. ``reason``
    lets an unusual tracking number pass."""

    lines = ContentInSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]
    service = text(60)
    box = text(40)
    weight_grams = serializers.IntegerField(
        min_value=1, max_value=MAX_WEIGHT_GRAMS, required=False, allow_null=True
    )
    tracking_number = text(60)
    reason = text(200)


class ShipmentChangeSerializer(Strict):
    tracking_number = serializers.CharField(max_length=60, required=False)
    service = serializers.CharField(max_length=60, required=False)
    reason = text(200)


class NumberParamsSerializer(Strict):
    """The parameters of ``number``: a tracking number for each parcel that is named."""

    tracking_numbers = serializers.DictField(child=serializers.CharField(max_length=60))
    service = text(60)
    reason = text(200)


class ShipmentActionSerializer(Strict):
    """``number`` takes the parameters ``tracking_numbers`` (an object of shipment ids and numbers),
    ``service`` and ``reason``; the others take none."""

    action = serializers.ChoiceField(choices=ACTIONS)
    shipments = serializers.ListField(
        child=IdField(Shipment.id_prefix), allow_empty=False, max_length=MAX_BATCH
    )
    params = serializers.DictField(default=dict)


class TrackingInSerializer(Strict):
    """A status that is none of ours goes into ``raw_status`` and leaves ``state`` empty."""

    at = TimeField()
    state = serializers.ChoiceField(choices=TrackingState.values, required=False, allow_blank=True)
    description = text(300)
    location = text(120)
    raw_status = text(80)


class TrackingManySerializer(Strict):
    events = TrackingInSerializer(many=True, allow_empty=False, max_length=MAX_EVENTS)  # type: ignore[call-arg]


class ShipmentParams(ListParams):
    """``order`` is the id of an order."""

    state = serializers.ChoiceField(choices=ShipmentState.values, required=False)
    tracking_state = serializers.ChoiceField(choices=TrackingState.values, required=False)
    carrier = serializers.CharField(max_length=40, required=False)
    order = serializers.CharField(max_length=40, required=False)
    tracking_number = serializers.CharField(max_length=60, required=False)
    updated_since = TimeField(required=False)


# --- what is answered ------------------------------------------------------------------------


class ContentSerializer(serializers.Serializer[Any]):
    order = serializers.CharField()
    order_number = serializers.CharField()
    order_line = serializers.CharField()
    sku_code = serializers.CharField()
    quantity = serializers.IntegerField()


class ShipmentSerializer(serializers.Serializer[Any]):
    """One parcel with one tracking number."""

    object = serializers.ChoiceField(choices=["shipment"])
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=ShipmentState.values)
    tracking_state = serializers.ChoiceField(choices=TrackingState.values)
    carrier = serializers.CharField()
    service = serializers.CharField(allow_null=True)
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    number_reason = serializers.CharField()
    warehouse = serializers.CharField(allow_null=True)
    weight_grams = serializers.IntegerField(allow_null=True)
    box = serializers.CharField(allow_null=True)
    country = serializers.CharField()
    lines = ContentSerializer(many=True)
    packed_at = serializers.DateTimeField()
    handed_over_at = serializers.DateTimeField(allow_null=True)
    declared_at = serializers.DateTimeField(allow_null=True)
    first_scan_at = serializers.DateTimeField(allow_null=True)
    last_event_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    allowed_actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class ShipmentResultSerializer(serializers.Serializer[Any]):
    shipment = serializers.CharField()
    status = serializers.ChoiceField(choices=["done", "already", "refused"])
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    state = serializers.CharField(allow_null=True)


class ShipmentAnswerSerializer(serializers.Serializer[Any]):
    results = ShipmentResultSerializer(many=True)
    summary = serializers.DictField(child=serializers.IntegerField())


class TrackingEventSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(choices=["tracking_event"])
    id = serializers.CharField()
    shipment = serializers.CharField()
    state = serializers.CharField()
    raw_status = serializers.CharField()
    description = serializers.CharField()
    location = serializers.CharField()
    at = serializers.DateTimeField()
    source = serializers.ChoiceField(choices=TrackingEvent.Source.values)  # type: ignore[assignment]
    actor = serializers.CharField()
    received_at = serializers.DateTimeField()


class TrackingAnswerSerializer(serializers.Serializer[Any]):
    """``data`` holds what was new; news that was known already is passed over."""

    object = serializers.ChoiceField(choices=["list"])
    data = TrackingEventSerializer(many=True)  # type: ignore[assignment]
    shipment = ShipmentSerializer()


class ServiceSerializer(serializers.Serializer[Any]):
    """Grams and millimetres; null where no limit is known, no countries for everywhere."""

    code = serializers.CharField()
    name = serializers.CharField()
    mode = serializers.CharField()
    countries = serializers.ListField(child=serializers.CharField())
    max_weight_grams = serializers.IntegerField(allow_null=True)
    max_length_mm = serializers.IntegerField(allow_null=True)
    max_sum_mm = serializers.IntegerField(allow_null=True)
    refuses_battery = serializers.BooleanField()
    refuses_liquid = serializers.BooleanField()
    min_days = serializers.IntegerField(allow_null=True)
    max_days = serializers.IntegerField(allow_null=True)


class CarrierSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(choices=["carrier"])
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Carrier.Kind.values)
    recommended = serializers.BooleanField()
    tracking_url = serializers.CharField()
    services = ServiceSerializer(many=True)
