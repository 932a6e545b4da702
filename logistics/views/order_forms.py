"""The small forms on the page of an order."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logistics.action_forms import ReasonField, ServiceField
from logistics.actions.pack import MAX_WEIGHT_GRAMS
from logistics.models import TrackingState

Choices = list[tuple[str, Any]]


class ServiceForm(forms.Form):
    """A form with a service; a page with many of them reads the choices once."""

    def __init__(self, *args: Any, services: Choices | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if services is not None:
            field = cast(ServiceField, self.fields["service"])
            field.choices = [("", field.empty), *services[1:]]


class NumberForm(ServiceForm):
    """A parcel's tracking number, and who carries it."""

    tracking_number = forms.CharField(label=_("Tracking number"), max_length=60)
    service = ServiceField(empty="—", help_text=_("Empty: as the parcel was packed."))
    reason = ReasonField()


class PackPartForm(ServiceForm):
    """A parcel of chosen units; the quantities are fields ``pack-<line id>`` beside it."""

    service = ServiceField()
    weight_grams = forms.IntegerField(
        label=_("Weight (g)"), required=False, min_value=1, max_value=MAX_WEIGHT_GRAMS
    )
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=60, required=False)
    reason = ReasonField()


class TrackingEventForm(forms.Form):
    """News about a parcel, entered by hand."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[c for c in TrackingState.choices if c[0] != TrackingState.PENDING],
    )
    at = forms.DateTimeField(
        label=_("Time"),
        help_text=_("In your time zone."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    location = forms.CharField(label=_("Place"), max_length=120, required=False)
    description = forms.CharField(label=_("Description"), max_length=300, required=False)

    @classmethod
    def blank(cls, auto_id: str) -> "TrackingEventForm":
        """An empty form for news of this minute."""
        now = timezone.localtime().replace(second=0, microsecond=0)
        return cls(initial={"at": now}, auto_id=auto_id)


def first_errors(form: forms.Form) -> Sequence[str]:
    """What is wrong with a form, field by field, as messages say it."""
    found: list[Any] = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        found += [f"{label}: {error}" if label else str(error) for error in errors]
    return found
