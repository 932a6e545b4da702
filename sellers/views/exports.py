"""Choosing what of a list goes into a file."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from sellers.access import PageRequest, page
from sellers.exports import FORMATS, Export, Reader, export_of, last_choice, start_export
from sellers.forms import add_errors


class ExportForm(forms.Form):
    file_format = forms.ChoiceField(label=_("Format"), choices=list(FORMATS.items()))
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column.")},
    )
    buyers = forms.BooleanField(
        label=_("Buyers in full"),
        required=False,
        help_text=_(
            "Names, addresses and phone numbers, otherwise masked. It is recorded on each order "
            "that you have taken them out."
        ),
    )

    def __init__(self, *args: Any, export: Export, request: PageRequest, **kwargs: Any) -> None:
        offered = export.columns_for(request.actor)
        last = last_choice(export.name, request.seller, request.actor)
        super().__init__(*args, **kwargs)
        self.initial = {
            "file_format": last.get("format", "xlsx"),
            "columns": last.get("columns", [each.name for each in offered if each.chosen]),
        }
        columns = self.fields["columns"]
        assert isinstance(columns, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        columns.choices = [(each.name, each.label) for each in offered]
        if not export.reveal_scope(request.actor):
            del self.fields["buyers"]


@page()
def export(request: PageRequest, name: str) -> HttpResponseBase:
    """What of a list goes into a file. The query is that of the list."""
    found = export_of(name, request.actor)
    form = ExportForm(request.POST or None, export=found, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            job = start_export(
                name,
                seller=request.seller,
                actor=request.actor,
                query=request.GET.urlencode(),
                columns=form.cleaned_data["columns"],
                file_format=form.cleaned_data["file_format"],
                buyers=form.cleaned_data.get("buyers", False),
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("jobs:job", job.public_id)
    context = {
        "export": found,
        "form": form,
        "also": export_of(found.also, request.actor) if found.also else None,
        "total": found.count(Reader(request.seller, request.actor), request.GET),
    }
    status = 422 if form.errors else 200
    return render(request, "jobs/export.html", context, status=status)
