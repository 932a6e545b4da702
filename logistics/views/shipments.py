"""The list of parcels, actions on many, and entering tracking numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotFound, Refused, Text
from core.ids import decode
from core.paging import paginate
from core.templatetags.ui import tone_badge
from logistics.actions.ship import (
    FIRST_SCAN_WARNING,
    FIRST_SCAN_WITHIN,
)
from logistics.bulk import ACTIONS, perform_parcels
from logistics.forms import NumbersForm
from logistics.models import Shipment, ShipmentState, TrackingState
from logistics.queries import (
    BAD_NEWS,
    KINDS,
    PROBLEMS,
    TABS,
    UNSCANNED,
    Contents,
    contents_of,
    kind_counts,
    problem_of,
    shipment_list,
    tab_counts,
)
from logistics.views import paper
from orders.bulk import MAX_SELECTION
from orders.bulk_jobs import start_bulk
from orders.registry import MAX_BATCH
from orders.views.act import answer_job
from orders.views.list import order_path
from orders.views.words import country_name
from sellers.access import PageRequest, page
from sellers.models import Seller

PAGE_SIZE = 50
#: How many lines or parcels a page of results lists.
MAX_SHOWN = 500

_BUTTONS: Mapping[str, dict[str, Any]] = {
    "ship": {
        "icon": "truck",
        "confirm": _("{count} parcels count as handed over and their units leave the stock. "
                     "This cannot be undone."),
        "confirm_one": _("The parcel counts as handed over and its units leave the stock. "
                         "This cannot be undone."),
    },
    "upload": {
        "icon": "cloud-upload",
        "confirm": _("The tracking numbers of {count} parcels count as given to the marketplace. "
                     "This cannot be undone."),
        "confirm_one": _("The tracking number counts as given to the marketplace. "
                         "This cannot be undone."),
    },
    "void": {
        "icon": "package-open",
        "variant": "danger-quiet",
        "confirm": _("{count} parcels become void; their units wait to be packed again."),
        "confirm_one": _("The parcel becomes void; its units wait to be packed again."),
    },
}  # fmt: skip
#: State → actions that parcels of it can have.
FROM_STATE: Mapping[str, Sequence[str]] = {
    ShipmentState.PACKED: ("ship", "void"),
    ShipmentState.HANDED_OVER: ("upload",),
    ShipmentState.DECLARED: (),
    ShipmentState.VOID: (),
    "unscanned": (),
    "problem": (),
}


def button(name: str) -> dict[str, Any]:
    """An action as a button: label, icon and what is asked before."""
    label = ACTIONS[name][0]
    return {"value": name, "label": label, "confirm_title": label, **_BUTTONS[name]}


#: Not an action on a parcel's state: it leads to a page of its own.
PRINT = "print"


def _print_button(tab: str) -> list[dict[str, Any]]:
    if tab == ShipmentState.VOID:
        return []
    return [{"value": PRINT, "label": _("Print"), "icon": "printer"}]


_LOOKS: Mapping[str, tuple[str, str]] = {
    ShipmentState.PACKED: ("info", "package"),
    ShipmentState.HANDED_OVER: ("progress", "truck"),
    ShipmentState.DECLARED: ("success", "cloud-upload"),
    ShipmentState.VOID: ("neutral", "package-open"),
}


def state_badge(shipment: Shipment) -> SafeString:
    """A parcel's state as a badge."""
    tone, icon = _LOOKS[shipment.state]
    return tone_badge(tone, ShipmentState(shipment.state).label, icon)


def tracking_tone(shipment: Shipment) -> str:
    """The tone of what carriers say about a parcel."""
    state = shipment.tracking_state
    if state in BAD_NEWS or state == TrackingState.RETURNED:
        return "danger"
    if state == TrackingState.DELIVERED:
        return "success"
    return "neutral" if state in UNSCANNED else "progress"


def first_scan(shipment: Shipment) -> dict[str, datetime] | None:
    """When an uploaded parcel must have been scanned, while it has not; ``None`` otherwise."""
    if (
        shipment.state != ShipmentState.DECLARED
        or shipment.declared_at is None
        or shipment.first_scan_at is not None
        or shipment.tracking_state not in UNSCANNED
    ):
        return None
    due = shipment.declared_at + FIRST_SCAN_WITHIN
    return {"due": due, "warn": due - FIRST_SCAN_WARNING}


def _asked(params: QueryDict) -> tuple[str, str, str]:
    """Tab, kind and search of a list; what is none is left out."""
    tab, kind = params.get("state", ""), params.get("kind", "")
    if tab == "unnumbered":
        # As other pages name what is also a kind of a tab.
        tab, kind = str(ShipmentState.HANDED_OVER), "bare"
    tab = tab if tab in TABS else ""
    kind = kind if kind in KINDS.get(tab, ()) else ""
    return tab, kind, params.get("q", "").strip()[:20_000]


#: Tabs where the one that waits longest comes first, by what it waits since. Few wait, so sorting
#: them is cheap; elsewhere the newest comes first.
_WAITING_SINCE = {
    str(ShipmentState.PACKED): "packed_at",
    str(ShipmentState.HANDED_OVER): "handed_over_at",
    "unscanned": "declared_at",
}
#: Problems that the state which carriers tell does not name.
_SILENT = frozenset({"no_scan", "stalled", "customs"})


@page("shipments:read")
@require_GET
def index(request: PageRequest) -> HttpResponseBase:
    """Parcels by state, newest first; for htmx only what changes by itself."""
    tab, kind, q = _asked(request.GET)
    now = timezone.now()
    rows = shipment_list(request.seller, tab=tab, kind=kind, q=q, now=now)
    found = paginate(
        rows.select_related("carrier", "service"),
        key=_WAITING_SINCE.get(tab, "id"),
        descending=tab not in _WAITING_SINCE,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    counts = tab_counts(request.seller, now)
    contents = contents_of(found.rows)
    more = found.has_next or found.has_previous
    context = {
        "tabs": [
            {
                "label": label,
                "href": f"?state={name}" if name else "?",
                "active": name == tab,
                "count": counts.get(name),
                "tone": "danger" if name == "problem" else "",
            }
            for name, label in TABS.items()
        ],
        "rows": [_row(s, contents[s.pk], now) for s in found.rows],
        "kinds": _kinds(request.seller, tab, kind, q, now),
        "kind": kind,
        "page": found,
        "tab": tab,
        "q": q,
        "narrowed": bool(tab or q),
        "total": rows.order_by()[: MAX_SELECTION + 1].count() if more else len(found.rows),
        "actions": [*map(button, FROM_STATE.get(tab, ACTIONS)), *_print_button(tab)]
        if request.actor.may("shipments:write")
        else [],
        "now": now,
        "sheet_href": _sheet(),
        "refresh_url": request.get_full_path(),
    }
    template = "logistics/_shipments.html" if request.htmx else "logistics/shipments.html"
    return render(request, template, context)


def _sheet() -> str:
    """The page of the tracking sheet, which an app to the right brings."""
    try:
        return reverse("marketplaces:tracking-sheet")
    except NoReverseMatch:
        return ""


def _kinds(seller: Seller, tab: str, kind: str, q: str, now: datetime) -> list[dict[str, Any]]:
    """What a tab is made of, as links with counts."""
    counts = kind_counts(seller, tab, now)
    if not counts:
        return []
    links = []
    for name, label in {"": _("All"), **KINDS[tab]}.items():
        query = QueryDict(mutable=True)
        query.update({k: v for k, v in (("state", tab), ("kind", name), ("q", q)) if v})
        links.append(
            {
                "label": label,
                "href": f"?{query.urlencode()}",
                "active": name == kind,
                "count": counts.get(name) if name else None,
            }
        )
    return links


def waits_for(shipment: Shipment, contents: Contents) -> Text:
    """Why a handed-over parcel cannot be uploaded; empty when it can."""
    if shipment.state != ShipmentState.HANDED_OVER:
        return ""
    if not shipment.tracking_number:
        return _("Enter its tracking number first")
    return _("An order in it is on hold") if contents.on_hold else ""


def _row(shipment: Shipment, contents: Contents, now: datetime) -> dict[str, Any]:
    number = shipment.tracking_number
    inside = contents.orders
    problem = problem_of(shipment, now)
    here = shipment.state in (ShipmentState.PACKED, ShipmentState.HANDED_OVER)
    return {
        "shipment": shipment,
        "carrier_href": shipment.carrier.page_for(number) if number else "",
        "orders": [(order.number, order_path(order.order_id)) for order in inside[:3]],
        "more": max(0, len(inside) - 3),
        "units": contents.units,
        "due": contents.due if here else None,
        "waits_for": waits_for(shipment, contents),
        "problem": PROBLEMS[problem] if problem in _SILENT else "",
        "is_problem": bool(problem),
        "country": country_name(shipment.country),
        "badge": state_badge(shipment),
        "tracking_tone": tracking_tone(shipment),
        "on_its_way": shipment.state in (ShipmentState.HANDED_OVER, ShipmentState.DECLARED),
        "first_scan": first_scan(shipment),
    }


@page("shipments:write")
@require_POST
def act(request: PageRequest) -> HttpResponseBase:
    """``action``; ``ids`` or ``all_matching`` with ``state`` and ``q``. Tells the result per
    parcel."""
    name = request.POST.get("action", "")
    if name not in ACTIONS and name != PRINT:
        raise NotFound
    tab, kind, q = _asked(request.POST)
    if request.POST.get("all_matching"):
        now = timezone.now()
        rows = shipment_list(request.seller, tab=tab, kind=kind, q=q, now=now).order_by("-pk")
        ids = list(rows.values_list("pk", flat=True)[: MAX_SELECTION + 1])
    else:
        named = (decode(Shipment.id_prefix, each) for each in request.POST.getlist("ids"))
        ids = list(dict.fromkeys(pk for pk in named if pk))
    if not ids:
        raise Refused(_("Select at least one parcel."), code="nothing_selected")
    if name == PRINT:
        return paper.ask(request, ids)
    if len(ids) > MAX_BATCH:
        job = start_bulk(
            name,
            seller=request.seller,
            ids=ids[:MAX_SELECTION],
            actor=request.actor,
            subject="parcels",
        )
        return answer_job(request, job, more=len(ids) > MAX_SELECTION)
    outcome = perform_parcels(name, seller=request.seller, shipments=ids, actor=request.actor)
    query = QueryDict(mutable=True)
    query.update({key: value for key, value in (("state", tab), ("kind", kind), ("q", q)) if value})
    context = {
        "outcome": outcome,
        "shown": [
            (row, Shipment(pk=row.id).public_id)
            for row in sorted(outcome, key=lambda row: row.status != "refused")[:MAX_SHOWN]
        ],
        "hidden": max(0, len(outcome) - MAX_SHOWN),
        "label": ACTIONS[name][0],
        "action": name,
        "query": query,
        "again": [Shipment(pk=row.id).public_id for row in outcome if row.status == "refused"],
        "more": len(ids) > MAX_SELECTION,
        "limit": MAX_SELECTION,
        "back": f"{reverse('logistics:shipments')}?{query.urlencode()}",
        "sheet_href": _sheet() if name in ("ship", "upload") else "",
    }
    return render(request, "logistics/result.html", context)


@page("shipments:write")
def numbers(request: PageRequest) -> HttpResponseBase:
    """Tracking numbers pasted from a sheet; every line is answered."""
    form = NumbersForm(request.POST or None)
    lines = None
    if request.method == "POST" and form.is_valid():
        lines = form.run(seller=request.seller, actor=request.actor)
        wrong = [line for line in lines if line.status == "refused"]
        # What went in leaves the form; what did not stays to be mended.
        initial = {
            "numbers": "\n".join(f"{line.key}\t{line.number}".strip() for line in wrong),
            "service": form.cleaned_data["service"],
        }
        form = NumbersForm(initial=initial)
    context = {
        "form": form,
        "lines": lines,
        "outcome": _counts(lines) if lines is not None else None,
    }
    status = 422 if form.errors else 200
    return render(request, "logistics/numbers.html", context, status=status)


def _counts(lines: Sequence[Any]) -> dict[str, int]:
    return {
        status: sum(1 for line in lines if line.status == status)
        for status in ("done", "already", "refused")
    }
