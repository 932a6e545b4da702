"""The list of orders: tabs with counts, filters in the address, saved views, bulk actions.

The filter and the counts are those of the API (``orders.filters``, ``orders.queries``). The same
address answers the whole page, or for htmx only what changes by itself. Rows are made in
``orders.views.columns``, so that the template only prints.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.paging import paginate
from core.templatetags.ui import number
from orders.bulk import MAX_SELECTION
from orders.filter_keys import Reading
from orders.filters import Filtered, filter_orders
from orders.find import find_exact
from orders.models import Order
from orders.queries import SORTS, Counts, kept_counts
from orders.queries.rows import row_details
from orders.queries.views import view_in, views_for
from orders.states import FINISHED, Stage
from orders.views.columns import SPRITE, Column, Row, Sheet, fields_of, row_html
from orders.views.filter_bar import NARROWING, bar_context, missing_of, with_params
from orders.views.layout import layout_of
from orders.views.list_tabs import (
    active_tab,
    attention_tabs,
    bulk_actions,
    stage_tabs,
    tab_count,
)
from orders.views.saved import default_href, query_of, saved_context
from sellers.access import PageRequest, page

SORT_LABELS: Mapping[str, Text] = {
    "ship_by": _("Time left"),
    "-ship_by": _("Most time left"),
    "-placed_at": _("Newest first"),
    "placed_at": _("Oldest first"),
    "-updated_at": _("Last changed"),
    "updated_at": _("Longest unchanged"),
}
#: Which way a column is sorted when its header is chosen first.
_FIRST = {"ship_by": "ship_by", "placed_at": "-placed_at", "updated_at": "-updated_at"}


@page("orders:read")
def index(request: PageRequest) -> HttpResponseBase:
    """The list. An exact number goes straight to its order, the bare address to the view that a
    person begins with."""
    views = views_for(request.seller, request.user)
    if not request.GET and (home := default_href(request.membership, views)):
        return redirect(home)
    now = timezone.now()
    reading = Reading(request.seller, now, request.actor)
    found = filter_orders(request.GET, reading)
    if found.single_text and not request.htmx:
        exact = find_exact(request.seller, found.single_text)
        if exact is not None:
            return redirect(order_path(exact))
    params = request.GET.copy()
    params["sort"] = params.get("sort") or default_sort(params, found)
    key, descending = SORTS[str(params["sort"])]  # filter_orders has refused any other
    view = view_in(params, views)
    layout = layout_of(params, view, request.membership, request.actor)
    rows = paginate(
        found.rows.values_list(*fields_of(layout.columns, key), named=True),
        key=key,
        descending=descending,
        cursor=params.get("cursor", ""),
        limit=layout.size,
    )
    counts = kept_counts(request.seller, now)
    total = _total(found, params, counts)
    tab = active_tab(params)
    context = {
        "tabs": stage_tabs(params, counts, tab),
        "attention": attention_tabs(params, counts, tab),
        "rows": _rows(rows.rows, layout.columns, reading, params.urlencode()),
        "headers": [_header(column, params) for column in layout.columns],
        "sprite": SPRITE,
        "page": rows,
        "summary": _summary(total),
        "total": min(total, MAX_SELECTION),
        "bulk_actions": bulk_actions(tab[1] if tab and tab[0] == "stage" else "", request.actor),
        "filter_query": with_params(params),
        "refresh_url": request.get_full_path(),
        "sort": params["sort"],
        "sorts": SORT_LABELS.items(),
        "narrowed": any(params.get(name) for name in (*NARROWING, "q")),
        "missing": missing_of(found, [order.number for order in rows.rows], reading),
        **bar_context(found, request.GET, reading, tab),
        "density": layout.density,
        **saved_context(request, views, view, query_of(request.GET)),
    }
    template = "orders/_list.html" if request.htmx else "orders/list.html"
    return render(request, template, context)


def order_path(pk: int) -> str:
    """The address of an order's page, which an app to the right serves below ours."""
    return f"{reverse('orders:list')}{Order(pk=pk).public_id}/"


def default_sort(params: QueryDict, found: Filtered | None = None) -> str:
    """By time left where it runs; what is finished, or everything, with the newest first."""
    if found and any(read.key and read.key.name in ("is", "due") for read in found.read):
        return "ship_by"
    tab = active_tab(params)
    if tab is None or tab[1] in (Stage.UPLOADED, *FINISHED):
        return "-placed_at"
    return "ship_by"


def _total(found: Filtered, params: QueryDict, counts: Counts) -> int:
    """How many orders match, counted only as far as one action reaches."""
    narrowed = [name for name in (*NARROWING, "q") if params.get(name)]
    tab = active_tab(params)
    if not narrowed:
        return sum(counts.stages.values())
    if tab and narrowed == [tab[0]] and (count := tab_count(counts, *tab)) is not None:
        return count
    return int(found.rows.order_by()[: MAX_SELECTION + 1].count())


def _summary(total: int) -> str:
    if total > MAX_SELECTION:
        return gettext("More than %(n)s orders") % {"n": number(MAX_SELECTION)}
    return ngettext("%(n)s order", "%(n)s orders", total) % {"n": number(total)}


def _rows(orders: Sequence[Row], columns: Sequence[Column], reading: Reading, query: str) -> str:
    ids = [order.pk for order in orders]
    sheet = Sheet(
        now=reading.now,
        stores={store.pk: store for store in reading.stores},
        details=row_details(ids),
        extra={column.name: column.load(ids) for column in columns if column.load},
        money=reading.may("money:read"),
    )
    return row_html(orders, columns, sheet, query)


def _header(column: Column, params: QueryDict) -> dict[str, Any]:
    """A column's head: its sort, and which way the list is sorted by it now."""
    head: dict[str, Any] = {"column": column, "href": "", "sorted": ""}
    if column.sort:
        now = str(params["sort"])
        if now.lstrip("-") == column.sort:
            head["sorted"] = "descending" if now.startswith("-") else "ascending"
            wanted = column.sort if now.startswith("-") else f"-{column.sort}"
        else:
            wanted = _FIRST[column.sort]
        head["href"] = f"?{with_params(params, sort=wanted)}"
    return head
