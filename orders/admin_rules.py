"""What ops keep right for everybody: the calendar, the rule book, and the ledger of fines."""

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import BigTable, ReadOnly, ReasonForm, staff_actor
from core.errors import Invalid
from orders.actions.closures import add_closure, calendar_changed, delete_closure
from orders.actions.fines import waive
from orders.actions.rules import StepDraft, save_rule
from orders.models import Closure, OfficialYear, Penalty, PenaltyRule, PenaltyStep, RateLimit


@admin.register(Closure)
class ClosureAdmin(BigTable):
    """Days that hold for everybody when they name no seller. Deadlines follow by themselves."""

    list_display = ("day", "working", "seller", "note")
    list_select_related = ("seller",)
    list_filter = ("working",)
    search_fields = ("=seller__code", "note")
    autocomplete_fields = ("seller",)
    fields = ("day", "working", "seller", "note")
    ordering = ("-day",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # delete and add: both are recorded

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        day: date = obj.day
        saved = add_closure(
            seller=obj.seller,
            day=day,
            working=obj.working,
            note=obj.note,
            actor=staff_actor(request),
        )
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        delete_closure(seller=obj.seller, closure=obj.pk, actor=staff_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        for closure in queryset.select_related("seller"):
            self.delete_model(request, closure)


@admin.register(OfficialYear)
class OfficialYearAdmin(admin.ModelAdmin):
    list_display = ("year", "note")
    ordering = ("-year",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        calendar_changed(seller=None, actor=staff_actor(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        calendar_changed(seller=None, actor=staff_actor(request))


class StepInline(admin.TabularInline):
    model = PenaltyStep
    extra = 1
    fields = ("position", "after_hours", "after_working_days", "fixed", "percent", "cap")


@admin.register(PenaltyRule)
class PenaltyRuleAdmin(BigTable):
    """The rule book. Saving a rule writes its next version; orders keep the one they have."""

    list_display = (
        *("__str__", "seller", "marketplace", "mode", "trigger", "criterion", "currency"),
        *("is_example", "effective_from", "effective_to"),
    )
    list_select_related = ("seller",)
    list_filter = ("marketplace", "trigger", "is_example", "effective_to")
    search_fields = ("=seller__code", "source_note")
    autocomplete_fields = ("seller",)
    ordering = ("-id",)
    inlines = (StepInline,)
    fields = (
        *("seller", "marketplace", "mode", "trigger", "criterion", "currency", "total_cap"),
        *("is_example", "source_note", "version", "effective_from", "effective_to"),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: PenaltyRule | None = None
    ) -> tuple[str, ...]:
        fixed = ("version", "effective_from", "effective_to")
        named = ("seller", "marketplace", "mode", "trigger", "currency")
        return fixed + named if obj else fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.effective_to is None) and super().has_change_permission(
            request, obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The version is written with its steps, below."""

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool
    ) -> None:
        rule: PenaltyRule = form.instance
        rows = [
            row.cleaned_data
            for formset in formsets
            for row in formset.forms
            if row.cleaned_data and not row.cleaned_data.get("DELETE")
        ]
        saved = save_rule(
            seller=rule.seller,
            marketplace=rule.marketplace,
            mode=rule.mode,
            trigger=rule.trigger,
            criterion=rule.criterion,
            currency=rule.currency,
            total_cap=rule.total_cap,
            is_example=rule.is_example,
            source_note=rule.source_note,
            steps=[
                StepDraft(
                    after_hours=row["after_hours"],
                    after_working_days=row["after_working_days"],
                    fixed=row["fixed"],
                    percent=row["percent"],
                    cap=row["cap"],
                )
                for row in sorted(rows, key=lambda row: row["position"])
            ],
            actor=staff_actor(request),
        )
        rule.pk, rule.version = saved.pk, saved.version

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return [{"added": {"name": "version", "object": str(form.instance.version)}}]


@admin.register(RateLimit)
class RateLimitAdmin(BigTable):
    """What marketplaces tolerate; without a seller it holds for everybody."""

    list_display = ("marketplace", "kind", "percent", "days", "seller", "is_example")
    list_select_related = ("seller",)
    list_filter = ("marketplace", "kind", "is_example")
    search_fields = ("=seller__code", "source_note")
    autocomplete_fields = ("seller",)
    fields = ("seller", "marketplace", "kind", "percent", "days", "is_example", "source_note")
    ordering = ("marketplace", "kind", "seller_id")


@admin.register(Penalty)
class PenaltyAdmin(ReadOnly, BigTable):
    """The ledger. A fine is taken back by a waiver with a reason; nothing is ever changed."""

    list_display = ("at", "seller", "order", "kind", "amount", "currency", "actor", "reason")
    list_select_related = ("seller", "order")
    list_filter = ("kind", "currency")
    search_fields = ("=order__number", "=seller__code")
    ordering = ("-id",)
    action_form = ReasonForm
    actions = ("waive",)

    @admin.action(description=_("Waive (give a reason)"))
    def waive(self, request: HttpRequest, queryset: QuerySet[Penalty]) -> None:
        rows = queryset.select_related("seller").order_by("seller_id", "pk")
        reason = request.POST.get("reason", "")
        done = refused = 0
        try:
            for seller, mine in groupby(rows, key=lambda p: p.seller):
                outcome = waive(
                    seller=seller,
                    penalty_ids=[p.pk for p in mine],
                    reason=reason,
                    actor=staff_actor(request),
                )
                done += outcome.done
                refused += outcome.refused
        except Invalid as error:
            for problem in error.errors:
                self.message_user(request, str(problem.detail), messages.ERROR)
            return
        self.message_user(
            request, _("%(done)s done, %(refused)s refused.") % {"done": done, "refused": refused}
        )
