"""The list of orders: tabs with counts, filters in the address, bulk actions.

The filter and the counts are those of the API (``orders.filters``, ``orders.queries``). The same
address answers the whole page, or for htmx only what changes by itself. Rows are made ready here,
so that the template only prints.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Text
from core.paging import paginate
from core.templatetags.ui import countdown, money, number
from orders.actions.base import wrong_stage
from orders.bulk import MAX_SELECTION
from orders.filters import order_list
from orders.find import find_exact
from orders.models import Order, OrderLine
from orders.queries import DEADLINES, SORTS, Counts, Fine, fines_of, list_counts
from orders.registry import registered
from orders.states import FINISHED, TABLE, Stage
from orders.views.words import (
    country_name,
    country_options,
    masked,
    progress_of,
    stage_badge,
)
from sellers.access import PageRequest, page
from sellers.models import Store
from sellers.queries import stores_of

PAGE_SIZES = (50, 100, 200)
SORT_LABELS: Mapping[str, Text] = {
    "ship_by": _("Time left"),
    "-placed_at": _("Newest first"),
    "placed_at": _("Oldest first"),
    "-updated_at": _("Last changed"),
}
#: Parameters that make a tab, each with one value.
_TABS = ("stage", "deadline", "on_hold", "problems")
_NARROWING = (
    *_TABS,
    "q",
    "store",
    "country",
    "currency",
    "sku",
    "ship_by_after",
    "ship_by_before",
)


@dataclass(frozen=True, slots=True)
class Tab:
    label: Text
    href: str
    active: bool
    count: int | None
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An order as the table prints it; texts are in the reader's language already."""

    id: str
    number: str
    store: str
    items: str
    more: str
    buyer: str
    country: str
    badge: str
    progress: str
    time: str
    late: bool
    booked: str
    next_fine: str
    amount: str
    on_hold: bool
    problems: str
    remark: str


@page("orders:read")
def index(request: PageRequest) -> HttpResponseBase:
    """The list. An exact number goes straight to its order."""
    params = request.GET.copy()
    if not params.get("sort"):
        params["sort"] = default_sort(params)
    query = params.get("q", "").strip()
    if query and not request.htmx:
        found = find_exact(request.seller, query)
        if found is not None:
            return redirect(order_path(found))
    now = timezone.now()
    rows = order_list(request.seller, params, now=now)
    key, descending = SORTS[str(params["sort"])]  # order_list has refused any other
    stores = {store.pk: store for store in stores_of(request.seller)}
    size = _size(params.get("size", ""))
    found_page = paginate(
        rows.select_related(None),  # the stores are at hand
        key=key,
        descending=descending,
        cursor=params.get("cursor", ""),
        limit=size,
    )
    counts = list_counts(request.seller, now)
    total = _total(rows, params, counts, bool(query))
    sees_money = request.actor.may("money:read")
    fines = fines_of(found_page.rows) if sees_money else {}
    tab = _active_tab(params)
    context = {
        "tabs": _stage_tabs(params, counts, tab),
        "attention": _attention_tabs(params, counts, tab),
        "rows": _rows(found_page.rows, stores, fines, now, sees_money),
        "page": found_page,
        "summary": _summary(total),
        "total": min(total, MAX_SELECTION),
        "sees_money": sees_money,
        "bulk": _bulk(tab[1] if tab and tab[0] == "stage" else "", request.actor),
        "query": query,
        "filter_query": _query(params, drop=("cursor", "size")),
        "order_query": params.urlencode(),
        "refresh_url": request.get_full_path(),
        "signature": _signature(found_page.rows),
        "anything": bool(sum(counts.stages.values())),
        "narrowed": any(params.get(name) for name in _NARROWING),
        "due": DEADLINES,
        **_filters(params, list(stores.values()), tab, size),
    }
    template = "orders/_list.html" if request.htmx else "orders/list.html"
    return render(request, template, context)


def order_path(pk: int) -> str:
    """The address of an order's page, which an app to the right serves below ours."""
    return f"{reverse('orders:list')}{Order(pk=pk).public_id}/"


def default_sort(params: QueryDict) -> str:
    """By time left where it runs; what is finished, or everything, with the newest first."""
    tab = _active_tab(params)
    if tab is None or tab[1] in (Stage.UPLOADED, *FINISHED):
        return "-placed_at"
    return "ship_by"


def _size(text: str) -> int:
    return int(text) if text in map(str, PAGE_SIZES) else PAGE_SIZES[0]


def _active_tab(params: QueryDict) -> tuple[str, str] | None:
    """The parameter and value of the tab the list stands on; ``None`` for all orders."""
    said = [(name, value) for name in _TABS for value in params.getlist(name) if value]
    return said[0] if len(said) == 1 else None


def _total(rows: Any, params: QueryDict, counts: Counts, searched: bool) -> int:
    """How many orders match, counted only as far as one action reaches."""
    narrowed = [name for name in _NARROWING if params.get(name)]
    tab = _active_tab(params)
    if not narrowed:
        return sum(counts.stages.values())
    if tab and narrowed == [tab[0]] and (count := _tab_count(counts, *tab)) is not None:
        return count
    return int(rows.order_by()[: MAX_SELECTION + 1].count())


def _tab_count(counts: Counts, name: str, value: str) -> int | None:
    if name == "stage":
        return counts.stages.get(value)
    if name == "deadline":
        return {
            "due_today": counts.due_today,
            "due_soon": counts.due_soon,
            "overdue": counts.overdue,
        }.get(value)
    if value == "true":
        return counts.on_hold if name == "on_hold" else counts.problems
    return None


def _summary(total: int) -> str:
    if total > MAX_SELECTION:
        return gettext("More than %(n)s orders") % {"n": number(MAX_SELECTION)}
    return ngettext("%(n)s order", "%(n)s orders", total) % {"n": number(total)}


# --- tabs and filters ------------------------------------------------------------------------


def _tab(
    params: QueryDict,
    active: tuple[str, str] | None,
    label: Text,
    key: tuple[str, str] | None,
    count: int | None,
    tone: str = "",
    icon: str = "",
) -> Tab:
    """A tab's list is that of its count: of the other parameters it keeps only how to show it."""
    query = QueryDict(mutable=True)
    if key:
        query[key[0]] = key[1]
    if size := params.get("size"):
        query["size"] = str(size)
    is_active = key == active if key else not any(params.getlist(name) for name in _TABS)
    return Tab(label, f"?{query.urlencode()}", is_active, count, tone, icon)


def _stage_tabs(params: QueryDict, counts: Counts, active: tuple[str, str] | None) -> list[Tab]:
    first = _tab(params, active, gettext("All"), None, None)
    return [first] + [
        _tab(params, active, stage.label, ("stage", stage.value), counts.stages[stage.value])
        for stage in Stage
    ]


def _attention_tabs(params: QueryDict, counts: Counts, active: tuple[str, str] | None) -> list[Tab]:
    wanted: list[tuple[Text, tuple[str, str], int, str, str]] = [
        (_("Overdue"), ("deadline", "overdue"), counts.overdue, "danger", "circle-alert"),
        (_("Due today"), ("deadline", "due_today"), counts.due_today, "warn", "clock-alert"),
        (_("On hold"), ("on_hold", "true"), counts.on_hold, "neutral", "pause"),
        (_("Problems"), ("problems", "true"), counts.problems, "warn", "triangle-alert"),
    ]
    return [
        _tab(params, active, label, key, count, tone, icon)
        for label, key, count, tone, icon in wanted
    ]


def _filters(
    params: QueryDict, stores: Sequence[Store], tab: tuple[str, str] | None, size: int
) -> dict[str, Any]:
    keep = [
        (name, value)
        for name in (
            "stage",
            "on_hold",
            "problems",
            "sku",
            "currency",
            "ship_by_after",
            "ship_by_before",
        )
        for value in params.getlist(name)
        if value
    ]
    return {
        "stores": stores,
        "store": params.get("store", ""),
        "countries": country_options(params.get("country", "").upper()),
        "deadline": params.get("deadline", ""),
        "deadlines": list(DEADLINES.items()),
        "sort": params["sort"],
        "sorts": list(SORT_LABELS.items()),
        "size": size,
        "sizes": PAGE_SIZES,
        "kept": keep,
        "clear_href": f"?{QueryDict(f'{tab[0]}={tab[1]}').urlencode()}" if tab else "?",
        "filtered": any(params.get(n) for n in ("q", "store", "country", "sku", "deadline")),
    }


def _query(params: QueryDict, *, drop: Sequence[str]) -> str:
    query = params.copy()
    for name in drop:
        query.pop(name, None)
    return query.urlencode()


# --- rows ------------------------------------------------------------------------------------


def _signature(orders: Sequence[Order]) -> str:
    """Changes when a row of the page does; the page compares it to say that something is new."""
    return str(hash(tuple((order.pk, order.version, order.stage) for order in orders)))


def _lines(orders: Sequence[Order]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for order, code, title, quantity in (
        OrderLine.objects.filter(order__in=[order.pk for order in orders])
        .order_by("order_id", "position")
        .values_list("order_id", "sku_code", "title", "quantity")
    ):
        found[order].append((code or title, quantity))
    return found


def _rows(
    orders: Sequence[Order],
    stores: Mapping[int, Store],
    fines: Mapping[int, Fine],
    now: datetime,
    sees_money: bool,
) -> list[Row]:
    lines = _lines(orders)
    badges = {stage: stage_badge(stage) for stage in {order.stage for order in orders}}
    return [
        _row(
            order,
            stores[order.store_id],
            lines.get(order.pk, []),
            fines.get(order.pk),
            badges,
            now,
            sees_money,
        )
        for order in orders
    ]


def _row(
    order: Order,
    store: Store,
    lines: Sequence[tuple[str, int]],
    fine: Fine | None,
    badges: Mapping[str, str],
    now: datetime,
    sees_money: bool,
) -> Row:
    code, quantity = lines[0] if lines else ("—", 0)
    more = len(lines) - 1
    part = progress_of(order)
    time = ""
    if order.clock_open:
        warn = order.ship_by - timedelta(hours=store.warn_hours)
        time = str(countdown(order.ship_by, now, warn))
    n = len(order.problems)
    return Row(
        id=order.public_id,
        number=order.number,
        store=store.name,
        items=f"{code} × {quantity}",
        more=ngettext("+%(n)d line", "+%(n)d lines", more) % {"n": more} if more > 0 else "",
        buyer=masked(order.buyer_name),
        country=country_name(order.country),
        badge=badges[order.stage],
        progress=f"{part[0]}/{part[1]}" if part else "",
        time=time,
        late=order.clock_open and order.ship_by <= now,
        booked=money(fine.booked, fine.currency) if fine and fine.booked else "",
        next_fine=money(fine.next_amount, fine.currency) if fine and fine.next_amount else "",
        amount=money(order.goods_amount + order.freight_amount, order.currency)
        if sees_money
        else "",
        on_hold=order.on_hold,
        problems=ngettext("%(n)d problem", "%(n)d problems", n) % {"n": n} if n else "",
        remark=order.remark,
    )


# --- bulk actions ----------------------------------------------------------------------------


def _bulk(stage: str, actor: Actor) -> dict[str, list[Any]]:
    """Actions for the selected rows: those that can be, and on a stage's tab those that cannot,
    with the reason."""
    can: list[Any] = []
    cannot: list[Any] = []
    for t in TABLE:
        reason: Text = ""
        if not actor.may(registered(t.name).scope):
            reason = _("Your role does not allow this.")
        elif stage and stage not in t.sources:
            reason = wrong_stage(t, stage).detail
        (cannot if reason else can).append({"action": t, "reason": reason})
    return {"can": can, "cannot": cannot}
