"""Orders as ops see them: found across sellers, moved by the same actions as everywhere."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import BigTable, ReadOnly, ReadOnlyInline, ReasonForm, staff_actor
from core.errors import DomainError
from core.outcome import BatchOutcome
from orders import admin_rules  # noqa: F401 - registers the rest of this app
from orders.models import (
    Deadline,
    Hold,
    Order,
    OrderEvent,
    OrderLine,
    Penalty,
)
from orders.registry import MAX_BATCH, perform
from orders.states import TABLE
from sellers.models import Seller


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = (
        *("position", "sku", "sku_code", "title", "quantity", "unit_price"),
        *("cancelled", "allocated", "packed", "shipped", "uploaded"),
    )
    ordering = ("position",)


class DeadlineInline(ReadOnlyInline):
    model = Deadline
    fields = ("kind", "due_at", "warn_at", "outcome", "stopped_at", "given_at", "fine_next")


class HoldInline(ReadOnlyInline):
    model = Hold
    fields = ("reason", "note", "held_by", "held_at", "until", "released_by", "released_at")


class PenaltyInline(ReadOnlyInline):
    model = Penalty
    fields = ("kind", "amount", "currency", "at", "actor", "reason")


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ("at", "kind", "actor_name", "data")
    ordering = ("-id",)


def batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ids in pieces of the size of a batch."""
    for start in range(0, len(ids), MAX_BATCH):
        yield ids[start : start + MAX_BATCH]


@admin.register(Order)
class OrderAdmin(ReadOnly, BigTable):
    list_display = ("number", "seller", "store", "stage", "ship_by", "on_hold", "clock_open")
    list_select_related = ("seller", "store")
    list_filter = ("stage", "on_hold", "clock_open")
    search_fields = ("=number", "=seller__code")
    search_help_text = _("Order number or seller code")
    ordering = ("-id",)
    date_hierarchy = None
    inlines = (LineInline, DeadlineInline, HoldInline, PenaltyInline, EventInline)
    action_form = ReasonForm
    #: The buyer is shown on the shop's own page, where looking is recorded.
    exclude = (
        *("buyer_name", "buyer_phone", "address", "tax_number", "buyer_ref", "ship_to_key"),
        "corrected",
    )

    def get_actions(self, request: HttpRequest) -> Any:
        """The actions of the transition table, in its order."""
        return {t.name: (self._action(t.name), t.name, str(t.label)) for t in TABLE}

    @staticmethod
    def _action(name: str) -> Callable[..., None]:
        def run(model: "OrderAdmin", request: HttpRequest, queryset: QuerySet[Order]) -> None:
            model._perform(request, name, queryset)

        return run

    def _perform(self, request: HttpRequest, name: str, queryset: QuerySet[Order]) -> None:
        params = {}
        reason = request.POST.get("reason", "").strip()
        if reason and name == "cancel":
            params = {"reason": reason}
        elif reason and name == "hold":
            params = {"note": reason}
        summary: Counter[str] = Counter()
        why: Counter[str] = Counter()
        rows = list(queryset.order_by("seller_id", "pk").values_list("seller_id", "pk"))
        sellers = Seller.objects.in_bulk({seller for seller, _pk in rows})
        try:
            for seller_id, mine in groupby(rows, key=lambda row: row[0]):
                for ids in batches([pk for _seller, pk in mine]):
                    outcome: BatchOutcome = perform(
                        name,
                        seller=sellers[seller_id],
                        orders=ids,
                        actor=staff_actor(request),
                        params=params,
                    )
                    summary.update(outcome.summary)
                    why.update({str(text): n for _code, text, n in outcome.refusals()})
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        for text, n in why.most_common(10):
            self.message_user(request, f"{n} × {text}", messages.WARNING)
        self.message_user(
            request,
            _("%(action)s: %(done)s done, %(already)s already so, %(refused)s refused.")
            % {"action": TABLE[name].label, **summary},
            messages.SUCCESS if not summary["refused"] else messages.INFO,
        )


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnly, BigTable):
    list_display = ("at", "kind", "seller", "order", "actor_name")
    list_select_related = ("seller", "order")
    list_filter = ("kind",)
    search_fields = ("=order__number", "=seller__code")
    ordering = ("-id",)
