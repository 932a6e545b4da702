"""An action on selected orders: ask what has to be asked, perform it, tell the result per order.

One address for all actions. Without a script the questions and the results are pages of their own;
with one the questions come in a dialog and the results above the list.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from core.errors import DomainError, FieldError, Invalid, NotFound, Refused, Text
from core.outcome import BatchOutcome, RowOutcome
from core.templatetags.ui import number
from orders.action_forms import ActionForm, form_of
from orders.actions.base import available
from orders.bulk import (
    MAX_SELECTION,
    Selection,
    pack_ids,
    perform_many,
    unpack_ids,
)
from orders.bulk_jobs import start_bulk
from orders.filter_text import quoted
from orders.models import Order
from orders.queries import orders_for
from orders.registry import MAX_BATCH, registered
from orders.states import TABLE, Stage
from orders.undo import UNDO, undo
from orders.views.conflict import in_dialog, overtaken, target_of
from orders.views.list import order_path
from orders.views.selection import drift_text, selection_of
from sellers.access import PageRequest, page, safe_next
from sellers.models import Job

MAX_SHOWN = 200
"""How many orders a group of refusals lists."""
MAX_LINKED = 200
"""How many of them a link to the list names."""


@dataclass(slots=True)
class Group:
    """Orders that were refused for one reason. ``detail`` is empty when it differs by order."""

    code: str
    detail: Text
    rows: list[RowOutcome] = field(default_factory=list)

    @property
    def shown(self) -> list[tuple[RowOutcome, str]]:
        return [(row, order_path(row.id)) for row in self.rows[:MAX_SHOWN]]

    @property
    def hidden(self) -> int:
        return max(0, len(self.rows) - MAX_SHOWN)

    @property
    def list_href(self) -> str:
        """The list of these orders, as many as an address takes."""
        numbers = "number:" + ",".join(quoted(row.number) for row in self.rows[:MAX_LINKED])
        return f"{reverse('orders:list')}?{urlencode({'q': numbers})}"

    @property
    def linked(self) -> int:
        return min(len(self.rows), MAX_LINKED)


@page("orders:read")
@require_POST
def act(request: PageRequest) -> HttpResponseBase:
    """``action``; ``order`` (ids), ``picked`` (packed ids) or ``all_matching`` with ``filter``;
    ``next`` for the page of one order, with the ``version`` it showed."""
    name = request.POST.get("action", "")
    request.actor.require(registered(name).scope)
    selection = selection_of(request)
    if not selection.ids:
        if selection.drifted:
            return _answer(request, name, selection, BatchOutcome())
        raise Refused(_("Select at least one order."), code="nothing_selected")
    if stale := _overtaken(request, name, selection):
        return stale
    form_class = form_of(name)
    if form_class is None or not form_class.needed(request.seller, selection.ids):
        if len(selection) > MAX_BATCH:
            job = start_bulk(name, seller=request.seller, ids=selection.ids, actor=request.actor)
            return answer_job(request, job, more=selection.more)
        outcome = perform_many(
            name, seller=request.seller, orders=selection.ids, actor=request.actor
        )
        return _answer(request, name, selection, outcome)
    answered = request.POST.get("step") == "go"
    form = form_class(
        request.POST if answered else None,
        seller=request.seller,
        orders=selection.ids,
        actor=request.actor,
        prefix=None,
    )
    if answered and form.is_valid():
        try:
            if len(selection) > MAX_BATCH:
                return answer_job(request, form.start(), more=selection.more)
            outcome = form.run()
        except Invalid as error:
            add_errors(form, error.errors or [FieldError("", error.detail)])
        else:
            return _answer(request, name, selection, outcome)
    return _ask(request, form, selection)


def _overtaken(request: PageRequest, name: str, selection: Selection) -> HttpResponseBase | None:
    """For the page of one order: whether somebody else has changed it since it was opened."""
    if not (request.POST.get("version") and len(selection.ids) == 1):
        return None
    order = orders_for(request.seller).filter(pk=selection.ids[0]).first()
    if order is None:
        return None
    choice = next(c for c in available(order, request.actor) if c.name == name)
    return overtaken(request, order, label=choice.label, refusal=choice.reason)


@page("orders:read")
@require_POST
def take_back(request: PageRequest) -> HttpResponseBase:
    """``action`` that was done on ``picked`` (packed ids) is taken back."""
    name = request.POST.get("action", "")
    if name not in UNDO:
        raise NotFound
    request.actor.require(registered(name).scope)
    picked = sorted(unpack_ids(request.POST.get("picked", "")))[:MAX_SELECTION]
    outcome = undo(name, seller=request.seller, orders=picked, actor=request.actor)
    chosen = Selection(picked, request.POST.get("filter", ""))
    return _result(
        request, chosen, outcome, title=_("Undo “%(action)s”"), name=name, undoable=False
    )


def add_errors(form: ActionForm, errors: Any) -> None:
    """Put errors of an action beside the fields that they point at."""
    for error in errors:
        name = error.pointer.rpartition("/")[2]
        form.add_error(name if name in form.fields else None, str(error.detail))


def _ask(request: PageRequest, form: ActionForm, selection: Selection) -> HttpResponseBase:
    context = {
        "form": form,
        "selection": selection,
        "drift": drift_text(selection),
        "snapshot": request.POST.get("snapshot") or selection.snapshot,
        "limit": MAX_SELECTION,
        "next": _next(request),
        "version": request.POST.get("version", ""),
        "seen": request.POST.get("seen", ""),
        "target": target_of(request),
    }
    if request.htmx:
        response = render(request, "orders/_ask.html", context)
        return in_dialog(response)
    return render(request, "orders/ask.html", context, status=422 if form.errors else 200)


def _next(request: PageRequest) -> str:
    wanted = request.POST.get("next", "")
    return safe_next(request, wanted) if wanted else ""


def _answer(
    request: PageRequest, name: str, selection: Selection, outcome: BatchOutcome
) -> HttpResponseBase:
    """Back to the order's page with a message, or the result for the list."""
    if target := _next(request):
        for row in outcome:
            tell_one(request, str(TABLE[name].label), row, undo=undo_path(name, row))
        if not len(outcome):
            messages.error(request, _("There is no such order."))
        return redirect(target)
    return _result(request, selection, outcome, title=_("Result of “%(action)s”"), name=name)


def _result(
    request: PageRequest,
    selection: Selection,
    outcome: BatchOutcome,
    *,
    title: str,
    name: str,
    undoable: bool = True,
) -> HttpResponseBase:
    """The result above the list, or a page of its own."""
    listed = selection.filter or request.POST.get("filter", "")
    done = [row.id for row in outcome if row.status == "done"]
    failed = [row.id for row in outcome if row.status == "failed"]
    context = {
        "outcome": outcome,
        "groups": refusal_groups(outcome),
        "title": title % {"action": TABLE[name].label},
        "action": name,
        "drift": drift_text(selection),
        "undo": pack_ids(done) if undoable and done and name in UNDO else "",
        "retry": pack_ids(failed) if failed else "",
        "filter": listed,
        "more": selection.more,
        "limit": MAX_SELECTION,
        "back": f"{reverse('orders:list')}?{listed}",
    }
    if request.htmx:
        response = retarget(render(request, "orders/_result.html", context), "#result")
        return trigger_client_event(reswap(response, "innerHTML"), "orders-changed", {})
    return render(request, "orders/result.html", context)


def answer_job(request: PageRequest, job: Job, *, more: bool = False) -> HttpResponseBase:
    """The job that does what was asked: its page, or its progress above the list."""
    if not request.htmx:
        if more:
            messages.info(request, _more_text())
        return redirect("jobs:job", job.public_id)
    context = {"job": job, "more": _more_text() if more else ""}
    response = retarget(render(request, "orders/_job_started.html", context), "#result")
    return trigger_client_event(reswap(response, "innerHTML"), "orders-changed", {})


def _more_text() -> str:
    return _("One action takes %(n)s orders. More match: do it again for the rest.") % {
        "n": number(MAX_SELECTION)
    }


def refusal_groups(outcome: BatchOutcome) -> list[Group]:
    """Refused orders by reason, the most frequent first."""
    by_code: dict[str, list[RowOutcome]] = defaultdict(list)
    for row in outcome:
        if row.status == "refused":
            by_code[row.code].append(row)
    groups = []
    for code, rows in by_code.items():
        same = len({str(row.detail) for row in rows}) == 1
        groups.append(Group(code, rows[0].detail if same else "", rows))
    return sorted(groups, key=lambda group: (-len(group.rows), group.code))


def undo_path(name: str, row: RowOutcome) -> str:
    """Where an action that has just been done on one order is undone; empty when it cannot be."""
    if row.status != "done":
        return ""
    order = Order(pk=row.id).public_id
    if name == "pack" and (parcel := row.data.get("shipment")):
        return reverse("order:parcel_do", args=[order, parcel, "void"])
    return reverse("orders:undo", args=[order, name]) if name in UNDO else ""


def tell_one(request: PageRequest, label: str, row: RowOutcome, *, undo: str = "") -> None:
    """What became of the action on the one order whose page is open."""
    stage = str(Stage(row.stage).label)
    if row.status == "done":
        messages.success(
            request,
            _("%(action)s: done. The order is now “%(stage)s”.")
            % {"action": label, "stage": stage},
            extra_tags=f"undo:{undo}" if undo else "",
        )
    elif row.status == "already":
        messages.info(request, _("It was so already. The order is “%(stage)s”.") % {"stage": stage})
    else:
        messages.error(request, str(row.detail))


def tell_error(request: PageRequest, order: Order, error: DomainError) -> None:
    """The same for an action that raises."""
    places = error.errors if isinstance(error, Invalid) else ()
    why = " ".join(str(place.detail) for place in places) or str(error.detail)
    tell_one(
        request, "", RowOutcome(order.pk, order.number, "refused", order.stage, error.code, why)
    )
