"""The tracking spreadsheet as a download."""

import io
import tempfile
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from marketplaces.exporters.tracking_sheet import tracking_rows, write_csv, write_xlsx
from marketplaces.forms import TrackingSheetForm
from sellers.access import PageRequest, page

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@page("shipments:read")
@require_GET
def tracking_sheet(request: PageRequest) -> HttpResponseBase:
    """Order and tracking numbers of parcels, to put into the marketplace by hand. Days are those of
    the shop's zone. Written to a temporary file, so that its size does not matter."""
    data = request.GET.copy()
    data.setdefault("which", "to_upload")
    data.setdefault("file_format", "xlsx")
    form = TrackingSheetForm(data, seller=request.seller)
    if not form.is_valid():
        for errors in form.errors.values():
            for error in errors:
                messages.error(request, str(error))
        return redirect("marketplaces:import")
    chosen = form.cleaned_data
    zone = ZoneInfo(request.seller.time_zone)
    period = chosen["which"] == "period"
    rows = tracking_rows(
        request.seller,
        store=chosen["store"],
        since=_midnight(chosen["since"], zone) if period else None,
        until=_midnight(chosen["until"], zone, days=1) if period else None,
        to_upload=not period,
    )
    kind = chosen["file_format"]
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    if kind == "xlsx":
        write_xlsx(target, rows, zone)
    else:
        text = io.TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
        write_csv(text, rows, zone)
        text.detach()
    target.seek(0)
    day = timezone.now().astimezone(zone).date().isoformat()
    return FileResponse(
        target, as_attachment=True, filename=f"tracking-{day}.{kind}", content_type=_TYPES[kind]
    )


def _midnight(day: date | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    return datetime.combine(day + timedelta(days=days), time(), zone) if day else None
