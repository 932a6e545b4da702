"""SKUs, warehouses, levels and the ledger."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer, answer_list, named, own, page_of, read, read_query
from core.api_schema import describe, list_of
from core.errors import FieldError, Invalid
from core.ids import decode
from sellers.models import Seller
from stock.actions.levels import Move, post_movements
from stock.actions.skus import create_sku, update_sku
from stock.api import serializers as s
from stock.models import Sku, StockLevel, StockMovement, Warehouse


class Skus(ApiView):
    scopes = {"GET": "stock:read", "POST": "stock:write"}

    @describe(
        "List SKUs",
        name="skus_list",
        tag="Stock",
        query=s.SkuParams,
        answers=list_of(s.SkuSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, s.SkuParams)
        rows = Sku.objects.filter(seller=self.seller)
        for name in ("code", "barcode"):
            if name in params:
                rows = rows.filter(**{name: params[name]})
        key = "id"
        if "updated_since" in params:
            rows, key = rows.filter(updated_at__gte=params["updated_since"]), "updated_at"
        page = page_of(rows, params, key=key)
        data = [s.sku_json(sku, with_money=self.sees_money) for sku in page.rows]
        return answer_list(request, data, page.next_cursor)

    @describe(
        "Create a SKU",
        name="skus_create",
        tag="Stock",
        body=s.SkuInSerializer,
        answers={201: s.SkuSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        values = s.sku_fields(read(s.SkuInSerializer(), request.data))
        sku = create_sku(seller=self.seller, actor=self.actor, **values)
        return answer(s.sku_json(sku, with_money=self.sees_money), 201)


class OneSku(ApiView):
    scopes = {"GET": "stock:read", "PATCH": "stock:write"}

    @describe("Get a SKU", name="skus_get", tag="Stock", answers=s.SkuSerializer)
    def get(self, request: Request, sku: str) -> HttpResponse:
        read_query(request, s.Strict)
        row = own(Sku.objects.all(), self.seller, Sku.id_prefix, sku)
        return answer(s.sku_json(row, with_money=self.sees_money))

    @describe(
        "Change a SKU",
        name="skus_update",
        tag="Stock",
        body=s.SkuChangeSerializer,
        answers=s.SkuSerializer,
    )
    def patch(self, request: Request, sku: str) -> HttpResponse:
        row = own(Sku.objects.all(), self.seller, Sku.id_prefix, sku)
        values = s.sku_fields(read(s.SkuChangeSerializer(), request.data))
        row = update_sku(seller=self.seller, sku=row.pk, actor=self.actor, **values)
        return answer(s.sku_json(row, with_money=self.sees_money))


class Warehouses(ApiView):
    scopes = {"GET": "stock:read"}

    @describe(
        "List warehouses",
        name="warehouses_list",
        tag="Stock",
        query=ListParams,
        answers=list_of(s.WarehouseSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, ListParams)
        page = page_of(Warehouse.objects.filter(seller=self.seller), params, key="id")
        return answer_list(request, [s.warehouse_json(w) for w in page.rows], page.next_cursor)


class Levels(ApiView):
    scopes = {"GET": "stock:read"}

    @describe(
        "List stock levels",
        name="stock_list",
        tag="Stock",
        query=s.LevelParams,
        answers=list_of(s.StockLevelSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, s.LevelParams)
        rows = StockLevel.objects.filter(seller=self.seller, **_narrowed(self.seller, params))
        rows = rows.select_related("sku", "warehouse").only(
            *("sku__code", "warehouse__code", "on_hand", "reserved", "reorder_point")
        )
        page = page_of(rows, params, key="sku_id")
        return answer_list(request, [s.level_json(x) for x in page.rows], page.next_cursor)


class Movements(ApiView):
    scopes = {"GET": "stock:read", "POST": "stock:write"}

    @describe(
        "List the ledger, newest first",
        name="stock_movements_list",
        tag="Stock",
        query=s.MovementParams,
        answers=list_of(s.StockMovementSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, s.MovementParams)
        rows: QuerySet[StockMovement] = StockMovement.objects.filter(seller=self.seller)
        narrowed = _narrowed(self.seller, params)
        if narrowed:
            levels = StockLevel.objects.filter(seller=self.seller, **narrowed)
            rows = rows.filter(level__in=levels)
        if "kind" in params:
            rows = rows.filter(kind=params["kind"])
        rows = rows.select_related("level__sku", "level__warehouse").only(
            *("kind", "on_hand", "reserved", "reference", "reason", "actor", "at"),
            *("level__sku__code", "level__warehouse__code"),
        )
        page = page_of(rows, params, key="id", descending=True)
        return answer_list(request, [s.movement_json(m) for m in page.rows], page.next_cursor)

    @describe(
        "Receive, adjust, return or write off",
        name="stock_movements_create",
        tag="Stock",
        body=s.MovementInSerializer,
        answers={201: s.PostedMovementSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        values = read(s.MovementInSerializer(), request.data)
        skus = Sku.objects.filter(seller=self.seller)
        move = Move(
            kind=values["kind"],
            sku=named(skus, Sku.id_prefix, values["sku"], "/sku"),
            warehouse=_warehouse(self.seller, values.get("warehouse")),
            quantity=values["quantity"],
            reason=values["reason"],
            reference=values["reference"],
        )
        try:
            row = post_movements(seller=self.seller, moves=[move], actor=self.actor)[0]
        except Invalid as error:
            # It was one, not the first of many.
            errors = [
                FieldError(e.pointer.removeprefix("/0"), e.detail, e.code) for e in error.errors
            ]
            raise Invalid(error.detail, errors=errors, code=error.code) from None
        row.level = StockLevel.objects.select_related("sku", "warehouse").get(pk=row.level_id)
        return answer(s.movement_json(row) | {"level": s.level_json(row.level)}, 201)


def _narrowed(seller: Seller, params: Mapping[str, Any]) -> dict[str, Any]:
    """Conditions on levels: a SKU and a warehouse by id or code. Unknown ones have no levels."""
    found: dict[str, Any] = {}
    for name, model in (("sku", Sku), ("warehouse", Warehouse)):
        if name in params:
            pk = decode(model.id_prefix, params[name])
            known = Q(code=params[name]) if pk is None else Q(code=params[name]) | Q(pk=pk)
            found[f"{name}__in"] = model._default_manager.filter(known, seller=seller)
    return found


def _warehouse(seller: Seller, name: str | None) -> Warehouse:
    """The warehouse that a body names, or the only one there is."""
    rows = Warehouse.objects.filter(seller=seller)
    if name:
        return named(rows, Warehouse.id_prefix, name, "/warehouse")
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    detail = _("Say which warehouse.") if found else _("The shop has no warehouse. Make one first.")
    raise Invalid(errors=[FieldError("/warehouse", detail, "required")])
