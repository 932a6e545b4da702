"""Language, password and the one-time link by which a new person sets the first password."""

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse_lazy
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext_lazy as _
from django.views import i18n
from django.views.decorators.http import require_POST

from sellers.access import PageRequest, page, public
from sellers.actions import update_me
from sellers.models import User


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's own, which sets the cookie; of somebody logged in the choice is kept, too."""
    response = i18n.set_language(request)
    if isinstance(request.user, User):
        try:
            language = get_supported_language_variant(request.POST.get("language", ""))
        except LookupError:
            return response
        update_me(user=request.user, language=language)
    return response


class ChangePassword(PasswordChangeView):
    """Ends the other sessions of the person and keeps this one (Django's own behaviour)."""

    success_url = reverse_lazy("sellers:me")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)


_change_password = ChangePassword.as_view()


@page(shop=False)
def change_password(request: PageRequest) -> HttpResponseBase:
    """The page to change one's own password."""
    return _change_password(request)


class SetPassword(PasswordResetConfirmView):
    """The page behind a one-time link; logs the person in afterwards."""

    template_name = "sellers/set_password.html"
    post_reset_login = True
    post_reset_login_backend = "sellers.backends.PersonBackend"
    success_url = "/"
