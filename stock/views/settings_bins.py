"""Settings: the bins of each warehouse, and what lies in them."""

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from core.errors import Invalid
from core.ids import decode
from core.paging import paginate
from core.templatetags.ui import number
from sellers.access import PageRequest, own, page
from sellers.forms import add_errors
from stock.actions.bins import assign_bins, create_bins, delete_bins
from stock.forms.goods import split_columns
from stock.models import Bin, Warehouse
from stock.queries.goods import warehouses_of

PAGE_SIZE = 100
MAX_LINES = 5_000
_SHOWN = 20


class ShelfForm(forms.Form):
    """All bins from one code to another."""

    first = forms.CharField(
        label=pgettext_lazy("the first of a range", "From"),
        max_length=40,
        help_text=_("E.g. A-01-01."),
    )
    last = forms.CharField(
        label=pgettext_lazy("the last of a range", "To"),
        max_length=40,
        required=False,
        help_text=_("E.g. C-10-04: aisles A to C, racks 01 to 10, levels 01 to 04."),
    )
    snake = forms.BooleanField(label=_("Every second aisle is walked from its end"), required=False)


class AssignForm(forms.Form):
    """What lies where, pasted from a sheet."""

    places = forms.CharField(
        label=_("SKU and bin"),
        strip=False,
        help_text=_(
            "One SKU a line: its code or barcode, then the bin. Paste from a sheet. "
            "A dash instead of the bin takes it out."
        ),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
    )

    def clean_places(self) -> dict[str, str]:
        """Bin by SKU code; every line that cannot be read is named, and nothing is taken then."""
        lines = self.cleaned_data["places"].splitlines()
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("At most %(n)d lines.") % {"n": MAX_LINES})
        self.lines: list[int] = []
        places: dict[str, str] = {}
        errors = []
        for at, line in enumerate(lines, 1):
            if not line.strip():
                continue
            code, place = split_columns(line)
            if not code or not place or '"' in line:
                errors.append(_("Line %(line)d: a SKU and a bin.") % {"line": at})
            elif code in places:
                errors.append(
                    _("Line %(line)d: “%(code)s” is named twice.") % {"line": at, "code": code[:64]}
                )
            else:
                places[code] = "" if place in "-–—" else place
                self.lines.append(at)
        if errors:
            if len(errors) > _SHOWN:
                errors[_SHOWN:] = [_("… and %(n)d lines more.") % {"n": len(errors) - _SHOWN}]
            raise forms.ValidationError(errors)
        return places

    def refuse(self, error: Invalid) -> None:
        """Show what the action did not accept with the line it stands in."""
        found = [
            _("Line %(line)d: %(what)s")
            % {"line": self.lines[int(place.pointer.strip("/"))], "what": place.detail}
            for place in error.errors
        ]
        if len(found) > _SHOWN:
            found[_SHOWN:] = [_("… and %(n)d lines more.") % {"n": len(found) - _SHOWN}]
        self.add_error("places", [forms.ValidationError(str(text)) for text in found])


def _house(request: PageRequest, houses: list[Warehouse]) -> Warehouse | None:
    """The warehouse that is asked for, else the first."""
    asked = request.GET.get("warehouse", "")
    if asked:
        return own(Warehouse.objects.all(), request.seller, Warehouse.id_prefix, asked)
    return houses[0] if houses else None


def _here(house: Warehouse) -> str:
    return f"{reverse('stock_settings:bins')}?warehouse={house.public_id}"


@page("settings:read")
def index(request: PageRequest) -> HttpResponseBase:
    """The bins of a warehouse in walking order; making a shelf of them, and filling them."""
    houses = warehouses_of(request.seller)
    house = _house(request, houses)
    what = request.POST.get("what", "")
    shelf = ShelfForm(request.POST if what == "shelf" else None)
    assign = AssignForm(request.POST if what == "assign" else None)
    if house is not None and what == "shelf" and shelf.is_valid():
        try:
            n = create_bins(
                seller=request.seller, warehouse=house, actor=request.actor, **shelf.cleaned_data
            )
        except Invalid as error:
            add_errors(shelf, error)
        else:
            text = ngettext("%(n)s bin has been added.", "%(n)s bins have been added.", n)
            messages.success(request, text % {"n": number(n)})
            return redirect(_here(house))
    if house is not None and what == "assign" and assign.is_valid():
        try:
            n = assign_bins(
                seller=request.seller,
                warehouse=house,
                places=assign.cleaned_data["places"],
                actor=request.actor,
            )
        except Invalid as error:
            assign.refuse(error)
        else:
            text = ngettext("%(n)s SKU has another bin now.", "%(n)s SKUs have another bin now.", n)
            messages.success(request, text % {"n": number(n)})
            return redirect(_here(house))
    found = paginate(
        Bin.objects.filter(seller=request.seller, warehouse=house).prefetch_related("levels__sku"),
        key="walk_order",
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {
        "house": house,
        "tabs": [
            {"label": w.name, "href": _here(w), "active": w == house, "count": w.n}
            for w in Warehouse.objects.filter(seller=request.seller)
            .annotate(n=Count("bins"))
            .order_by("pk")
        ],
        "page": found,
        "shelf": shelf,
        "assign": assign,
    }
    failed = bool(shelf.errors or assign.errors)
    return render(request, "stock/settings_bins.html", context, status=422 if failed else 200)


@page("settings:write")
@require_POST
def delete(request: PageRequest) -> HttpResponseBase:
    """Removes the chosen bins in which nothing is kept."""
    ids = [pk for text in request.POST.getlist("ids") if (pk := decode(Bin.id_prefix, text))]
    n = delete_bins(seller=request.seller, bins=ids, actor=request.actor)
    text = ngettext("%(n)s bin has been removed.", "%(n)s bins have been removed.", n)
    messages.success(request, text % {"n": number(n)})
    house = decode(Warehouse.id_prefix, request.POST.get("warehouse", "")) or 0
    row = Warehouse.objects.filter(seller=request.seller, pk=house).first()
    return redirect(_here(row) if row else "stock_settings:bins")
