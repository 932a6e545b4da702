"""What people write on an order: notes, tags, a corrected address; waiving fines, and undo."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import Invalid, NotFound, Refused
from core.ids import decode
from orders.actions.address import ADDRESS_FIELDS, correct_address, why_not_correctable
from orders.actions.fines import waive
from orders.actions.notes import add_note, tag_orders
from orders.checks import check_address, problem_text
from orders.models import Order, Penalty
from orders.problem_text import address_of
from orders.states import TABLE
from orders.undo import UNDO
from orders.undo import undo as take_back
from orders.views.act import tell_error, tell_one
from orders.views.conflict import back_to, in_dialog, target_of
from orders.views.list import order_path
from orders.views.order import get_order, is_revealed
from orders.views.words import country_choices
from sellers.access import PageRequest, page, sentences
from sellers.forms import add_errors

#: What taking an action back does.
_REVERSE = {"hold": "release", "release": "hold"}


class AddressForm(forms.ModelForm):
    """The address by parts."""

    class Meta:
        model = Order
        fields = ADDRESS_FIELDS
        labels = {
            "buyer_name": gettext_lazy("Name"),
            "buyer_phone": gettext_lazy("Phone"),
            "address": gettext_lazy("Street and house number"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=self.fields["country"].label, choices=country_choices()
        )


@page("orders:write")
@never_cache
def address(request: PageRequest, order_id: str) -> HttpResponseBase:
    """Corrects the buyer's address. It is shown to those who have asked to see it."""
    order = get_order(request, order_id)
    if not is_revealed(request, order):
        raise Refused(_("Show the buyer in full first; that is recorded."), code="masked")
    if why := why_not_correctable(order.stage, order.packed):
        raise Refused(why, code="wrong_stage")
    posted = request.method == "POST"
    version = request.POST.get("version", "") if posted else str(order.version)
    form = AddressForm(request.POST if posted else None, instance=get_order(request, order_id))
    if posted and form.is_valid():
        try:
            correct_address(
                seller=request.seller,
                order=order.pk,
                fields=form.cleaned_data,
                actor=request.actor,
                version=int(version) if version.isdecimal() else 0,
            )
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            if error.code != "changed":
                raise
            form.add_error(
                None,
                _(
                    "Somebody has changed the order meanwhile. It now stands as shown here beside "
                    "your text; compare, and save again to keep yours."
                ),
            )
            version = str(order.version)
        else:
            messages.success(request, _("The address has been corrected and checked again."))
            return redirect(back_to(request, order))
    context = {
        "order": order,
        "form": form,
        "version": version,
        "now_there": [
            (form.fields[name].label, getattr(order, name))
            for name in ADDRESS_FIELDS
            if posted and str(form[name].value() or "") != getattr(order, name)
        ],
        "found": [
            {"text": problem_text(p)}
            for p in check_address(address_of(order))
            if p.code in order.problems
        ],
        "back": order_path(order.pk),
        "target": target_of(request),
    }
    if request.htmx:
        response = render(request, "orders/_address.html", context)
        return in_dialog(response)
    status = 422 if form.errors else 200
    return render(request, "orders/address.html", context, status=status)


@page("orders:read")
@require_POST
def note(request: PageRequest, order_id: str) -> HttpResponseBase:
    """Writes a note: field ``text``."""
    order = get_order(request, order_id)
    try:
        add_note(
            seller=request.seller,
            order=order.pk,
            text=request.POST.get("text", ""),
            actor=request.actor,
        )
    except Invalid as error:
        tell_error(request, order, error)
    else:
        messages.success(request, _("The note has been added."))
    return redirect(back_to(request, order))


@page("orders:read")
@require_POST
def tags(request: PageRequest, order_id: str) -> HttpResponseBase:
    """Puts tags on (field ``add``) or takes them off (``remove``)."""
    order = get_order(request, order_id)
    try:
        outcome = tag_orders(
            seller=request.seller,
            orders=[order.pk],
            actor=request.actor,
            add=[tag for tag in request.POST.getlist("add") if tag.strip()],
            remove=request.POST.getlist("remove"),
        )
    except Invalid as error:
        tell_error(request, order, error)
    else:
        for row in outcome:
            if row.status == "refused":
                messages.error(request, str(row.detail))
    return redirect(back_to(request, order))


@page("money:read")
@require_POST
def waive_fine(request: PageRequest, order_id: str, fine: str) -> HttpResponseBase:
    """Waives one fine of the order: field ``reason``."""
    order = get_order(request, order_id)
    pk = decode(Penalty.id_prefix, fine)
    if pk is None or not Penalty.objects.filter(order=order, pk=pk).exists():
        raise NotFound
    try:
        outcome = waive(
            seller=request.seller,
            penalty_ids=[pk],
            reason=request.POST.get("reason", ""),
            actor=request.actor,
        )
    except Invalid as error:
        for sentence in sentences(error):
            messages.error(request, sentence)
        return redirect(back_to(request, order))
    for row in outcome:
        if row.status == "done":
            messages.success(request, _("The fine has been waived."))
        elif row.status == "already":
            messages.info(request, _("This fine had been waived already."))
        else:
            messages.error(request, str(row.detail))
    return redirect(back_to(request, order))


@page("orders:write")
@require_POST
def undo(request: PageRequest, order_id: str, name: str) -> HttpResponseBase:
    """Takes back ``hold`` or ``release``."""
    order = get_order(request, order_id)
    if name not in UNDO:
        raise NotFound
    outcome = take_back(name, seller=request.seller, orders=[order.pk], actor=request.actor)
    for row in outcome:
        tell_one(request, str(TABLE[_REVERSE[name]].label), row)
    return redirect(back_to(request, order))
