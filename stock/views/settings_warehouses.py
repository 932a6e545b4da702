"""Settings: warehouses."""

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, Refused
from sellers.access import PageRequest, own, page
from sellers.forms import StampedForm, add_errors
from stock.models import Warehouse
from stock.warehouse_actions import create_warehouse, rename_warehouse


class WarehouseForm(forms.ModelForm):
    class Meta:
        model = Warehouse
        fields = ("code", "name")
        help_texts = {"code": _("Names the warehouse in files and in the API. It stays.")}


class NameForm(StampedForm):
    class Meta:
        model = Warehouse
        fields = ("name",)


@page("settings:read")
def index(request: PageRequest) -> HttpResponseBase:
    """The warehouses, and a further one."""
    form = WarehouseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_warehouse(seller=request.seller, actor=request.actor, **form.cleaned_data)
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
def rename(request: PageRequest, warehouse_id: str) -> HttpResponseBase:
    """Another name for a warehouse."""
    row = own(Warehouse.objects.all(), request.seller, Warehouse.id_prefix, warehouse_id)
    code = row.code
    form = NameForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            rename_warehouse(
                seller=request.seller,
                warehouse=row.pk,
                actor=request.actor,
                **form.cleaned_data,
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
