"""Days that differ from the published calendar: a seller's own, or the platform's for everybody."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid, NotFound
from orders.models import Closure, Order
from sellers.models import Seller

CALENDAR_CHANGED = "calendar.changed"
"""Outbox topic, per seller: deadlines may be others. Payload: ``by``, kind, id and name of who
changed the calendar."""

_HORIZON = timedelta(days=800)


@transaction.atomic
def add_closure(
    *, seller: Seller | None, day: date, working: bool, actor: Actor, note: str = ""
) -> Closure:
    """Close a day, or work on a day off. ``seller`` None is for everybody: staff only.

    Raises ``Invalid`` for a day that has an entry, or one too far away. The deadlines of open
    orders follow (``calendar_changed``).
    """
    _may(seller, actor)
    today = timezone.now().date()
    if not today - _HORIZON <= day <= today + _HORIZON:
        raise _wrong_day(_("Choose a day within the next two years."))
    row = Closure(seller=seller, day=day, working=working, note=note.strip()[:120])
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _wrong_day(_("There is an entry for this day already.")) from None
    calendar_changed(seller=seller, actor=actor)
    return row


@transaction.atomic
def delete_closure(*, seller: Seller | None, closure: int, actor: Actor) -> None:
    """Take an own entry back. ``NotFound`` for one of the platform or of another seller."""
    _may(seller, actor)
    deleted, _tables = Closure.objects.filter(pk=closure, seller=seller).delete()
    if not deleted:
        raise NotFound
    calendar_changed(seller=seller, actor=actor)


def calendar_changed(*, seller: Seller | None, actor: Actor) -> None:
    """Queue the open deadlines of a seller, or of everybody, to be computed again."""
    if seller is not None:
        ids = [seller.pk]
    else:
        open_orders = Order.objects.filter(clock_open=True)
        ids = list(open_orders.order_by().values_list("seller_id", flat=True).distinct())
    by = {"by": [actor.kind, actor.id, actor.name]}
    outbox.put_many(CALENDAR_CHANGED, [(pk, by) for pk in ids])


def _may(seller: Seller | None, actor: Actor) -> None:
    actor.require("settings:write")
    if seller is None and actor.scopes is not None:
        raise Forbidden(_("Only staff change the calendar that holds for everybody."))


def _wrong_day(detail: object) -> Invalid:
    return Invalid(errors=[FieldError("/day", str(detail))])
