"""One SKU: what it is, what is there of it, its ledger, and changing all that."""

from copy import copy

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid, Refused
from core.ids import decode
from core.paging import paginate
from core.templatetags.ui import number
from sellers.access import PageRequest, own, page, sentences
from sellers.forms import add_errors
from stock.actions.bins import assign_bins
from stock.actions.levels import post_movements
from stock.actions.skus import create_sku, update_sku
from stock.forms.goods import MovementForm, NewSkuForm, SkuForm
from stock.models import Sku, StockLevel, Warehouse
from stock.queries.goods import ledger, stock_of, warehouses_of
from stock.queries.purchasing import NOTHING_COMES, on_the_way, sources
from stock.queries.speed import STILL, speeds
from stock.queries.transfers import units_on_the_way
from stock.reorder import set_reorder_points
from stock.views.levels import with_holders

LEDGER_SIZE = 25


def _sku(request: PageRequest, sku_id: str) -> Sku:
    return own(Sku.objects.all(), request.seller, Sku.id_prefix, sku_id)


@page("stock:read")
@require_GET
def detail(request: PageRequest, sku_id: str) -> HttpResponseBase:
    """The page of a SKU."""
    return _detail(request, _sku(request, sku_id), MovementForm(seller=request.seller))


def _detail(request: PageRequest, sku: Sku, form: MovementForm) -> HttpResponseBase:
    moves = paginate(
        ledger(request.seller, sku),
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=LEDGER_SIZE,
    )
    stock = stock_of(request.seller, [sku])[0]
    speed = speeds(request.seller, [sku.pk]).get(sku.pk, STILL)
    by_warehouse = {level.warehouse_id: level for level in stock.levels}
    context = {
        "sku": sku,
        "stock": stock,
        "places": [
            by_warehouse.get(w.pk) or StockLevel(seller=request.seller, sku=sku, warehouse=w)
            for w in warehouses_of(request.seller)
        ],
        "on_the_way": units_on_the_way(request.seller, [sku.pk]).get(sku.pk, 0),
        "ready": stock.want.ready if stock.available > 0 else 0,
        "waiting_skus": [sku.public_id],
        "form": form,
        "rows": with_holders(request, moves.rows),
        "page": moves,
        "way": on_the_way(request.seller, [sku.pk]).get(sku.pk, NOTHING_COMES),
        "speed": speed,
        "cover": speed.days_of(stock.available),
        "source": sources(request.seller, [sku.pk]).get(sku.pk),
        "facts": _facts(sku, sees_money=request.actor.may("money:read")),
    }
    return render(request, "stock/sku.html", context, status=422 if form.errors else 200)


def _facts(sku: Sku, *, sees_money: bool) -> dict[str, object]:
    size = (sku.length_mm, sku.width_mm, sku.height_mm)
    return {
        "size": _("%(l)s × %(w)s × %(h)s mm") % dict(zip("lwh", map(number, size), strict=True))
        if any(size)
        else "",
        "care": [
            label
            for yes, label in (
                (sku.fragile, gettext("Fragile")),
                (sku.battery, gettext("Contains a battery")),
                (sku.liquid, gettext("Liquid")),
            )
            if yes
        ],
        "money": sees_money,
    }


@page("stock:write")
def new(request: PageRequest) -> HttpResponseBase:
    """A new SKU; ``?code=`` fills in a code that orders wait for."""
    initial = {"code": request.GET.get("code", "")[:64], "name": request.GET.get("name", "")[:200]}
    form = NewSkuForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            sku = create_sku(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("SKU %(code)s has been added.") % {"code": sku.code})
            return redirect("stock:sku", sku.public_id)
    return render(request, "stock/edit.html", {"form": form}, status=422 if form.errors else 200)


@page("stock:write")
def edit(request: PageRequest, sku_id: str) -> HttpResponseBase:
    """Changes a SKU."""
    sku = _sku(request, sku_id)
    form = SkuForm(request.POST or None, instance=copy(sku))
    if request.method == "POST" and form.is_valid():
        try:
            update_sku(seller=request.seller, sku=sku.pk, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.tell_changed(error, _sku(request, sku_id))
        else:
            messages.success(request, _("SKU %(code)s has been saved.") % {"code": sku.code})
            return redirect("stock:sku", sku.public_id)
    context = {"form": form, "sku": sku}
    return render(request, "stock/edit.html", context, status=422 if form.errors else 200)


@page("stock:write")
@require_POST
def post(request: PageRequest, sku_id: str) -> HttpResponseBase:
    """Posts one movement of a SKU."""
    sku = _sku(request, sku_id)
    form = MovementForm(request.POST, seller=request.seller)
    if not form.is_valid():
        return _detail(request, sku, form)
    move = form.move(sku)
    try:
        post_movements(seller=request.seller, moves=[move], actor=request.actor)
    except Invalid as error:
        for place in error.errors:
            field = place.pointer.rpartition("/")[2]
            form.add_error(field if field in form.fields else None, str(place.detail))
        return _detail(request, sku, form)
    except Refused as error:
        form.add_error(None, str(error.detail))
        return _detail(request, sku, form)
    n = abs(move.quantity)
    messages.success(
        request,
        ngettext("Booked: %(n)s unit in %(warehouse)s.", "Booked: %(n)s units in %(warehouse)s.", n)
        % {"n": number(n), "warehouse": move.warehouse.name},
    )
    return redirect("stock:sku", sku.public_id)


@page("stock:write")
@require_POST
def reorder(request: PageRequest, sku_id: str) -> HttpResponseBase:
    """Sets reorder points and bins: fields ``point-`` and ``bin-<warehouse id>``."""
    sku = _sku(request, sku_id)
    points: dict[int, int] = {}
    codes: dict[int, str] = {}
    for name, text in request.POST.items():
        place = decode(Warehouse.id_prefix, name.removeprefix("bin-"))
        if name.startswith("bin-") and place is not None:
            codes[place] = str(text)
        warehouse = decode(Warehouse.id_prefix, name.removeprefix("point-"))
        if not name.startswith("point-") or warehouse is None:
            continue
        value = str(text).strip() or "0"
        points[warehouse] = int(value) if value.isdecimal() and len(value) < 9 else -1
    try:
        with transaction.atomic():
            set_reorder_points(seller=request.seller, sku=sku, points=points, actor=request.actor)
            for house in Warehouse.objects.filter(seller=request.seller, pk__in=codes):
                assign_bins(
                    seller=request.seller,
                    warehouse=house,
                    places={sku.code: codes[house.pk]},
                    actor=request.actor,
                )
    except Invalid as error:
        for sentence in sentences(error):
            messages.error(request, sentence)
    else:
        messages.success(request, _("Bins and reorder points have been saved."))
    return redirect("stock:sku", sku.public_id)
