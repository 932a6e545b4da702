"""What the admin pages of all apps share. The admin site is for ops; it opens no back doors:
stages, ledgers and events are read-only, and what it does it does through the domain's actions."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import CharField, TextInput
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.models import OutboxMessage, OutboxState

#: The admin counts no further than this: a full count of a big table takes seconds.
COUNT_LIMIT = 2_000


class LimitedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages over the first ``COUNT_LIMIT`` rows; more is found by searching, not by leafing."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNT_LIMIT].count())


class BigTable(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table that may hold millions of rows: no full counts, no joins in a loop."""

    paginator = LimitedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200


class ReadOnly:
    """Nothing can be added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = False


class ReasonForm(ActionForm):
    """The action bar with a reason beside the action."""

    reason = CharField(
        label=_("Reason"), required=False, max_length=300, widget=TextInput(attrs={"size": 24})
    )


def staff_actor(request: HttpRequest) -> Actor:
    """The person at the admin site; may do everything, and events say that it was staff."""
    return Actor("staff", request.user.pk, str(request.user))


@admin.register(OutboxMessage)
class OutboxAdmin(ReadOnly, BigTable):
    """What is waiting, and what got stuck; stuck messages can be sent again."""

    list_display = ("topic", "handler", "state", "attempts", "due_at", "last_error")
    list_filter = ("state",)
    search_fields = ("topic",)
    ordering = ("-id",)
    actions = ("send_again",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_staff)

    @admin.action(description=_("Send again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        n = queryset.filter(state=OutboxState.REJECTED).update(
            state=OutboxState.QUEUED, attempts=0, finished_at=None
        )
        self.message_user(request, _("%(n)s messages are queued again.") % {"n": n})
