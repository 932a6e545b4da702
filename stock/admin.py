"""Stock as ops see it: look, never touch. Changes go through the shop's own pages."""

from django.contrib import admin

from core.admin import BigTable, ReadOnly
from stock.models import Bin, Reservation, Sku, StockLevel, StockMovement, StockTake, Warehouse


@admin.register(Sku)
class SkuAdmin(ReadOnly, BigTable):
    list_display = ("code", "seller", "name", "name_zh", "on_sale", "updated_at")
    list_select_related = ("seller",)
    list_filter = ("on_sale",)
    search_fields = ("=code", "=barcode", "=seller__code")
    ordering = ("-id",)


@admin.register(Warehouse)
class WarehouseAdmin(ReadOnly, BigTable):
    list_display = ("code", "seller", "name")
    list_select_related = ("seller",)
    search_fields = ("=code", "=seller__code")
    ordering = ("-id",)


@admin.register(Bin)
class BinAdmin(ReadOnly, BigTable):
    list_display = ("code", "seller", "warehouse", "walk_order")
    list_select_related = ("seller", "warehouse")
    search_fields = ("=code", "=seller__code")
    ordering = ("-id",)


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnly, BigTable):
    list_display = ("sku", "seller", "warehouse", "on_hand", "reserved", "reorder_point")
    list_select_related = ("sku", "seller", "warehouse")
    search_fields = ("=sku__code", "=seller__code")
    ordering = ("-id",)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly, BigTable):
    list_display = ("at", "seller", "level", "kind", "on_hand", "reserved", "reason", "actor")
    list_select_related = ("seller", "level")
    list_filter = ("kind",)
    search_fields = ("=seller__code", "=level__sku__code")
    ordering = ("-id",)


@admin.register(Reservation)
class ReservationAdmin(ReadOnly, BigTable):
    list_display = ("holder_id", "seller", "level", "quantity")
    list_select_related = ("seller", "level")
    search_fields = ("=holder_id", "=seller__code")
    ordering = ("-id",)


@admin.register(StockTake)
class StockTakeAdmin(ReadOnly, BigTable):
    list_display = ("code", "seller", "warehouse", "state", "scope", "created_at", "made_by")
    list_select_related = ("seller", "warehouse")
    list_filter = ("state",)
    search_fields = ("=seller__code",)
    ordering = ("-id",)
