"""Taking in what was ordered."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid, Refused
from core.templatetags.ui import number
from sellers.access import PageRequest, page, sentences
from stock.actions.receipts import Over, OverReceived, receive_replenishment
from stock.forms.purchasing import ReceiptForm
from stock.models import COMING
from stock.queries.purchasing import lines_of
from stock.views.purchasing import replenishment

_ANSWERS: dict[str, Over] = {"all": "all", "ordered": "ordered"}


@page("stock:write")
def receive(request: PageRequest, replenishment_id: str) -> HttpResponseBase:
    """How many of each line came. More than was ordered is asked about before it is booked."""
    row = replenishment(request, replenishment_id)
    lines = lines_of(row)
    posted = request.method == "POST"
    if row.state not in COMING and not posted:
        messages.info(request, _("Nothing of %(number)s is on the way.") % {"number": row.number})
        return redirect("purchasing:one", row.public_id)
    form = ReceiptForm(
        request.POST if posted else None,
        seller=request.seller,
        lines=lines,
        initial={"warehouse": row.warehouse_id, "client_id": str(uuid4())},
    )
    question: OverReceived | None = None
    if posted and form.is_valid():
        said = form.cleaned_data
        try:
            done = receive_replenishment(
                seller=request.seller,
                replenishment=row.pk,
                units=said["units"],
                warehouse=said["warehouse"],
                actor=request.actor,
                client_id=said["client_id"],
                over=_ANSWERS.get(request.POST.get("over", ""), ""),
                note=said["note"],
            )
        except OverReceived as error:
            question = error
        except Invalid as error:
            for sentence in sentences(error):
                form.add_error(None, sentence)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            units = sum(line.quantity for line in done.receipt.lines.all())
            text = (
                _("This delivery had been booked already; it counts once.")
                if done.again
                else ngettext("%(n)s unit received.", "%(n)s units received.", units)
                % {"n": number(units)}
            )
            messages.success(request, text)
            return redirect("purchasing:one", row.public_id)
    context = {
        "row": row,
        "form": form,
        "rows": form.typed(),
        "question": question,
    }
    status = 409 if question else 422 if form.errors else 200
    return render(request, "purchasing/receive.html", context, status=status)
