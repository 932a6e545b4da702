"""Stock as ops see it: look, never touch. Changes go through the shop's own pages."""

from django.contrib import admin

from core.admin import BigTable, ReadOnly
from stock.models import (
    Bin,
    Receipt,
    Replenishment,
    ReplenishmentLine,
    Reservation,
    Sku,
    StockLevel,
    StockMovement,
    StockTake,
    StorePlace,
    Supplier,
    SupplierSku,
    Transfer,
    Warehouse,
)


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


@admin.register(Supplier)
class SupplierAdmin(ReadOnly, BigTable):
    list_display = ("name", "seller", "lead_days", "active")
    list_select_related = ("seller",)
    search_fields = ("=name", "=seller__code")
    ordering = ("-id",)


@admin.register(SupplierSku)
class SupplierSkuAdmin(ReadOnly, BigTable):
    list_display = ("sku", "supplier", "seller", "min_quantity", "pack_size", "preferred")
    list_select_related = ("sku", "supplier", "seller")
    search_fields = ("=sku__code", "=seller__code")
    ordering = ("-id",)


@admin.register(Replenishment)
class ReplenishmentAdmin(ReadOnly, BigTable):
    list_display = ("number", "seller", "supplier", "state", "expected_on", "made_by")
    list_select_related = ("seller", "supplier")
    list_filter = ("state",)
    search_fields = ("=number", "=seller__code")
    ordering = ("-id",)


@admin.register(ReplenishmentLine)
class ReplenishmentLineAdmin(ReadOnly, BigTable):
    list_display = ("replenishment", "sku", "quantity", "received", "cancelled", "extra")
    list_select_related = ("replenishment", "sku")
    search_fields = ("=replenishment__number", "=sku__code")
    ordering = ("-id",)


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, BigTable):
    list_display = ("at", "seller", "replenishment", "warehouse", "client_id", "actor")
    list_select_related = ("seller", "replenishment", "warehouse")
    search_fields = ("=replenishment__number", "=seller__code")
    ordering = ("-id",)


@admin.register(Transfer)
class TransferAdmin(ReadOnly, BigTable):
    list_display = ("code", "seller", "source", "target", "state", "created_at", "made_by")
    list_select_related = ("seller", "source", "target")
    list_filter = ("state",)
    search_fields = ("=seller__code",)
    ordering = ("-id",)


@admin.register(StorePlace)
class StorePlaceAdmin(ReadOnly, BigTable):
    list_display = ("store", "seller", "position", "warehouse", "closed")
    list_select_related = ("store", "seller", "warehouse")
    search_fields = ("=store__code", "=seller__code")
    ordering = ("-id",)
