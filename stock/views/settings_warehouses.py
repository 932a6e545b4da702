"""Settings: warehouses."""

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from core.errors import Invalid, Refused
from sellers.access import PageRequest, own, page
from sellers.forms import StampedForm, add_errors
from stock.actions.warehouses import change_warehouse, create_warehouse
from stock.models import Warehouse

_ADDRESS = ("sender_name", "phone", "address", "city", "state", "postcode", "country")


class WarehouseForm(StampedForm):
    country = forms.ChoiceField(
        label=_("Country"), choices=lambda: list(countries), initial="CN", required=False
    )

    class Meta:
        model = Warehouse
        fields: tuple[str, ...] = ("code", "name", *_ADDRESS)
        help_texts = {
            "code": _("Names the warehouse in files and in the API. It stays."),
            "sender_name": _("Empty: the name of your shop."),
            "address": _("Stands on labels; parcels that cannot be delivered come back here."),
        }

    def clean_country(self) -> str:
        """Most stock lies in China, and a form without the field says nothing else."""
        return self.cleaned_data["country"] or "CN"


class ChangeForm(WarehouseForm):
    class Meta(WarehouseForm.Meta):
        fields = ("name", *_ADDRESS)


@page("settings:read")
def index(request: PageRequest) -> HttpResponseBase:
    """The warehouses, and a further one."""
    form = WarehouseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_warehouse(
                seller=request.seller,
                actor=request.actor,
                code=form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                address={field: form.cleaned_data[field] for field in _ADDRESS},
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The warehouse has been added."))
            return redirect("stock_settings:warehouses")
    rows = Warehouse.objects.filter(seller=request.seller).order_by("pk")
    context = {"form": form, "warehouses": rows}
    status = 422 if form.errors else 200
    return render(request, "stock/settings_warehouses.html", context, status=status)


@page("settings:write")
def change(request: PageRequest, warehouse_id: str) -> HttpResponseBase:
    """Another name or address for a warehouse."""
    row = own(Warehouse.objects.all(), request.seller, Warehouse.id_prefix, warehouse_id)
    code = row.code
    form = ChangeForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_warehouse(
                seller=request.seller,
                warehouse=row.pk,
                actor=request.actor,
                values={name: form.cleaned_data[name] for name in form.row_fields},
                seen=form.cleaned_data["seen"],
            )
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.tell_changed(error, Warehouse.objects.get(pk=row.pk))
        else:
            messages.success(request, _("The warehouse has been saved."))
            return redirect("stock_settings:warehouses")
    context = {"form": form, "code": code}
    status = 422 if form.errors else 200
    return render(request, "stock/settings_warehouse.html", context, status=status)
