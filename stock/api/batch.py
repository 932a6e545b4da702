"""Many movements or levels in one call, a row per row in the answer; the warehouses of a store."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from core.api import MAX_BATCH, ApiView, answer, own, read, read_query
from core.api_fields import Strict, text
from core.api_schema import describe
from core.errors import FieldError, Invalid
from core.ids import decode, encode
from core.problems import field_error
from sellers.models import Seller, Store
from stock.actions.bulk import SET, Answer, Wish, post_each
from stock.actions.places import set_places
from stock.api.serializers import MovementInSerializer
from stock.models import Sku, StockMovement, Warehouse
from stock.queries.goods import warehouses_of
from stock.queries.places import ordered, places_of


def _rows() -> Any:
    """Each row is read on its own, so that a bad one stops no other."""
    return serializers.ListField(
        child=serializers.JSONField(allow_null=True), allow_empty=False, max_length=MAX_BATCH
    )


class MovementBatchInSerializer(Strict):
    movements = _rows()


class LevelBatchInSerializer(Strict):
    levels = _rows()


class LevelInSerializer(Strict):
    """How many units of a SKU lie in a warehouse. ``bin`` (empty: none) and ``reorder_point`` stay
    as they are when they are left out."""

    sku = serializers.CharField(max_length=100)
    warehouse = serializers.CharField(max_length=100, required=False, allow_null=True)
    on_hand = serializers.IntegerField()
    bin = serializers.CharField(max_length=40, required=False, allow_blank=True)
    reorder_point = serializers.IntegerField(required=False)
    reason = text(200)
    reference = text(64)


class MovementBatchDescriptionSerializer(serializers.Serializer[Any]):
    """At most 500 movements, each as for ``POST /stock/movements``."""

    movements = MovementInSerializer(many=True)


class LevelBatchDescriptionSerializer(serializers.Serializer[Any]):
    """At most 500 levels."""

    levels = LevelInSerializer(many=True)


class StockRowSerializer(serializers.Serializer[Any]):
    """What became of a row. ``movement`` is the id of what was booked; ``unchanged`` had nothing to
    book. Pointers of ``errors`` begin at the row."""

    status = serializers.ChoiceField(choices=["posted", "unchanged", "rejected"])
    sku = serializers.CharField(allow_null=True)
    warehouse = serializers.CharField(allow_null=True)
    movement = serializers.CharField(allow_null=True)
    on_hand = serializers.IntegerField(allow_null=True)
    reserved = serializers.IntegerField(allow_null=True)
    errors = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]


class StockBatchAnswerSerializer(serializers.Serializer[Any]):
    results = StockRowSerializer(many=True)
    summary = serializers.DictField(child=serializers.IntegerField())


_STATUS = {"done": "posted", "already": "unchanged", "rejected": "rejected"}


class _Names:
    """SKUs and warehouses by id or code, looked up once for all rows."""

    def __init__(self, seller: Seller, bodies: Sequence[Any]) -> None:
        names = {
            body["sku"]
            for body in bodies
            if isinstance(body, Mapping) and isinstance(body.get("sku"), str)
        }
        ids = {pk for name in names if (pk := decode(Sku.id_prefix, name)) is not None}
        self.skus: dict[str, Sku] = {}
        for sku in Sku.objects.filter(Q(code__in=names) | Q(pk__in=ids), seller=seller):
            self.skus[sku.code] = self.skus[sku.public_id] = sku
        self.houses: dict[str, Warehouse] = {}
        every = warehouses_of(seller)
        for house in every:
            self.houses[house.code] = self.houses[house.public_id] = house
        self.only = every[0] if len(every) == 1 else None

    def of(self, values: Mapping[str, Any]) -> tuple[Sku, Warehouse]:
        """Raises ``Invalid`` (``/sku``, ``/warehouse``)."""
        errors = []
        sku = self.skus.get(values["sku"])
        if sku is None:
            detail = _("There is no “%(name)s” here.") % {"name": values["sku"]}
            errors.append(FieldError("/sku", detail, "unknown"))
        name = values.get("warehouse")
        house = self.houses.get(name) if name else self.only
        if house is None and name:
            detail = _("There is no “%(name)s” here.") % {"name": name}
            errors.append(FieldError("/warehouse", detail, "unknown"))
        elif house is None:
            errors.append(FieldError("/warehouse", _("Say which warehouse."), "required"))
        if sku is None or house is None:
            raise Invalid(errors=errors)
        return sku, house


def _post(view: ApiView, bodies: Sequence[Any], serializer: Strict, *, level: bool) -> HttpResponse:
    """Rows that can be read are booked together; the answer has all in their order."""
    names = _Names(view.seller, bodies)
    wishes: list[Wish] = []
    places: list[int | None] = []
    wrong: list[Answer] = []
    for body in bodies:
        try:
            values = read(serializer, body)
            sku, house = names.of(values)
        except Invalid as error:
            places.append(None)
            wrong.append(Answer("rejected", error.errors))
            continue
        places.append(len(wishes))
        wishes.append(
            Wish(
                kind=SET if level else values["kind"],
                sku=sku,
                warehouse=house,
                quantity=values["on_hand"] if level else values["quantity"],
                reason=values["reason"] or ("API" if level else ""),
                reference=values["reference"],
                bin=values.get("bin"),
                reorder_point=values.get("reorder_point"),
            )
        )
    done = post_each(seller=view.seller, wishes=wishes, actor=view.actor) if wishes else []
    rest = iter(wrong)
    results = [
        _row(next(rest), None) if place is None else _row(done[place], wishes[place])
        for place in places
    ]
    summary = {name: sum(r["status"] == name for r in results) for name in _STATUS.values()}
    return answer({"results": results, "summary": summary})


def _row(found: Answer, wish: Wish | None) -> dict[str, Any]:
    errors = [
        FieldError("/on_hand", e.detail, e.code)
        if wish and wish.kind == SET and e.pointer == "/quantity"
        else e
        for e in found.errors
    ]
    booked = found.status != "rejected"
    return {
        "status": _STATUS[found.status],
        "sku": wish.sku.public_id if wish else None,
        "warehouse": wish.warehouse.public_id if wish else None,
        "movement": encode(StockMovement.id_prefix, found.movement.pk) if found.movement else None,
        "on_hand": found.on_hand if booked else None,
        "reserved": found.reserved if booked else None,
        "errors": [field_error(e) for e in errors],
    }


class MovementBatch(ApiView):
    scopes = {"POST": "stock:write"}

    @describe(
        "Post up to 500 movements",
        name="stock_movements_batch",
        tag="Stock",
        body=MovementBatchDescriptionSerializer,
        answers=StockBatchAnswerSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """A row per movement in the answer; a bad one stops no other. They are booked in their
        order."""
        bodies = read(MovementBatchInSerializer(), request.data)["movements"]
        return _post(self, bodies, MovementInSerializer(), level=False)


class LevelBatch(ApiView):
    scopes = {"POST": "stock:write"}

    @describe(
        "Say how many there are, of up to 500 levels",
        name="stock_levels_set",
        tag="Stock",
        body=LevelBatchDescriptionSerializer,
        answers=StockBatchAnswerSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """The difference is booked as an adjustment; sent again it changes nothing. Fewer than are
        promised to orders is rejected (`below_reserved`)."""
        bodies = read(LevelBatchInSerializer(), request.data)["levels"]
        return _post(self, bodies, LevelInSerializer(), level=True)


class StoreWarehousesInSerializer(Strict):
    """Warehouses by id or code, the preferred one first; ``closed`` are not used by the store."""

    warehouses = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=MAX_BATCH
    )
    closed = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=MAX_BATCH, required=False
    )


class StoreWarehouseSerializer(serializers.Serializer[Any]):
    warehouse = serializers.CharField()
    warehouse_code = serializers.CharField()
    closed = serializers.BooleanField()


class StoreWarehousesSerializer(serializers.Serializer[Any]):
    """All warehouses of the seller in the order in which the store uses them."""

    object = serializers.ChoiceField(choices=["store_warehouses"])
    store = serializers.CharField()
    warehouses = StoreWarehouseSerializer(many=True)


class StorePlaces(ApiView):
    scopes = {"GET": "settings:read", "POST": "settings:write"}

    @describe(
        "Get the warehouses of a store, the preferred first",
        name="store_warehouses_get",
        tag="Stock",
        answers=StoreWarehousesSerializer,
    )
    def get(self, request: Request, store: str) -> HttpResponse:
        read_query(request, Strict)
        return answer(_places_json(self.seller, _store(self.seller, store)))

    @describe(
        "Set the warehouses of a store",
        name="store_warehouses_set",
        tag="Stock",
        body=StoreWarehousesInSerializer,
        answers=StoreWarehousesSerializer,
    )
    def post(self, request: Request, store: str) -> HttpResponse:
        """Allocations follow it from now on. An empty list takes the preference away."""
        row = _store(self.seller, store)
        values = read(StoreWarehousesInSerializer(), request.data)
        houses = {
            key: house
            for house in warehouses_of(self.seller)
            for key in (house.code, house.public_id)
        }
        found: dict[str, list[int]] = {}
        errors = []
        for field in ("warehouses", "closed"):
            found[field] = []
            for i, name in enumerate(values.get(field, ())):
                if name in houses:
                    found[field].append(houses[name].pk)
                else:
                    detail = _("There is no “%(name)s” here.") % {"name": name}
                    errors.append(FieldError(f"/{field}/{i}", detail, "unknown"))
        if errors:
            raise Invalid(errors=errors)
        set_places(
            seller=self.seller,
            store=row,
            order=found["warehouses"],
            closed=found["closed"],
            actor=self.actor,
        )
        return answer(_places_json(self.seller, row))


def _store(seller: Seller, name: str) -> Store:
    return own(Store.objects.all(), seller, Store.id_prefix, name)


def _places_json(seller: Seller, store: Store) -> dict[str, Any]:
    houses = [house for house in warehouses_of(seller) if house.sample == store.sample]
    rows = ordered(houses, places_of([store.pk]).get(store.pk))
    return {
        "object": "store_warehouses",
        "store": store.public_id,
        "warehouses": [
            {"warehouse": house.public_id, "warehouse_code": house.code, "closed": not used}
            for house, used in rows
        ],
    }
