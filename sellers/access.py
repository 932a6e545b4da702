"""Who may see and do what: from a request or an API key to a seller, an actor and its rows.

Every page is a function marked by ``page``; ``LoginRequiredMiddleware`` turns strangers away from
anything unmarked, and a test finds routes that carry no mark at all.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect, push_url, reswap, retarget
from django_htmx.middleware import HtmxDetails

from core.actor import Actor
from core.errors import DomainError, Forbidden, Invalid, NotFound, Refused
from core.ids import decode
from sellers.models import ApiKey, Membership, Role, Seller, User
from sellers.queries import memberships_of_person

P = ParamSpec("P")
M = TypeVar("M", bound=Model)
View = TypeVar("View", bound=Callable[..., Any])

SCOPES: Mapping[str, str | Promise] = {
    "orders:read": _("See orders"),
    "orders:write": _("Work on orders"),
    "shipments:read": _("See shipments"),
    "shipments:write": _("Pack, ship and track"),
    "stock:read": _("See stock"),
    "stock:write": _("Change stock and SKUs"),
    "money:read": _("See prices, amounts and fines"),
    "reports:read": _("See reports and the scorecard"),
    "settings:read": _("See settings"),
    "settings:write": _("Change settings and the rule book"),
    "people:write": _("Manage people and API keys"),
}
"""What can be allowed, to roles and API keys alike, with its label."""

_READ = frozenset(scope for scope in SCOPES if scope.endswith(":read"))
_ROLE_SCOPES: Mapping[str, frozenset[str]] = {
    Role.OWNER: frozenset(SCOPES),
    Role.MANAGER: frozenset(SCOPES) - {"people:write"},
    Role.PACKER: frozenset({"orders:read", "shipments:read", "shipments:write", "stock:read"}),
    Role.SUPPORT: frozenset({"orders:read", "orders:write", "shipments:read", "reports:read"}),
    Role.VIEWER: _READ,
}

SESSION_SELLER = "seller"
"""Session key: primary key of the seller that was chosen last."""

_TOKEN = re.compile(r"ful_live_([0-9a-f]{16})_([0-9a-f]{48})")
_USED_EVERY = timedelta(minutes=1)


class NoShop(Forbidden):
    """The person belongs to no seller."""

    code = "no_shop"
    title = _("You do not belong to a shop yet")


class ShopNotChosen(Forbidden):
    """The person belongs to several sellers and has not said which one is meant."""

    code = "shop_not_chosen"
    title = _("Choose a shop first")


class PageRequest(HttpRequest):
    """What a view marked with ``page`` receives (for type annotations only)."""

    user: User
    htmx: HtmxDetails
    seller: Seller
    membership: Membership
    actor: Actor


def scopes_of(role: str) -> frozenset[str]:
    """The scopes of a role; none for an unknown one."""
    return _ROLE_SCOPES.get(role, frozenset())


# --- from a request to a seller --------------------------------------------------------------


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The memberships of the person who is logged in, sellers included, by name. At most
    one query."""
    found: list[Membership] | None = getattr(request, "_memberships", None)
    if found is None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            found = []
        elif user.shops is not None:
            found = user.shops
        else:
            found = memberships_of_person(user.pk)
        request._memberships = found  # type: ignore[attr-defined]
    return found


def membership_of(request: HttpRequest) -> Membership:
    """The membership in use: the only one, or the one chosen last.

    Raises ``NoShop`` when there is none, ``ShopNotChosen`` when there are several.
    """
    found = memberships_of(request)
    if not found:
        raise NoShop
    if len(found) == 1:
        return found[0]
    chosen = request.session.get(SESSION_SELLER)
    for membership in found:
        if membership.seller_id == chosen:
            return membership
    raise ShopNotChosen


def seller_of(request: HttpRequest) -> Seller:
    """The seller whose rows this request may see. Raises like ``membership_of``."""
    return membership_of(request).seller


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request, with the scopes of the role. Raises like ``membership_of``."""
    membership = membership_of(request)
    user: User = request.user  # type: ignore[assignment]
    return Actor("user", user.pk, user.get_full_name(), scopes_of(membership.role))


def staff_actor(request: HttpRequest) -> Actor:
    """A person of the admin site, who is not bound to a seller. Raises ``Forbidden``."""
    user: User = request.user  # type: ignore[assignment]
    if not (user.is_active and user.is_staff):
        raise Forbidden
    return Actor("staff", user.pk, user.get_full_name())


def choose_seller(request: HttpRequest, code: str) -> Seller:
    """Remember the seller with this code for the session. ``NotFound`` unless a member."""
    for membership in memberships_of(request):
        if membership.seller.code == code:
            request.session[SESSION_SELLER] = membership.seller_id
            return membership.seller
    raise NotFound


def own(rows: QuerySet[M], seller: Seller, prefix: str, public_id: str) -> M:
    """The row of ``rows`` with this public id that belongs to the seller.

    Raises ``NotFound`` for anything else: no such id, no id at all, another seller's.
    """
    pk = decode(prefix, public_id)
    row = rows.filter(pk=pk, seller=seller).first() if pk is not None else None
    if row is None:
        raise NotFound
    return row


def login_name(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """The name by which failed logins are counted: an address in capitals is the same one."""
    typed = (credentials or request.POST).get("username")
    return (typed or "").strip().lower()


# --- pages -----------------------------------------------------------------------------------


def page(
    scope: str | None = None, *, shop: bool = True
) -> Callable[
    [Callable[Concatenate[PageRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Mark a function as a page for people who are logged in.

    The view finds ``request.seller``, ``request.membership`` and ``request.actor`` (not with
    ``shop=False``, for pages that belong to the person). ``scope`` is what the role must allow.
    Domain errors that the view lets through become an answer in words: see ``answer``.
    """
    if scope is not None and scope not in SCOPES:
        raise LookupError(f"{scope} is no scope")

    def mark(
        view: Callable[Concatenate[PageRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def run(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            inside: PageRequest = request  # type: ignore[assignment]
            try:
                if shop:
                    inside.membership = membership_of(request)
                    inside.seller = inside.membership.seller
                    inside.actor = actor_of(request)
                    if scope is not None and not inside.actor.may(scope):
                        raise Forbidden(
                            _("Your role in this shop does not include: %(permission)s.")
                            % {"permission": SCOPES[scope]},
                            code="missing_scope",
                        )
                return view(inside, *args, **kwargs)
            except DomainError as error:
                return answer(request, error)

        run.access = ("page", scope)  # type: ignore[attr-defined]
        return run

    return mark


def public(view: View) -> View:
    """Mark a view that anybody may call."""
    view = login_not_required(view)
    view.access = ("public", None)  # type: ignore[attr-defined]
    return view


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A domain error as a person sees it.

    Not found is Django's 404. Forbidden is a page that says why. Refused or invalid: a form post
    goes back where it came from with a message, a fragment request gets a toast, reading gets a
    page with the reason.
    """
    if isinstance(error, NotFound):
        raise Http404(str(error))
    if isinstance(error, ShopNotChosen):
        return _go(request, reverse("sellers:choose") + "?" + urlencode({"next": _here(request)}))
    if isinstance(error, NoShop):
        return render(request, "sellers/no_shop.html")
    if getattr(request, "htmx", False):
        return _toasts(request, error)
    if request.method == "POST" and isinstance(error, Refused | Invalid):
        for sentence in sentences(error):
            messages.error(request, sentence)
        return redirect(_back(request))
    template = "sellers/forbidden.html" if isinstance(error, Forbidden) else "sellers/refused.html"
    context = {"error": error, "sentences": sentences(error)}
    return render(request, template, context, status=error.status)


def sentences(error: DomainError) -> list[str]:
    """What to tell a person: the wrong places when the error names them, else its detail."""
    places = error.errors if isinstance(error, Invalid) else ()
    return [str(place.detail) for place in places] or [str(error.detail)]


def safe_next(request: HttpRequest, target: str | None) -> str:
    """``target`` when it is an address of this site, else the start page."""
    if target and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return "/"


def _toasts(request: HttpRequest, error: DomainError) -> HttpResponse:
    # 200, since htmx leaves the page alone on an error status and nobody would be told.
    response = render(request, "sellers/toasts.html", {"sentences": sentences(error)})
    return push_url(reswap(retarget(response, "#toasts"), "beforeend"), False)


def _here(request: HttpRequest) -> str:
    """The page a person is on, also when a fragment of it was asked for."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if htmx and htmx.current_url_abs_path:
        return htmx.current_url_abs_path
    return request.get_full_path() if request.method == "GET" else _back(request)


def _back(request: HttpRequest) -> str:
    return safe_next(request, request.headers.get("Referer"))


def _go(request: HttpRequest, to: str) -> HttpResponse:
    return HttpResponseClientRedirect(to) if getattr(request, "htmx", False) else redirect(to)


# --- API keys --------------------------------------------------------------------------------


def hash_secret(secret: str) -> str:
    """What is kept of a key's secret. A plain hash is enough for 192 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate_key(token: str) -> ApiKey | None:
    """The live key behind ``ful_live_<public>_<secret>``, its seller included, else ``None``.

    Notes the use, at most once a minute.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    key = (
        ApiKey.objects.select_related("seller")
        .filter(public=match[1], revoked_at__isnull=True)
        .first()
    )
    kept = key.secret_hash if key else hash_secret("")
    if not hmac.compare_digest(kept, hash_secret(match[2])) or key is None:
        return None
    now = timezone.now()
    stale = now - _USED_EVERY
    if key.last_used_at is None or key.last_used_at < stale:
        # The condition is asked again by the database: of many requests at once, one writes.
        ApiKey.objects.filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=stale), pk=key.pk
        ).update(last_used_at=now)
        key.last_used_at = now
    return key


def actor_of_key(key: ApiKey) -> Actor:
    """The key as the one who acts, with the scopes it was given."""
    return Actor("key", key.pk, key.name, frozenset(key.scopes) & frozenset(SCOPES))
