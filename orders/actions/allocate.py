"""备货: give orders the stock that is there, the most urgent first."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, Refusal
from core.sql import update_unnest
from orders import events
from orders.actions.base import Batch, write_counters
from orders.models import OrderLine
from orders.registry import register
from sellers.models import Seller
from stock.actions import levels as stock
from stock.allocation import Demand
from stock.models import StockLevel


def read_bool(value: Any) -> bool:
    """A yes or no as JSON or a form sends it."""
    if value in (True, "true", "1", "on"):
        return True
    if value in (False, "false", "0", "", "off"):
        return False
    raise ValueError(_("true or false."))


@register("allocate", scope="orders:write", params={"partial": read_bool})
@retry_on_deadlock
def allocate_orders(
    *, seller: Seller, orders: Sequence[int], actor: Actor, partial: bool = False
) -> BatchOutcome:
    """Reserve stock for orders: ``accepted`` → ``stocked`` when all units are there.

    Urgency decides (ship-by, then paid time), whole orders go before partial ones. With
    ``partial``, orders that cannot be served whole keep what is there and stay ``accepted``.
    Refused: ``short`` with what is missing. Never promises a unit twice: levels are locked.
    """
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("allocate", seller, orders)
        rows = {row.id: row for row in batch.go}
        lines = {
            pk: (order, sku, open_, allocated, code)
            for pk, order, sku, open_, allocated, code in _lines(batch.ids)
        }
        demands = [
            Demand(order, pk, sku, open_ - allocated, rows[order].store_id)
            for pk, (order, sku, open_, allocated, _code) in lines.items()
            if sku is not None and open_ > allocated
        ]
        demands.sort(key=lambda d: (rows[d.group].ship_by, rows[d.group].paid_at, d.group))
        unmapped = {order for order, sku, *_rest in lines.values() if sku is None}
        whole = [d for d in demands if d.group not in unmapped]
        grants = (
            stock.reserve(
                seller_id=seller.pk,
                demands=demands if partial else whole,
                partial=partial,
                actor=actor,
                at=now,
            )
            if demands
            else []
        )
        by_line: dict[int, int] = defaultdict(int)
        by_order: dict[int, int] = defaultdict(int)
        for grant in grants:
            by_line[grant.holder] += grant.quantity
            by_order[grant.group] += grant.quantity
        update_unnest(
            OrderLine._meta.db_table,
            ("id", "bigint"),
            [("allocated", "int")],
            list(by_line.items()),
            add=True,
        )
        missing = _missing(
            [
                (order, sku, open_ - allocated - by_line.get(pk, 0), code)
                for pk, (order, sku, open_, allocated, code) in lines.items()
            ]
        )
        batch.refuse_all(
            {
                row.id: Refusal(
                    "short",
                    _("Not enough stock: %(missing)s is missing.")
                    % {"missing": ", ".join(missing.get(row.id, ()))},
                )
                for row in batch.go
                if not by_order.get(row.id)
            }
        )
        changed = [row._replace(allocated=row.allocated + by_order[row.id]) for row in batch.go]
        stages = write_counters(changed, at=now) if changed else {}
        whole_rows = [row for row in changed if stages[row.id] == "stocked"]
        part_rows = [row for row in changed if stages[row.id] != "stocked"]
        events.record(
            "stocked", rows=[(r.seller_id, r.id) for r in whole_rows], actor=actor, at=now
        )
        events.record(
            "partly_stocked",
            rows=[(r.seller_id, r.id) for r in part_rows],
            actor=actor,
            at=now,
            data=[{"units": by_order[r.id], "missing": missing.get(r.id, [])} for r in part_rows],
        )
        for row in changed:
            batch.done(row, stages[row.id], units=by_order[row.id], missing=missing.get(row.id, []))
    return batch.outcome(orders)


def _missing(wanted: Sequence[tuple[int, int | None, int, str]]) -> dict[int, list[str]]:
    """What is missing, by order: of (order, SKU, units still wanted, code to show) what exceeds the
    stock that is left. An order that got nothing although each of its SKUs is there lost to more
    urgent ones; then everything it waits for is named."""
    short = [row for row in wanted if row[2] > 0]
    if not short:
        return {}
    free = dict(
        StockLevel.objects.filter(sku__in={sku for _o, sku, _n, _c in short if sku is not None})
        .order_by()
        .values_list("sku")
        .annotate(n=Sum(F("on_hand") - F("reserved")))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for order, sku, n, code in short:
        if n > free.get(sku, 0):
            found[order].append(f"{code} × {n - free.get(sku, 0)}")
    for order, _sku, n, code in short:
        if order not in found:
            found[order] = [f"{code} × {n}"]
    return found


def _lines(ids: Sequence[int]) -> list[tuple[int, int, int | None, int, int, str]]:
    """(line, order, SKU, units still wanted, allocated, code to show) of orders."""
    return [
        (pk, order, sku, quantity - cancelled, allocated, code or title)
        for pk, order, sku, quantity, cancelled, allocated, code, title in (
            OrderLine.objects.filter(order__in=ids)
            .order_by("order_id", "position")
            .values_list(
                *("pk", "order_id", "sku_id", "quantity", "cancelled", "allocated"),
                *("sku_code", "title"),
            )
        )
    ]
