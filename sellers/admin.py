"""People and sellers as ops see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import BigTable, ReadOnly
from sellers.models import ApiKey, Membership, Notice, Seller, Store, User


class LowerCaseEmail:
    """Addresses are kept in lower case, so that one person cannot register twice."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserForm(LowerCaseEmail, UserChangeForm):
    pass


class NewUserForm(LowerCaseEmail, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)
        field_classes: dict[str, type[forms.Field]] = {}


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    fields = ("user", "seller", "role")
    autocomplete_fields = ("user", "seller")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    show_full_result_count = False
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "language", "time_zone")}),
        (
            _("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)


class StoreInline(admin.TabularInline):
    model = Store
    extra = 0
    fields = ("code", "name", "marketplace", "mode", "handling_days", "cut_off", "time_zone")
    readonly_fields = fields
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Seller | None = None) -> bool:
        return False


@admin.register(Seller)
class SellerAdmin(BigTable):
    list_display = ("code", "name", "status", "time_zone", "created_at")
    list_filter = ("status",)
    search_fields = ("code", "name")
    readonly_fields = ("created_at",)
    ordering = ("-id",)
    inlines = (StoreInline, MembershipInline)

    def has_delete_permission(self, request: HttpRequest, obj: Seller | None = None) -> bool:
        return False


@admin.register(Store)
class StoreAdmin(ReadOnly, BigTable):
    list_display = ("code", "seller", "name", "marketplace", "mode", "handling_days", "cut_off")
    list_select_related = ("seller",)
    list_filter = ("marketplace", "mode")
    search_fields = ("code", "name", "=seller__code")
    ordering = ("-id",)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly, BigTable):
    list_display = ("name", "seller", "public", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("seller",)
    search_fields = ("=public", "=seller__code")
    exclude = ("secret_hash",)
    ordering = ("-id",)


@admin.register(Notice)
class NoticeAdmin(ReadOnly, BigTable):
    list_display = ("updated_at", "seller", "kind", "count")
    list_select_related = ("seller",)
    list_filter = ("kind",)
    search_fields = ("=seller__code",)
    ordering = ("-id",)
