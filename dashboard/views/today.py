"""The first page: what must leave, what it costs, what is wrong, and what to do next.

The same address answers the page, and for htmx the part of it that renews itself. An action on an
order of the queue answers that order's row.
"""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from core.errors import Invalid
from core.outcome import BatchOutcome
from dashboard.queries.figures import FRESH, Figures, kept_figures
from dashboard.queries.queue import next_orders
from dashboard.views import cards
from dashboard.views.queue import QueueRow, queue_rows
from dashboard.views.rates import rate_rows
from orders.action_forms import ActionForm, form_of
from orders.event_text import tell
from orders.models import Order
from orders.queries import latest_events
from orders.queries.limits import limits_for
from orders.registry import perform, registered
from orders.states import TABLE
from orders.views.act import add_errors, tell_one
from sellers.access import PageRequest, own, page
from sellers.models import Seller

QUEUE, EVENTS = 12, 8
#: Events that only say what something costs.
_MONEY_EVENTS = ("fined", "waived")


@page("orders:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """Today. ``?fresh=1`` counts again, for whoever has just changed something."""
    now = timezone.now()
    figures = kept_figures(request.seller, now, again="fresh" in request.GET)
    empty = not any(figures.counts.stages.values())
    drawn = "" if empty else _drawn(request, figures, now)
    if request.htmx:
        return HttpResponse(drawn)
    return render(request, "dashboard/today.html", {"now": now, "empty": empty, "drawn": drawn})


def _drawn(request: PageRequest, figures: Figures, now: datetime) -> SafeString:
    """The page as of the figures, drawn once for a reader: the open page asks for it every few
    seconds, and drawing takes longer than all that is read for it. Its forms hold tokens, so what
    was drawn belongs to one browser."""
    get_token(request)
    key = ":".join(
        (
            *("today", str(request.seller.pk), str(figures.at.timestamp())),
            *(str(request.user.pk), request.membership.role, get_language() or ""),
            *(timezone.get_current_timezone_name(), str(request.META["CSRF_COOKIE"])),
        )
    )
    kept: str | None = cache.get(key)
    if kept is None:
        context = _context(request, figures, now)
        kept = render_to_string("dashboard/_today.html", context, request)
        cache.set(key, kept, timeout=FRESH.total_seconds())
    return mark_safe(kept)  # noqa: S308 - drawn by our template


def _context(request: PageRequest, figures: Figures, now: datetime) -> dict[str, Any]:
    may, seller = request.actor.may, request.seller
    sees_money = may("money:read")
    heat = figures.heat
    return {
        "sees_money": sees_money,
        "at": figures.at,
        "due": cards.due_cells(figures),
        "money": cards.money_rows(figures, now) if sees_money else [],
        "steps": cards.steps(figures, request.actor),
        "queue": queue_rows(next_orders(seller, limit=QUEUE, money=sees_money), request.actor, now),
        "running": sum(day.count for day in heat.days) + heat.before + heat.after,
        "heat": cards.heat_rows(heat, now),
        "troubles": cards.trouble_rows(figures, request.actor, now),
        "rates": rate_rows(figures, limits_for(seller)) if may("reports:read") else [],
        "events": _events(seller, sees_money),
    }


def _events(seller: Seller, sees_money: bool) -> list[dict[str, Any]]:
    """The newest events, one line for those of a kind that happened together."""
    found: list[dict[str, Any]] = []
    last: tuple[object, ...] = ()
    for event in latest_events(seller, 12 * EVENTS):
        if event.kind in _MONEY_EVENTS and not sees_money:
            continue
        this = (event.xid, event.kind)
        if found and this == last:
            found[-1]["more"] += 1
            continue
        if len(found) == EVENTS:
            break
        last = this
        told = tell(event, may_see_money=sees_money)
        found.append({"told": told, "order": event.order, "more": 0})
    return found


@page("orders:read")
@require_POST
def act(request: PageRequest) -> HttpResponseBase:
    """``action`` on one ``order`` of the queue. Asks first where the action has something to ask;
    answers the order's row as it is afterwards, without a script Today with a message."""
    name = request.POST.get("action", "")
    request.actor.require(registered(name).scope)
    order = own(Order.objects.all(), request.seller, Order.id_prefix, request.POST.get("order", ""))
    form_class = form_of(name)
    if form_class is None or not form_class.needed(request.seller, [order.pk]):
        outcome = perform(name, seller=request.seller, orders=[order.pk], actor=request.actor)
        return _done(request, order, name, outcome)
    answered = request.POST.get("step") == "go"
    form = form_class(
        request.POST if answered else None,
        seller=request.seller,
        orders=[order.pk],
        actor=request.actor,
        prefix=None,
    )
    if answered and form.is_valid():
        try:
            outcome = form.run()
        except Invalid as error:
            add_errors(form, error.errors)
        else:
            return _done(request, order, name, outcome)
    return _ask(request, order, form)


def _ask(request: PageRequest, order: Order, form: ActionForm) -> HttpResponseBase:
    context = {"order": order, "form": form}
    if request.htmx:
        response = render(request, "dashboard/_ask.html", context)
        return reswap(retarget(response, "#action-dialog"), "innerHTML")
    status = 422 if form.errors else 200
    return render(request, "dashboard/ask.html", context, status=status)


def _done(request: PageRequest, order: Order, name: str, outcome: BatchOutcome) -> HttpResponseBase:
    (result,) = outcome.rows
    if not request.htmx:
        tell_one(request, str(TABLE[name].label), result)
        return redirect(f"{reverse('dashboard:today')}?fresh=1")
    now = timezone.now()
    sees_money = request.actor.may("money:read")
    rows = next_orders(request.seller, limit=1, money=sees_money, only=[order.pk])
    (row,) = queue_rows(rows, request.actor, now)
    context = {"row": row, "said": _said(name, result.status, str(result.detail), row)}
    response = render(request, "dashboard/_queue_row.html", context)
    response = reswap(retarget(response, f"#next-{order.public_id}"), "outerHTML")
    return trigger_client_event(response, "today-changed", {}, after="settle")


def _said(name: str, status: str, detail: str, row: QueueRow) -> dict[str, str]:
    """What became of the action, for the row and for whoever cannot see it change."""
    label = str(TABLE[name].label)
    if status == "refused":
        return {"tone": "danger", "text": detail}
    if status == "already":
        return {"tone": "info", "text": _("It was so already.")}
    text = _("%(action)s: done.") % {"action": label}
    if row.finished:
        text = _("%(action)s: done. Nothing more to do here.") % {"action": label}
    return {"tone": "success", "text": text}
