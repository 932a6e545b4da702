"""Forms of transfers. They read what was typed; actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stock.forms.goods import ReceiveForm, WarehouseField
from stock.models import Warehouse


class TransferForm(ReceiveForm):
    """What goes from one warehouse to another, pasted from a sheet."""

    reference = None  # type: ignore[assignment]
    target = WarehouseField()
    note = forms.CharField(label=_("Note"), max_length=120, required=False)
    field_order = ("warehouse", "target", "lines", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].label = pgettext_lazy("a warehouse", "From")
        self.fields["lines"].label = _("What is sent")
        target = self.fields["target"]
        target.label = pgettext_lazy("a warehouse", "To")
        if isinstance(target, WarehouseField):
            target.queryset = Warehouse.objects.filter(seller=self.seller).order_by("-pk")

    def units(self) -> dict[int, int]:
        """Units by SKU; one that is named twice goes once, with both."""
        found: dict[int, int] = {}
        for sku, n in self.cleaned_data["lines"]:
            found[sku.pk] = found.get(sku.pk, 0) + n
        return found
