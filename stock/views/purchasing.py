"""Replenishments: the list, making them by hand or from suggestions, one of them."""

from collections.abc import Callable
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid, Refused
from core.ids import decode
from core.paging import paginate
from core.templatetags.ui import number
from sellers.access import PageRequest, own, page, sentences
from sellers.forms import add_errors
from stock.actions.replenish import (
    MAX_LINES,
    MAX_QUANTITY,
    Wanted,
    cancel_rest,
    change_draft,
    make_replenishment,
    order_replenishment,
    reopen_replenishment,
    reschedule,
)
from stock.demand import NOTHING, wanted
from stock.forms.pasted import whole
from stock.forms.purchasing import ReplenishmentForm, RescheduleForm
from stock.lead_time import today_of
from stock.models import COMING, Replenishment, Sku, Supplier, Warehouse
from stock.queries.goods import warehouses_of
from stock.queries.purchasing import (
    TABS,
    lines_of,
    own_codes,
    receipts_of,
    replenishments,
    tab_counts,
    totals,
)
from stock.queries.suggestions import MAX_SUGGESTIONS, Suggestion, baskets, suggestions
from stock.views.purchasing_words import state_badge, timeline

PAGE_SIZE = 50


def replenishment(request: PageRequest, replenishment_id: str) -> Replenishment:
    """The seller's replenishment with this id, with its supplier and warehouse."""
    rows = Replenishment.objects.select_related("supplier", "warehouse")
    return own(rows, request.seller, Replenishment.id_prefix, replenishment_id)


@page("stock:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """Purchase orders by what they wait for."""
    today = today_of(request.seller)
    q = request.GET.get("q", "").strip()[:100]
    tab = request.GET.get("tab", "" if q else "coming")
    tab = tab if tab in TABS else ""
    coming = tab in ("coming", "late")
    found = paginate(
        replenishments(request.seller, tab=tab, q=q, today=today),
        key="expected_on" if coming else "id",
        descending=not coming,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    counts, sums = tab_counts(request.seller, today), totals(found.rows)
    context = {
        "rows": [
            {"row": row, "sum": sums[row.pk], "badge": state_badge(row, today)}
            for row in found.rows
        ],
        "page": found,
        "q": q,
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "href": f"?{urlencode({'tab': name} | ({'q': q} if q else {}))}",
                "active": name == tab,
                "count": counts.get(name),
                "tone": "danger" if name == "late" and counts["late"] else "",
            }
            for name, label in TABS.items()
        ],
        "today": today,
        "sees_money": request.actor.may("money:read"),
    }
    return render(request, "purchasing/list.html", context)


# --- making ----------------------------------------------------------------------------------


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
    token = request.POST.get("client_id", "")[:40] or str(uuid4())
    made: list[Replenishment] = []
    try:
        for basket in baskets(request.seller, found):
            row, _again = make_replenishment(
                seller=request.seller,
                warehouse=warehouse,
                supplier=basket.supplier,
                lines=[Wanted(each.sku, _units(request, each)) for each in basket.rows],
                client_id=f"{token}:{basket.supplier.pk if basket.supplier else 0}",
                actor=request.actor,
            )
            made.append(row)
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


# --- one of them -----------------------------------------------------------------------------


@page("stock:read")
@require_GET
def detail(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """The page of a purchase order."""
    return show(request, replenishment(request, replenishment_id))


def show(
    request: PageRequest, row: Replenishment, form: RescheduleForm | None = None
) -> HttpResponse:
    """The page, after ``form`` was not accepted with its errors."""
    today = today_of(request.seller)
    lines = lines_of(row)
    codes = own_codes(row, lines)
    wants = wanted(request.seller, [line.sku_id for line in lines]) if lines else {}
    sum_ = totals([row])[row.pk]
    supplier = row.supplier
    context = {
        "row": row,
        "badge": state_badge(row, today),
        "late": row.state in COMING and row.expected_on is not None and row.expected_on < today,
        "coming": row.state in COMING,
        "lines": [
            {
                "line": line,
                "code": codes.get(line.sku_id, ""),
                "want": wants.get(line.sku_id, NOTHING),
            }
            for line in lines
        ],
        "sum": sum_,
        "under": bool(
            supplier
            and row.state == "draft"
            and (
                (sum_.cost is not None and sum_.cost < supplier.min_value)
                or sum_.ordered < supplier.min_quantity
            )
        ),
        "receipts": receipts_of(row),
        "items": timeline(row),
        "form": form or RescheduleForm(initial={"expected_on": row.expected_on, "note": row.note}),
        "sees_money": request.actor.may("money:read"),
    }
    return render(
        request, "purchasing/one.html", context, status=422 if form and form.errors else 200
    )


@page("stock:read")
@require_GET
def paper(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """The purchase order as it is sent to the supplier, to print."""
    row = replenishment(request, replenishment_id)
    lines = lines_of(row)
    codes = own_codes(row, lines)
    context = {
        "row": row,
        "lines": [(line, codes.get(line.sku_id, "")) for line in lines],
        "sum": totals([row])[row.pk],
        "sees_money": request.actor.may("money:read"),
    }
    return render(request, "purchasing/paper.html", context)


def _do(
    request: PageRequest, row: Replenishment, text: str, run: Callable[[], object]
) -> HttpResponseBase:
    """Run an action on one and say what came of it."""
    try:
        run()
    except Invalid as error:
        for sentence in sentences(error):
            messages.error(request, sentence)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, text % {"number": row.number})
    return redirect("purchasing:one", row.public_id)


@page("stock:write")
@require_POST
def order(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """The draft has been sent to the supplier."""
    row = replenishment(request, replenishment_id)
    return _do(
        request,
        row,
        _("%(number)s is ordered."),
        lambda: order_replenishment(
            seller=request.seller, replenishment=row.pk, actor=request.actor
        ),
    )


@page("stock:write")
@require_POST
def reopen(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """It was not ordered after all."""
    row = replenishment(request, replenishment_id)
    return _do(
        request,
        row,
        _("%(number)s is a draft again."),
        lambda: reopen_replenishment(
            seller=request.seller, replenishment=row.pk, actor=request.actor
        ),
    )


@page("stock:write")
@require_POST
def cancel(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """What has not come will not come; ``reason`` says why."""
    row = replenishment(request, replenishment_id)
    return _do(
        request,
        row,
        _("The rest of %(number)s is cancelled."),
        lambda: cancel_rest(
            seller=request.seller,
            replenishment=row.pk,
            actor=request.actor,
            reason=request.POST.get("reason", "")[:200],
        ),
    )


@page("stock:write")
@require_POST
def move(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """It comes on another day."""
    row = replenishment(request, replenishment_id)
    form = RescheduleForm(request.POST)
    if not form.is_valid():
        return show(request, row, form)
    expected, note = form.values()
    try:
        reschedule(
            seller=request.seller, replenishment=row.pk, actor=request.actor, expected=expected,
            note=note,
        )  # fmt: skip
    except Invalid as error:
        add_errors(form, error)
        return show(request, row, form)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(number)s has been saved.") % {"number": row.number})
    return redirect("purchasing:one", row.public_id)
