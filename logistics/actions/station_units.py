"""Units into the box and out of it, and units that fail a check."""

from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.ids import decode
from logistics.actions.picking import add_to_wave
from logistics.actions.station_base import Answer, Entering, Wrong
from logistics.models import PackSession, Pick, Scan, Wave
from logistics.packing import FAIL_REASONS, Asked, read_entry
from logistics.station_queries import LineIn, Table, read_lines
from orders.actions.replan import replan
from stock.actions.levels import Loss
from stock.allocation import Grant
from stock.models import MovementKind, Reservation

MAX_QUANTITY = 10_000

#: Why a unit fails, by the word on its barcode.
FAILS = {
    "damaged": gettext_lazy("Damaged"),
    "dirty": gettext_lazy("Dirty"),
    "wrong": gettext_lazy("Not what it says"),
    "incomplete": gettext_lazy("Something is missing"),
}
assert set(FAILS) == {word.lower() for word in FAIL_REASONS}  # noqa: S101 - one list in two forms


def gone(session: str) -> Wrong:
    """What to tell whose page shows a parcel that is not on the table any more."""
    row = (
        PackSession.objects.select_related("packer")
        .filter(pk=decode(PackSession.id_prefix, session) or 0)
        .first()
    )
    if row is not None and row.outcome == PackSession.Outcome.OPEN:
        return Wrong(
            _("%(name)s has taken this parcel over. Nothing was counted.") % {"name": row.packer}
        )
    return Wrong(_("This parcel is closed already. Nothing was counted; scan it again."))


def _lines_with(table: Table, code: str) -> list[LineIn]:
    code = code.lower()
    return [x for x in table.lines if x.sku and code in (x.barcode.lower(), x.code.lower())]


def only_counts(entering: Entering, what: str) -> bool:
    """Whether a scan is of a unit that goes in, and others are missing after it: the usual one."""
    table = entering.table
    if what != "scan" or table is None or entering.stale:
        return False
    asked = read_entry(entering.text, table.step)
    state = table.state
    if asked.what != "code" or state.split or not _lines_with(table, asked.code):
        return False
    missing = sum(max(0, line.wanted - state.counts.get(line.id, 0)) for line in table.lines)
    return missing > asked.quantity > 0


def count_unit(entering: Entering, asked: Asked) -> Answer | None:
    """Count units of a SKU into the box (or out of it, after OUT). ``None`` when no line of the
    parcel has this code."""
    table = entering.on_table
    lines = _lines_with(table, asked.code)
    if not lines:
        return None
    if not 1 <= asked.quantity <= MAX_QUANTITY:
        raise Wrong(_("From 1 to %(n)s units at a time.") % {"n": MAX_QUANTITY})
    state = table.state
    if entering.stale:
        raise gone(entering.stale)
    if state.taking_out:
        return _take_out(entering, table, lines, asked.quantity)
    for line in lines:
        left = line.wanted - state.counts.get(line.id, 0)
        if 0 < asked.quantity <= left:
            now = state.counts.get(line.id, 0) + asked.quantity
            message = _("%(sku)s: %(n)s of %(all)s") % {
                "sku": line.code, "n": now, "all": line.wanted,
            }  # fmt: skip
            entering.write(
                Scan.Kind.UNIT, Scan.Result.RIGHT, message, line=line.id, quantity=asked.quantity
            )
            return Answer(Scan.Result.RIGHT, message, table)
    raise Wrong(_too_many(lines, state.counts, asked.quantity))


def _too_many(lines: list[LineIn], counts: dict[int, int], asked: int) -> str:
    code = lines[0].code
    left = max(line.wanted - counts.get(line.id, 0) for line in lines)
    if left > 0:
        return ngettext(
            "Only %(n)s more unit of %(sku)s goes in.",
            "Only %(n)s more units of %(sku)s go in.",
            left,
        ) % {"n": left, "sku": code}
    if all(line.wanted == 0 and line.cancelled for line in lines):
        return _("%(sku)s was cancelled. It does not go in.") % {"sku": code}
    if all(line.wanted == 0 and line.allocated == line.packed for line in lines):
        return _("%(sku)s has no stock for this order, or is packed already.") % {"sku": code}
    return _("%(sku)s is complete. This one is too many.") % {"sku": code}


def _take_out(entering: Entering, table: Table, lines: list[LineIn], n: int) -> Answer:
    counts = table.state.counts
    # What is too many comes out first.
    lines = sorted(lines, key=lambda x: x.wanted - counts.get(x.id, 0))
    line = next((x for x in lines if counts.get(x.id, 0) >= n), None)
    if line is None:
        raise Wrong(_("%(sku)s is not in the box.") % {"sku": lines[0].code})
    message = _("%(sku)s taken out: %(n)s of %(all)s") % {
        "sku": line.code, "n": counts[line.id] - n, "all": line.wanted,
    }  # fmt: skip
    entering.write(Scan.Kind.UNIT, Scan.Result.RIGHT, message, line=line.id, quantity=-n)
    return Answer(Scan.Result.RIGHT, message, table, data={"stay": True})


_UNDOABLE = ("unit", "box", "weight", "check", "out", "close")


def take_back(entering: Entering) -> Answer:
    """UNDO: the last scan that did something counts no longer."""
    table = entering.on_table
    undone = {e.data.get("undoes") for e in table.entries if e.kind == "undo"}
    last = next(
        (
            e
            for e in reversed(table.entries)
            if e.kind in (*_UNDOABLE, "fail")
            and e.result != Scan.Result.WRONG
            and e.id not in undone
        ),
        None,
    )
    if last is None:
        raise Wrong(_("There is nothing to take back. LEAVE puts the order aside."))
    if last.kind == "fail":
        raise Wrong(_("A unit that failed is written off. Correct the stock if it was a mistake."))
    line = table.line(last.line)
    what = line.code if line else str(Scan.Kind(last.kind).label)
    message = _("Taken back: %(what)s") % {"what": what}
    entering.write(
        Scan.Kind.UNDO, Scan.Result.RIGHT, message,
        line=last.line, quantity=-last.quantity, data={"undoes": last.id},
    )  # fmt: skip
    return Answer(Scan.Result.RIGHT, message, table, data={"stay": True})


def fail_unit(entering: Entering) -> Answer:
    """A unit fails a check: it leaves the box and the sellable stock, and the order gets another
    one from elsewhere or waits for stock.

    ``fields``: ``reason`` (see ``FAILS``), ``line`` (its position; else that of the check, or of
    the unit scanned last), ``note``.
    """
    table = entering.on_table
    said = entering.fields
    reason = said.get("reason", "")
    if reason not in FAILS:
        raise Wrong(_("Say why."))
    line = _failed_line(table, said.get("line", ""))
    now = timezone.now()
    held = (
        Reservation.objects.filter(seller=entering.seller, holder_id=line.id)
        .order_by("-quantity", "pk")
        .first()
    )
    if held is None:
        raise Wrong(_("%(sku)s is not promised to this order any more.") % {"sku": line.code})
    text = " · ".join(filter(None, (str(FAILS[reason]), said.get("note", "").strip()[:120])))
    planned = replan(
        seller=entering.seller,
        losses=[Loss(line.id, held.level_id, 1, MovementKind.WRITE_OFF.value)],
        reason=text,
        actor=entering.actor,
        at=now,
    )
    _tell_wave(entering, line, held.level_id, text, planned.grants)
    counted = table.state.counts.get(line.id, 0) > 0
    again = [c.pk for c in table.rules.checks if c.sku_id == line.sku] if table.rules else []
    message = _("%(sku)s failed: %(reason)s.") % {"sku": line.code, "reason": text}
    if planned.grants:
        message += " " + _("Fetch another one.")
    else:
        message += " " + _("There is no other: the order waits for stock. SPLIT sends the rest.")
    entering.write(
        Scan.Kind.FAIL, Scan.Result.RIGHT, message,
        line=line.id, quantity=-1 if counted else 0, data={"reason": reason, "again": again},
    )  # fmt: skip
    read_lines(table)
    table.rules = None
    return Answer(Scan.Result.ASK, message, table, data={"stay": True})


def _failed_line(table: Table, position: str) -> LineIn:
    state = table.state
    if position:
        chosen = next((x for x in table.lines if str(x.id) == position), None)
    elif table.step == "check" and table.rules:
        todo = {c.sku_id for c in table.rules.checks if c.pk not in state.passed}
        chosen = next((x for x in table.lines if x.sku in todo and state.counts.get(x.id)), None)
        chosen = chosen or table.line(state.last_line)
    else:
        chosen = table.line(state.last_line)
    if chosen is None or not chosen.wanted:
        raise Wrong(_("Scan the unit first, then say that it failed."))
    return chosen


def _tell_wave(
    entering: Entering, line: LineIn, level: int, reason: str, grants: Sequence[Grant]
) -> None:
    """The pick list says so too, and asks for the replacement where it lies in this warehouse."""
    pick = (
        Pick.objects.filter(line=line.id, level=level, quantity__gt=F("short"))
        .order_by("-open", "-pk")
        .first()
    )
    if pick is not None:
        Pick.objects.filter(pk=pick.pk).update(
            picked=pick.picked - 1 if pick.picked else 0,
            short=pick.short + 1,
            short_reason=reason[:200],
        )
        wave = Wave.objects.filter(pk=pick.wave_id, closed_at__isnull=True).first()
        if wave is not None:
            add_to_wave(wave, [(g.group, g.holder, g.level, g.quantity) for g in grants])
