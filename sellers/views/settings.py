"""Settings: the shop, its stores, and oneself."""

from copy import copy

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, Refused
from core.templatetags.ui import THEME_COOKIE, THEMES
from sellers import actions
from sellers.access import PageRequest, own, page
from sellers.forms import MeForm, NewStoreForm, SellerForm, StoreForm, add_errors
from sellers.models import Seller, Store, User
from sellers.queries import stores_of

YEAR = 365 * 24 * 3600


@page()
def index(request: PageRequest) -> HttpResponseBase:
    """The first settings page that the role may see."""
    return redirect("sellers:shop" if request.actor.may("settings:read") else "sellers:me")


@page("settings:read")
def shop(request: PageRequest) -> HttpResponseBase:
    """Name and time zone of the shop, and the list of its stores."""
    form = SellerForm(request.POST or None, instance=copy(request.seller))
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_seller(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.tell_changed(error, Seller.objects.get(pk=request.seller.pk))
        else:
            messages.success(request, _("The shop has been saved."))
            return redirect("sellers:shop")
    context = {"form": form, "stores": stores_of(request.seller)}
    return render(request, "sellers/shop.html", context, status=_status(form))


@page("settings:write")
def add_store(request: PageRequest) -> HttpResponseBase:
    """A further store."""
    form = NewStoreForm(request.POST or None, initial={"time_zone": request.seller.time_zone})
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_store(seller=request.seller, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The store has been added."))
            return redirect("sellers:shop")
    return render(request, "sellers/store.html", {"form": form}, status=_status(form))


@page("settings:read")
def store(request: PageRequest, store_id: str) -> HttpResponseBase:
    """One store and the clock its orders are judged by."""
    row = own(Store.objects.all(), request.seller, Store.id_prefix, store_id)
    name = row.name
    form = StoreForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_store(store=row, actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.tell_changed(error, Store.objects.get(pk=row.pk))
        else:
            messages.success(request, _("The store has been saved."))
            return redirect("sellers:store", store_id)
    context = {"form": form, "store": row, "store_name": name}
    return render(request, "sellers/store.html", context, status=_status(form))


@page(shop=False)
def me(request: PageRequest) -> HttpResponseBase:
    """One's own name, language, time zone and appearance. The appearance belongs to the device,
    so it lives in a cookie."""
    cookie = request.COOKIES.get(THEME_COOKIE, "")
    initial = {
        "language": request.user.language or translation.get_language(),
        "theme": cookie if cookie in THEMES else "system",
    }
    form = MeForm(request.POST or None, instance=_copy_of(request.user), initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        theme = fields.pop("theme")
        actions.update_me(user=request.user, **fields)
        translation.activate(fields["language"])
        messages.success(request, _("Your settings have been saved."))
        response = redirect("sellers:me")
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, samesite="Lax")
        return response
    return render(request, "sellers/me.html", {"form": form}, status=_status(form))


def _copy_of(user: User) -> User:
    """For the form to write into: what was typed wrongly must not show elsewhere on the page."""
    return User.objects.get(pk=user.pk)


def _status(form: object) -> int:
    """422 for a form that comes back with errors."""
    return 422 if getattr(form, "errors", None) else 200
