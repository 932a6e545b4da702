"""The end of a stock take: what differs is posted, or nothing is.

Locks: stock take → order → line → stock level.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from core.locks import retry_on_deadlock
from sellers.models import Seller
from stock.actions.counts import lock_take, summary_of
from stock.actions.levels import Move, post_units
from stock.demand import give_way
from stock.models import CountRow, StockTake


def cancel_take(*, seller: Seller, take: int, actor: Actor) -> StockTake:
    """Stop counting; nothing is posted. Raises ``NotFound``, ``Refused`` (``wrong_state``)."""
    actor.require("stock:write")
    with transaction.atomic():
        row = lock_take(seller, take)
        _end(row, StockTake.State.CANCELLED, actor, timezone.now())
    return row


def _end(row: StockTake, state: StockTake.State, actor: Actor, at: datetime) -> None:
    row.state, row.ended_at, row.ended_by = state, at, actor.name[:120]
    row.save(update_fields=["state", "ended_at", "ended_by", "result"])
    CountRow.objects.filter(take=row).update(open=False)


def post_take(*, seller: Seller, take: int, actor: Actor) -> StockTake:
    """Correct the books by the differences, once. What nobody counted stays as it is.

    Where less is left than is promised, the least urgent orders give way; ``result["orders"]`` of
    the stock take tells which. Raises ``NotFound`` and ``Refused``: ``wrong_state``,
    ``nothing_counted``, ``recount`` (rows wait to be counted again, or were corrected since),
    ``in_hands``.
    """
    actor.require("stock:write")
    for attempt in range(4):
        try:
            return _post(seller=seller, take=take, actor=actor)
        except Refused as error:
            # A promise was made or taken back between looking and locking: look again.
            if error.code not in ("below_reserved", "not_allocated") or attempt == 3:
                raise
    raise AssertionError("unreachable")


@retry_on_deadlock
def _post(*, seller: Seller, take: int, actor: Actor) -> StockTake:
    now = timezone.now()
    with transaction.atomic():
        row = lock_take(seller, take)
        told = summary_of(row)
        if not told["counted"]:
            raise Refused(_("Nothing has been counted yet."), code="nothing_counted")
        if told["recount"]:
            raise Refused(
                ngettext(
                    "%(n)s SKU waits to be counted again.",
                    "%(n)s SKUs wait to be counted again.",
                    told["recount"],
                )
                % {"n": told["recount"]},
                code="recount",
            )
        rows = list(
            CountRow.objects.filter(take=row, counted__isnull=False)
            .exclude(counted=F("expected_then"))
            .select_related("sku", "level")
            .order_by("level_id")
        )
        _refuse_corrected(rows)
        reason = f"{gettext('Stock take')} {row.code}"
        short = {
            r.level_id: r.level.reserved - (r.level.on_hand + (r.difference or 0))
            for r in rows
            if r.level.on_hand + (r.difference or 0) < r.level.reserved
        }
        gone = (
            give_way(seller=seller, units=short, reason=reason, actor=actor, at=now)
            if short
            else []
        )
        moves = [
            Move("adjust", r.sku, row.warehouse, r.difference or 0, reason, row.code) for r in rows
        ]
        if moves:
            post_units(seller=seller, moves=moves, actor=actor, at=now)
        row.result = {
            **told,
            "orders": [[g.number, g.public_id, g.units, g.waits] for g in gone],
        }
        _end(row, StockTake.State.POSTED, actor, now)
    return row


def _refuse_corrected(rows: Sequence[CountRow]) -> None:
    """A level that was corrected by hand after it had been counted would be corrected twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT k.code FROM stock_countrow r JOIN stock_sku k ON k.id = r.sku_id "
            "JOIN stock_stockmovement m ON m.level_id = r.level_id AND m.at > r.counted_at "
            "AND m.kind IN ('adjust', 'write_off') WHERE r.id = ANY(%s) ORDER BY 1 LIMIT 5",
            [[row.pk for row in rows]],
        )
        codes = [row[0] for row in cursor.fetchall()]
    if codes:
        raise Refused(
            _("The stock of %(skus)s was corrected after it had been counted. Count it again.")
            % {"skus": ", ".join(codes)},
            code="recount",
        )
