"""The reports: how a period went, each chart with its table and as a file."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from core.cells import safe_cell
from dashboard.queries.reports import Period
from dashboard.views.report_sheets import SHEETS, Sheet, headline
from sellers.access import PageRequest, page
from sellers.models import Seller, Store
from sellers.queries import stores_of

PRESETS = (7, 30, 90)
MOST_DAYS = 366


class PeriodForm(forms.Form):
    """``days`` until today, or ``from`` and ``to``; one ``store`` by its code or all of them."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Period"),
        choices=[(n, str(n)) for n in PRESETS],
        coerce=int,
        required=False,
        empty_value=None,
    )
    store = forms.CharField(label=gettext_lazy("Store"), required=False)

    def __init__(self, data: Mapping[str, Any], *, seller: Seller) -> None:
        super().__init__(data)
        self.seller = seller
        self.today = timezone.localdate(timezone=ZoneInfo(seller.time_zone))
        # Names that Python keeps for itself.
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.fields["from"] = forms.DateField(
            label=pgettext_lazy("the first day of a period", "From"), required=False, widget=day
        )
        self.fields["to"] = forms.DateField(
            label=pgettext_lazy("the last day of a period", "To"), required=False, widget=day
        )

    def clean_store(self) -> Store | None:
        code = self.cleaned_data["store"]
        if not code:
            return None
        store = stores_of(self.seller).filter(code=code).first()
        if store is None:
            raise forms.ValidationError(_("There is no such store."), code="unknown")
        return store

    def clean(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        first, last = found.get("from"), found.get("to")
        if first is None and last is None:
            return found
        last = last or self.today
        first = first or last - timedelta(days=PRESETS[1] - 1)
        if last > self.today:
            last = self.today
        if first > last:
            self.add_error("from", _("The period begins after it ends."))
        elif (last - first).days >= MOST_DAYS:
            self.add_error("from", _("At most %(n)d days.") % {"n": MOST_DAYS})
        return found | {"from": first, "to": last}

    def period(self) -> Period:
        """The period that was asked for; the last 30 days when nothing was, or what was asked for
        makes no sense."""
        good = self.cleaned_data if self.is_valid() else {}
        if good.get("from") and good.get("to"):
            first, last = good["from"], good["to"]
        else:
            last = self.today
            first = last - timedelta(days=(good.get("days") or PRESETS[1]) - 1)
        return Period(self.seller, first, last, good.get("store"))


@page("reports:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """All reports of a period."""
    form = PeriodForm(request.GET, seller=request.seller)
    period = form.period()
    sees_money = request.actor.may("money:read")
    sheets = [
        sheet
        for name, (make, money) in SHEETS.items()
        if sees_money or not money
        for sheet in [make(period)]
    ]
    custom = any(request.GET.get(name) for name in ("from", "to"))
    context = {
        "form": form,
        "period": period,
        "stores": stores_of(request.seller),
        "store": period.store.code if period.store else "",
        "presets": [_preset(n, period, custom, form.today) for n in PRESETS],
        "headline": headline(period, sees_money=sees_money),
        "sheets": sheets,
        "query": _query(period),
        "anything": any(not sheet.empty for sheet in sheets),
    }
    return render(
        request, "dashboard/reports.html", context, status=200 if form.is_valid() else 422
    )


def _preset(days: int, period: Period, custom: bool, today: date) -> dict[str, Any]:
    query = {"days": days} | ({"store": period.store.code} if period.store else {})
    active = not custom and period.last == today and period.days == days
    return {"days": days, "href": f"?{urlencode(query)}", "active": active}


def _query(period: Period) -> str:
    """The period as parameters, for the files."""
    query = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return urlencode(query | ({"store": period.store.code} if period.store else {}))


@page("reports:read")
@require_GET
def sheet_csv(request: PageRequest, name: str) -> HttpResponseBase:
    """One report as a file: UTF-8 with a mark, so that spreadsheet programs read Chinese."""
    if name not in SHEETS:
        raise Http404
    make, money = SHEETS[name]
    if money:
        request.actor.require("money:read")
    form = PeriodForm(request.GET, seller=request.seller)
    if not form.is_valid():
        return render(request, "dashboard/reports_period.html", {"form": form}, status=422)
    period = form.period()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    file = f"{name}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    response.write("\ufeff")
    csv.writer(response).writerows(_lines(make(period)))
    return response


def _lines(sheet: Sheet) -> Iterator[list[str]]:
    yield [safe_cell(str(column.label)) for column in sheet.columns]
    for row in sheet.rows:
        yield [safe_cell(str("" if cell.raw is None else cell.raw)) for cell in row]
