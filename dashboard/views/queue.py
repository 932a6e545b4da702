"""The queue of next actions in words: why an order is here, and the one thing to do with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.actor import Actor
from core.errors import Text
from core.templatetags.ui import absolute_time, countdown, duration_text, money
from dashboard.queries.queue import Next
from orders.models import Order
from orders.registry import registered
from orders.states import TABLE
from orders.views.list import order_path
from orders.views.words import stage_badge
from stock.models import Sku


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A row of the queue. ``action`` is its button, or ``link`` leads to what stops it.
    ``finished``: the clock has stopped, nothing is left to do."""

    id: str
    number: str
    href: str
    store: str
    badge: str
    time: str
    late: bool
    why: str
    blocked: bool
    fine: str
    fine_note: str
    fine_title: str
    finished: bool
    action: str = ""
    label: Text = ""
    icon: str = ""
    final: bool = False
    link: str = ""
    link_label: str = ""


def queue_rows(rows: Sequence[Next], actor: Actor, now: datetime) -> list[QueueRow]:
    """The rows as the reader may work on them."""
    return [_row(row, actor, now) for row in rows]


def _row(row: Next, actor: Actor, now: datetime) -> QueueRow:
    order = row.order
    link, link_label = _way(row, actor) if row.block else ("", "")
    t = TABLE[row.action] if row.action and not row.block else None
    if t is not None and not actor.may(registered(t.name).scope):
        t, link, link_label = None, order_path(order.pk), _("Open")
    fine, fine_note, fine_title = _fine(row, now)
    return QueueRow(
        id=order.public_id,
        number=order.number,
        href=order_path(order.pk),
        store=order.store.name,
        badge=stage_badge(order.stage),
        time=_time(order, now),
        late=order.clock_open and order.ship_by <= now,
        why=_why(row, now),
        blocked=bool(row.block),
        fine=fine,
        fine_note=fine_note,
        fine_title=fine_title,
        finished=not order.clock_open,
        action=t.name if t else "",
        label=t.label if t else "",
        icon=t.icon if t else "",
        final=bool(t and t.final),
        link=link,
        link_label=link_label,
    )


def _time(order: Order, now: datetime) -> str:
    if not order.clock_open:
        return ""
    return str(
        countdown(order.ship_by, now, order.ship_by - timedelta(hours=order.store.warn_hours))
    )


def _fine(row: Next, now: datetime) -> tuple[str, str, str]:
    """The next step of the fine, when it falls, and that in full; or what is booked."""
    fine = row.fine
    if fine is None or not row.order.clock_open:
        return "", "", ""
    booked = _("%(amount)s booked") % {"amount": money(fine.booked, fine.currency)}
    if not fine.next_amount or fine.next_at is None:
        return (money(fine.booked, fine.currency), _("booked"), "") if fine.booked else ("", "", "")
    local = timezone.localtime(fine.next_at)
    clock = date_format(local, "H:i" if local.date() == timezone.localdate() else "D H:i")
    when = _("at %(time)s") % {"time": clock}
    note = pgettext("parts of a note", " · ").join([when, booked] if fine.booked else [when])
    return money(fine.next_amount, fine.currency), note, absolute_time(fine.next_at)


# --- why it is here ----------------------------------------------------------------------------


def _why(row: Next, now: datetime) -> str:
    return _BLOCKED[row.block](row) if row.block else _READY[row.action](row, now)


def _held(row: Next) -> str:
    if row.hold is None:
        return _("On hold.")
    reason = row.hold.get_reason_display()
    if row.hold.note:
        return _("On hold: %(reason)s. %(note)s") % {"reason": reason, "note": row.hold.note}
    return _("On hold: %(reason)s.") % {"reason": reason}


def _short(row: Next) -> str:
    goods = pgettext("enumeration", ", ").join(f"{m.units} × {m.code}" for m in row.missing)
    return _("Stock is short: %(goods)s missing.") % {"goods": goods}


_BLOCKED: dict[str, Callable[[Next], str]] = {
    "hold": _held,
    "address": lambda row: _("The address cannot be shipped to."),
    "unmapped": lambda row: _("Nobody has said which SKU “%(code)s” is.") % {
        "code": row.unmapped[0] or "?"
    },
    "short": _short,
    "scan": lambda row: _("Uploaded; its clock stops with the carrier's first scan."),
}  # fmt: skip


def _accept(row: Next, now: datetime) -> str:
    n = len(row.order.problems)
    if n:
        return ngettext(
            "%(n)d thing to look at, then accept it.",
            "%(n)d things to look at, then accept it.",
            n,
        ) % {"n": n}
    if row.missing:
        return _("Accept it; stock will be short: %(codes)s.") % {
            "codes": pgettext("enumeration", ", ").join(m.code for m in row.missing)
        }
    return _("The checks found nothing, stock is there: accept it.")


def _since(moment: datetime | None, now: datetime) -> str:
    return duration_text(now - moment) if moment else "–"


def _upload(row: Next, now: datetime) -> str:
    if row.bare:
        return _("Handed over without a tracking number: enter it and upload.")
    return _("Handed over %(time)s ago: upload the tracking number.") % {
        "time": _since(row.order.shipped_at, now)
    }


_READY: dict[str, Callable[[Next, datetime], str]] = {
    "accept": _accept,
    "allocate": lambda row, now: _("Stock is there: allocate it."),
    "pack": lambda row, now: _("Stock is reserved: pack it."),
    "ship": lambda row, now: _("Packed %(time)s ago: hand it over.") % {
        "time": _since(row.order.packed_at, now)
    },
    "upload": _upload,
}  # fmt: skip


def _way(row: Next, actor: Actor) -> tuple[str, str]:
    """Where what stops an order is cleared."""
    order = order_path(row.order.pk)
    if row.block == "short" and actor.may("stock:read"):
        sku = Sku(pk=row.missing[0].sku).public_id
        return reverse("shortages:sku", args=[sku]), _("See the shortage")
    if row.block == "unmapped" and actor.may("stock:read"):
        return reverse("shortages:unmapped"), _("Map the SKU")
    return order, {
        "hold": _("Decide"),
        "address": _("See the address"),
        "scan": _("See the parcel"),
    }.get(row.block, _("Open"))
