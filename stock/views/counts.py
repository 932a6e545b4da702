"""Stock takes: the list, a new one, counting by scanner, what differs."""

import re
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, Invalid, NotFound, Refused
from core.ids import decode
from core.paging import paginate
from core.sheets import CsvSheet
from core.templatetags.ui import number
from sellers.access import PageRequest, own, page, sentences
from sellers.forms import add_errors
from stock.actions.count_ends import cancel_take, post_take
from stock.actions.counts import (
    Count,
    Counted,
    count_again,
    enter_count,
    may_count,
    start_take,
    summary_of,
)
from stock.count_job import start_posting
from stock.forms.counts import TakeForm, read_scan
from stock.models import CountRow, StockTake
from stock.queries.counts import (
    SHOWS,
    differences_of,
    levels_to_count,
    progress_of,
    rows_of,
    scope_text,
    sku_by_scan,
    takes_of,
    value_of,
)
from stock.queries.goods import warehouses_of

PAGE_SIZE = 50
#: Rows that the counting page shows at a time.
WALK = 30
#: Levels that are corrected while somebody waits.
AT_ONCE = 500


def _take(request: PageRequest, take_id: str) -> StockTake:
    return own(takes_of(request.seller), request.seller, StockTake.id_prefix, take_id)


@page("stock:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The stock takes, the newest first."""
    found = paginate(
        takes_of(request.seller),
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    progress = progress_of(found.rows)
    rows = [
        {"take": take, "scope": scope_text(take), "progress": progress.get(take.pk, (0, 0))}
        for take in found.rows
    ]
    return render(request, "stock/counts.html", {"rows": rows, "page": found})


@page("stock:write")
def new(request: PageRequest) -> HttpResponseBase:
    """Starts a stock take."""
    form = TakeForm(request.POST or None, seller=request.seller)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            levels, data = levels_to_count(request.seller, said["warehouse"], **form.asked())
            started = start_take(
                seller=request.seller,
                warehouse=said["warehouse"],
                levels=levels,
                scope=said["scope"],
                scope_data=data,
                blind=said["blind"],
                note=said["note"],
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.add_error(None, str(error.detail))
        else:
            text = ngettext("%(n)s SKU to count.", "%(n)s SKUs to count.", started.rows)
            told = text % {"n": number(started.rows)}
            if started.elsewhere:
                text = ngettext(
                    "%(n)s is left out: it is being counted already.",
                    "%(n)s are left out: they are being counted already.",
                    started.elsewhere,
                )
                told = f"{told} {text % {'n': number(started.elsewhere)}}"
            messages.success(request, told)
            return redirect("stock:count", started.take.public_id)
    context = {"form": form, "warehouses": bool(warehouses_of(request.seller))}
    status = 422 if form.errors else 200
    return render(request, "stock/count_new.html", context, status=status)


@page("stock:read")
@require_GET
def count(request: PageRequest, take_id: str) -> HttpResponseBase:
    """Counting: the scan field and the rows in walking order."""
    return _show(request, _take(request, take_id), None, "", "", fragment=False)


def _show(
    request: PageRequest,
    take: StockTake,
    row: CountRow | None,
    result: str,
    message: str,
    *,
    fragment: bool,
    bin_code: str = "",
) -> HttpResponseBase:
    show = request.GET.get("show", "left" if take.open else "")
    show = show if show in SHOWS else "left"
    found = paginate(
        rows_of(take, show="" if bin_code else show, bin_code=bin_code),
        key="position",
        cursor="" if fragment else request.GET.get("cursor", ""),
        limit=WALK,
    )
    counted, total = progress_of([take]).get(take.pk, (0, 0))
    may = request.actor.may
    context: dict[str, Any] = {
        "take": take,
        "scope": scope_text(take),
        "rows": found.rows,
        "page": found,
        "show": show,
        "bin_code": bin_code,
        "tabs": [
            {
                "label": label,
                "href": f"{reverse('stock:count', args=[take.public_id])}?show={value}",
                "active": value == show,
                "count": {"left": total - counted, "done": counted, "": total}[value],
            }
            for value, label in SHOWS.items()
        ],
        "counted": counted,
        "total": total,
        "current": row,
        "result": result,
        "message": message,
        "may_count": take.open and may_count(request.actor),
        "shows_books": not (take.blind and take.open) or may("stock:write"),
        "client_id": uuid4().hex,
    }
    template = "stock/_count.html" if fragment else "stock/count.html"
    return render(request, template, context)


@page("stock:read")
@require_POST
def enter(request: PageRequest, take_id: str) -> HttpResponseBase:
    """An entry of somebody who counts: a scanned code, or ``row`` and ``quantity``. Sent by a
    script it is answered with the changed part of the page."""
    take = _take(request, take_id)
    client_id = client_id_of(request)
    row: CountRow | None = None
    result, bin_code = "right", ""
    try:
        row, message, bin_code = _enter(request, take, client_id)
    except NotFound:
        raise
    except DomainError as error:
        result, message = "wrong", " ".join(sentences(error))
        row = _row(take, request.POST.get("session", ""))
    if request.headers.get("X-Scan"):
        take = _take(request, take_id)
        return _show(request, take, row, result, message, fragment=True, bin_code=bin_code)
    (messages.success if result == "right" else messages.error)(request, message)
    return redirect("stock:count", take.public_id)


def client_id_of(request: PageRequest) -> str:
    """The id that a form or a script sends along, else a new one."""
    sent = request.POST.get("client_id", "")[:64]
    return sent if sent and sent.isprintable() else uuid4().hex


def _row(take: StockTake, row_id: str) -> CountRow | None:
    pk = decode(CountRow.id_prefix, row_id)
    return rows_of(take).filter(pk=pk).first() if pk else None


def _enter(
    request: PageRequest, take: StockTake, client_id: str
) -> tuple[CountRow | None, str, str]:
    """The row that was counted, what to say, and the bin that was asked for."""
    said = request.POST
    if "quantity" in said:
        row = _row(take, said.get("row", ""))
        if row is None:
            raise NotFound
        text = said["quantity"].strip()
        n = int(text) if re.fullmatch(r"\d{1,9}", text) else -1
        return _counted(request, take, Count(row.sku, n), client_id)
    times, code = read_scan(said.get("code", "")[:200])
    sku = sku_by_scan(request.seller, code)
    if sku is not None:
        return _counted(request, take, Count(sku, times, add=True), client_id)
    current = _row(take, said.get("session", ""))
    if current is not None and (match := re.fullmatch(r"([+-]?)(\d{1,6})", code)):
        n = int(match[2])
        entry = (
            Count(current.sku, -n if match[1] == "-" else n, add=True)
            if match[1]
            else Count(current.sku, n)
        )
        return _counted(request, take, entry, client_id)
    if CountRow.objects.filter(take=take, bin_code=code.upper()).exists():
        left = rows_of(take, show="left", bin_code=code).count()
        text = ngettext("%(bin)s: %(n)s SKU to count.", "%(bin)s: %(n)s SKUs to count.", left)
        return None, text % {"bin": code.upper(), "n": left}, code.upper()
    raise Refused(
        _("There is no SKU and no bin with the code “%(code)s”.") % {"code": code[:60]},
        code="unknown_code",
    )


def _counted(
    request: PageRequest, take: StockTake, entry: Count, client_id: str
) -> tuple[CountRow, str, str]:
    done: Counted = enter_count(
        seller=request.seller, take=take.pk, count=entry, actor=request.actor, client_id=client_id
    )
    message = gettext("%(sku)s: %(n)s counted.") % {
        "sku": done.row.sku.code,
        "n": number(done.row.counted or 0),
    }
    if done.added:
        message = f"{message} {gettext('It was not on the sheet and has been added.')}"
    return done.row, message, ""


@page("stock:write")
@require_GET
def differences(request: PageRequest, take_id: str) -> HttpResponseBase:
    """What differs, in units and in money, before and after it is posted."""
    take = _take(request, take_id)
    found = paginate(
        differences_of(take),
        key="position",
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    summary = {"recount": 0, **take.result} if take.result else summary_of(take)
    money = request.actor.may("money:read")
    values, unpriced = value_of(take) if money else ([], 0)
    orders = take.result.get("orders", [])
    context = {
        "take": take,
        "scope": scope_text(take),
        "rows": found.rows,
        "page": found,
        "summary": summary,
        "left": summary["rows"] - summary["counted"],
        "money": money,
        "values": values,
        "unpriced": unpriced,
        "orders": [
            {"number": n, "id": public_id, "units": units, "waits": waits}
            for n, public_id, units, waits in orders[:200]
        ],
        "orders_total": len(orders),
        "eats": [r for r in found.rows if take.open and _eats(r)],
    }
    return render(request, "stock/count_differences.html", context)


def _eats(row: CountRow) -> bool:
    """Whether posting the row would leave less than is promised to orders."""
    return row.level.on_hand + (row.difference or 0) < row.level.reserved


@page("stock:write")
@require_POST
def again(request: PageRequest, take_id: str) -> HttpResponseBase:
    """The chosen rows are to be counted again."""
    take = _take(request, take_id)
    ids = [pk for x in request.POST.getlist("ids") if (pk := decode(CountRow.id_prefix, x))]
    n = count_again(seller=request.seller, take=take.pk, rows=ids, actor=request.actor)
    text = ngettext(
        "%(n)s SKU is to be counted again.", "%(n)s SKUs are to be counted again.", n
    )  # fmt: skip
    messages.success(request, text % {"n": number(n)})
    return redirect("stock:count_differences", take.public_id)


@page("stock:write")
@require_POST
def post(request: PageRequest, take_id: str) -> HttpResponseBase:
    """Posts the differences; a job does it when there are many."""
    take = _take(request, take_id)
    many = summary_of(take)["differences"]
    if take.open and many > AT_ONCE:
        job = start_posting(seller=request.seller, take=take, total=many, actor=request.actor)
        return redirect("jobs:job", job.public_id)
    done = post_take(seller=request.seller, take=take.pk, actor=request.actor)
    n = int(done.result["differences"])
    text = ngettext(
        "%(code)s is posted: %(n)s level corrected.",
        "%(code)s is posted: %(n)s levels corrected.",
        n,
    )
    messages.success(request, text % {"code": done.code, "n": number(n)})
    return redirect("stock:count_differences", take.public_id)


@page("stock:write")
@require_POST
def cancel(request: PageRequest, take_id: str) -> HttpResponseBase:
    """Stops counting; the books stay as they are."""
    take = _take(request, take_id)
    cancel_take(seller=request.seller, take=take.pk, actor=request.actor)
    messages.success(request, _("%(code)s is cancelled. Nothing was posted.") % {"code": take.code})
    return redirect("stock:counts")


@page("stock:read")
@require_GET
def paper(request: PageRequest, take_id: str) -> HttpResponseBase:
    """The count sheet to print and to fill in by hand."""
    take = _take(request, take_id)
    rows = list(rows_of(take).order_by("position")[:2_001])
    context = {
        "take": take,
        "scope": scope_text(take),
        "rows": rows[:2_000],
        "more": len(rows) > 2_000,
        "now": timezone.now(),
        "shows_books": not take.blind,
    }
    return render(request, "stock/count_sheet.html", context)


@page("stock:read")
@require_GET
def sheet(request: PageRequest, take_id: str) -> HttpResponseBase:
    """The count sheet as a file, which can be filled in and sent back."""
    take = _take(request, take_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{take.code}.csv"'
    header = ["sku", "barcode", "name", "bin", *([] if take.blind else ["expected"]), "counted"]
    out = CsvSheet(response, header, timezone.get_current_timezone())  # type: ignore[arg-type]
    for row in rows_of(take).order_by("position").iterator(2_000):
        books = [] if take.blind else [row.expected]
        sku = row.sku
        out.write([sku.code, sku.barcode, sku.label, row.bin_code, *books, row.counted])
    out.close()
    return response
