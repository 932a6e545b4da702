"""Forms of the rule book."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from orders.actions.rules import MAX_STEPS, StepDraft
from orders.models import PenaltyRule, StopOn


class RuleForm(forms.ModelForm):
    """What a version of a rule says beside its steps."""

    criterion = forms.ChoiceField(
        label=_("What stops the clock"), choices=StopOn.choices, widget=forms.RadioSelect
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        label=_("Currency"),
        required=False,
        max_length=3,
        help_text=_(
            "Three letters, such as CNY: the rule judges orders in this currency only. Empty: it "
            "judges all, in their own currency."
        ),
        error_messages={"invalid": _("Three capital letters, such as CNY.")},
    )
    total_cap = forms.DecimalField(
        label=_("At most in total"), required=False, min_value=0, max_digits=14, decimal_places=2
    )

    class Meta:
        model = PenaltyRule
        fields = ("criterion", "currency", "total_cap", "source_note")
        help_texts = {"source_note": _("Where it is written, e.g. the contract and its date.")}

    field_order = ("criterion", "currency", "total_cap", "source_note")


class StepForm(forms.Form):
    """A step of the ladder. A row without a delay is no step."""

    HOURS, DAYS = "hours", "working_days"

    after = forms.IntegerField(label=_("Late by"), min_value=0, max_value=8760, required=False)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[(HOURS, _("hours")), (DAYS, _("working days"))], required=False
    )
    fixed = forms.DecimalField(
        label=_("Fixed amount"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    percent = forms.DecimalField(
        label=_("Percent of goods value"),
        max_digits=6,
        decimal_places=3,
        required=False,
        validators=[MinValueValidator(0), MaxValueValidator(1000)],
    )
    cap = forms.DecimalField(
        label=_("At most"), min_value=0, max_digits=14, decimal_places=2, required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        amounts = [name for name in ("fixed", "percent", "cap") if data.get(name) is not None]
        if data.get("after") is None and "after" not in self.errors and amounts:
            self.add_error("after", _("Say how late, or empty the row."))
        if data.get("after") is not None and not (data.get("fixed") or data.get("percent")):
            self.add_error("fixed", _("Say what this step costs."))
        return data

    def draft(self) -> StepDraft | None:
        """The step, or ``None`` for an empty row."""
        data = self.cleaned_data
        if data.get("after") is None:
            return None
        days = data["unit"] == self.DAYS
        return StepDraft(
            after_hours=None if days else data["after"],
            after_working_days=data["after"] if days else None,
            fixed=data["fixed"] or Decimal(0),
            percent=data["percent"] or Decimal(0),
            cap=data["cap"],
        )


StepFormSet = forms.formset_factory(
    StepForm, extra=2, max_num=MAX_STEPS, absolute_max=MAX_STEPS, validate_max=True
)


def steps_as_typed(rule: PenaltyRule) -> list[dict[str, Any]]:
    """The steps of a rule as the form set takes them."""
    return [
        {
            "after": step.after_working_days if step.after_hours is None else step.after_hours,
            "unit": StepForm.DAYS if step.after_hours is None else StepForm.HOURS,
            "fixed": step.fixed or None,
            "percent": f"{step.percent.normalize():f}" if step.percent else None,
            "cap": step.cap,
        }
        for step in sorted(rule.steps.all(), key=lambda step: step.position)
    ]
