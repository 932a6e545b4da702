"""Suppliers, and what they deliver."""

from copy import copy

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid, Refused
from core.paging import paginate
from core.templatetags.ui import number
from sellers.access import PageRequest, own, page, sentences
from sellers.forms import add_errors
from stock.actions.suppliers import offer_skus, prefer, remove_supplier, save_supplier, withdraw
from stock.forms.purchasing import OffersForm, SupplierForm, plain, typed_offers
from stock.models import Supplier, SupplierSku
from stock.queries.purchasing import offers_of, replenishments, supplier_rows, totals

PAGE_SIZE = 50
RECENT = 10


def _supplier(request: PageRequest, supplier_id: str) -> Supplier:
    return own(Supplier.objects.all(), request.seller, Supplier.id_prefix, supplier_id)


@page("stock:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The suppliers with how much they deliver and what is on the way."""
    found = paginate(
        Supplier.objects.filter(seller=request.seller),
        key="name",
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {"rows": supplier_rows(found.rows), "page": found}
    return render(request, "purchasing/suppliers.html", context)


@page("stock:write")
def new(request: PageRequest) -> HttpResponseBase:
    """A further supplier."""
    form = SupplierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = save_supplier(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The supplier has been added. Say what it delivers."))
            return redirect("purchasing:supplier", row.public_id)
    status = 422 if form.errors else 200
    return render(request, "purchasing/supplier_form.html", {"form": form}, status=status)


@page("stock:write")
def edit(request: PageRequest, supplier_id: str) -> HttpResponseBase:
    """Changes a supplier."""
    row = _supplier(request, supplier_id)
    form = SupplierForm(request.POST or None, instance=copy(row))
    if request.method == "POST" and form.is_valid():
        try:
            save_supplier(
                seller=request.seller, supplier=row.pk, actor=request.actor, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.tell_changed(error, _supplier(request, supplier_id))
        else:
            messages.success(request, _("The supplier has been saved."))
            return redirect("purchasing:supplier", row.public_id)
    context = {"form": form, "supplier": row}
    status = 422 if form.errors else 200
    return render(request, "purchasing/supplier_form.html", context, status=status)


@page("stock:read")
@require_GET
def detail(request: PageRequest, supplier_id: str) -> HttpResponseBase:
    """The page of a supplier: its SKUs and what was bought of late."""
    row = _supplier(request, supplier_id)
    return _detail(request, row, OffersForm(seller=request.seller))


def _detail(request: PageRequest, row: Supplier, form: OffersForm) -> HttpResponseBase:
    bought = list(replenishments(request.seller).filter(supplier=row).order_by("-pk")[:RECENT])
    sums = totals(bought)
    context = {
        "supplier": row,
        "offers": [
            {"offer": offer, "price": "" if offer.price is None else plain(offer.price)}
            for offer in offers_of(row)
        ],
        "bought": [(each, sums[each.pk]) for each in bought],
        "form": form,
        "sees_money": request.actor.may("money:read"),
    }
    return render(request, "purchasing/supplier.html", context, status=422 if form.errors else 200)


@page("stock:write")
@require_POST
def skus(request: PageRequest, supplier_id: str) -> HttpResponseBase:
    """Saves what the supplier delivers: the table, or pasted lines."""
    row = _supplier(request, supplier_id)
    form = OffersForm(request.POST, seller=request.seller)
    if "offers" in request.POST:
        if not form.is_valid():
            return _detail(request, row, form)
        offers, wrong = form.cleaned_data["offers"], list[str]()
    else:
        offers, wrong = typed_offers(offers_of(row), request.POST)
    if not wrong:
        try:
            offer_skus(seller=request.seller, supplier=row.pk, offers=offers, actor=request.actor)
        except (Invalid, Refused) as error:
            wrong = sentences(error) if isinstance(error, Invalid) else [str(error)]
        else:
            n = len(offers)
            text = ngettext("%(n)s SKU saved.", "%(n)s SKUs saved.", n) % {"n": number(n)}
            messages.success(request, text)
    for sentence in wrong:
        messages.error(request, sentence)
    return redirect("purchasing:supplier", row.public_id)


@page("stock:write")
@require_POST
def remove(request: PageRequest, supplier_id: str) -> HttpResponseBase:
    """Forgets a supplier that nothing was bought from."""
    row = _supplier(request, supplier_id)
    try:
        remove_supplier(seller=request.seller, supplier=row.pk, actor=request.actor)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("purchasing:supplier", row.public_id)
    messages.success(request, _("The supplier has been removed."))
    return redirect("purchasing:suppliers")


@page("stock:write")
@require_POST
def offer(request: PageRequest, offer_id: str, what: str) -> HttpResponseBase:
    """Makes a supplier the preferred one of a SKU (``prefer``), or takes the SKU away from it
    (``withdraw``)."""
    row = own(SupplierSku.objects.all(), request.seller, SupplierSku.id_prefix, offer_id)
    actions = {"prefer": prefer, "withdraw": withdraw}
    actions[what](seller=request.seller, offer=row.pk, actor=request.actor)
    return redirect("purchasing:supplier", Supplier(pk=row.supplier_id).public_id)
