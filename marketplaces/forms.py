"""Forms of import and export. They read what was chosen; actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplaces.queries import stores_of
from sellers.models import Seller, Store
from sellers.zones import zone_choices


class _StoreField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Store) -> str:
        return f"{obj.name} ({obj.code})"


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Order file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
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
        stores.queryset = stores_of(seller)
        if not may_create:
            del self.fields["create_skus"]


class TrackingSheetForm(forms.Form):
    """Which parcels: those not on the marketplace yet, or those of some days."""

    WHICH = (("to_upload", _("Not uploaded yet")), ("period", _("Handed over in a period")))

    which = forms.ChoiceField(label=_("Parcels"), choices=WHICH, initial="to_upload")
    store = _StoreField(
        queryset=Store.objects.none(), label=_("Store"), required=False, empty_label=_("All stores")
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
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
