"""Stock from files: sent, looked at, taken in."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid
from core.files.csv_text import FileProblem
from core.paging import paginate
from sellers.access import PageRequest, own, page, sentences
from sellers.forms import add_errors
from stock.actions import files as actions
from stock.forms.files import CountFileForm, StockColumnsForm, StockFileForm
from stock.import_job import told
from stock.importers.rows import Problem
from stock.importers.take_in import look_up, rows_in
from stock.models import StockFile, StockTake
from stock.queries.goods import warehouses_of

PAGE_SIZE = 30
#: Rows that a look into a file reads; rows and errors that it shows.
LOOKED_AT, SHOWN = 5_000, 20


@page("stock:write")
def index(request: PageRequest) -> HttpResponseBase:
    """The form to send a file, and the files of before."""
    form = StockFileForm(request.POST or None, request.FILES or None, seller=request.seller)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = actions.upload_stock_file(
                seller=request.seller,
                file=said["file"],
                mode=said["mode"],
                warehouse=said["warehouse"],
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("stock:file", row.public_id)
    found = paginate(
        StockFile.objects.filter(seller=request.seller).select_related("job", "warehouse", "take"),
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {"form": form, "page": found, "warehouses": bool(warehouses_of(request.seller))}
    status = 422 if form.errors else 200
    return render(request, "stock/files.html", context, status=status)


@page("stock:read")
@require_POST
def counts(request: PageRequest, take_id: str) -> HttpResponseBase:
    """A file of counts for a stock take."""
    take = own(StockTake.objects.all(), request.seller, StockTake.id_prefix, take_id)
    form = CountFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            row = actions.upload_stock_file(
                seller=request.seller,
                file=form.cleaned_data["file"],
                mode=StockFile.Mode.COUNT,
                take=take,
                actor=request.actor,
            )
        except Invalid as error:
            for sentence in sentences(error):
                messages.error(request, sentence)
        else:
            return redirect("stock:file", row.public_id)
    else:
        messages.error(request, " ".join(str(e) for found in form.errors.values() for e in found))
    return redirect("stock:count", take.public_id)


def _own(request: PageRequest, file_id: str) -> StockFile:
    rows = StockFile.objects.select_related("take", "warehouse", "job")
    row = own(rows, request.seller, StockFile.id_prefix, file_id)
    actions.scope_of(request.actor, row.mode)
    return row


@page("stock:read")
@require_GET
def file(request: PageRequest, file_id: str) -> HttpResponseBase:
    """One file before it is taken in. Afterwards its job."""
    row = _own(request, file_id)
    if row.job is not None:
        return redirect("jobs:job", row.job.public_id)
    return _show(request, row, StockColumnsForm(file=row))


def _show(request: PageRequest, row: StockFile, form: StockColumnsForm) -> HttpResponseBase:
    context: dict[str, Any] = {
        "file": row,
        "form": form,
        "incomplete": bool(actions.missing_columns(row)),
        "trail": [
            {"label": _("Stock take"), "href": reverse("stock:count", args=[row.take.public_id])}
            if row.take
            else {"label": _("Stock from a file"), "href": reverse("stock:files")},
            {"label": row.name},
        ],
        "again": row.mode == StockFile.Mode.ADD
        and StockFile.objects.filter(
            seller=request.seller, sha256=row.sha256, mode=row.mode, job__isnull=False
        ).exists(),
    }
    if not context["incomplete"]:
        context |= _look(row)
    status = 422 if form.errors else 200
    return render(request, "stock/file.html", context, status=status)


def _look(row: StockFile) -> dict[str, Any]:
    """The first rows of a file and what is wrong with them; writes nothing."""
    try:
        with rows_in(row) as rows:
            some = list(islice(rows, LOOKED_AT))
            more = next(rows, None) is not None
    except FileProblem as problem:
        return {"problem": str(problem)}
    except OSError:
        return {"problem": _("The file is no longer there. Send it again.")}
    known, problems = look_up(row, some)
    problems.sort(key=lambda problem: problem.row)
    return {
        "known": known[:SHOWN],
        "good": len(known),
        "wrong": len({problem.row for problem in problems}),
        "errors": told(row, [_dict(problem) for problem in problems[:SHOWN]]),
        "more": more,
    }


def _dict(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "field": problem.field,
        "value": problem.value,
        "detail": problem.detail,
    }


@page("stock:read")
@require_POST
def columns(request: PageRequest, file_id: str) -> HttpResponseBase:
    """Says which column is which."""
    row = _own(request, file_id)
    form = StockColumnsForm(request.POST, file=row)
    if form.is_valid():
        try:
            actions.name_stock_columns(
                seller=request.seller, file=row.pk, columns=form.columns(), actor=request.actor
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("stock:file", row.public_id)
    return _show(request, row, form)


@page("stock:read")
@require_POST
def start(request: PageRequest, file_id: str) -> HttpResponseBase:
    """Take the file in."""
    row = _own(request, file_id)
    actions.start_stock_file(seller=request.seller, file=row.pk, actor=request.actor)
    return redirect("stock:file", row.public_id)


@page("stock:read")
@require_POST
def discard(request: PageRequest, file_id: str) -> HttpResponseBase:
    """Forget the file."""
    row = _own(request, file_id)
    actions.discard_stock_file(seller=request.seller, file=row.pk, actor=request.actor)
    messages.success(request, _("The file was discarded. Nothing was taken in."))
    if row.take:
        return redirect("stock:count", row.take.public_id)
    return redirect("stock:files")


@page("stock:write")
@require_GET
def template(request: PageRequest) -> HttpResponseBase:
    """A stock file with its columns and one example."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="stock-template.csv"'
    response.write("\ufeffsku,warehouse,quantity,bin,reorder_point\r\nMUG-01,SZ,200,A-01-1,20\r\n")
    return response
