"""What a page asks before it performs an action: parameters, or whether it is really meant.

An action without a form here is done at once. An app that owns an action brings its form, as it
brings the function (``orders.registry``).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from core.actor import Actor
from core.errors import Text
from core.outcome import BatchOutcome, RowOutcome
from orders.bulk import perform_many
from orders.bulk_jobs import start_bulk
from orders.models import Hold
from orders.queries import orders_for
from orders.states import TABLE
from sellers.models import Job, Seller

_COLUMNS = re.compile(r"[\t,;，；]+| +")
MAX_LINES = 10_000


class ActionForm(forms.Form):
    """Asks before an action. ``orders`` are the ids that are meant."""

    #: Name in the transition table; set by ``ask_before``.
    action: ClassVar[str]
    #: What will happen, with ``%(n)d`` orders.
    effect: ClassVar[Any]

    def __init__(
        self, *args: Any, seller: Seller, orders: Sequence[int], actor: Actor, **kwargs: Any
    ) -> None:
        self.seller = seller
        self.orders = orders
        self.actor = actor
        super().__init__(*args, **kwargs)

    @classmethod
    def needed(cls, seller: Seller, orders: Sequence[int]) -> bool:
        """Whether there is something to ask about these orders."""
        return True

    @property
    def title(self) -> Text:
        return TABLE[self.action].label

    @property
    def effect_text(self) -> str:
        return str(self.effect % {"n": len(self.orders)})

    @property
    def submit_label(self) -> str:
        n = len(self.orders)
        return ngettext("%(action)s: %(n)d order", "%(action)s: %(n)d orders", n) % {
            "action": TABLE[self.action].label,
            "n": n,
        }

    @property
    def final(self) -> bool:
        return TABLE[self.action].final

    def params(self) -> dict[str, Any]:
        """The action's parameters as its registration reads them; empty fields are left out."""
        return {
            name: value
            for name, value in self.data.items()
            if name in self.fields and value not in ("", None)
        }

    def prepare(self) -> dict[int, RowOutcome]:
        """What has to be done before the action; refusals by order, told instead of the action's
        own. Raises ``Invalid``."""
        return {}

    def run(self) -> BatchOutcome:
        """Perform the action. Raises what ``registry.perform`` raises."""
        instead = self.prepare()
        outcome = perform_many(
            self.action,
            seller=self.seller,
            orders=self.orders,
            actor=self.actor,
            params=self.params(),
        )
        for i, row in enumerate(outcome.rows):
            why = instead.get(row.id)
            if why and row.status == "refused":
                outcome.rows[i] = replace(row, code=why.code, detail=why.detail)
        return outcome

    def start(self) -> Job:
        """The same as a job, for more orders than one answer takes."""
        instead = [replace(row, id=order) for order, row in self.prepare().items()]
        return start_bulk(
            self.action,
            seller=self.seller,
            ids=self.orders,
            actor=self.actor,
            params=self.params(),
            instead=instead,
        )

    def numbers_by_order(self, text: str) -> dict[int, str]:
        """Pasted lines “order number, tracking number” as tracking numbers by order.

        Raises ``ValidationError`` that names the lines which cannot be read, and the numbers that
        are none of the chosen orders.
        """
        pairs: dict[str, str] = {}
        errors = []
        lines = [line.strip() for line in text.splitlines()]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("At most %(n)d lines.") % {"n": MAX_LINES})
        for at, line in enumerate(lines, 1):
            if not line:
                continue
            columns = [c for c in _COLUMNS.split(line) if c]
            if len(columns) != 2:
                errors.append(
                    _("Line %(line)d: an order number and a tracking number are expected.")
                    % {"line": at}
                )
            elif columns[0] in pairs and pairs[columns[0]] != columns[1]:
                errors.append(
                    _("Line %(line)d: order %(number)s has another tracking number further up.")
                    % {"line": at, "number": columns[0]}
                )
            else:
                pairs[columns[0]] = columns[1]
        known = dict(
            orders_for(self.seller)
            .filter(pk__in=self.orders, number__in=pairs)
            .values_list("number", "pk")
        )
        strange = [number for number in pairs if number not in known]
        if strange:
            errors.append(
                ngettext_lazy(
                    "Order %(numbers)s is not among the chosen orders.",
                    "Orders %(numbers)s are not among the chosen orders.",
                    len(strange),
                )
                % {"numbers": ", ".join(strange[:10]) + (" …" if len(strange) > 10 else "")}
            )
        if errors:
            raise forms.ValidationError(errors[:20])
        return {known[number]: tracking for number, tracking in pairs.items()}


_forms: dict[str, type[ActionForm]] = {}


def ask_before(action: str) -> Callable[[type[ActionForm]], type[ActionForm]]:
    """Register the form of an action of the transition table."""
    if action not in TABLE:
        raise LookupError(f"{action} is not in the transition table")

    def keep(form: type[ActionForm]) -> type[ActionForm]:
        form.action = action
        _forms[action] = form
        return form

    return keep


def form_of(action: str) -> type[ActionForm] | None:
    """The form that is asked before an action, if any."""
    return _forms.get(action)


@ask_before("allocate")
class AllocateForm(ActionForm):
    effect = ngettext_lazy(
        "Stock is reserved for %(n)d order.",
        "Stock is reserved for %(n)d orders, the most urgent first.",
        "n",
    )
    partial = forms.BooleanField(
        label=_("Allocate in part where not everything is there"),
        help_text=_(
            "Orders that cannot be served whole keep what is there and wait for the rest; that "
            "stock is then missing for other orders."
        ),
        required=False,
    )


@ask_before("hold")
class HoldForm(ActionForm):
    effect = ngettext_lazy(
        "%(n)d order is left alone by all other actions until it is released. Its clock goes on.",
        "%(n)d orders are left alone by all other actions until they are released. "
        "Their clocks go on.",
        "n",
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=Hold.Reason.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    until = forms.DateTimeField(
        label=_("Release by itself at"),
        help_text=_("In your time zone. Empty: until somebody releases it."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


@ask_before("cancel")
class CancelForm(ActionForm):
    effect = ngettext_lazy(
        "%(n)d order is cancelled for good. Its stock is free again, packed parcels become void. "
        "Fines booked until now stay.",
        "%(n)d orders are cancelled for good. Their stock is free again, packed parcels become "
        "void. Fines booked until now stay.",
        "n",
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


@ask_before("confirm")
class ConfirmForm(ActionForm):
    effect = ngettext_lazy(
        "%(n)d order is closed as received by the buyer. This cannot be undone.",
        "%(n)d orders are closed as received by the buyers. This cannot be undone.",
        "n",
    )
