"""Orders as ops see them: found across sellers, moved by the same actions as everywhere."""

from collections.abc import Callable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from core.admin import BigTable, ReadOnly, ReadOnlyInline, ReasonForm, staff_actor
from core.errors import DomainError
from core.outcome import BatchOutcome
from orders import admin_rules  # noqa: F401 - registers the rest of this app
from orders.action_forms import ActionForm, form_of
from orders.bulk import perform_many
from orders.models import (
    Deadline,
    Hold,
    Order,
    OrderEvent,
    OrderLine,
    Penalty,
)
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
    def _action(name: str) -> Callable[..., HttpResponseBase | None]:
        def run(
            model: "OrderAdmin", request: HttpRequest, queryset: QuerySet[Order]
        ) -> HttpResponseBase | None:
            return model._perform(request, name, queryset)

        return run

    def _perform(
        self, request: HttpRequest, name: str, queryset: QuerySet[Order]
    ) -> HttpResponseBase | None:
        """Perform it, or ask first for the tracking numbers of parcels."""
        pairs = list(queryset.order_by("seller_id", "pk").values_list("seller_id", "pk"))
        mine = {
            seller: [pk for _seller, pk in rows] for seller, rows in groupby(pairs, itemgetter(0))
        }
        sellers = Seller.objects.in_bulk(mine)
        form = self._form(request, name, sellers, mine)
        if form is not None and not form.is_valid():
            return self._ask(request, form)
        try:
            outcome = BatchOutcome()
            for pk, ids in mine.items():
                done = (
                    form.run()
                    if form
                    else perform_many(
                        name,
                        seller=sellers[pk],
                        orders=ids,
                        actor=staff_actor(request),
                        params=_params(name, request.POST.get("reason", "").strip()),
                    )
                )
                outcome.rows += done.rows
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        for _code, text, n in outcome.refusals()[:10]:
            self.message_user(request, f"{n} × {text}", messages.WARNING)
        if outcome.failed:
            failed = next(row.detail for row in outcome if row.status == "failed")
            self.message_user(request, f"{outcome.failed} × {failed}", messages.ERROR)
        self.message_user(
            request,
            _("%(action)s: %(done)s done, %(already)s already so, %(refused)s refused.")
            % {"action": TABLE[name].label, **outcome.summary},
            messages.SUCCESS if not outcome.refused else messages.INFO,
        )
        return None

    @staticmethod
    def _form(
        request: HttpRequest,
        name: str,
        sellers: Mapping[int, Seller],
        mine: Mapping[int, list[int]],
    ) -> ActionForm | None:
        """The form of the shop's own page when it takes tracking numbers, which are told apart by
        the order numbers of one seller; what else it asks stands in the action bar."""
        form_class = form_of(name)
        if form_class is None or len(sellers) != 1:
            return None
        ((pk, seller),) = sellers.items()
        data = request.POST if "step" in request.POST else None
        form = form_class(data, seller=seller, orders=mine[pk], actor=staff_actor(request))
        return form if "tracking_numbers" in form.fields else None

    def _ask(self, request: HttpRequest, form: ActionForm) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "title": form.title,
            "opts": self.opts,
            "form": form,
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/orders/ask.html", context)


def _params(name: str, reason: str) -> dict[str, str]:
    """What the action makes of the reason in the action bar."""
    field = {"cancel": "reason", "hold": "note"}.get(name)
    return {field: reason} if field and reason else {}


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnly, BigTable):
    list_display = ("at", "kind", "seller", "order", "actor_name")
    list_select_related = ("seller", "order")
    list_filter = ("kind",)
    search_fields = ("=order__number", "=seller__code")
    ordering = ("-id",)
