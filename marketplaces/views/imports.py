"""Import: send a file, name its columns, look at it, take it in. What came of it is on its job."""

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid
from core.paging import paginate
from marketplaces import actions
from marketplaces.forms import ColumnsForm, ImportForm, TrackingSheetForm
from marketplaces.importers.order_csv import COLUMNS, FileProblem
from marketplaces.models import ImportRun
from marketplaces.queries import cell_name, field_name, imports_of, preview, stores_of
from sellers.access import PageRequest, own, page
from sellers.forms import add_errors
from sellers.views.jobs import line_of

PAGE_SIZE = 20


@page("orders:write")
def index(request: PageRequest) -> HttpResponseBase:
    """The form to send a file, and the files of before."""
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        seller=request.seller,
        may_create=request.actor.may("stock:write"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = actions.upload_file(
                seller=request.seller,
                store=form.cleaned_data["store"],
                file=form.cleaned_data["file"],
                time_zone=form.cleaned_data["time_zone"],
                create_skus=form.cleaned_data.get("create_skus", False),
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("marketplaces:run", run.public_id)
    found = paginate(
        imports_of(request.seller),
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {
        "form": form,
        "has_store": stores_of(request.seller).exists(),
        "page": found,
        "rows": [(run, line_of(run.job) if run.job else None) for run in found.rows],
        "sheet": TrackingSheetForm(seller=request.seller)
        if request.actor.may("shipments:read")
        else None,
    }
    status = 422 if form.errors else 200
    return render(request, "marketplaces/import.html", context, status=status)


@page("orders:write")
@require_GET
def run(request: PageRequest, run_id: str) -> HttpResponseBase:
    """One file before it is taken in: its columns, and what it looks like. Afterwards its job."""
    return _show(request, _own(request, run_id))


def _show(
    request: PageRequest, found: ImportRun, form: ColumnsForm | None = None
) -> HttpResponseBase:
    if found.job is not None:
        return redirect("jobs:job", found.job.public_id)
    mapping = actions.mapping_of(found)
    incomplete = bool(mapping and mapping.missing())
    context: dict[str, Any] = {
        "run": found,
        "trail": [
            {"label": _("Import"), "href": reverse("marketplaces:import")},
            {"label": found.name},
        ],
        "form": form or ColumnsForm(run=found),
        "mapped": mapping is not None,
        "incomplete": incomplete,
    }
    try:
        if not incomplete:
            seen = preview(found, mapping)
            header = found.options["header"]
            context["preview"] = seen
            context["errors"] = [
                {
                    **each.as_dict(),
                    "name": field_name(each.column),
                    "cell": cell_name(each.row, each.column, header, mapping),
                }
                for each in seen.errors
            ]
    except FileProblem as problem:
        context["problem"] = str(problem)
    except OSError:
        context["problem"] = _("The file is no longer there. Send it again.")
    status = 422 if form and form.errors else 200
    return render(request, "marketplaces/run.html", context, status=status)


@page("orders:write")
@require_POST
def columns(request: PageRequest, run_id: str) -> HttpResponseBase:
    """Says which column is which; remembered for files with the same header."""
    found = _own(request, run_id)
    form = ColumnsForm(request.POST, run=found)
    if form.is_valid():
        try:
            actions.name_columns(
                seller=request.seller,
                run=found.pk,
                columns=form.columns(),
                fixed=form.fixed(),
                own_only=form.cleaned_data.get("own_only", False),
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("marketplaces:run", found.public_id)
    return _show(request, found, form)


@page("orders:write")
@require_POST
def start(request: PageRequest, run_id: str) -> HttpResponseBase:
    """Take the file in."""
    found = _own(request, run_id)
    found = actions.start_import(seller=request.seller, run=found.pk, actor=request.actor)
    return redirect("marketplaces:run", found.public_id)


@page("orders:write")
@require_POST
def discard(request: PageRequest, run_id: str) -> HttpResponseBase:
    """Forget the file."""
    found = _own(request, run_id)
    actions.discard_import(seller=request.seller, run=found.pk, actor=request.actor)
    messages.success(request, _("The file was discarded. Nothing was taken in."))
    return redirect("marketplaces:import")


@page("orders:write")
@require_GET
def template(request: HttpRequest) -> HttpResponseBase:
    """An order file with its columns and one example."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="orders-template.csv"'
    response.write("\ufeff")
    columns = [name for name in COLUMNS if name not in ("seller", "store")]
    writer = csv.DictWriter(response, columns)
    writer.writeheader()
    writer.writerow({name: _EXAMPLE.get(name, "") for name in columns})
    return response


_EXAMPLE = {
    "order_number": "EXAMPLE-1",
    "platform_status": "paid",
    "placed_at": "2026-11-20 09:30:00",
    "paid_at": "2026-11-20 09:31:12",
    "buyer_id": "b-771",
    "buyer_name": "Ana Souza",
    "buyer_phone": "+5511912345678",
    "buyer_address": "Av. Paulista 1000",
    "buyer_country": "BR",
    "buyer_state": "SP",
    "buyer_city": "São Paulo",
    "buyer_postcode": "01310-100",
    "sku": "MUG-01",
    "title": "Mug, blue",
    "quantity": "2",
    "unit_price": "9.90",
    "currency": "USD",
    "freight": "1.50",
    "weight_grams": "320",
    "remark": "gift",
}


def _own(request: PageRequest, run_id: str) -> ImportRun:
    return own(ImportRun.objects.select_related("store", "job"), request.seller, "imp", run_id)
