"""Carriers, which ops keep; parcels, which they look at and unstick by the parcels' own actions."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.admin import BigTable, ReadOnly, ReadOnlyInline, staff_actor
from core.outcome import BatchOutcome
from logistics.actions.pack import void_shipments
from logistics.actions.ship import ship_shipments, upload_shipments
from logistics.models import Carrier, CarrierService, Shipment, ShipmentLine, TrackingEvent
from logistics.tracking_numbers import validate_pattern


class CarrierForm(forms.ModelForm):
    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data["pattern"]
        if pattern:
            try:
                validate_pattern(pattern)
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return pattern

    def clean_tracking_url(self) -> str:
        url: str = self.cleaned_data["tracking_url"]
        if url and not url.startswith("https://"):
            raise ValidationError(_("An address that begins with https://."))
        if url and "{number}" not in url:
            raise ValidationError(_("{number} must stand where the tracking number goes."))
        return url


class ServiceInline(admin.TabularInline):
    model = CarrierService
    extra = 0


@admin.register(Carrier)
class CarrierAdmin(admin.ModelAdmin):
    form = CarrierForm
    list_display = ("code", "name", "name_zh", "kind", "recommended", "active")
    list_filter = ("kind", "active")
    search_fields = ("code", "name", "name_zh")
    inlines = (ServiceInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Carrier | None = None) -> bool:
        return False  # parcels name it; take it out of use by "active"


class ContentInline(ReadOnlyInline):
    model = ShipmentLine
    fields = ("order", "line", "quantity")


class TrackingInline(ReadOnlyInline):
    model = TrackingEvent
    fields = ("at", "state", "raw_status", "description", "location", "source", "actor")
    ordering = ("-at",)


@admin.register(Shipment)
class ShipmentAdmin(ReadOnly, BigTable):
    list_display = ("tracking_number", "seller", "carrier", "state", "tracking_state", "packed_at")
    list_select_related = ("seller", "carrier")
    list_filter = ("state", "tracking_state")
    search_fields = ("=tracking_number", "=seller__code")
    ordering = ("-id",)
    inlines = (ContentInline, TrackingInline)
    actions = ("ship", "upload", "void")

    @admin.action(description=_("Ship"))
    def ship(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        self._perform(request, queryset, ship_shipments)

    @admin.action(description=_("Upload tracking"))
    def upload(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        self._perform(request, queryset, upload_shipments)

    @admin.action(description=_("Undo packing"))
    def void(self, request: HttpRequest, queryset: QuerySet[Shipment]) -> None:
        self._perform(request, queryset, void_shipments)

    def _perform(
        self,
        request: HttpRequest,
        queryset: QuerySet[Shipment],
        function: Callable[..., BatchOutcome],
    ) -> None:
        actor: Actor = staff_actor(request)
        rows: Iterable[Any] = queryset.select_related("seller").order_by("seller_id", "pk")
        done = refused = 0
        for seller, mine in groupby(rows, key=lambda s: s.seller):
            outcome = function(seller=seller, shipments=[s.pk for s in mine], actor=actor)
            done += outcome.done
            refused += outcome.refused
            for _code, detail, n in outcome.refusals():
                self.message_user(request, f"{n} × {detail}", messages.WARNING)
        self.message_user(
            request, _("%(done)s done, %(refused)s refused.") % {"done": done, "refused": refused}
        )
