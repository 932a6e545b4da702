"""Promised units turn out to be missing or not good: the order is planned again with what there is
elsewhere, or waits for stock again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Refused
from core.sql import update_unnest
from orders import events
from orders.actions.base import Row, lock_orders, write_counters
from orders.models import OrderLine
from orders.states import Stage
from sellers.models import Seller
from stock.actions import levels as stock
from stock.actions.levels import Loss
from stock.allocation import Demand, Grant


@dataclass(frozen=True, slots=True)
class Replanned:
    """What became of the orders: their stages, and the stock that they were given instead."""

    stages: Mapping[int, str]
    grants: Sequence[Grant]


def replan(
    *, seller: Seller, losses: Sequence[Loss], reason: str, actor: Actor, at: datetime
) -> Replanned:
    """Take lost units from their order lines and promise others in their place, never of the level
    that was short. What cannot be replaced puts the order back to ``accepted``.

    Within the caller's transaction. Raises ``Refused`` (``not_allocated``) for units that are not
    promised to the line any more, or are in a parcel.
    """
    lost: dict[int, int] = defaultdict(int)
    for loss in losses:
        lost[loss.holder] += loss.quantity
    ids = OrderLine.objects.filter(seller=seller, pk__in=lost).values_list("order_id", flat=True)
    rows = {row.id: row for row in lock_orders(seller, set(ids))}
    lines = {line.pk: line for line in OrderLine.objects.filter(order__in=rows, pk__in=lost)}
    for pk, n in lost.items():
        line = lines.get(pk)
        if line is None or n > line.allocated - line.packed:
            raise Refused(
                _("The units are promised to this order no longer, or are in a parcel."),
                code="not_allocated",
            )
    stock.give_up(seller_id=seller.pk, losses=losses, reason=reason, actor=actor, at=at)
    urgency = sorted(
        lines.values(), key=lambda x: (rows[x.order_id].ship_by, rows[x.order_id].paid_at, x.pk)
    )
    grants = stock.reserve(
        seller_id=seller.pk,
        demands=[
            Demand(line.order_id, line.pk, line.sku_id, lost[line.pk], rows[line.order_id].store_id)
            for line in urgency
            if line.sku_id is not None
        ],
        partial=True,
        actor=actor,
        at=at,
        avoid={loss.level for loss in losses},
    )
    return Replanned(_write(rows, lines, lost, grants, reason, actor, at), grants)


def _write(
    rows: Mapping[int, Row],
    lines: Mapping[int, OrderLine],
    lost: Mapping[int, int],
    grants: Sequence[Grant],
    reason: str,
    actor: Actor,
    at: datetime,
) -> dict[int, str]:
    by_line: dict[int, int] = {pk: -n for pk, n in lost.items()}
    gone: dict[int, int] = defaultdict(int)
    back: dict[int, int] = defaultdict(int)
    for pk, n in lost.items():
        gone[lines[pk].order_id] += n
    for grant in grants:
        by_line[grant.holder] += grant.quantity
        back[grant.group] += grant.quantity
    update_unnest(
        OrderLine._meta.db_table,
        ("id", "bigint"),
        [("allocated", "int")],
        list(by_line.items()),
        add=True,
    )
    changed = [row._replace(allocated=row.allocated - gone[pk] + back[pk])
               for pk, row in rows.items()]  # fmt: skip
    stages = write_counters(changed, at=at)
    events.record(
        "unallocated",
        rows=[(row.seller_id, row.id) for row in changed],
        actor=actor,
        at=at,
        data=[{"units": gone[row.id], "reason": reason} for row in changed],
    )
    again = [row for row in changed if back[row.id]]
    for kind, some in (
        ("stocked", [r for r in again if stages[r.id] != Stage.ACCEPTED]),
        ("partly_stocked", [r for r in again if stages[r.id] == Stage.ACCEPTED]),
    ):
        events.record(
            kind,
            rows=[(row.seller_id, row.id) for row in some],
            actor=actor,
            at=at,
            data=[{"units": back[row.id]} for row in some],
        )
    return stages


def restore(
    *, seller: Seller, units: Mapping[int, int], actor: Actor, at: datetime
) -> Sequence[Grant]:
    """Promise units to order lines again after a mistake: ``units`` by line id, as far as the lines
    still want them. All or nothing: raises ``Refused`` (``replanned``) when one does not.

    Within the caller's transaction, after the stock is back.
    """
    ids = OrderLine.objects.filter(seller=seller, pk__in=units).values_list("order_id", flat=True)
    rows = {row.id: row for row in lock_orders(seller, set(ids))}
    lines = {
        line.pk: line
        for line in OrderLine.objects.filter(order__in=rows, pk__in=units).annotate(
            waits=F("quantity") - F("cancelled") - F("allocated")
        )
    }
    refused = Refused(
        _("The order has been planned again or changed since. It cannot be undone."),
        code="replanned",
    )
    if any(pk not in lines or lines[pk].waits < n for pk, n in units.items()):
        raise refused
    grants = stock.reserve(
        seller_id=seller.pk,
        demands=[
            Demand(lines[pk].order_id, pk, lines[pk].sku_id or 0, n) for pk, n in units.items()
        ],
        partial=False,
        actor=actor,
        at=at,
    )
    if sum(g.quantity for g in grants) < sum(units.values()):
        raise refused
    back: dict[int, int] = defaultdict(int)
    for grant in grants:
        back[grant.group] += grant.quantity
    update_unnest(
        OrderLine._meta.db_table,
        ("id", "bigint"),
        [("allocated", "int")],
        list(units.items()),
        add=True,
    )
    changed = [row._replace(allocated=row.allocated + back[pk]) for pk, row in rows.items()]
    stages = write_counters(changed, at=at)
    for kind, whole in (("stocked", True), ("partly_stocked", False)):
        some = [r for r in changed if (stages[r.id] != Stage.ACCEPTED) is whole]
        events.record(
            kind,
            rows=[(row.seller_id, row.id) for row in some],
            actor=actor,
            at=at,
            data=[{"units": back[row.id]} for row in some],
        )
    return grants
