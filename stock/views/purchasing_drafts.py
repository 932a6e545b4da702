"""Making purchase orders: by hand, from suggestions, changing a draft."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid, Refused
from core.ids import decode
from core.templatetags.ui import number
from sellers.access import PageRequest, page, sentences
from sellers.forms import add_errors
from stock.actions.replenish import (
    MAX_LINES,
    MAX_QUANTITY,
    Wanted,
    change_draft,
    make_replenishment,
    make_replenishments,
)
from stock.forms.pasted import whole
from stock.forms.purchasing import ReplenishmentForm
from stock.models import Sku, Supplier, Warehouse
from stock.queries.goods import warehouses_of
from stock.queries.purchasing import (
    lines_of,
)
from stock.queries.suggestions import MAX_SUGGESTIONS, Suggestion, baskets, suggestions
from stock.views.purchasing import replenishment


@page("stock:write")
def new(request: PageRequest) -> HttpResponseBase:
    """A purchase order made by hand; ``?supplier=`` chooses who, ``?lines=`` fills in what."""
    chosen = decode(Supplier.id_prefix, request.GET.get("supplier", ""))
    form = ReplenishmentForm(
        request.POST or None,
        seller=request.seller,
        initial={"supplier": chosen, "lines": request.GET.get("lines", "")[:2000]},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row, _again = make_replenishment(
                seller=request.seller,
                warehouse=said["warehouse"],
                supplier=said["supplier"],
                lines=said["all_lines"],
                expected=said["expected_on"],
                note=said["note"],
                client_id=request.POST.get("client_id", "")[:64],
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("purchasing:one", row.public_id)
    context = {
        "form": form,
        "client_id": request.POST.get("client_id") or str(uuid4()),
        "warehouses": bool(warehouses_of(request.seller)),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/form.html", context, status=status)


@page("stock:write")
def edit(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """Changes a draft."""
    row = replenishment(request, replenishment_id)
    known = lines_of(row)
    form = ReplenishmentForm(
        request.POST or None,
        seller=request.seller,
        known=known,
        initial={
            "supplier": row.supplier_id,
            "warehouse": row.warehouse_id,
            "expected_on": row.expected_on,
            "note": row.note,
        },
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        seen = request.POST.get("seen", "")
        try:
            change_draft(
                seller=request.seller,
                replenishment=row.pk,
                actor=request.actor,
                lines=said["all_lines"],
                supplier=said["supplier"],
                warehouse=said["warehouse"],
                note=said["note"],
                expected=said["expected_on"],
                seen=int(seen) if seen.isdecimal() and len(seen) < 9 else None,
            )
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(number)s has been saved.") % {"number": row.number})
            return redirect("purchasing:one", row.public_id)
    context = {"form": form, "row": row, "warehouses": True}
    status = 422 if form.errors else 200
    return render(request, "purchasing/form.html", context, status=status)


@page("stock:read")
@require_GET
def suggested(request: PageRequest) -> HttpResponseBase:
    """What should be bought, by supplier, with the reasons."""
    found = suggestions(request.seller)
    context = {
        "baskets": baskets(request.seller, found[:MAX_SUGGESTIONS]),
        "more": max(0, len(found) - MAX_SUGGESTIONS),
        "total": len(found),
        "warehouses": [w for w in warehouses_of(request.seller) if not w.sample],
        "client_id": str(uuid4()),
        "sees_money": request.actor.may("money:read"),
    }
    return render(request, "purchasing/suggestions.html", context)


@page("stock:write")
@require_POST
def make(request: PageRequest) -> HttpResponseBase:
    """Drafts for the SKUs ``sku``, one a supplier: as suggested, or ``units-<sku>``.

    A SKU that is named but of which enough comes already is left out, and said so.
    """
    ids = [decode(Sku.id_prefix, text) for text in request.POST.getlist("sku")[:MAX_LINES]]
    chosen = [pk for pk in ids if pk]
    found = suggestions(request.seller, chosen) if chosen else []
    warehouse = _warehouse(request)
    if warehouse is None or not found:
        sentence = (
            _("The shop has no warehouse. Make one first.")
            if warehouse is None
            else _("Nothing of it has to be bought: enough is here or on the way.")
        )
        messages.info(request, sentence)
        return redirect("purchasing:suggestions")
    token = request.POST.get("client_id", "") or str(uuid4())
    try:
        made = make_replenishments(
            seller=request.seller,
            warehouse=warehouse,
            wanted=[
                (basket.supplier, [Wanted(each.sku, _units(request, each)) for each in basket.rows])
                for basket in baskets(request.seller, found)
            ],
            client_id=token,
            actor=request.actor,
        )
    except Invalid as error:
        for sentence in sentences(error):
            messages.error(request, sentence)
        return redirect("purchasing:suggestions")
    n = len(made)
    messages.success(
        request,
        ngettext(
            "%(n)s draft has been made. Look at it, then order.",
            "%(n)s drafts have been made, one for each supplier. Look at them, then order.",
            n,
        )
        % {"n": number(n)},
    )
    if n == 1:
        return redirect("purchasing:one", made[0].public_id)
    return redirect(reverse("purchasing:list") + "?tab=draft")


def _units(request: PageRequest, row: Suggestion) -> int:
    """What somebody typed over the suggestion, or the suggestion."""
    typed = whole(request.POST.get(f"units-{row.sku.public_id}", ""), 1, MAX_QUANTITY)
    return row.quantity if typed is None else typed


def _warehouse(request: PageRequest) -> Warehouse | None:
    """The warehouse that was named, or the first one."""
    places = [w for w in warehouses_of(request.seller) if not w.sample]
    named = decode(Warehouse.id_prefix, request.POST.get("warehouse", ""))
    return next((w for w in places if w.pk == named), places[0] if places else None)
