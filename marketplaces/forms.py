"""Forms of import and export. They read what was chosen; actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplaces.actions import mapping_of, mode_column
from marketplaces.importers.mapping import FIELDS, FIXED, NEEDED
from marketplaces.models import ImportRun
from marketplaces.queries import column_choices, own_mapping, stores_of
from sellers.models import Seller, Store
from sellers.zones import zone_choices


class _StoreField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Store) -> str:
        return f"{obj.name} ({obj.code})"


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Order file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls,text/csv,text/plain"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("The file is empty."),
        },
    )
    store = _StoreField(
        queryset=Store.objects.none(),
        label=_("Store"),
        empty_label=None,
        help_text=_("Rows that name another of your stores in the column “store” go there."),
    )
    time_zone = forms.ChoiceField(
        label=_("Zone of times without one"),
        required=False,
        choices=lambda: [("", _("The zone of the store’s clock")), *zone_choices()],
    )
    create_skus = forms.BooleanField(
        label=_("Create SKUs that do not exist yet"),
        required=False,
        help_text=_(
            "With title, weight and size from the file. Otherwise they can be mapped later."
        ),
    )

    def __init__(self, *args: Any, seller: Seller, may_create: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = self.fields["store"]
        assert isinstance(stores, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        stores.queryset = stores_of(seller).filter(sample=False)
        if not may_create:
            del self.fields["create_skus"]


class ColumnsForm(forms.Form):
    """Which column of a file is which of our fields: ``column-<field>``, ``fixed-<field>``."""

    own_only = forms.BooleanField(
        label=_("Only orders that are yours to ship (半托管)"),
        required=False,
        help_text=_("Rows that the file marks as another business mode are left out."),
    )

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        header: list[str] = run.options["header"]
        mapping = mapping_of(run) or own_mapping(header)
        super().__init__(*args, **kwargs)
        choices = [("", _("— not in the file —")), *column_choices(run)]
        for name, label in FIELDS.items():
            place = mapping.columns.get(name)
            self.fields[f"column-{name}"] = forms.ChoiceField(
                label=str(label),
                required=False,
                choices=choices,
                widget=forms.Select(attrs={"class": "input"}),
                initial="" if place is None else str(place),
            )
        for name in FIXED:
            self.fields[f"fixed-{name}"] = forms.CharField(
                label=_("%(field)s, the same for all rows") % {"field": FIELDS[name]},
                required=False,
                max_length=40,
                widget=forms.TextInput(attrs={"class": "input"}),
                initial=mapping.fixed.get(name, ""),
            )
        if mode_column(header) is None:
            del self.fields["own_only"]
        else:
            self.fields["own_only"].initial = mapping.mode is not None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        used: dict[str, str] = {}
        for name in FIELDS:
            place = values.get(f"column-{name}", "")
            # A text with the goods may be the title too.
            if place and name not in ("products", "title"):
                if place in used:
                    self.add_error(
                        f"column-{name}",
                        _("This column is “%(field)s” already.") % {"field": FIELDS[used[place]]},
                    )
                used[place] = name
        return values

    def columns(self) -> dict[str, int]:
        """field → index of its column."""
        chosen = {name: self.cleaned_data.get(f"column-{name}", "") for name in FIELDS}
        return {name: int(place) for name, place in chosen.items() if place}

    def fixed(self) -> dict[str, str]:
        """field → value for the whole file."""
        return {name: self.cleaned_data.get(f"fixed-{name}", "") for name in FIXED}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The fields as the page shows them: needed ones first."""
        needed = {name for need in NEEDED for name in need}
        return [
            {
                "field": self[f"column-{name}"],
                "fixed": self[f"fixed-{name}"] if name in FIXED else None,
                "needed": name in needed,
            }
            for name in FIELDS
        ]


class TrackingSheetForm(forms.Form):
    """Which parcels: those not on the marketplace yet, or those of some days."""

    WHICH = (("to_upload", _("Not uploaded yet")), ("period", _("Handed over in a period")))

    which = forms.ChoiceField(label=_("Parcels"), choices=WHICH, initial="to_upload")
    store = _StoreField(
        queryset=Store.objects.none(), label=_("Store"), required=False, empty_label=_("All stores")
    )
    since = forms.DateField(
        label=pgettext_lazy("the first day of a period", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("To and including"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    file_format = forms.ChoiceField(
        label=_("Format"), choices=(("xlsx", "Excel"), ("csv", "CSV")), initial="xlsx"
    )

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = self.fields["store"]
        assert isinstance(stores, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        stores.queryset = stores_of(seller)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", _("The period ends before it begins."))
        return values
