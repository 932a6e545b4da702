"""Forms of stock takes. They read what was typed; actions decide."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sellers.models import Seller
from stock.forms.goods import WarehouseField, warehouses_in
from stock.models import StockTake
from stock.queries.counts import MAX_DAYS

_BETWEEN = re.compile(r"[\s,;，；]+")
_TIMES = re.compile(r"(\d{1,6})\s*[*×xX]\s*(\S.*)")


class TakeForm(forms.Form):
    """What is counted, and how."""

    warehouse = WarehouseField()
    scope = forms.ChoiceField(
        label=_("What is counted"),
        choices=StockTake.Scope.choices,
        initial=StockTake.Scope.ALL,
        widget=forms.RadioSelect,
    )
    first = forms.CharField(label=_("From bin"), max_length=40, required=False)
    last = forms.CharField(label=_("To bin"), max_length=40, required=False)
    skus = forms.CharField(
        label=_("SKU codes or barcodes"),
        required=False,
        help_text=_("One a line, or with commas between them."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"}),
    )
    days = forms.IntegerField(
        label=_("Not counted for so many days"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        initial=90,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    blind = forms.BooleanField(
        label=_("Blind count"),
        required=False,
        help_text=_("Who counts does not see what the books say."),
    )
    note = forms.CharField(label=_("Note"), max_length=120, required=False)

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses_in(self, seller)

    def asked(self) -> dict[str, Any]:
        """What ``levels_to_count`` takes."""
        said = self.cleaned_data
        codes = [code for code in _BETWEEN.split(said["skus"]) if code]
        return {
            "scope": said["scope"],
            "first": said["first"],
            "last": said["last"],
            "skus": list(dict.fromkeys(codes))[:5_000],
            "days": said["days"] or 0,
        }


def read_scan(text: str) -> tuple[int, str]:
    """How often, and what: ``3*CODE`` is three of it. What no scanner sends is dropped."""
    text = "".join(filter(str.isprintable, text)).strip()
    if match := _TIMES.fullmatch(text):
        return int(match[1]), match[2].strip()
    return 1, text
