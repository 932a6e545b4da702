"""Many movements or counted levels of which some may be wrong: a good row is booked, a wrong one is
told, neither stops the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid
from core.locks import retry_on_deadlock
from core.sql import update_unnest
from sellers.models import Seller
from stock.actions.levels import BY_HAND, MAX_QUANTITY, Move, check_moves, hold_levels, post_units
from stock.bin_codes import clean_code
from stock.models import Bin, MovementKind, Sku, StockLevel, StockMovement, Warehouse
from stock.reorder import MAX_POINT

#: The kind of a wish that says how many there are, not what changed.
SET = "set"


@dataclass(frozen=True, slots=True)
class Wish:
    """A row: a movement of one of the kinds that people post, or with ``SET`` how many there are.
    ``bin`` and ``reorder_point`` are left alone when ``None``; an empty bin takes the SKU out."""

    kind: str
    sku: Sku
    warehouse: Warehouse
    quantity: int
    reason: str = ""
    reference: str = ""
    bin: str | None = None
    reorder_point: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a row. ``already``: nothing had to change."""

    status: Literal["done", "already", "rejected"]
    errors: Sequence[FieldError] = ()
    movement: StockMovement | None = None
    on_hand: int = 0
    reserved: int = 0


@retry_on_deadlock
def post_each(*, seller: Seller, wishes: Sequence[Wish], actor: Actor) -> list[Answer]:
    """Book rows, each for itself, in their order: an answer for each.

    One that would leave less than is promised to orders is rejected (``below_reserved``): only a
    stock take may take promises back. A constant number of statements.
    """
    actor.require("stock:write")
    now = timezone.now()
    errors = _wrong(seller, wishes)
    with transaction.atomic():
        good = [i for i in range(len(wishes)) if i not in errors]
        levels = hold_levels(seller, [(wishes[i].sku.pk, wishes[i].warehouse.pk) for i in good])
        left = {level.pk: level.on_hand for level in levels.values()}
        moves: dict[int, Move] = {}
        held: dict[int, StockLevel] = {}
        for i in good:
            wish = wishes[i]
            level = held[i] = levels[wish.sku.pk, wish.warehouse.pk]
            move = _move(wish, left[level.pk])
            change = move.quantity * (BY_HAND[MovementKind(move.kind)] or 1) if move else 0
            if move and left[level.pk] + change < level.reserved:
                errors[i] = [_promised(left[level.pk], level.reserved)]
                continue
            if move:
                left[level.pk] += change
                moves[i] = move
        booked = dict(
            zip(
                moves,
                post_units(seller=seller, moves=list(moves.values()), actor=actor, at=now),
                strict=True,
            )
            if moves
            else ()
        )
        fine = [i for i in good if i not in errors]
        changed = _set_rest(seller, {i: (wishes[i], held[i]) for i in fine})
    return [
        Answer("rejected", tuple(errors[i]))
        if i in errors
        else Answer(
            "done" if i in booked or i in changed else "already",
            (),
            booked.get(i),
            left[held[i].pk],
            held[i].reserved,
        )
        for i in range(len(wishes))
    ]


def _move(wish: Wish, there: int) -> Move | None:
    """What has to be booked for a wish; ``None``: nothing."""
    if wish.kind != SET:
        return Move(wish.kind, wish.sku, wish.warehouse, wish.quantity, wish.reason, wish.reference)
    change = wish.quantity - there
    if not change:
        return None
    return Move(MovementKind.ADJUST, wish.sku, wish.warehouse, change, wish.reason, wish.reference)


def _promised(on_hand: int, reserved: int) -> FieldError:
    return FieldError(
        "/quantity",
        _("%(on_hand)s on hand, %(reserved)s of them promised to orders. Count it in a stock take.")
        % {"on_hand": on_hand, "reserved": reserved},
        "below_reserved",
    )


def _wrong(seller: Seller, wishes: Sequence[Wish]) -> dict[int, list[FieldError]]:
    """What cannot be, by row, before anything is looked at under lock. One query."""
    found: dict[int, list[FieldError]] = {}
    bins = _bins(seller, wishes)
    counted: set[tuple[int, int]] = set()
    for i, wish in enumerate(wishes):
        errors = []
        place = (wish.sku.pk, wish.warehouse.pk)
        if wish.kind == SET:
            if not 0 <= wish.quantity <= MAX_QUANTITY:
                errors.append(
                    FieldError(
                        "/quantity",
                        _("A whole number from 0 to %(limit)s.") % {"limit": MAX_QUANTITY},
                    )
                )
            if place in counted:
                twice = _("This SKU is named twice for this warehouse.")
                errors.append(FieldError("/sku", twice, "twice"))
            counted.add(place)
        probe = Move(
            MovementKind.RECEIVE if wish.kind == SET else wish.kind,
            wish.sku, wish.warehouse, 1 if wish.kind == SET else wish.quantity, wish.reason,
        )  # fmt: skip
        try:
            check_moves([probe])
        except Invalid as error:
            errors += [
                FieldError(e.pointer.removeprefix("/0"), e.detail, e.code) for e in error.errors
            ]
        if wish.bin and (wish.warehouse.pk, clean_code(wish.bin)) not in bins:
            errors.append(
                FieldError(
                    "/bin",
                    _("There is no bin “%(bin)s” in %(warehouse)s.")
                    % {"bin": wish.bin[:40], "warehouse": wish.warehouse.name},
                    "unknown",
                )
            )
        if wish.reorder_point is not None and not 0 <= wish.reorder_point <= MAX_POINT:
            errors.append(
                FieldError(
                    "/reorder_point",
                    _("A whole number from 0 to %(limit)s.") % {"limit": MAX_POINT},
                )
            )
        if errors:
            found[i] = errors
    return found


def _bins(seller: Seller, wishes: Sequence[Wish]) -> dict[tuple[int, str], int]:
    codes = {clean_code(wish.bin) for wish in wishes if wish.bin}
    if not codes:
        return {}
    rows = Bin.objects.filter(seller=seller, code__in=codes)
    return {(house, code): pk for pk, house, code in rows.values_list("pk", "warehouse_id", "code")}


def _set_rest(seller: Seller, rows: Mapping[int, tuple[Wish, StockLevel]]) -> set[int]:
    """Bins and reorder points; which rows changed something by it."""
    bins = _bins(seller, [wish for wish, _level in rows.values()])
    changed: set[int] = set()
    places: dict[int, int | None] = {}
    points: dict[int, int] = {}
    for i, (wish, level) in rows.items():
        if wish.bin is not None:
            to = bins[wish.warehouse.pk, clean_code(wish.bin)] if wish.bin else None
            if to != level.bin_id:
                places[level.pk] = to
                changed.add(i)
        if wish.reorder_point is not None and wish.reorder_point != level.reorder_point:
            points[level.pk] = wish.reorder_point
            changed.add(i)
    table = StockLevel._meta.db_table
    update_unnest(table, ("id", "bigint"), [("bin_id", "bigint")], list(places.items()))
    update_unnest(table, ("id", "bigint"), [("reorder_point", "int")], list(points.items()))
    return changed
