"""Settings: from which warehouses each store is served."""

import re

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.ids import decode
from sellers.access import PageRequest, own, page
from sellers.models import Store
from stock.actions.places import set_places
from stock.models import Warehouse
from stock.queries.goods import warehouses_of
from stock.queries.places import ordered, places_of


@page("settings:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The stores with their warehouses in order."""
    stores = list(Store.objects.filter(seller=request.seller).order_by("pk"))
    houses = warehouses_of(request.seller)
    wishes = places_of([store.pk for store in stores])
    rows = [
        {
            "store": store,
            "own": store.pk in wishes,
            "places": ordered(
                [house for house in houses if house.sample == store.sample], wishes.get(store.pk)
            ),
        }
        for store in stores
    ]
    context = {"rows": rows, "many": len(houses) > 1}
    return render(request, "stock/settings_places.html", context)


@page("settings:write")
@require_POST
def save(request: PageRequest, store_id: str) -> HttpResponseBase:
    """Fields ``place-<warehouse id>`` (its place, 1 first) and ``use``: the warehouses in use.
    With ``forget`` the store has no preference any more."""
    store = own(Store.objects.all(), request.seller, Store.id_prefix, store_id)
    places: list[tuple[int, int]] = []
    for name, text in request.POST.items():
        pk = decode(Warehouse.id_prefix, name.removeprefix("place-"))
        if name.startswith("place-") and pk is not None:
            said = str(text).strip()
            places.append((int(said) if re.fullmatch(r"\d{1,4}", said) else 9_999, pk))
    used = {decode(Warehouse.id_prefix, text) for text in request.POST.getlist("use")}
    forget = "forget" in request.POST
    set_places(
        seller=request.seller,
        store=store,
        order=[] if forget else [pk for _place, pk in sorted(places)],
        closed=[] if forget else [pk for _place, pk in places if pk not in used],
        actor=request.actor,
    )
    messages.success(
        request, _("The warehouses of %(store)s have been saved.") % {"store": store.name}
    )
    return redirect("stock_settings:places")
