"""Two people on one order: the second is told what the first did, and decides again.

Forms of an order carry its ``version`` and the last event that their page showed (``seen``). When
something has happened since that matters to what is about to be done, nothing is done: the person
sees who did what, and may look again or, where it is still allowed, do it anyway. That is the same
post with the version of now, so a third person is noticed as well.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_htmx.http import push_url, reswap, retarget

from core.errors import Text
from core.ids import decode
from orders.event_text import Told, tell
from orders.models import Order, OrderEvent
from orders.queries import orders_for, timeline
from orders.views.list import order_path
from sellers.access import PageRequest, own, page

#: Events after which an order can be acted on as before.
QUIET = frozenset(
    {"received", "revealed", "noted", "tagged", "due_soon", "overdue", "fined", "waived",
     "tracking", "first_scan", "delivered"}
)  # fmt: skip
PREVIEW = "preview-body"
_NOT_SENT_AGAIN = frozenset({"csrfmiddlewaretoken", "version", "seen"})


def stamp_of(events: Sequence[OrderEvent]) -> str:
    """The last of an order's events, as forms carry it."""
    return max(events, key=lambda event: event.pk).public_id if events else ""


def events_since(order: Order, seen: str) -> list[OrderEvent]:
    """What happened to an order after the event ``seen``, the newest first; nothing for what is no
    event."""
    after = decode(OrderEvent.id_prefix, seen)
    if after is None:
        return []
    return list(timeline(order).filter(pk__gt=after).order_by("-pk"))


def back_to(request: PageRequest, order: Order) -> str:
    """Where a post of an order's page leads back to: the page as it was opened, with the list it
    was opened from, or the preview when it came from there."""
    path = order_path(order.pk)
    if request.htmx and request.htmx.target == PREVIEW:
        return reverse("order:preview", args=[order.public_id])
    here = request.htmx.current_url if request.htmx else request.headers.get("Referer")
    parts = urlsplit(here or "")
    return f"{path}?{parts.query}" if parts.path == path and parts.query else path


def overtaken(
    request: PageRequest, order: Order, *, label: Text, refusal: Text = ""
) -> HttpResponseBase | None:
    """The answer to a post on an order that has changed since its form was made; ``None`` when
    the action may go on.

    ``order`` is as it is now, ``refusal`` why the action is not possible any more.
    """
    version = request.POST.get("version", "")
    if not version or version == str(order.version):
        return None
    seen = request.POST.get("seen", "")
    news = events_since(order, seen)
    loud = [event for event in news if event.kind not in QUIET]
    if decode(OrderEvent.id_prefix, seen) and not loud:
        return None
    sees_money = request.actor.may("money:read")
    last = timeline(order).order_by("-pk").first()
    context = {
        "order": order,
        "label": label,
        "refusal": refusal,
        "told": [tell(event, may_see_money=sees_money) for event in loud],
        "fields": _fields(request),
        "version": order.version,
        "seen": last.public_id if last else "",
        "back": back_to(request, order),
        "target": target_of(request),
        "now": timezone.now(),
    }
    if request.htmx:
        response = render(request, "orders/_conflict.html", context)
        return in_dialog(response)
    return render(request, "orders/conflict.html", context, status=409)


def in_dialog(response: HttpResponse) -> HttpResponse:
    """The question opens over the page, which keeps its address: a reload must not meet the
    address of a post."""
    return push_url(reswap(retarget(response, "#action-dialog"), "innerHTML"), False)


def target_of(request: PageRequest) -> str:
    """Which part of the page the result of a post goes into."""
    known = {"order": "#order", PREVIEW: f"#{PREVIEW}"}
    return known.get(request.htmx.target or "" if request.htmx else "", "#result")


def _fields(request: PageRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if name not in _NOT_SENT_AGAIN
        for value in values
    ]


@page("orders:read")
@require_GET
@never_cache
def changes(request: PageRequest, order_id: str) -> HttpResponseBase:
    """What happened since ``?seen=``, for a page that is open meanwhile; empty when nothing did."""
    order = own(orders_for(request.seller), request.seller, Order.id_prefix, order_id)
    news = [e for e in events_since(order, request.GET.get("seen", "")) if e.kind != "revealed"]
    if not news:
        return HttpResponse(status=204)
    sees_money = request.actor.may("money:read")
    told: list[Told] = [tell(event, may_see_money=sees_money) for event in news]
    context: dict[str, Any] = {
        "first": told[0],
        "more": len(told) - 1,
        "now": timezone.now(),
        "here": request.htmx.current_url_abs_path if request.htmx else "",
    }
    return render(request, "orders/_changes.html", context)
