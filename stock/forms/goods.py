"""Forms of stock. They read what was typed; actions decide."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sellers.forms import StampedForm
from sellers.models import Seller
from stock.actions.levels import MAX_QUANTITY, Move
from stock.models import MovementKind, Sku, Warehouse
from stock.queries.goods import skus_by_code

_COLUMNS = re.compile(r"[\t,;，；]+")
MAX_LINES = 2_000
_PICKER = "%Y-%m-%dT%H:%M"


class SkuForm(StampedForm):
    """Everything that can be said about a SKU but its code."""

    class Meta:
        model = Sku
        fields: tuple[str, ...] = (
            *("name", "name_zh", "specification", "barcode"),
            *("on_sale", "handling_days", "price", "price_currency"),
            *("promotion_price", "promotion_from", "promotion_to"),
            *("weight_grams", "length_mm", "width_mm", "height_mm"),
            *("fragile", "battery", "liquid"),
            *("declared_name", "declared_name_zh", "declared_value", "declared_currency"),
            "hs_code",
        )
        widgets = {
            name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_PICKER)
            for name in ("promotion_from", "promotion_to")
        }
        help_texts = {
            "name": _("English, as packers and customs read it."),
            "handling_days": _("Empty: the store's own handling time."),
            "promotion_from": _("In your time zone."),
            "declared_value": _("Per unit, as declared to customs."),
        }

    #: How the page groups the fields.
    GROUPS = (
        (_("Name"), ("code", "name", "name_zh", "specification", "barcode")),
        (
            _("Selling"),
            (
                *("price", "price_currency", "promotion_price", "promotion_from", "promotion_to"),
                *("handling_days", "on_sale"),
            ),
        ),
        (
            _("Parcel"),
            (
                *("weight_grams", "length_mm", "width_mm", "height_mm"),
                *("fragile", "battery", "liquid"),
            ),
        ),
        (
            _("Customs"),
            (
                *("declared_name", "declared_name_zh", "declared_value", "declared_currency"),
                "hs_code",
            ),
        ),
    )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in self.GROUPS
        ]


class NewSkuForm(SkuForm):
    class Meta(SkuForm.Meta):
        fields: tuple[str, ...] = ("code", *SkuForm.Meta.fields)
        help_texts = {
            **SkuForm.Meta.help_texts,
            "code": _("As orders and files name it. It stays."),
        }


class WarehouseField(forms.ModelChoiceField):
    """One of the seller's warehouses; chosen already when there is only one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Warehouse.objects.none(), label=_("Warehouse"), empty_label=None, **kwargs
        )


def warehouses_in(form: forms.Form, seller: Seller) -> None:
    """Let a form's ``warehouse`` be one of this seller's."""
    field = form.fields["warehouse"]
    if isinstance(field, WarehouseField):
        field.queryset = Warehouse.objects.filter(seller=seller).order_by("pk")


class MovementForm(forms.Form):
    """One movement of one SKU."""

    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=[
            (MovementKind.RECEIVE, _("Goods received")),
            (MovementKind.RETURN, _("Returned by a buyer, as good as new")),
            (MovementKind.ADJUST, _("Counted: correct the stock")),
            (MovementKind.WRITE_OFF, _("Damaged or lost: write off")),
        ],
    )
    warehouse = WarehouseField()
    quantity = forms.IntegerField(
        label=_("Units"),
        min_value=-MAX_QUANTITY,
        max_value=MAX_QUANTITY,
        help_text=_("A correction may be negative, e.g. -2; everything else is above zero."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=64,
        required=False,
        help_text=_("Purchase order, delivery note."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed to correct and to write off."),
    )

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses_in(self, seller)

    def move(self, sku: Sku) -> Move:
        said = self.cleaned_data
        return Move(
            said["kind"], sku, said["warehouse"], said["quantity"], said["reason"],
            said["reference"],
        )  # fmt: skip


class ReceiveForm(forms.Form):
    """A delivery: many SKUs into one warehouse, pasted from a sheet."""

    warehouse = WarehouseField()
    reference = forms.CharField(
        label=_("Reference"),
        max_length=64,
        required=False,
        help_text=_("Purchase order, delivery note."),
    )
    lines = forms.CharField(
        label=_("What came"),
        strip=False,
        help_text=_("One SKU a line: its code or barcode, then the units. Paste from a sheet."),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono"}),
    )

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seller = seller
        warehouses_in(self, seller)

    def clean_lines(self) -> list[tuple[Sku, int]]:
        """(SKU, units) by line. Every line that cannot be read is named."""
        lines = self.cleaned_data["lines"].splitlines()
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("At most %(n)d lines.") % {"n": MAX_LINES})
        errors: list[Any] = []
        read: list[tuple[int, str, int]] = []
        for at, line in enumerate(lines, 1):
            if not line.strip():
                continue
            code, units = split_columns(line)
            if not code or not units.isdecimal():
                errors.append(_("Line %(line)d: a code and a number of units.") % {"line": at})
            elif len(units) > 7 or not 1 <= int(units) <= MAX_QUANTITY:
                errors.append(
                    _("Line %(line)d: from 1 to %(limit)d units.")
                    % {"line": at, "limit": MAX_QUANTITY}
                )
            else:
                read.append((at, code, int(units)))
        known = _known(self.seller, [code for _at, code, _n in read])
        errors += [
            _("Line %(line)d: there is no SKU “%(code)s”.") % {"line": at, "code": code[:64]}
            for at, code, _n in read
            if code not in known
        ]
        if errors:
            more = len(errors) - 20
            if more > 0:
                errors[20:] = [_("… and %(n)d lines more.") % {"n": more}]
            raise forms.ValidationError(errors)
        return [(known[code], n) for _at, code, n in read]

    def moves(self) -> list[Move]:
        said = self.cleaned_data
        return [
            Move("receive", sku, said["warehouse"], n, reference=said["reference"])
            for sku, n in said["lines"]
        ]


def split_columns(line: str) -> tuple[str, str]:
    """The first and the last column; with nothing but spaces between them the last word counts."""
    columns = [c.strip() for c in _COLUMNS.split(line) if c.strip()]
    if len(columns) == 1:
        head, _space, tail = columns[0].rpartition(" ")
        return head.strip(), tail
    return (columns[0], columns[-1]) if len(columns) == 2 else ("", "")


def _known(seller: Seller, codes: Sequence[str]) -> dict[str, Sku]:
    """SKUs by code; what is no code may be a barcode."""
    known = skus_by_code(seller, codes)
    rest = [code for code in codes if code not in known]
    if rest:
        known |= {s.barcode: s for s in Sku.objects.filter(seller=seller, barcode__in=rest)}
    return known
