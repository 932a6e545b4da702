"""What pages ask before they pack, ship and upload."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from core.errors import Text
from core.outcome import RowOutcome
from logistics.actions.numbers import number_shipments
from logistics.actions.pack import MAX_WEIGHT_GRAMS
from logistics.models import CarrierService, ShipmentLine, ShipmentState
from orders.action_forms import ActionForm, ask_before
from orders.models import Order
from sellers.models import Seller

_PASTE_HELP = _(
    "Paste from a sheet, one order a line: order number, then tracking number. Orders that are not "
    "named get theirs later."
)


#: The choice of no service, where a parcel is made.
ANY_OTHER = _("Any other carrier")


def service_choices(empty: Text = ANY_OTHER) -> list[tuple[str, Any]]:
    """The services in use by carrier, recommended carriers first; the first choice is none."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    services = CarrierService.objects.filter(active=True, carrier__active=True)
    for service in services.select_related("carrier").order_by(
        "-carrier__recommended", "carrier__name", "name"
    ):
        groups[service.carrier.label].append((service.code, service.label))
    return [("", empty), *groups.items()]


class ServiceField(forms.ChoiceField):
    """A service by its code; the choices are read when the form is shown. ``empty`` is how the
    choice of none is called."""

    def __init__(self, *, empty: Text = ANY_OTHER, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Carrier and service"))
        kwargs.setdefault("required", False)
        self.empty = empty
        super().__init__(choices=partial(service_choices, empty), **kwargs)


class ReasonField(forms.CharField):
    """Why an unusual number is right."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Reason for an unusual number"))
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 200)
        kwargs.setdefault(
            "help_text",
            _("Only needed when a number does not look like one of this carrier and is right."),
        )
        super().__init__(**kwargs)


def _paste() -> forms.CharField:
    return forms.CharField(
        label=_("Tracking numbers"),
        required=False,
        strip=False,
        help_text=_PASTE_HELP,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "mono"}),
    )


@ask_before("pack")
class PackForm(ActionForm):
    effect = ngettext_lazy(
        "All units of %(n)d order that have stock go into one parcel.",
        "All units that have stock go into one parcel per order (%(n)d orders).",
        "n",
    )
    service = ServiceField()
    weight_grams = forms.IntegerField(
        label=_("Weight of each parcel (g)"),
        required=False,
        min_value=1,
        max_value=MAX_WEIGHT_GRAMS,
    )
    tracking_numbers = _paste()
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.orders) == 1:
            self.fields["weight_grams"].label = _("Weight (g)")
            self.fields["tracking_numbers"] = forms.CharField(
                label=_("Tracking number"), required=False, max_length=60
            )

    def clean_tracking_numbers(self) -> dict[int, str]:
        text = self.cleaned_data["tracking_numbers"]
        if len(self.orders) == 1:
            return {self.orders[0]: text} if text else {}
        return self.numbers_by_order(text)

    def params(self) -> dict[str, Any]:
        params = super().params()
        numbers = self.cleaned_data["tracking_numbers"]
        params["tracking_numbers"] = {Order(pk=pk).public_id: n for pk, n in numbers.items()}
        return params


@ask_before("ship")
class ShipForm(ActionForm):
    effect = ngettext_lazy(
        "All packed parcels of %(n)d order count as handed over and their units leave the stock. "
        "This cannot be undone.",
        "All packed parcels of %(n)d orders count as handed over and their units leave the stock. "
        "This cannot be undone.",
        "n",
    )


@ask_before("upload")
class UploadForm(ActionForm):
    """Parcels without a number may get it here; then what has one is uploaded."""

    effect = ngettext_lazy(
        "The tracking numbers of %(n)d order count as given to the marketplace. "
        "This cannot be undone.",
        "The tracking numbers of %(n)d orders count as given to the marketplace. "
        "This cannot be undone.",
        "n",
    )
    tracking_numbers = _paste()
    service = ServiceField(
        empty="—",
        label=_("Carrier and service of these numbers"),
        help_text=_("Empty: as each parcel was packed."),
    )
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bare = _bare(self.seller, self.orders)
        if not self.bare:
            for name in list(self.fields):
                del self.fields[name]

    @property
    def effect_text(self) -> str:
        if not self.bare:
            return super().effect_text
        n = len(self.bare)
        return ngettext(
            "%(n)d handed-over parcel has no tracking number yet. Enter it here, or it stays "
            "behind. Numbers that are there count as given to the marketplace for good.",
            "%(n)d handed-over parcels have no tracking number yet. Enter them here, or they stay "
            "behind. Numbers that are there count as given to the marketplace for good.",
            n,
        ) % {"n": n}

    def clean_tracking_numbers(self) -> dict[int, str]:
        """By parcel. An order with several bare parcels takes its numbers parcel by parcel."""
        by_order: dict[int, list[int]] = defaultdict(list)
        for parcel, order in self.bare:
            by_order[order].append(parcel)
        text = self.cleaned_data["tracking_numbers"]
        if len(self.orders) == 1 and len(text.split()) == 1:
            numbers = {self.orders[0]: text.strip()}
        else:
            numbers = self.numbers_by_order(text)
        found: dict[int, str] = {}
        for order, number in numbers.items():
            parcels = by_order.get(order, [])
            if len(parcels) > 1:
                raise forms.ValidationError(
                    _(
                        "An order with several parcels gets its tracking numbers on its own page: "
                        "%(order)s."
                    )
                    % {"order": Order.objects.values_list("number", flat=True).get(pk=order)}
                )
            found |= dict.fromkeys(parcels, number)
        return found

    def params(self) -> dict[str, Any]:
        return {}

    def prepare(self) -> dict[int, RowOutcome]:
        """Numbers first. An order whose number is refused is answered with that refusal."""
        numbers = self.cleaned_data.get("tracking_numbers") or {}
        if not numbers:
            return {}
        order_of = dict(self.bare)
        parcels = number_shipments(
            seller=self.seller,
            numbers=numbers,
            actor=self.actor,
            service=self.cleaned_data.get("service") or None,
            reason=self.cleaned_data.get("reason", ""),
        )
        return {order_of[row.id]: row for row in parcels if row.status == "refused"}


def _bare(seller: Seller, orders: Sequence[int]) -> list[tuple[int, int]]:
    """(parcel, order) of handed-over parcels without a tracking number."""
    return list(
        ShipmentLine.objects.filter(
            seller=seller,
            order__in=orders,
            shipment__state=ShipmentState.HANDED_OVER,
            shipment__tracking_number="",
        )
        .order_by("shipment_id", "order_id")
        .values_list("shipment_id", "order_id")
        .distinct()
    )
