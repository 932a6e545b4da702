"""Replenishments: the list, and one of them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid, Refused
from core.paging import paginate
from sellers.access import PageRequest, own, page, sentences
from sellers.forms import add_errors
from stock.actions.replenish import (
    cancel_rest,
    order_replenishment,
    reopen_replenishment,
    reschedule,
)
from stock.demand import NOTHING, wanted
from stock.forms.purchasing import RescheduleForm
from stock.lead_time import today_of
from stock.models import COMING, Replenishment
from stock.queries.purchasing import (
    TABS,
    lines_of,
    own_codes,
    receipts_of,
    replenishments,
    tab_counts,
    totals,
)
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
            and (supplier.is_too_little_worth(sum_.cost) or supplier.is_too_few(sum_.ordered))
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
