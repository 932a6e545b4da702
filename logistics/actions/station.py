"""The packing table: one scan in, one answer out.

``enter`` is the only way in. It locks the packer's session, so that scans are taken in one after
the other; it writes exactly one ``Scan`` for a client id and gives the same answer whenever that id
comes again. Locks: session → order → line → parcel → stock level.

Nothing is counted but by scans: see ``logistics.packing``. A parcel closes only by
``station_close.close``, through the pack action, with everything looked at once more.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid, Refused
from core.locks import retry_on_deadlock
from logistics.actions import station_box, station_orders
from logistics.actions.station_base import MAX_TEXT, Answer, Entering, Wrong, look, table_of
from logistics.actions.station_close import close, refuse_to_close, undo_parcel
from logistics.actions.station_units import count_unit, fail_unit, only_counts, take_back
from logistics.models import PackSession, Scan
from logistics.packing import read_entry
from logistics.station_queries import Table, open_session, read_entries
from sellers.models import Seller


@retry_on_deadlock
def enter(
    *,
    seller: Seller,
    actor: Actor,
    text: str,
    client_id: str,
    what: str = "scan",
    session: str = "",
    wave: int | None = None,
    fields: Mapping[str, str] | None = None,
) -> Answer:
    """Take in what was scanned or typed (``what`` is ``scan``), or an answer given on the page.

    ``session`` is the one the page shows: units scanned for a parcel that is no longer open are not
    counted for another one. Needs a person: parcels on the table belong to somebody.
    """
    actor.require("shipments:write")
    if actor.kind != "user":
        raise Forbidden(_("Only people pack at the packing table."))
    if not 1 <= len(client_id) <= 64:
        raise Invalid(errors=[FieldError("/client_id", _("From 1 to 64 characters."))])
    text = " ".join(text.replace("\x00", "").split())[:MAX_TEXT]
    try:
        with transaction.atomic():
            return _enter(seller, actor, text, client_id, what, session, wave, fields or {})
    except IntegrityError as error:
        # The same scan came in twice at the same moment, or somebody else opened the order.
        with transaction.atomic():
            found = read_entries(seller, None, client_id)
            if not found:
                raise Wrong(_("Somebody else has begun with this order. Scan it again.")) from error
            return _told_before(seller, found[0], read_table(seller, actor.id))


def _enter(
    seller: Seller,
    actor: Actor,
    text: str,
    client_id: str,
    what: str,
    session: str,
    wave: int | None,
    fields: Mapping[str, str],
) -> Answer:
    row = open_session(seller, actor.id, lock=True)
    scans = read_entries(seller, row, client_id)
    table = table_of(row, scans) if row else None
    known = next((s for s in scans if s.client_id == client_id), None)
    if known is not None:
        return _told_before(seller, known, table)
    stale = session if session and session != (row.public_id if row else "") else ""
    entering = Entering(seller, actor, client_id, text, table, wave, fields, stale)
    try:
        # A scan that only counts a unit writes once, at its end: there is nothing to take back.
        with nullcontext() if only_counts(entering, what) else transaction.atomic():
            if stale and (table is not None or what not in ("scan", "take_over", "void")):
                raise Wrong(_("This page is old. What is on the table now is shown; scan again."))
            answer = _do(entering, what)
    except (Refused, Invalid) as error:
        entering.table = table
        places = error.errors if isinstance(error, Invalid) else ()
        message = " ".join(str(p.detail) for p in places) or str(error.detail)
        data = {"code": error.code, **getattr(error, "data", {})}
        entering.write(Scan.Kind.OTHER, Scan.Result.WRONG, message, data=data)
        answer = Answer(Scan.Result.WRONG, message, table, data=data)
    look(seller, answer.table)
    return answer


def _told_before(seller: Seller, scan: Scan, table: Table | None) -> Answer:
    """The answer of the first time, and what is on the table now."""
    look(seller, table)
    result, message = scan.result, scan.message
    session = scan.session
    if session is not None and session.outcome == PackSession.Outcome.PACKED:
        last = Scan.objects.filter(session=session).order_by("-pk").values_list("pk", flat=True)
        if last[0] == scan.pk:
            result, message = Scan.Result.CLOSED, str(_("This parcel is packed."))
    elif stopped := why_stopped(table):
        result, message = Scan.Result.WRONG, stopped
    return Answer(result, message, table, again=True, data=scan.data)


def why_stopped(table: Table | None) -> str:
    """What keeps a parcel open of which nothing is left to do; empty when nothing does."""
    if table is None or table.rules is None or table.step != "close":
        return ""
    try:
        refuse_to_close(table)
    except Wrong as error:
        return str(error.detail)
    return ""


def read_table(seller: Seller, user: int | None) -> Table | None:
    """What lies on somebody's table, for a page that is opened."""
    session = open_session(seller, user)
    table = table_of(session) if session else None
    look(seller, table)
    return table


Handler = Callable[[Entering], Answer]


def _do(entering: Entering, what: str) -> Answer:
    """Perform what was asked, and close the parcel when nothing is left to do."""
    if what == "scan" and not entering.text:
        raise Wrong(_("Nothing was scanned."))
    table = entering.table
    if table is None:
        answer = _without_parcel(entering, what)
    else:
        look(entering.seller, table)
        answer = _with_parcel(entering, table, what)
    table = entering.table
    if table is None or answer.result != Scan.Result.RIGHT:
        return answer
    look(entering.seller, table)
    if table.rules is not None and table.step == "close" and not answer.data.get("stay"):
        return close(entering, table, answer)
    return answer


def _without_parcel(entering: Entering, what: str) -> Answer:
    if what in ("take_over", "void"):
        function = station_orders.take_over if what == "take_over" else undo_parcel
        return function(entering)
    asked = read_entry(entering.text)
    if asked.what == "undo":
        return undo_parcel(entering)
    if asked.what != "code":
        raise Wrong(_("Scan an order first, or a wave."))
    return station_orders.begin_with(entering, asked)


def _with_parcel(entering: Entering, table: Table, what: str) -> Answer:
    on_page: Mapping[str, Handler] = {
        "fail": fail_unit,
        "check": station_box.pass_check,
        "reason": station_box.give_reason,
        "address": station_orders.accept_address,
        "take_over": station_orders.take_over,
        "leave": station_orders.leave,
    }
    if what in on_page:
        return on_page[what](entering)
    asked = read_entry(entering.text, table.step)
    if asked.what == "code":
        answer = count_unit(entering, asked)
        return answer or station_orders.other_code(entering, asked.code)
    if asked.what == "close":
        return close(entering, table, None)
    if asked.what == "fail":
        entering.fields = {"reason": asked.code.lower()}
        return fail_unit(entering)
    commands: Mapping[str, Callable[[Entering, Any], Answer]] = {
        "undo": lambda e, _a: take_back(e),
        "out": lambda e, _a: station_box.next_takes_out(e),
        "split": lambda e, _a: station_box.split(e),
        "leave": lambda e, _a: station_orders.leave(e),
        "combine": lambda e, _a: station_orders.combine_all(e),
        "pass": lambda e, _a: station_box.pass_check(e),
        "box": station_box.choose_box,
        "choice": station_box.choose_box,
        "weight": station_box.weigh,
    }
    return commands[asked.what](entering, asked)
