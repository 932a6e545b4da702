"""Bodies of the orders API, and the description of what it answers (``orders.api.output``)."""

from typing import Any

from rest_framework import serializers

from core.api import ListParams
from core.api_fields import IdField, MoneyField, MoneySerializer, Strict, TimeField, text
from orders.api.embeds import embeds
from orders.models import Deadline, DeadlineKind, Hold, OrderLine
from orders.registry import MAX_BATCH
from orders.states import TABLE, Stage

DEADLINE_STATES = ["on_time", "due_soon", "overdue"]

# --- what is sent ----------------------------------------------------------------------------


class BuyerInSerializer(Strict):
    country = serializers.CharField(max_length=20)
    name = text(120)
    phone = text(40)
    state = text(80)
    city = text(80)
    postcode = text(20)
    address = text(300)
    tax_number = text(40)
    ref = text(64)


class LineInSerializer(Strict):
    """``sku`` is a code, or the id of a SKU; a code that nobody knows can be mapped later."""

    quantity = serializers.IntegerField()
    unit_price = MoneyField()
    sku = text(100)
    title = text(300)
    specification = text(200)


class OrderInSerializer(Strict):
    """A paid order. ``store`` is a code or an id. What has happened to the order elsewhere already
    (``handed_over_at``, ``delivered_at``, ``cancelled``) is kept as history."""

    store = serializers.CharField(max_length=100)
    number = serializers.CharField(max_length=64)
    currency = serializers.CharField(max_length=20)
    placed_at = TimeField()
    paid_at = TimeField()
    buyer = BuyerInSerializer()
    lines = LineInSerializer(many=True)
    freight = MoneyField(required=False, allow_null=True)
    ship_by = TimeField(required=False, allow_null=True)
    deliver_by = TimeField(required=False, allow_null=True)
    remark = text(10_000)
    marketplace_status = text(40)
    handed_over_at = TimeField(required=False, allow_null=True)
    delivered_at = TimeField(required=False, allow_null=True)
    cancelled = serializers.BooleanField(default=False)


class BatchInSerializer(Strict):
    """Only the envelope; each order is read on its own, so that a bad one stops no other."""

    orders = serializers.ListField(
        child=serializers.JSONField(allow_null=True), allow_empty=False, max_length=MAX_BATCH
    )


class BatchDescriptionSerializer(serializers.Serializer[Any]):
    """At most 500 orders, each as for ``POST /orders``."""

    orders = OrderInSerializer(many=True)


class ActionInSerializer(Strict):
    """``params`` are the action's, see its description."""

    action = serializers.ChoiceField(choices=[t.name for t in TABLE])
    orders = serializers.ListField(child=IdField("ord"), allow_empty=False, max_length=MAX_BATCH)
    params = serializers.DictField(default=dict)


class CancelLineSerializer(Strict):
    line = IdField(OrderLine.id_prefix)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class CancelUnitsSerializer(Strict):
    lines = CancelLineSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]
    reason = text(300)


class MapSerializer(Strict):
    """The SKU, by code or id."""

    sku = serializers.CharField(max_length=100)


class WaiveSerializer(Strict):
    reason = serializers.CharField(max_length=300)


class FeedParams(Strict):
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)
    after = IdField("evt", required=False, help_text="The last event that was read.")


class FineParams(ListParams):
    order = serializers.CharField(max_length=40, required=False)


# --- what is answered ------------------------------------------------------------------------


class OrderFieldsSerializer(serializers.Serializer[Any]):
    """What lists and single orders both tell. ``deadline`` is judged by the ship-by clock."""

    object = serializers.ChoiceField(choices=["order"])
    id = serializers.CharField()
    store = serializers.CharField()
    number = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.values)
    marketplace_status = serializers.CharField()
    deadline = serializers.ChoiceField(choices=DEADLINE_STATES)
    ship_by = serializers.DateTimeField()
    deliver_by = serializers.DateTimeField(allow_null=True)
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField()
    country = serializers.CharField()
    units = serializers.IntegerField()
    allocated = serializers.IntegerField()
    packed = serializers.IntegerField()
    shipped = serializers.IntegerField()
    uploaded = serializers.IntegerField()
    on_hold = serializers.BooleanField()
    history = serializers.BooleanField()
    goods_amount = MoneySerializer(required=False)
    freight_amount = MoneySerializer(required=False)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OrderSummarySerializer(OrderFieldsSerializer):
    """An order in a list. Money needs the scope ``money:read``."""

    problem_codes = serializers.ListField(child=serializers.CharField())


class BuyerSerializer(serializers.Serializer[Any]):
    """Masked for those who do not work on orders or parcels."""

    name = serializers.CharField()
    phone = serializers.CharField()
    country = serializers.CharField()
    state = serializers.CharField()
    city = serializers.CharField()
    postcode = serializers.CharField()
    address = serializers.CharField()
    tax_number = serializers.CharField()
    ref = serializers.CharField()
    masked = serializers.BooleanField()


class LineSerializer(serializers.Serializer[Any]):
    """``sku`` is the SKU's code, null while the line is not mapped; ``sku_code`` is what the
    marketplace calls it."""

    object = serializers.ChoiceField(choices=["order_line"])
    id = serializers.CharField()
    position = serializers.IntegerField()
    sku = serializers.CharField(allow_null=True)
    sku_id = serializers.CharField(allow_null=True)
    sku_code = serializers.CharField()
    title = serializers.CharField()
    specification = serializers.CharField()
    quantity = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    allocated = serializers.IntegerField()
    packed = serializers.IntegerField()
    shipped = serializers.IntegerField()
    uploaded = serializers.IntegerField()
    unit_price = MoneySerializer(required=False)


class HoldSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=Hold.Reason.values)
    note = serializers.CharField()
    held_by = serializers.CharField()
    held_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)


class ClockSerializer(serializers.Serializer[Any]):
    """A clock: when it is due, when it warns, whether and when it stopped."""

    kind = serializers.ChoiceField(choices=DeadlineKind.values)
    due_at = serializers.DateTimeField()
    warn_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=Deadline.Outcome.values)
    stopped_at = serializers.DateTimeField(allow_null=True)
    stops_on = serializers.CharField(allow_null=True)
    overdue = serializers.BooleanField()
    given_at = serializers.DateTimeField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    provisional = serializers.BooleanField()


class ExplanationSerializer(serializers.Serializer[Any]):
    """The arithmetic of ship-by: sentences in the caller's language, and the steps as data."""

    text = serializers.ListField(child=serializers.CharField())
    steps = serializers.ListField(child=serializers.DictField())


class FineStateSerializer(serializers.Serializer[Any]):
    """``booked`` until now, ``next`` at ``next_step_at``, ``expected`` in the end."""

    booked = MoneySerializer()
    next = MoneySerializer()
    next_step_at = serializers.DateTimeField(allow_null=True)
    expected = MoneySerializer()


class FindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    blocking = serializers.BooleanField()


class OrderSerializer(OrderFieldsSerializer):
    """An order with everything that belongs to it. Money needs the scope ``money:read``."""

    currency = serializers.CharField()
    handling_days = serializers.IntegerField()
    remark = serializers.CharField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    stocked_at = serializers.DateTimeField(allow_null=True)
    packed_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    uploaded_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    buyer = BuyerSerializer()
    lines = LineSerializer(many=True)
    holds = HoldSerializer(many=True)
    deadlines = ClockSerializer(many=True)
    ship_by_explanation = ExplanationSerializer()
    fine = FineStateSerializer(required=False)
    problems = FindingSerializer(many=True)
    allowed_actions = serializers.ListField(child=serializers.ChoiceField([t.name for t in TABLE]))

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            name: found.serializer(many=True) for name, found in embeds.items()
        }


class RowErrorSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    pointer = serializers.CharField()
    code = serializers.CharField()


class ReceivedSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=["created", "updated", "unchanged", "rejected"])
    id = serializers.CharField(allow_null=True)
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]


class BatchAnswerSerializer(serializers.Serializer[Any]):
    results = ReceivedSerializer(many=True)
    summary = serializers.DictField(child=serializers.IntegerField())


class ActionResultSerializer(serializers.Serializer[Any]):
    """``code`` and ``detail`` say why an order was refused; ``data`` is what the action adds."""

    order = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=["done", "already", "refused"])
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    stage = serializers.CharField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]


class ActionAnswerSerializer(serializers.Serializer[Any]):
    results = ActionResultSerializer(many=True)
    summary = serializers.DictField(child=serializers.IntegerField())


class EventActorSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()


class EventSerializer(serializers.Serializer[Any]):
    object = serializers.ChoiceField(choices=["event"])
    id = serializers.CharField()
    type = serializers.CharField()
    order = serializers.CharField()
    at = serializers.DateTimeField()
    actor = EventActorSerializer()
    data = serializers.DictField()  # type: ignore[assignment]


class FineSerializer(serializers.Serializer[Any]):
    """An entry of the ledger. A waiver has a negative amount and names what it ``reverses``."""

    object = serializers.ChoiceField(choices=["fine"])
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=["fine", "waiver"])
    order = serializers.CharField()
    order_number = serializers.CharField()
    amount = MoneySerializer()
    at = serializers.DateTimeField()
    booked_at = serializers.DateTimeField()
    rule = serializers.CharField()
    step = serializers.IntegerField()
    actor = serializers.CharField()
    reason = serializers.CharField()
    reverses = serializers.CharField(allow_null=True)
