"""Forms of suppliers and replenishments. They read what was typed; actions decide."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from sellers.forms import StampedForm
from sellers.models import Seller
from stock.actions.replenish import MAX_QUANTITY, Wanted
from stock.actions.suppliers import MAX_UNITS, Offer
from stock.forms.goods import WarehouseField, warehouses_in
from stock.forms.pasted import Problems, amount, pasted_lines, whole
from stock.models import ReplenishmentLine, Supplier, SupplierSku, Warehouse
from stock.queries.purchasing import suppliers_of

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _paste(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "class": "mono"})


class SupplierForm(StampedForm):
    class Meta:
        model = Supplier
        fields = (
            *("name", "contact", "phone", "email", "lead_days", "cover_days"),
            *("currency", "min_value", "min_quantity", "note", "active"),
        )
        help_texts = {
            "lead_days": _("From the order to the goods on your shelf."),
            "cover_days": _("Suggestions buy enough to last so long once the goods are there."),
            "currency": _("Of its prices, e.g. CNY."),
            "min_value": _("0: none."),
            "min_quantity": _("0: none."),
        }


class OffersForm(forms.Form):
    """What a supplier delivers, pasted."""

    offers = forms.CharField(
        label=_("SKUs"),
        strip=False,
        help_text=_(
            "One SKU a line: code or barcode, price, least quantity, pack size, own lead time, the "
            "supplier's code. Only the first is needed. Paste from a sheet."
        ),
        widget=_paste(6),
    )

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seller = seller

    def clean_offers(self) -> list[Offer]:
        problems = Problems()
        found = []
        for line in pasted_lines(self.seller, self.cleaned_data["offers"], problems):
            price, least, pack, lead = (line.cell(i) for i in range(4))
            values = {
                "price": amount(price) if price else None,
                "min_quantity": whole(least, 1, MAX_UNITS) if least else 1,
                "pack_size": whole(pack, 1, MAX_UNITS) if pack else 1,
                "lead_days": whole(lead, 0, 365) if lead else None,
            }
            if price and values["price"] is None:
                problems.add(line.at, _now("“%(text)s” is no price.") % {"text": price[:20]})
            elif None in (values["min_quantity"], values["pack_size"]):
                problems.add(line.at, _now("Quantities are whole numbers above zero."))
            elif lead and values["lead_days"] is None:
                problems.add(line.at, _now("The lead time is from 0 to 365 days."))
            else:
                found.append(Offer(line.sku, code=line.cell(4)[:64], **values))  # type: ignore[arg-type]
        problems.stop()
        if not found:
            raise forms.ValidationError(_("Paste at least one line."))
        return found


def typed_offers(rows: list[SupplierSku], data: QueryDict) -> tuple[list[Offer], list[str]]:
    """What was typed into the table of offers: ``price-<id>`` and so on; and what is wrong."""
    offers: list[Offer] = []
    wrong: list[str] = []
    for row in rows:
        key = row.public_id

        def said(name: str, key: str = key) -> str:
            return data.get(f"{name}-{key}", "").strip()

        price = amount(said("price")) if said("price") else None
        least, pack = whole(said("min"), 1, MAX_UNITS), whole(said("pack"), 1, MAX_UNITS)
        lead = whole(said("lead"), 0, 365) if said("lead") else None
        if said("price") and price is None:
            wrong.append(_now("%(sku)s: the price is no amount.") % {"sku": row.sku.code})
        elif least is None or pack is None:
            sentence = _now("%(sku)s: quantities are whole numbers above zero.")
            wrong.append(sentence % {"sku": row.sku.code})
        elif said("lead") and lead is None:
            sentence = _now("%(sku)s: the lead time is from 0 to 365 days.")
            wrong.append(sentence % {"sku": row.sku.code})
        else:
            offers.append(Offer(row.sku, said("code")[:64], price, least, pack, lead))
    return offers, wrong


class SupplierField(forms.ModelChoiceField):
    """One of the seller's suppliers in use."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Supplier.objects.none(), label=_("Supplier"), **kwargs)


class ReplenishmentForm(forms.Form):
    """A purchase order: from whom, into which warehouse, what."""

    supplier = SupplierField(
        required=False, empty_label=_("Not decided yet"), help_text=_("Needed to order.")
    )
    warehouse = WarehouseField()
    expected_on = forms.DateField(
        label=_("Expected on"),
        required=False,
        widget=_DAY,
        help_text=_("Empty: today and the supplier's lead time, once it is ordered."),
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    lines = forms.CharField(
        label=_("What to buy"),
        strip=False,
        required=False,
        help_text=_(
            "One SKU a line: code or barcode, units, unit cost. Without a cost the supplier's "
            "price is taken. Paste from a sheet."
        ),
        widget=_paste(8),
    )

    def __init__(
        self, *args: Any, seller: Seller, known: list[ReplenishmentLine] | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.seller, self.known = seller, known or []
        warehouses_in(self, seller)
        places = self.fields["warehouse"]
        suppliers = self.fields["supplier"]
        if isinstance(places, WarehouseField) and places.queryset is not None:
            places.queryset = places.queryset.filter(sample=False)
        if isinstance(suppliers, SupplierField):
            ids = [s.pk for s in suppliers_of(seller)]
            suppliers.queryset = Supplier.objects.filter(pk__in=ids).order_by("name")
        if self.known:
            self.fields["lines"].label = _("Add SKUs")
            self.fields["lines"].widget = _paste(3)

    def clean_lines(self) -> list[Wanted]:
        problems = Problems()
        found = []
        for line in pasted_lines(self.seller, self.cleaned_data["lines"], problems):
            units, cost = whole(line.cell(0), 1, MAX_QUANTITY), amount(line.cell(1))
            if units is None:
                problems.add(line.at, _now("the units are a whole number above zero."))
            elif line.cell(1) and cost is None:
                said = {"text": line.cell(1)[:20]}
                problems.add(line.at, _now("“%(text)s” is no price.") % said)
            else:
                found.append(Wanted(line.sku, units, cost))
        problems.stop()
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        kept = self._kept()
        new = said.get("lines", [])
        names = {line.sku.pk for line in kept}
        twice = [line.sku.code for line in new if line.sku.pk in names]
        if twice:
            sentence = _now("Is in the list already: %(skus)s.")
            self.add_error("lines", sentence % {"skus": ", ".join(twice[:10])})
        said["all_lines"] = [*kept, *new]
        if not said["all_lines"] and not self.errors:
            self.add_error("lines", _now("Name at least one SKU."))
        return said

    def _kept(self) -> list[Wanted]:
        """The lines of the table as they were typed over; a line without units is dropped."""
        found = []
        for line in self.known:
            units = self.data.get(f"units-{line.public_id}", "").strip()
            cost = self.data.get(f"cost-{line.public_id}", "").strip()
            if units in ("", "0"):
                continue
            n, price = whole(units, 1, MAX_QUANTITY), amount(cost) if cost else None
            if n is None or (cost and price is None):
                sentence = _now("%(sku)s: whole units above zero, and an amount as cost.")
                self.add_error(None, sentence % {"sku": line.sku.code})
                continue
            found.append(Wanted(line.sku, n, price))
        return found

    def typed(self) -> list[dict[str, Any]]:
        """The lines with what stands in their fields."""
        return [
            {
                "line": line,
                "units": self.data.get(f"units-{line.public_id}", line.quantity),
                "cost": self.data.get(
                    f"cost-{line.public_id}",
                    "" if line.unit_cost is None else plain(line.unit_cost),
                ),
            }
            for line in self.known
        ]


def plain(cost: Decimal) -> str:
    """An amount for a field: without zeros at its end beyond two decimals."""
    text = f"{cost:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


class RescheduleForm(forms.Form):
    """Another day for goods that are on the way."""

    expected_on = forms.DateField(label=_("Expected on"), widget=_DAY)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def values(self) -> tuple[date, str]:
        return self.cleaned_data["expected_on"], self.cleaned_data["note"]


class ReceiptForm(forms.Form):
    """Into which warehouse a delivery goes; how many of each line stands in the table."""

    warehouse = WarehouseField()
    note = forms.CharField(
        label=_("Delivery note"),
        max_length=200,
        required=False,
        help_text=_("Number on the paper, condition of the cartons."),
    )
    client_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, seller: Seller, lines: list[ReplenishmentLine], **kw: Any):
        super().__init__(*args, **kw)
        self.lines = lines
        warehouses_in(self, seller)
        places = self.fields["warehouse"]
        if isinstance(places, WarehouseField) and places.queryset is not None:
            places.queryset = Warehouse.objects.filter(seller=seller, sample=False).order_by("pk")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        units: dict[int, int] = {}
        for line in self.lines:
            text = self.data.get(f"came-{line.public_id}", "").strip() or "0"
            n = whole(text, 0, MAX_QUANTITY)
            if n is None:
                sentence = _now("%(sku)s: a whole number of units.") % {"sku": line.sku.code}
                self.add_error(None, sentence)
            else:
                units[line.pk] = n
        if not any(units.values()) and not self.errors:
            self.add_error(None, _now("Say how many units came."))
        said["units"] = units
        return said

    def typed(self) -> list[dict[str, Any]]:
        """The lines with what stands in their fields: at first all that is still to come."""
        return [
            {"line": line, "came": self.data.get(f"came-{line.public_id}", line.open)}
            for line in self.lines
        ]
