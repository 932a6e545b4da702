"""Settings: who belongs to the shop, in which role."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import Invalid, Refused
from sellers import actions
from sellers.access import SCOPES, PageRequest, own, page, scopes_of
from sellers.forms import MemberForm, add_errors
from sellers.models import Membership, Role
from sellers.queries import members_of


@page("settings:read")
@never_cache
def index(request: PageRequest) -> HttpResponseBase:
    """The members, and somebody new by e-mail address."""
    form = MemberForm(request.POST or None)
    added: Membership | None = None
    if request.method == "POST" and form.is_valid():
        try:
            added, new = actions.add_member(
                seller=request.seller, actor=request.actor, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        except Refused as error:
            form.add_error("email", str(error))
        else:
            if not new:
                messages.success(
                    request, _("%(person)s belongs to the shop now.") % {"person": added.user}
                )
                return redirect("sellers:people")
            form = MemberForm()
    return _render(request, form=form, invited=added)


@page("people:write")
@require_POST
def role(request: PageRequest, member_id: str) -> HttpResponseBase:
    """Gives a member another role (``role``)."""
    member = _member(request, member_id)
    member = actions.change_role(
        membership=member, role=request.POST.get("role", ""), actor=request.actor
    )
    messages.success(
        request,
        _("%(person)s is %(role)s now.")
        % {"person": member.user, "role": member.get_role_display()},
    )
    return redirect("sellers:people")


@page("people:write")
@require_POST
@never_cache
def link(request: PageRequest, member_id: str) -> HttpResponseBase:
    """Shows a link by which a member sets a (new) password."""
    return _render(request, form=MemberForm(), invited=_member(request, member_id))


@page("people:write")
@require_POST
def remove(request: PageRequest, member_id: str) -> HttpResponseBase:
    """Takes a member out of the shop."""
    member = _member(request, member_id)
    actions.remove_member(membership=member, actor=request.actor)
    messages.success(
        request, _("%(person)s does not belong to the shop any more.") % {"person": member.user}
    )
    return redirect("/" if member.user_id == request.user.pk else "sellers:people")


def _member(request: PageRequest, member_id: str) -> Membership:
    rows = Membership.objects.select_related("user")
    return own(rows, request.seller, Membership.id_prefix, member_id)


def _render(
    request: PageRequest, *, form: MemberForm, invited: Membership | None
) -> HttpResponseBase:
    path = actions.set_password_path(membership=invited, actor=request.actor) if invited else ""
    members = members_of(request.seller)
    may_change = request.actor.may("people:write")
    openable = actions.openable(members) if may_change else set()
    owners = sum(member.role == Role.OWNER for member in members)
    context = {
        "form": form,
        "members": [
            {
                "row": member,
                "last_owner": member.role == Role.OWNER and owners < 2,
                "waiting": not member.user.has_usable_password(),
                "link": member.pk in openable,
            }
            for member in members
        ],
        "roles": Role.choices,
        "role_scopes": [
            (label, [str(text) for scope, text in SCOPES.items() if scope in scopes_of(role)])
            for role, label in Role.choices
        ],
        "invited": invited,
        "invite_link": request.build_absolute_uri(path) if path else "",
    }
    return render(request, "sellers/people.html", context, status=422 if form.errors else 200)
