"""Events of an order in words, for its timeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext

from core.templatetags.ui import abstime, money
from orders.models import DeadlineKind, Hold, Order, OrderEvent

Data = Mapping[str, Any]

#: Kind → (icon, tone).
_LOOKS: Mapping[str, tuple[str, str]] = {
    "received": ("inbox", "info"),
    "updated": ("refresh-cw", "neutral"),
    "accepted": ("clipboard-check", "success"),
    "stocked": ("boxes", "success"),
    "partly_stocked": ("boxes", "warn"),
    "unallocated": ("boxes", "warn"),
    "packed": ("package", "success"),
    "unpacked": ("package-open", "warn"),
    "shipped": ("truck", "success"),
    "uploaded": ("cloud-upload", "success"),
    "first_scan": ("scan-barcode", "success"),
    "delivered": ("package-check", "success"),
    "confirmed": ("circle-check-big", "success"),
    "cancelled": ("circle-x", "danger"),
    "units_cancelled": ("circle-minus", "warn"),
    "held": ("pause", "warn"),
    "released": ("play", "neutral"),
    "mapped": ("link", "neutral"),
    "due_soon": ("clock-alert", "warn"),
    "overdue": ("circle-alert", "danger"),
    "fined": ("banknote-x", "danger"),
    "waived": ("banknote", "success"),
    "tracking": ("map-pin", "info"),
    "tracking_number": ("barcode", "neutral"),
    "revealed": ("eye", "neutral"),
    "noted": ("sticky-note", "info"),
    "tagged": ("tag", "neutral"),
    "address_corrected": ("map-pin-check", "warn"),
    "printed": ("printer", "neutral"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a timeline."""

    kind: str
    icon: str
    tone: str
    title: str
    note: str
    at: datetime
    #: Who did it, as a person says it; empty for what the system did.
    by: str = ""
    #: ``people`` or ``system``.
    side: str = "system"
    #: What somebody wrote, to be shown as it is.
    text: str = ""


def tell(event: OrderEvent, *, may_see_money: bool = True) -> Told:
    """An event as a person reads it: a sentence, and what is worth adding. Amounts are left out
    unless ``may_see_money``. A kind of another version of the program is shown by its name."""
    icon, tone = _LOOKS.get(event.kind, ("circle", "neutral"))
    data: Data = event.data
    title, notes = _SENTENCES.get(event.kind, _unknown(event.kind))(data)
    if event.kind in ("fined", "waived") and may_see_money:
        notes = [_amount(data), *notes]
    if data.get("history"):
        notes = [*notes, gettext("As the imported file tells")]
    by = _by(event)
    return Told(
        kind=event.kind,
        icon=icon,
        tone=tone,
        title=title,
        # Translators: stands between the parts of a note.
        note=pgettext("parts of a note", " · ").join(filter(None, [*notes, by])),
        at=event.at,
        by=event.actor_name if event.actor_kind in _PEOPLE else "",
        side="people" if event.actor_kind in _PEOPLE else "system",
        text=str(data.get("text") or "") if event.kind == "noted" else "",
    )


_PEOPLE = ("user", "staff")


def _by(event: OrderEvent) -> str:
    if event.actor_kind == "job":
        return gettext("automatically")
    if event.actor_kind == "key":
        return gettext("by the API key “%(name)s”") % {"name": event.actor_name}
    if event.actor_kind == "import":
        return gettext("by an import of %(name)s") % {"name": event.actor_name}
    return gettext("by %(name)s") % {"name": event.actor_name} if event.actor_name else ""


_Sentence = Callable[[Data], tuple[str, list[str]]]


def _unknown(kind: str) -> _Sentence:
    return lambda data: (capfirst(kind.replace("_", " ")), [])


def _received(data: Data) -> tuple[str, list[str]]:
    return gettext("Order received"), []


def _updated(data: Data) -> tuple[str, list[str]]:
    names = [field_label(name) for name in data.get("fields", ())]
    changed = pgettext("enumeration", ", ").join(names)
    return (
        gettext("Changed by the marketplace"),
        [gettext("Changed: %(fields)s") % {"fields": changed}] if changed else [],
    )


def field_label(name: str) -> str:
    """An order's field as people call it."""
    try:
        label = str(Order._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except LookupError:
        label = {"lines": gettext("lines"), "given_at": gettext("ship by")}.get(name, name)
    return label


def _accepted(data: Data) -> tuple[str, list[str]]:
    return gettext("Accepted"), []


def _stocked(data: Data) -> tuple[str, list[str]]:
    return gettext("Stock allocated"), []


def _partly_stocked(data: Data) -> tuple[str, list[str]]:
    notes = [_units(data)]
    if missing := data.get("missing"):
        notes.append(
            gettext("Missing: %(goods)s")
            % {"goods": pgettext("enumeration", ", ").join(map(str, missing))}
        )
    return gettext("Part of the stock allocated"), notes


def _unallocated(data: Data) -> tuple[str, list[str]]:
    return gettext("Stock given back"), [_units(data), *_reason(data)]


def _units(data: Data) -> str:
    n = data.get("units")
    if not isinstance(n, int):
        return ""
    return ngettext("%(n)d unit", "%(n)d units", n) % {"n": n}


def _number(data: Data) -> str:
    number = data.get("number")
    return gettext("Tracking number %(number)s") % {"number": number} if number else ""


def _packed(data: Data) -> tuple[str, list[str]]:
    return gettext("Packed into a parcel"), [_units(data), _number(data)]


def _unpacked(data: Data) -> tuple[str, list[str]]:
    return gettext("Packing undone, the parcel is void"), []


def _parcels(data: Data) -> list[str]:
    parcels = data.get("shipments", ())
    numbers = [p["number"] for p in parcels if p.get("number")]
    if numbers:
        return [
            ngettext("Tracking number %(numbers)s", "Tracking numbers %(numbers)s", len(numbers))
            % {"numbers": pgettext("enumeration", ", ").join(numbers)}
        ]
    n = len(parcels)
    return [ngettext("%(n)d parcel", "%(n)d parcels", n) % {"n": n}] if n else []


def _shipped(data: Data) -> tuple[str, list[str]]:
    return gettext("Handed over to the carrier"), _parcels(data)


def _uploaded(data: Data) -> tuple[str, list[str]]:
    return gettext("Tracking uploaded to the marketplace"), _parcels(data)


def _first_scan(data: Data) -> tuple[str, list[str]]:
    return gettext("First scan by the carrier"), []


def _delivered(data: Data) -> tuple[str, list[str]]:
    return gettext("Delivered"), []


def _confirmed(data: Data) -> tuple[str, list[str]]:
    return gettext("Receipt confirmed, the order is completed"), []


def _reason(data: Data) -> list[str]:
    reason = data.get("reason")
    return [gettext("Reason: %(reason)s") % {"reason": reason}] if reason else []


def _cancelled(data: Data) -> tuple[str, list[str]]:
    return gettext("Cancelled"), _reason(data)


def _units_cancelled(data: Data) -> tuple[str, list[str]]:
    goods = pgettext("enumeration", ", ").join(
        f"{unit.get('code') or '#' + str(unit.get('line'))} × {unit.get('quantity')}"
        for unit in data.get("units", ())
    )
    return gettext("Units cancelled: %(goods)s") % {"goods": goods}, _reason(data)


def _hold_reason(data: Data) -> str:
    try:
        return str(Hold.Reason(data.get("reason", "")).label)
    except ValueError:
        return ""


def _held(data: Data) -> tuple[str, list[str]]:
    until = parse_datetime(str(data.get("until") or ""))
    return gettext("Put on hold: %(reason)s") % {"reason": _hold_reason(data) or "?"}, [
        str(data.get("note") or ""),
        gettext("Until %(time)s") % {"time": abstime(until)} if until else "",
    ]


def _released(data: Data) -> tuple[str, list[str]]:
    if data.get("expired"):
        return gettext("Hold ended by its time"), [_hold_reason(data)]
    return gettext("Hold released"), []


def _mapped(data: Data) -> tuple[str, list[str]]:
    if not data.get("sku"):
        return gettext("Line mapped to a SKU"), []
    return gettext("Line %(line)s is SKU %(sku)s") % {
        "line": data.get("line", "?"),
        "sku": data["sku"],
    }, [gettext("Marketplace code %(code)s") % {"code": data["code"]} if data.get("code") else ""]


def _clock(data: Data) -> str:
    try:
        return str(DeadlineKind(data.get("clock", "")).label)
    except ValueError:
        return str(data.get("clock", ""))


def _due_note(data: Data) -> list[str]:
    due = parse_datetime(str(data.get("due_at") or ""))
    return [gettext("Due %(time)s") % {"time": abstime(due)}] if due else []


def _due_soon(data: Data) -> tuple[str, list[str]]:
    return gettext("Due soon: %(clock)s") % {"clock": _clock(data)}, _due_note(data)


def _overdue(data: Data) -> tuple[str, list[str]]:
    return gettext("Overdue: %(clock)s") % {"clock": _clock(data)}, _due_note(data)


def _amount(data: Data) -> str:
    if not data.get("amount"):
        return ""
    return money(data["amount"], data.get("currency", ""))


def _fined(data: Data) -> tuple[str, list[str]]:
    return gettext("Fine booked for late shipment"), []


def _waived(data: Data) -> tuple[str, list[str]]:
    return gettext("Fine waived"), _reason(data)


def tracking_state_label(state: str) -> str:
    """A tracking state in words. The names are those of ``logistics``, which this app does not
    import; ``logistics`` puts its own table here."""
    return str(tracking_labels.get(state, state))


#: Filled by ``logistics`` when it starts.
tracking_labels: dict[str, Any] = {}


def _tracking(data: Data) -> tuple[str, list[str]]:
    state = tracking_state_label(str(data.get("state") or ""))
    title = gettext("Tracking: %(state)s") % {"state": state}
    return title, [gettext("A status nobody knows is among the news")] if data.get(
        "unknown"
    ) else []


def _tracking_number(data: Data) -> tuple[str, list[str]]:
    values = {"number": data.get("number") or "?", "was": data.get("was") or ""}
    if values["was"] and values["was"] != values["number"]:
        title = gettext("Tracking number changed to %(number)s") % values
        return title, [gettext("It was %(was)s") % values, *_reason(data)]
    return gettext("Tracking number %(number)s entered") % values, _reason(data)


def _printed(data: Data) -> tuple[str, list[str]]:
    copy = data.get("copy", 0)
    title = gettext("Label printed") if copy else gettext("Packing slip printed")
    return title, [gettext("Copy %(n)s") % {"n": copy}] if copy > 1 else []


def _revealed(data: Data) -> tuple[str, list[str]]:
    return gettext("Buyer's full data looked at"), []


def _noted(data: Data) -> tuple[str, list[str]]:
    return gettext("Note"), []


def _tagged(data: Data) -> tuple[str, list[str]]:
    def names(key: str) -> str:
        return pgettext("enumeration", ", ").join(map(str, data.get(key, ())))

    notes = []
    if data.get("added"):
        notes.append(gettext("Added: %(tags)s") % {"tags": names("added")})
    if data.get("removed"):
        notes.append(gettext("Taken off: %(tags)s") % {"tags": names("removed")})
    return gettext("Tags changed"), notes


def _address_corrected(data: Data) -> tuple[str, list[str]]:
    names = [field_label(name) for name in data.get("fields", ())]
    changed = pgettext("enumeration", ", ").join(names)
    return gettext("Address corrected"), [gettext("Changed: %(fields)s") % {"fields": changed}]


_SENTENCES: Mapping[str, _Sentence] = {
    "received": _received,
    "updated": _updated,
    "accepted": _accepted,
    "stocked": _stocked,
    "partly_stocked": _partly_stocked,
    "unallocated": _unallocated,
    "packed": _packed,
    "unpacked": _unpacked,
    "shipped": _shipped,
    "uploaded": _uploaded,
    "first_scan": _first_scan,
    "delivered": _delivered,
    "confirmed": _confirmed,
    "cancelled": _cancelled,
    "units_cancelled": _units_cancelled,
    "held": _held,
    "released": _released,
    "mapped": _mapped,
    "due_soon": _due_soon,
    "overdue": _overdue,
    "fined": _fined,
    "waived": _waived,
    "tracking": _tracking,
    "tracking_number": _tracking_number,
    "revealed": _revealed,
    "noted": _noted,
    "tagged": _tagged,
    "address_corrected": _address_corrected,
    "printed": _printed,
}
