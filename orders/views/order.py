"""What is done on the page of one order and needs no parcels. All are posts leading back to it."""

import time

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, Invalid, NotFound, Refused
from core.ids import decode
from orders.actions.cancel import cancel_units
from orders.actions.detail import map_line, reveal_buyer
from orders.models import Order, OrderLine
from orders.queries import orders_for
from orders.states import Stage
from orders.views.act import tell_error
from orders.views.conflict import back_to, overtaken
from sellers.access import PageRequest, own, page

REVEALED_FOR_SECONDS = 600
_SESSION = "revealed"


def get_order(request: PageRequest, order_id: str) -> Order:
    """The seller's order with this public id. Raises ``NotFound``."""
    return own(orders_for(request.seller), request.seller, Order.id_prefix, order_id)


def is_revealed(request: PageRequest, order: Order) -> bool:
    """Whether this person asked to see the buyer in full a moment ago."""
    until = request.session.get(_SESSION, {}).get(str(order.pk), 0)
    return bool(until > time.time())


@page("orders:read")
@require_POST
def reveal(request: PageRequest, order_id: str) -> HttpResponseBase:
    """Shows the buyer in full for ten minutes; recorded."""
    order = get_order(request, order_id)
    reveal_buyer(seller=request.seller, order=order.pk, actor=request.actor)
    now = time.time()
    shown = {pk: until for pk, until in request.session.get(_SESSION, {}).items() if until > now}
    request.session[_SESSION] = shown | {str(order.pk): now + REVEALED_FOR_SECONDS}
    return redirect(back_to(request, order))


@page("orders:write")
@require_POST
def map_sku(request: PageRequest, order_id: str, line_id: str) -> HttpResponseBase:
    """Says which SKU a line is."""
    order = get_order(request, order_id)
    line = decode(OrderLine.id_prefix, line_id)
    if line is None:
        raise NotFound
    if stale := overtaken(request, order, label=_("Map to SKU")):
        return stale
    try:
        found = map_line(
            seller=request.seller,
            order=order.pk,
            line=line,
            sku=request.POST.get("sku", ""),
            actor=request.actor,
        )
    except (Invalid, Refused) as error:
        tell_error(request, order, error)
    else:
        messages.success(
            request,
            _("Line %(line)d is now SKU %(sku)s.")
            % {"line": found.position, "sku": found.sku.code if found.sku else ""},
        )
    return redirect(back_to(request, order))


@page("orders:write")
@require_POST
def cancel(request: PageRequest, order_id: str) -> HttpResponseBase:
    """Cancels units: fields ``units-<line id>`` and ``reason``."""
    order = get_order(request, order_id)
    if stale := overtaken(request, order, label=_("Cancel units")):
        return stale
    try:
        row = cancel_units(
            seller=request.seller,
            order=order.pk,
            units=read_quantities(request, "units-"),
            actor=request.actor,
            reason=request.POST.get("reason", "")[:300].strip(),
        )
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        tell_error(request, order, error)
    else:
        messages.success(
            request,
            _("Units cancelled. The order is now “%(stage)s”.") % {"stage": Stage(row.stage).label},
        )
    return redirect(back_to(request, order))


def read_quantities(request: PageRequest, prefix: str) -> dict[int, int]:
    """Quantities by order line from the fields ``<prefix><line id>``; empty and 0 are left out.

    Raises ``Invalid`` for what is no number.
    """
    found: dict[int, int] = {}
    for name, text in request.POST.items():
        value = str(text).strip()
        line = decode(OrderLine.id_prefix, name.removeprefix(prefix))
        if not name.startswith(prefix) or line is None or value in ("", "0"):
            continue
        if not value.isdecimal() or len(value) > 7:
            raise Invalid(_("“%(text)s” is not a quantity.") % {"text": value[:20]})
        found[line] = int(value)
    return found
