"""What is asked before a parcel closes: checks, the box, the weight; and parts of an order."""

from django.utils.translation import gettext as _

from logistics.actions.station_base import Answer, Entering, Wrong, need_rules
from logistics.boxes import fits, suggest, too_heavy
from logistics.models import Box, Scan
from logistics.packing import Asked, off_by
from logistics.station_queries import ShopRules, Table


def _table(entering: Entering) -> tuple[Table, ShopRules]:
    """What lies on the table, with the shop's rules for it."""
    table = entering.on_table
    return table, table.rules or need_rules(entering.seller, table)


def offered_boxes(table: Table) -> list[tuple[Box, str]]:
    """The boxes to choose from by 1 to 4, with how sure it is that the goods fit."""
    boxes = table.rules.boxes if table.rules else []
    return [(box, verdict) for box, verdict in suggest(boxes, table.goods())]


def choose_box(entering: Entering, asked: Asked) -> Answer:
    """A box by its barcode, or by its place among those that are offered. One that cannot hold the
    goods, by size or weight, is refused."""
    table, rules = _table(entering)
    if not table.state.units:
        raise Wrong(_("Scan what goes in first, then the box."))
    if asked.what == "choice":
        offered = offered_boxes(table)
        n = int(asked.code)
        if n > len(offered):
            raise Wrong(_("There is no box %(n)s.") % {"n": n})
        box = offered[n - 1][0]
    else:
        found = next((b for b in rules.boxes if b.code == asked.code.upper()), None)
        if found is None:
            raise Wrong(_("There is no box “%(code)s”.") % {"code": asked.code[:40]})
        box = found
    goods = table.goods()
    if fits(box, goods) == "no":
        raise Wrong(_("The goods do not fit into %(box)s.") % {"box": box.code})
    grams = sum(g.grams * g.quantity for g in goods)
    if too_heavy(box, grams):
        raise Wrong(
            _("%(box)s holds at most %(limit)s g; the goods weigh %(grams)s g.")
            % {"box": box.code, "limit": box.limit_grams, "grams": grams}
        )
    message = _("Box %(box)s") % {"box": box.code}
    entering.write(Scan.Kind.BOX, Scan.Result.RIGHT, message, data={"box": box.pk})
    return Answer(Scan.Result.RIGHT, message, table)


def weigh(entering: Entering, asked: Asked) -> Answer:
    """A weight, typed or from a scale. Too far from what it should be, it is asked again."""
    table, rules = _table(entering)
    settings, box, grams = rules.settings, table.box(), int(asked.code)
    if table.step in ("units", "too_many"):
        raise Wrong(_("Weigh the parcel when everything is in."))
    if grams <= 0:
        raise Wrong(_("A weight above zero."))
    if grams > settings.limit_grams:
        raise Wrong(
            _("%(grams)s g is too heavy: a parcel has at most %(limit)s g.")
            % {"grams": grams, "limit": settings.limit_grams}
        )
    if box is not None and too_heavy(box, grams - box.weight_grams):
        raise Wrong(
            _("%(box)s holds at most %(limit)s g; the goods weigh %(grams)s g.")
            % {"box": box.code, "limit": box.limit_grams, "grams": grams - box.weight_grams}
        )
    expected = table.expected_grams()
    if expected is not None and off_by(
        grams, expected, percent=settings.tolerance_percent, at_least=settings.tolerance_grams
    ):
        message = _(
            "%(grams)s g, but it should weigh about %(expected)s g. Look what is inside and weigh "
            "again, or say why."
        ) % {"grams": grams, "expected": expected}
        data = {"grams": grams, "expected": expected, "doubt": True}
        entering.write(Scan.Kind.WEIGHT, Scan.Result.ASK, message, data=data)
        return Answer(Scan.Result.ASK, message, table)
    message = _("%(grams)s g") % {"grams": grams}
    known: dict[str, int | None] = {"grams": grams, "expected": expected}
    entering.write(Scan.Kind.WEIGHT, Scan.Result.RIGHT, message, data=known)
    return Answer(Scan.Result.RIGHT, message, table)


def give_reason(entering: Entering) -> Answer:
    """Why a weight that is too far off is right all the same. It is kept with the scan."""
    table, _rules = _table(entering)
    reason = " ".join(entering.fields.get("reason", "").split())[:150]
    grams = table.state.doubt
    if grams is None:
        raise Wrong(_("No weight waits for a reason."))
    if len(reason) < 2:
        raise Wrong(_("Say why."))
    message = _("%(grams)s g: %(reason)s") % {"grams": grams, "reason": reason}
    data = {"grams": grams, "expected": table.expected_grams(), "reason": reason}
    entering.write(Scan.Kind.WEIGHT, Scan.Result.RIGHT, message, data=data)
    return Answer(Scan.Result.RIGHT, message, table)


def pass_check(entering: Entering) -> Answer:
    """The next check is passed (``fields`` may name one as ``check``)."""
    table, rules = _table(entering)
    todo = [c for c in rules.checks if c.pk not in table.state.passed]
    named = entering.fields.get("check", "")
    check = next((c for c in todo if not named or c.public_id == named), None)
    if check is None or not table.state.units:
        raise Wrong(_("There is nothing to check now."))
    message = _("Passed: %(check)s") % {"check": check.text}
    data = {"check": check.pk, "text": check.text}
    entering.write(Scan.Kind.CHECK, Scan.Result.RIGHT, message, data=data)
    return Answer(Scan.Result.RIGHT, message, table)


def next_takes_out(entering: Entering) -> Answer:
    """OUT: the next unit scanned comes out of the box."""
    table, _rules = _table(entering)
    message = _("Scan what you take out.")
    entering.write(Scan.Kind.OUT, Scan.Result.ASK, message)
    return Answer(Scan.Result.ASK, message, table)


def split(entering: Entering) -> Answer:
    """SPLIT: this parcel leaves with what is in it, the rest goes into another one."""
    table, _rules = _table(entering)
    state, wanted = table.state, table.wanted
    if not state.units:
        raise Wrong(_("Scan what goes into the first parcel, then SPLIT."))
    if all(state.counts.get(line, 0) >= n for line, n in wanted.items()):
        raise Wrong(_("Everything is in this parcel; there is nothing to split."))
    message = _("The rest goes into another parcel.")
    entering.write(Scan.Kind.CLOSE, Scan.Result.RIGHT, message, data={"split": True})
    return Answer(Scan.Result.RIGHT, message, table)
