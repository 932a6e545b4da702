"""Stock of all SKUs, the ledger of all, and taking in a delivery."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core.errors import Invalid
from core.ids import decode
from core.paging import paginate
from core.templatetags.ui import number
from sellers.access import PageRequest, page
from sellers.forms import add_errors
from stock.actions.levels import post_movements
from stock.demand import holders_of, wanted
from stock.forms.goods import ReceiveForm
from stock.models import Sku, StockMovement
from stock.queries.goods import SHOWS, ledger, sku_list, stock_of, warehouses_of

PAGE_SIZE = 50
#: How many SKUs of a delivery are looked at for orders that wait; the rest has its own pages.
MAX_FOLLOWED = 200


@page("stock:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """SKUs with what is on hand, reserved, available and wanted."""
    q = request.GET.get("q", "").strip()[:100]
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    found = paginate(
        sku_list(request.seller, q=q, show=show),
        key="code",
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    warehouses = warehouses_of(request.seller)
    context = {
        "rows": stock_of(request.seller, found.rows),
        "page": found,
        "q": q,
        "show": show,
        "shows": SHOWS,
        "narrowed": bool(q or show),
        "warehouses": warehouses,
        "many": len(warehouses) > 1,
    }
    return render(request, "stock/levels.html", context)


@page("stock:read")
@require_GET
def movements(request: PageRequest) -> HttpResponseBase:
    """The ledger of the shop, newest first."""
    found = paginate(
        ledger(request.seller),
        key="id",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    context = {"rows": with_holders(request, found.rows), "page": found}
    return render(request, "stock/movements.html", context)


def with_holders(request: PageRequest, rows: list[StockMovement]) -> list[dict[str, object]]:
    """Movements with the orders behind them. One query."""
    ids = {row.holder_id for row in rows if row.holder_id is not None}
    holders = holders_of(request.seller, ids) if request.actor.may("orders:read") else {}
    return [{"move": row, "holder": holders.get(row.holder_id or 0)} for row in rows]


@page("stock:write")
def receive(request: PageRequest) -> HttpResponseBase:
    """Takes in a delivery of many SKUs, all or nothing, and says which orders waited for it."""
    form = ReceiveForm(
        request.POST or None,
        seller=request.seller,
        initial={"lines": request.GET.get("lines", "")[:2000]},
    )
    if request.method == "POST" and form.is_valid():
        moves = form.moves()
        try:
            post_movements(seller=request.seller, moves=moves, actor=request.actor)
        except Invalid as error:
            add_errors(form, error)
        else:
            units = sum(move.quantity for move in moves)
            messages.success(
                request,
                ngettext("%(n)s unit received.", "%(n)s units received.", units)
                % {"n": number(units)},
            )
            ids = list(dict.fromkeys(m.sku.public_id for m in moves))[:MAX_FOLLOWED]
            return redirect(f"{request.path}?{urlencode({'sku': ids}, doseq=True)}")
    came = _came(request)
    context = {
        "form": form,
        "warehouses": bool(warehouses_of(request.seller)),
        "came": came,
        "ready": sum(want.ready for want in wanted(request.seller, came).values()) if came else 0,
    }
    status = 422 if form.errors else 200
    return render(request, "stock/receive.html", context, status=status)


def _came(request: PageRequest) -> dict[int, str]:
    """The SKUs of the delivery that was taken in just now, with their public ids."""
    ids = request.GET.getlist("sku")[:MAX_FOLLOWED]
    return {pk: text for text in ids if (pk := decode(Sku.id_prefix, text))}
