"""Notices: the bell with its number, the newest in a popover, and all of them on a page."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from core.paging import paginate
from sellers import notices
from sellers.access import PageRequest, own, page, safe_next
from sellers.models import Notice

POPOVER = 8
PAGE = 50


@page()
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """All notices, newest first. Looking at them does not make them read: opening one does, or
    the button."""
    found = paginate(
        notices.notices_of(request.membership),
        key="updated_at",
        descending=True,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE,
    )
    context = {"page": found, "rows": notices.lines(request.membership, found.rows)}
    return render(request, "notices/index.html", context)


@page()
@require_GET
@never_cache
def bell(request: PageRequest) -> HttpResponseBase:
    """How many are unread, for the bell to ask again and again."""
    return render(request, "notices/_count.html")


@page()
@require_GET
@never_cache
def newest(request: PageRequest) -> HttpResponseBase:
    """The newest few, for the popover under the bell."""
    if not request.htmx:
        return redirect("sellers:notices")
    context = {"rows": notices.latest(request.membership, POPOVER)}
    return render(request, "notices/_newest.html", context)


@page()
@require_GET
def follow(request: PageRequest, notice_id: str) -> HttpResponseBase:
    """Where a notice leads to; it is read from now on."""
    notice = own(Notice.objects.all(), request.seller, Notice.id_prefix, notice_id)
    notices.mark_read(request.membership, notice)
    return redirect(notices.link_of(notice))


@page()
@require_POST
def read(request: PageRequest, notice_id: str) -> HttpResponseBase:
    """This one is read."""
    notice = own(Notice.objects.all(), request.seller, Notice.id_prefix, notice_id)
    notices.mark_read(request.membership, notice)
    return _changed(request)


@page()
@require_POST
def read_all(request: PageRequest) -> HttpResponseBase:
    """Everything up to ``until`` is read: what came since the page was made was not seen."""
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    now = timezone.now()
    aware = until is not None and timezone.is_aware(until)
    notices.mark_seen(request.membership, at=min(until, now) if until and aware else now)
    return _changed(request)


def _changed(request: PageRequest) -> HttpResponse:
    """Back where it was asked; for the popover its lines, and a word to the bell."""
    if not request.htmx:
        return redirect(safe_next(request, request.headers.get("Referer")))
    context = {"rows": notices.latest(request.membership, POPOVER)}
    response = render(request, "notices/_newest.html", context)
    return trigger_client_event(response, "notices-read")
