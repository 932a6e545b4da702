"""Settings: API keys."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import Invalid
from sellers import actions
from sellers.access import SCOPES, PageRequest, own, page
from sellers.forms import ApiKeyForm, add_errors
from sellers.models import ApiKey
from sellers.queries import keys_of


@page("people:write")
@never_cache
def index(request: PageRequest) -> HttpResponseBase:
    """The keys, and a new one. Its token stands in the answer to the post and nowhere else."""
    form = ApiKeyForm(request.POST or None)
    token = ""
    if request.method == "POST" and form.is_valid():
        try:
            _key, token = actions.create_api_key(
                seller=request.seller,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                actor=request.actor,
                by=request.user,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            form = ApiKeyForm()
    keys = keys_of(request.seller)
    context = {
        "form": form,
        "token": token,
        "keys": [(key, _labels(key)) for key in keys],
    }
    return render(request, "sellers/keys.html", context, status=422 if form.errors else 200)


def _labels(key: ApiKey) -> list[str]:
    return [str(SCOPES.get(scope, scope)) for scope in key.scopes]


@page("people:write")
@require_POST
def revoke(request: PageRequest, key_id: str) -> HttpResponseBase:
    """Ends a key."""
    key = own(ApiKey.objects.all(), request.seller, ApiKey.id_prefix, key_id)
    actions.revoke_api_key(key=key, actor=request.actor)
    messages.success(request, _("“%(name)s” does not work any more.") % {"name": key.name})
    return redirect("sellers:keys")
