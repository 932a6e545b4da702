"""Settings: boxes, and how the shop packs."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.errors import Invalid, NotFound
from core.ids import decode
from logistics.actions.boxes import add_check, remove_check, save_box, save_pack_settings
from logistics.box_queries import box_stock, settings_of
from logistics.models import Box, PackSettings, QualityCheck
from sellers.access import PageRequest, own, page
from sellers.forms import add_errors


class BoxForm(forms.ModelForm):
    """Everything about a box but its code."""

    class Meta:
        model = Box
        fields: tuple[str, ...] = (
            *("name", "length_mm", "width_mm", "height_mm", "weight_grams", "limit_grams"),
            *("cost", "cost_currency", "counted", "active"),
        )
        help_texts = {
            "counted": _("Counted now; each parcel takes one. Empty: not counted."),
            "limit_grams": _("Empty: no limit."),
        }


class NewBoxForm(BoxForm):
    class Meta(BoxForm.Meta):
        fields: tuple[str, ...] = ("code", *BoxForm.Meta.fields)
        help_texts = {
            **BoxForm.Meta.help_texts,
            "code": _("Printed as BOX-… for the scanner. It stays."),
        }


class PackingForm(forms.ModelForm):
    class Meta:
        model = PackSettings
        fields = (
            *("ask_box", "ask_weight", "tolerance_percent", "tolerance_grams", "limit_grams"),
            "photo",
        )
        help_texts = {
            "tolerance_percent": _("A weight further off than this is asked again."),
        }
        widgets = {"photo": forms.RadioSelect}


class CheckForm(forms.Form):
    text = forms.CharField(
        label=_("What to check"), max_length=200, help_text=_("E.g. “No cracks, glaze even”.")
    )
    sku = forms.CharField(
        label=_("SKU code"), max_length=64, required=False, help_text=_("Empty: every parcel.")
    )


@page("settings:read")
def boxes(request: PageRequest) -> HttpResponseBase:
    """The boxes with how many are left, and a further one."""
    form = NewBoxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_box(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The box has been added."))
            return redirect("logistics_settings:boxes")
    context = {"form": form, "rows": box_stock(request.seller)}
    return render(
        request, "logistics/settings_boxes.html", context, status=422 if form.errors else 200
    )


@page("settings:write")
def box(request: PageRequest, box_id: str) -> HttpResponseBase:
    """Other values of a box."""
    row = own(Box.objects.all(), request.seller, Box.id_prefix, box_id)
    code = row.code
    left = next(r.left for r in box_stock(request.seller) if r.box.pk == row.pk)
    initial: dict[str, Any] = {"counted": None if left is None else max(left, 0)}
    form = BoxForm(request.POST or None, instance=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["counted"] == initial["counted"]:
            del said["counted"]  # nobody counted: the old count and what it was then still hold
        try:
            save_box(seller=request.seller, box=row.pk, actor=request.actor, **said)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The box has been saved."))
            return redirect("logistics_settings:boxes")
    context = {"form": form, "code": code}
    return render(
        request, "logistics/settings_box.html", context, status=422 if form.errors else 200
    )


@page("settings:read")
def packing(request: PageRequest) -> HttpResponseBase:
    """What is asked at the packing table, and what is checked there."""
    what = request.POST.get("what", "")
    form = PackingForm(
        request.POST if what == "settings" else None, instance=settings_of(request.seller)
    )
    check = CheckForm(request.POST if what == "check" else None)
    if what == "settings" and form.is_valid():
        try:
            save_pack_settings(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Your settings have been saved."))
            return redirect("logistics_settings:packing")
    if what == "check" and check.is_valid():
        try:
            add_check(seller=request.seller, actor=request.actor, **check.cleaned_data)
        except Invalid as error:
            add_errors(check, error)
        else:
            messages.success(request, _("It will be asked from the next parcel on."))
            return redirect("logistics_settings:packing")
    context = {
        "form": form,
        "check": check,
        "checks": QualityCheck.objects.filter(seller=request.seller)
        .select_related("sku")
        .order_by("sku__code", "pk"),
    }
    failed = bool(form.errors or check.errors)
    return render(
        request, "logistics/settings_packing.html", context, status=422 if failed else 200
    )


@page("settings:write")
@require_POST
def uncheck(request: PageRequest, check_id: str) -> HttpResponseBase:
    """Asks a check no longer."""
    pk = decode(QualityCheck.id_prefix, check_id)
    if pk is None:
        raise NotFound
    remove_check(seller=request.seller, check=pk, actor=request.actor)
    messages.success(request, _("It is no longer asked."))
    return redirect("logistics_settings:packing")
