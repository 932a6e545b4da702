"""The notices."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from sellers import notices
from sellers.access import PageRequest, page


@page()
@require_GET
def notice_list(request: PageRequest) -> HttpResponseBase:
    """The newest notices; looking at them makes them seen."""
    now = timezone.now()
    rows = notices.latest(request.membership, limit=50)
    notices.mark_seen(request.membership, at=now)
    return render(request, "dashboard/notices.html", {"rows": rows})
