"""Shortages: what is missing, for which orders, due when, and giving out what has come."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.ids import decode
from core.paging import Page, paginate
from orders.bulk import MAX_SELECTION, perform_many
from orders.bulk_jobs import start_bulk
from orders.queries import fines_of
from orders.queries.outlook import Lateness, lateness, outlooks
from orders.queries.shortages import (
    available_of,
    orders_of_codes,
    ready_orders,
    shortages,
    skus_of,
    units_wanted,
    unmapped_codes,
    waiting_orders,
    wanting,
)
from orders.registry import MAX_BATCH
from orders.views.act import answer_job
from orders.views.list import order_path
from orders.views.words import country_name, stage_badge
from sellers.access import PageRequest, own, page, safe_next
from stock.lead_time import today_of
from stock.models import Sku
from stock.queries.purchasing import NOTHING_COMES, on_the_way

PAGE_SIZE = 50


@page("stock:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """SKUs of which open orders want more than is there, the most urgent first."""
    found = shortages(request.seller)
    rows, pages = _part(request, found)
    skus, ahead = skus_of(request.seller, rows), outlooks(request.seller, rows)
    context = {
        "rows": [
            {
                "row": row,
                "sku": skus[row.sku_id],
                "fines": sorted(row.fines.items()),
                "ahead": ahead[row.sku_id],
            }
            for row in rows
        ],
        "actions": [
            {
                "value": "1",
                "label": _("Order the selected"),
                "icon": "file-plus",
                "variant": "primary",
            }
        ],
        "client_id": str(uuid4()),
        "today": today_of(request.seller),
        "page": pages,
        "total": len(found),
        "units": sum(row.missing for row in found),
        "now": timezone.now(),
        "sees_money": request.actor.may("money:read"),
    }
    return render(request, "shortages/list.html", context)


@page("stock:read")
@require_GET
def unmapped(request: PageRequest) -> HttpResponseBase:
    """Codes of the marketplace that no SKU stands for yet."""
    found = unmapped_codes(request.seller)
    rows, pages = _part(request, found)
    orders = orders_of_codes(request.seller, [row.code for row in rows])
    context = {
        "rows": [
            (row, [(order, order_path(order.pk)) for order in orders.get(row.code, ())])
            for row in rows
        ],
        "page": pages,
        "now": timezone.now(),
    }
    return render(request, "shortages/unmapped.html", context)


def _part(request: PageRequest, rows: Sequence[Any]) -> tuple[list[Any], Page[Any]]:
    """A page of a list that had to be read as a whole; its cursor is where it starts."""
    text = request.GET.get("cursor", "")
    start = int(text) if text.isdecimal() and len(text) < 9 else 0
    part: Page[Any] = Page(list(rows[start : start + PAGE_SIZE]))
    if start + PAGE_SIZE < len(rows):
        part.next_cursor = str(start + PAGE_SIZE)
    if start:
        part.previous_cursor = str(max(0, start - PAGE_SIZE))
    return part.rows, part


@page("stock:read")
@require_GET
def detail(request: PageRequest, sku_id: str) -> HttpResponseBase:
    """The orders that wait for one SKU, the most urgent first."""
    sku = own(Sku.objects.all(), request.seller, Sku.id_prefix, sku_id)
    waiting = waiting_orders(request.seller, [sku.pk])
    found = paginate(
        waiting.select_related("store"),
        key="ship_by",
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    units = units_wanted(request.seller, sku, found.rows)
    wanted = wanting(request.seller, [sku.pk])
    short = wanted[0] if wanted else None
    sees_money = request.actor.may("money:read")
    fines = fines_of(found.rows) if sees_money else {}
    context = {
        "sku": sku,
        "waiting_skus": [sku.public_id],
        "available": short.available if short else available_of(sku),
        "short": short,
        "waiting": waiting.count(),
        "ready": ready_orders(request.seller, [sku.pk]).count(),
        "way": on_the_way(request.seller, [sku.pk], drafts=True).get(sku.pk, NOTHING_COMES),
        "late": lateness(request.seller, wanted).get(sku.pk, Lateness()),
        "client_id": str(uuid4()),
        "today": today_of(request.seller),
        "rows": [
            {
                "order": order,
                "href": order_path(order.pk),
                "units": units.get(order.pk, 0),
                "badge": stage_badge(order.stage),
                "country": country_name(order.country),
                "fine": fines.get(order.pk),
            }
            for order in found.rows
        ],
        "page": found,
        "now": timezone.now(),
        "sees_money": sees_money,
    }
    return render(request, "shortages/sku.html", context)


@page("orders:write")
@require_POST
def allocate(request: PageRequest) -> HttpResponseBase:
    """Gives the stock of the SKUs ``sku`` to the accepted orders that wait for them."""
    ids = [decode(Sku.id_prefix, text) for text in request.POST.getlist("sku")[:MAX_SELECTION]]
    orders = list(
        ready_orders(request.seller, [pk for pk in ids if pk])
        .order_by("ship_by", "pk")
        .values_list("pk", flat=True)[:MAX_SELECTION]
    )
    if not orders:
        raise Refused(_("No accepted order waits for this any more."), code="nothing_waits")
    if len(orders) > MAX_BATCH:
        return answer_job(
            request,
            start_bulk("allocate", seller=request.seller, ids=orders, actor=request.actor),
        )
    outcome = perform_many("allocate", seller=request.seller, orders=orders, actor=request.actor)
    back = request.POST.get("next", "")
    context = {
        "outcome": outcome,
        "done": [(row.number, order_path(row.id)) for row in outcome if row.status == "done"],
        "back": safe_next(request, back) if back else reverse("shortages:list"),
        "stocked": reverse("orders:list") + "?stage=stocked",
    }
    return render(request, "shortages/result.html", context)
