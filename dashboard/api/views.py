"""The scorecard."""

from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.api import ApiView, answer, moment, read_query
from core.api_schema import describe
from core.errors import FieldError, Invalid
from dashboard.api.serializers import ScorecardParams, ScorecardSerializer
from dashboard.queries import RATE_WINDOW, scorecard


class Scorecard(ApiView):
    scopes = {"GET": "reports:read"}

    @describe(
        "Get the rates of a period",
        name="scorecard_get",
        tag="Reports",
        query=ScorecardParams,
        answers=ScorecardSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """The rate counts orders whose ship-by clock stopped in the period, by the criterion of
        their store's rule book; late ones stopped after ship-by. `stages` are as of now."""
        params = read_query(request, ScorecardParams)
        zone = ZoneInfo(self.seller.time_zone)
        end = _time(params, "to", zone) or timezone.now()
        start = _time(params, "from", zone) or end - RATE_WINDOW
        if start >= end:
            raise Invalid(errors=[FieldError("to", _("The period ends before it begins."))])
        card = scorecard(self.seller, start, end)
        return answer(
            {
                "object": "scorecard",
                "from": moment(card.start),
                "to": moment(card.end),
                "late_shipment_rate": card.late_shipment_rate.as_dict(),
                "cancellation_rate": card.cancellation_rate.as_dict(),
                "stages": card.stages,
            }
        )


def _time(params: dict[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """A date (its beginning, for the seller) or a time with its offset."""
    text = params.get(name)
    if text is None:
        return None
    found: date | datetime | None = None
    with suppress(ValueError):
        found = parse_date(text) or parse_datetime(text)
    if isinstance(found, datetime) and found.tzinfo is None:
        found = None
    if found is None or not 2000 <= found.year <= 2100:
        raise Invalid(
            errors=[
                FieldError(
                    name, _("A date such as 2026-11-01, or a time such as 2026-11-01T00:00:00Z.")
                )
            ]
        )
    return found if isinstance(found, datetime) else datetime.combine(found, time(), zone)
