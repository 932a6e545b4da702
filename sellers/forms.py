"""Forms of the settings. They read and validate what was typed; actions do the rest."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, Refused
from core.stale import stamp
from sellers.access import SCOPES
from sellers.models import ApiKey, Membership, Role, Seller, Store, User
from sellers.zones import zone_choices


def add_errors(form: forms.BaseForm, error: Invalid) -> None:
    """Show what an action did not accept beside the fields it names."""
    if not error.errors:
        form.add_error(None, str(error))
    for place in error.errors:
        field = place.pointer.strip("/")
        form.add_error(field if field in form.fields else None, str(place.detail))


class StampedForm(forms.ModelForm):
    """A form that carries what its row held when it was shown, for ``refuse_if_changed``."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["seen"]
        else:
            self.initial["seen"] = stamp(self.instance, self.row_fields)

    @property
    def row_fields(self) -> list[str]:
        return [name for name in self.fields if name != "seen"]

    def tell_changed(self, error: Refused, row: Model) -> None:
        """Say that somebody was quicker. The form goes on from what the row holds now, so that
        saving again is a decision."""
        self.add_error(None, str(error.detail))
        seen = {self.add_prefix("seen"): stamp(row, self.row_fields)}
        self.data = {**self.data.dict(), **seen} if isinstance(self.data, QueryDict) else self.data


def _zone_field(**kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=zone_choices, **kwargs)


def _languages() -> list[tuple[str, str]]:
    """Each in its own words, so that whoever cannot read the page finds the way back."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


class SellerForm(StampedForm):
    time_zone = _zone_field(
        label=_("Time zone"),
        help_text=_("Days and months in reports are counted in this zone."),
    )

    class Meta:
        model = Seller
        fields = ("name", "time_zone")


class StoreForm(StampedForm):
    time_zone = _zone_field(
        label=_("Time zone of the clock"),
        help_text=_("Cut-off and end of day are read in this zone."),
    )

    class Meta:
        model = Store
        fields: tuple[str, ...] = (
            "name",
            "marketplace",
            "mode",
            "external_id",
            "handling_days",
            "cut_off",
            "clock_mode",
            "time_zone",
            "warn_hours",
            "accept_hours",
        )
        widgets = {
            "cut_off": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "external_id": _("As the marketplace shows it; may stay empty."),
            "handling_days": _("Working days from payment to the deadline, as promised."),
            "cut_off": _("What is paid later counts from the next working day."),
            "warn_hours": _("From then on an order is “due soon”."),
            "accept_hours": _("Hours after payment."),
        }


class NewStoreForm(StoreForm):
    class Meta(StoreForm.Meta):
        fields: tuple[str, ...] = ("code", *StoreForm.Meta.fields)
        help_texts = {
            **StoreForm.Meta.help_texts,
            "code": _("Names the store in files and in the API, e.g. “ali-1”. It stays."),
        }


class MemberForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.PACKER)


class RoleForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ("role",)


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=[(scope, label) for scope, label in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one permission.")},
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes")
        help_texts = {"name": _("Which system uses it, e.g. “ERP”.")}


class LoginForm(AuthenticationForm):
    def get_invalid_login_error(self) -> ValidationError:
        """An e-mail address does not mind capital letters, which Django's own words cannot know."""
        return ValidationError(
            _(
                "This e-mail address and this password do not belong together. Look at both, mind "
                "capital letters in the password, and try again."
            ),
            code="invalid_login",
        )


class MeForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=_languages)
    time_zone = _zone_field(
        label=_("Time zone"), help_text=_("Times on all pages are shown in this zone.")
    )
    theme = forms.ChoiceField(
        label=_("Appearance"), choices=User.Theme.choices, widget=forms.RadioSelect
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "shortcuts")
        labels = {"shortcuts": _("Single-key shortcuts")}
        help_texts = {
            "shortcuts": _("/ to search, j and k through a list, g o for the orders. ? shows all."),
        }
