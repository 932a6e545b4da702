"""Entering many tracking numbers at once."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Text
from core.ids import decode
from logistics.action_forms import ReasonField, ServiceField
from logistics.actions.numbers import number_shipments
from logistics.models import Shipment, ShipmentLine, ShipmentState
from sellers.models import Seller

MAX_LINES = 2_000
_COLUMNS = re.compile(r"[\t,;，；]+| +")
_CHANGEABLE = (ShipmentState.PACKED, ShipmentState.HANDED_OVER)


@dataclass(slots=True)
class Line:
    """A pasted line and what became of it. ``status`` as in ``core.outcome``."""

    at: int
    key: str
    number: str
    shipment: int | None = None
    status: str = "refused"
    detail: Text = ""

    @property
    def shipment_id(self) -> str:
        return Shipment(pk=self.shipment).public_id if self.shipment else ""


class NumbersForm(forms.Form):
    """Pasted lines: order number or parcel id, then tracking number."""

    numbers = forms.CharField(
        label=_("Tracking numbers"),
        strip=False,
        help_text=_(
            "One parcel a line: order number or parcel id, then tracking number. Paste two columns "
            "from a sheet."
        ),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono"}),
    )
    service = ServiceField(empty="—", help_text=_("Empty: as each parcel was packed."))
    reason = ReasonField()

    def clean_numbers(self) -> list[Line]:
        lines = self.cleaned_data["numbers"].splitlines()
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("At most %(n)d lines.") % {"n": MAX_LINES})
        found = []
        for at, text in enumerate(lines, 1):
            columns = [column for column in _COLUMNS.split(text.strip()) if column]
            if not columns:
                continue
            if len(columns) == 2:
                found.append(Line(at, columns[0], columns[1]))
            else:
                why = _("Two columns are expected: order number and tracking number.")
                found.append(Line(at, text.strip()[:80], "", detail=why))
        if not found:
            raise forms.ValidationError(_("Paste at least one line."))
        return found

    def run(self, *, seller: Seller, actor: Actor) -> list[Line]:
        """Give the parcels their numbers; every line is answered, a wrong one stops no other.

        Raises what ``number_shipments`` raises.
        """
        lines: list[Line] = self.cleaned_data["numbers"]
        find_parcels(seller, [line for line in lines if not line.detail])
        good = {line.shipment: line for line in lines if line.shipment}
        outcome = number_shipments(
            seller=seller,
            numbers={pk: line.number for pk, line in good.items()},
            actor=actor,
            service=self.cleaned_data["service"] or None,
            reason=self.cleaned_data["reason"],
        )
        for row in outcome:
            good[row.id].status, good[row.id].detail = row.status, row.detail
            good[row.id].number = row.number or good[row.id].number
        return lines


def find_parcels(seller: Seller, lines: Sequence[Line]) -> None:
    """Say which parcel each line means, or why none. Two queries."""
    ids = {line.key: decode(Shipment.id_prefix, line.key) for line in lines}
    own = set(
        Shipment.objects.filter(
            seller=seller, pk__in=[pk for pk in ids.values() if pk]
        ).values_list("pk", flat=True)
    )
    by_order = _parcels_of(seller, [key for key, pk in ids.items() if not pk])
    taken: set[int] = set()
    for line in lines:
        pk = ids[line.key]
        if pk is None:
            pk, line.detail = _choose(by_order.get(line.key, {}))
        elif pk not in own:
            pk, line.detail = None, _("There is no such parcel.")
        if pk in taken:
            pk, line.detail = None, _("A line further up names this parcel already.")
        if pk is not None:
            taken.add(pk)
            line.shipment = pk


def _parcels_of(seller: Seller, orders: Sequence[str]) -> dict[str, dict[int, tuple[str, str]]]:
    """Order number → parcel → (state, tracking number), without void parcels."""
    found: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
    rows = (
        ShipmentLine.objects.filter(order__seller=seller, order__number__in=orders)
        .exclude(shipment__state=ShipmentState.VOID)
        .order_by("shipment_id")
        .values_list("order__number", "shipment_id", "shipment__state", "shipment__tracking_number")
    )
    for number, pk, state, tracking in rows:
        found[number][pk] = (state, tracking)
    return found


def _choose(parcels: Mapping[int, tuple[str, str]]) -> tuple[int | None, Any]:
    """The parcel that an order number means: the only one that can still get a number, else the
    only one among those that has none."""
    if not parcels:
        return None, _("There is no parcel of such an order.")
    open_ = [pk for pk, (state, _n) in parcels.items() if state in _CHANGEABLE]
    bare = [pk for pk in open_ if not parcels[pk][1]]
    for choice in (open_, bare):
        if len(choice) == 1:
            return choice[0], ""
    if not open_:
        return None, _("Its tracking number is uploaded already and cannot be changed.")
    return None, _("The order has several parcels. Name the parcel by its id.")
