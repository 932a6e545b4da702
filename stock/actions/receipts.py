"""Goods that were ordered come in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.sql import update_unnest
from sellers.models import Seller
from stock.actions.levels import MAX_QUANTITY, Move, post_units
from stock.actions.replenish import Event, State, lock_replenishment, record, wrong_state
from stock.models import (
    COMING,
    MovementKind,
    Receipt,
    ReceiptLine,
    Replenishment,
    ReplenishmentLine,
    Warehouse,
)

#: What to do with units beyond those that are still to come: ask, take them, leave them.
Over = Literal["", "all", "ordered"]


@dataclass(frozen=True, slots=True)
class Surplus:
    """More came of a line than is still to come."""

    line: ReplenishmentLine
    came: int

    @property
    def over(self) -> int:
        return self.came - self.line.open


class OverReceived(Refused):
    """More came than was ordered: somebody has to say whether it is taken."""

    code = "over_received"

    def __init__(self, surplus: list[Surplus]) -> None:
        self.surplus = surplus
        told = ", ".join(f"{s.line.sku.code} +{s.over}" for s in surplus)
        super().__init__(
            _("More came than is still to come: %(told)s. Take all of it, or what was ordered?")
            % {"told": told}
        )


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt. ``again``: it had been booked before, and was not booked a second time."""

    receipt: Receipt
    again: bool = False


@retry_on_deadlock
def receive_replenishment(
    *,
    seller: Seller,
    replenishment: int,
    units: Mapping[int, int],
    warehouse: Warehouse,
    actor: Actor,
    client_id: str,
    over: Over = "",
    note: str = "",
) -> Received:
    """Take in ``units`` by line id into a warehouse, once for a ``client_id``; all or nothing.

    Stock and ledger change as by any receipt, with the number as reference; orders that wait are
    served after the commit. Raises ``NotFound`` (also for a line of another one), ``Invalid`` with
    pointers such as ``/lines/<line id>``, ``Refused`` (``wrong_state``, ``nothing_left``), and
    ``OverReceived`` when more came than is still to come and ``over`` does not say what to do.
    """
    actor.require("stock:write")
    if not 1 <= len(client_id) <= 64:
        raise Invalid(errors=[FieldError("/id", _("From 1 to 64 characters."))])
    now = timezone.now()
    try:
        with transaction.atomic():
            row = lock_replenishment(seller, replenishment)
            if found := _once(row, client_id):
                return found
            lines = {line.pk: line for line in row.lines.select_related("sku")}
            came = _came(row, lines, units, over)
            receipt = Receipt.objects.create(
                seller=seller, replenishment=row, warehouse=warehouse, client_id=client_id,
                note=note[:200], actor=actor.name[:120], at=now,
            )  # fmt: skip
            _book(row, receipt, lines, came, actor, now)
    except IntegrityError:
        # The same delivery under another purchase order.
        if Receipt.objects.filter(seller=seller, client_id=client_id).exists():
            raise _used() from None
        raise
    return Received(receipt)


def _once(row: Replenishment, client_id: str) -> Received | None:
    found = Receipt.objects.filter(seller_id=row.seller_id, client_id=client_id).first()
    if found is None:
        return None
    if found.replenishment_id != row.pk:
        raise _used()
    return Received(found, again=True)


def _used() -> Invalid:
    detail = _("Another purchase order has a delivery with this id.")
    return Invalid(errors=[FieldError("/id", detail, "taken")])


def _came(
    row: Replenishment, lines: Mapping[int, ReplenishmentLine], units: Mapping[int, int], over: Over
) -> dict[int, int]:
    """What to book by line, after the question about what was not ordered."""
    if any(pk not in lines for pk in units):
        raise NotFound
    said = {"least": 0, "most": MAX_QUANTITY}
    errors = [
        FieldError(f"/lines/{pk}", _("A whole number from %(least)s to %(most)s.") % said)
        for pk, n in units.items()
        if not 0 <= n <= MAX_QUANTITY
    ]
    came = {pk: n for pk, n in units.items() if n}
    if not came and not errors:
        errors.append(FieldError("/lines", _("Say how many units came."), "required"))
    if errors:
        raise Invalid(errors=errors)
    if row.state not in COMING:
        raise wrong_state(row)
    surplus = [Surplus(lines[pk], n) for pk, n in sorted(came.items()) if n > lines[pk].open]
    if surplus and not over:
        raise OverReceived(surplus)
    if over == "ordered":
        came = {pk: m for pk, n in came.items() if (m := min(n, lines[pk].open))}
        if not came:
            raise Refused(
                _("Everything that was ordered of this is there already."), code="nothing_left"
            )
    return came


def _book(
    row: Replenishment,
    receipt: Receipt,
    lines: Mapping[int, ReplenishmentLine],
    came: Mapping[int, int],
    actor: Actor,
    now: datetime,
) -> None:
    # In the order of the SKUs: levels are made and locked in one order everywhere.
    chosen = sorted(came, key=lambda pk: lines[pk].sku_id)
    moves = [
        Move(
            MovementKind.RECEIVE, lines[pk].sku, receipt.warehouse, came[pk],
            reason=receipt.note, reference=row.number,
        )
        for pk in chosen
    ]  # fmt: skip
    posted = post_units(seller=row.seller, moves=moves, actor=actor, at=now)
    ReceiptLine.objects.bulk_create(
        ReceiptLine(receipt=receipt, line=lines[pk], movement=movement, quantity=came[pk])
        for pk, movement in zip(chosen, posted, strict=True)
    )
    update_unnest(
        ReplenishmentLine._meta.db_table,
        ("id", "bigint"),
        [("received", "int"), ("extra", "int")],
        [(pk, came[pk], max(0, came[pk] - lines[pk].open)) for pk in chosen],
        add=True,
    )
    left = sum(max(0, line.open - came.get(pk, 0)) for pk, line in lines.items())
    row.state = State.PARTLY_RECEIVED if left else State.RECEIVED
    row.closed_at = None if left else now
    row.version += 1
    row.save(update_fields=["state", "closed_at", "version"])
    record(row, Event.RECEIVED, actor, now, units=sum(came.values()), note=receipt.note)
