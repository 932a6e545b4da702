"""Transfers: the list, a new one, sending it, receiving it."""

import re
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Invalid
from core.ids import decode
from core.paging import paginate
from core.templatetags.ui import number
from sellers.access import PageRequest, own, page
from sellers.forms import add_errors
from stock.actions.transfers import (
    cancel_transfer,
    change_transfer,
    close_transfer,
    create_transfer,
    receive_transfer,
    send_transfer,
)
from stock.forms.transfers import TransferForm
from stock.models import Transfer, TransferLine
from stock.queries.goods import warehouses_of
from stock.queries.transfers import lines_of, sums_of, transfers_of
from stock.views.counts import client_id_of

PAGE_SIZE = 50


def _transfer(request: PageRequest, transfer_id: str) -> Transfer:
    return own(transfers_of(request.seller), request.seller, Transfer.id_prefix, transfer_id)


@page("stock:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """The transfers, the newest first."""
    show = "sent" if request.GET.get("show") == "sent" else ""
    rows = transfers_of(request.seller)
    if show:
        rows = rows.filter(state=Transfer.State.SENT)
    found = paginate(
        rows,
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    sums = sums_of(found.rows)
    context = {
        "rows": [{"transfer": t, "sums": sums.get(t.pk, (0, 0, 0, 0))} for t in found.rows],
        "page": found,
        "show": show,
        "many": len(warehouses_of(request.seller)) > 1,
    }
    return render(request, "stock/transfers.html", context)


@page("stock:write")
def new(request: PageRequest) -> HttpResponseBase:
    """A draft; ``?lines=`` fills in what."""
    form = TransferForm(
        request.POST or None,
        seller=request.seller,
        initial={"lines": request.GET.get("lines", "")[:2000]},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = create_transfer(
                seller=request.seller,
                source=said["warehouse"],
                target=said["target"],
                units=form.units(),
                note=said["note"],
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("stock:transfer", row.public_id)
    context = {"form": form, "many": len(warehouses_of(request.seller)) > 1}
    status = 422 if form.errors else 200
    return render(request, "stock/transfer_edit.html", context, status=status)


@page("stock:write")
def edit(request: PageRequest, transfer_id: str) -> HttpResponseBase:
    """Other lines for a draft."""
    row = _transfer(request, transfer_id)
    lines = "\n".join(f"{line.sku.code}\t{line.quantity}" for line in lines_of(row))
    first = {"warehouse": row.source_id, "target": row.target_id, "lines": lines, "note": row.note}
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None:
        data["warehouse"], data["target"] = str(row.source_id), str(row.target_id)
    form = TransferForm(data, seller=request.seller, initial=first)
    for name in ("warehouse", "target"):
        form.fields[name].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            change_transfer(
                seller=request.seller,
                transfer=row.pk,
                units=form.units(),
                note=form.cleaned_data["note"],
                actor=request.actor,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The transfer has been saved."))
            return redirect("stock:transfer", row.public_id)
    context = {"form": form, "transfer": row, "many": True}
    status = 422 if form.errors else 200
    return render(request, "stock/transfer_edit.html", context, status=status)


@page("stock:read")
@require_GET
def transfer(request: PageRequest, transfer_id: str) -> HttpResponseBase:
    """One transfer: what is sent, what has arrived."""
    row = _transfer(request, transfer_id)
    lines = lines_of(row)
    context = {
        "transfer": row,
        "lines": lines,
        "receipts": list(row.receipts.order_by("pk")[:100]),
        "units": sum(line.quantity for line in lines),
        "on_the_way": sum(line.on_the_way for line in lines),
        "short": row.state == Transfer.State.DRAFT
        and any(line.quantity > line.free for line in lines),  # type: ignore[attr-defined]
        "client_id": uuid4().hex,
    }
    return render(request, "stock/transfer.html", context)


@page("stock:write")
@require_POST
def send(request: PageRequest, transfer_id: str) -> HttpResponseBase:
    """The goods leave the source."""
    row = _transfer(request, transfer_id)
    send_transfer(seller=request.seller, transfer=row.pk, actor=request.actor)
    messages.success(request, _("%(code)s is on the way.") % {"code": row.code})
    return redirect("stock:transfer", row.public_id)


@page("stock:write")
@require_POST
def receive(request: PageRequest, transfer_id: str) -> HttpResponseBase:
    """What arrived: fields ``units-<line id>``."""
    row = _transfer(request, transfer_id)
    units: dict[int, int] = {}
    for name, text in request.POST.items():
        pk = decode(TransferLine.id_prefix, name.removeprefix("units-"))
        if name.startswith("units-") and pk is not None:
            value = str(text).strip() or "0"
            units[pk] = int(value) if re.fullmatch(r"\d{1,9}", value) else -1
    before = sum(line.on_the_way for line in lines_of(row))
    row = receive_transfer(
        seller=request.seller,
        transfer=row.pk,
        units=units,
        actor=request.actor,
        client_id=client_id_of(request),
    )
    n = before - sum(line.on_the_way for line in lines_of(row))
    text = ngettext("%(n)s unit received.", "%(n)s units received.", n)
    messages.success(request, text % {"n": number(n)})
    return redirect("stock:transfer", row.public_id)


@page("stock:write")
@require_POST
def close(request: PageRequest, transfer_id: str) -> HttpResponseBase:
    """What is still on the way is lost (``what``), or back at the source."""
    row = _transfer(request, transfer_id)
    close_transfer(
        seller=request.seller,
        transfer=row.pk,
        lost=request.POST.get("outcome") == "lost",
        reason="".join(filter(str.isprintable, request.POST.get("reason", ""))),
        actor=request.actor,
    )
    messages.success(request, _("%(code)s is closed.") % {"code": row.code})
    return redirect("stock:transfer", row.public_id)


@page("stock:write")
@require_POST
def cancel(request: PageRequest, transfer_id: str) -> HttpResponseBase:
    """Drops a draft."""
    row = _transfer(request, transfer_id)
    cancel_transfer(seller=request.seller, transfer=row.pk, actor=request.actor)
    messages.success(request, _("%(code)s is cancelled.") % {"code": row.code})
    return redirect("stock:transfers")
