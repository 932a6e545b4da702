"""Forms of files of stock. They read what was chosen; actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sellers.models import Seller
from stock.forms.goods import WarehouseField, warehouses_in
from stock.importers.rows import COUNT_FIELDS, FIELDS, NEEDED
from stock.models import StockFile


class FileField(forms.FileField):
    """A table."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls,text/csv,text/plain"}),
            error_messages={
                "required": _("Choose a file first."),
                "empty": _("The file is empty."),
            },
            **kwargs,
        )


class CountFileForm(forms.Form):
    file = FileField(label=_("File of counts"))


class StockFileForm(forms.Form):
    file = FileField(label=_("Stock file"))
    mode = forms.ChoiceField(
        label=_("What the numbers are"),
        choices=[(m.value, m.label) for m in (StockFile.Mode.SET, StockFile.Mode.ADD)],
        initial=StockFile.Mode.SET,
        widget=forms.RadioSelect,
    )
    warehouse = WarehouseField(help_text=_("Of rows that name none."))

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses_in(self, seller)


class StockColumnsForm(forms.Form):
    """Which column of a file is which of our fields: ``column-<field>``."""

    def __init__(self, *args: Any, file: StockFile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("— not in the file —"))]
        choices += [(str(i), name or str(i + 1)) for i, name in enumerate(file.header)]
        fields = COUNT_FIELDS if file.mode == StockFile.Mode.COUNT else tuple(FIELDS)
        for name in fields:
            place = file.columns.get(name)
            self.fields[f"column-{name}"] = forms.ChoiceField(
                label=str(FIELDS[name]),
                required=name in NEEDED,
                choices=choices,
                initial="" if place is None else str(place),
            )

    def columns(self) -> dict[str, int]:
        """field → index of its column."""
        return {
            name.removeprefix("column-"): int(place)
            for name, place in self.cleaned_data.items()
            if place
        }
