"""The only writers of levels, reservations and the ledger.

Levels are locked by primary key before they are read; callers that hold locks on orders took them
before (``core.locks``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.actor import Actor
from core.errors import FieldError, Invalid, Refused
from core.locks import lock, retry_on_deadlock
from core.sql import insert_unnest, update_unnest
from sellers.models import Seller
from stock.allocation import Demand, Free, Grant, plan
from stock.demand import wanted
from stock.models import MovementKind, Reservation, Sku, StockLevel, StockMovement, Warehouse
from stock.queries.places import places_of

STOCK_FREE = "stock.free"
"""Outbox topic: more of these SKUs can be promised, since goods came in or were given back, and
orders are ready to be given some of it. Payload: ``skus``, their primary keys."""

MAX_QUANTITY = 1_000_000

#: Kinds that people and integrators post, with the sign of the change. An adjustment has its own.
BY_HAND = {
    MovementKind.RECEIVE: 1,
    MovementKind.RETURN: 1,
    MovementKind.WRITE_OFF: -1,
    MovementKind.ADJUST: 0,
}
#: Kinds with a sign that actions post, too.
_POSTED = {**BY_HAND, MovementKind.TRANSFER_OUT: -1, MovementKind.TRANSFER_IN: 1}
_NEED_REASON = {MovementKind.ADJUST, MovementKind.WRITE_OFF}

_MOVEMENT = [
    ("seller_id", "bigint"),
    ("level_id", "bigint"),
    ("kind", "text"),
    ("on_hand", "int"),
    ("reserved", "int"),
    ("holder_id", "bigint"),
    ("reference", "text"),
    ("reason", "text"),
    ("actor", "text"),
    ("at", "timestamptz"),
]


@dataclass(frozen=True, slots=True)
class Move:
    """A movement to post. ``quantity`` is positive; for an adjustment it is the signed change."""

    kind: str
    sku: Sku
    warehouse: Warehouse
    quantity: int
    reason: str = ""
    reference: str = ""


@retry_on_deadlock
def post_movements(*, seller: Seller, moves: Sequence[Move], actor: Actor) -> list[StockMovement]:
    """Post movements, all or none.

    Raises ``Invalid`` for a kind, quantity or reason that cannot be, with pointers ``/0/quantity``,
    and ``Refused`` (``below_reserved``) when less would be left than is promised to orders.
    """
    actor.require("stock:write")
    check_moves(moves)
    with transaction.atomic():
        return post_units(seller=seller, moves=moves, actor=actor, at=timezone.now())


def post_units(
    *, seller: Seller, moves: Sequence[Move], actor: Actor, at: datetime
) -> list[StockMovement]:
    """``post_movements`` within the caller's transaction, for apps whose own action is allowed.

    When orders wait for what came, they are served after the commit (``STOCK_FREE``).
    """
    check_moves(moves, _POSTED)
    now = at
    with transaction.atomic():
        levels = hold_levels(seller, [(m.sku.pk, m.warehouse.pk) for m in moves])
        change: dict[int, int] = defaultdict(int)
        rows: list[StockMovement] = []
        for move in moves:
            level = levels[move.sku.pk, move.warehouse.pk]
            kind = MovementKind(move.kind)
            delta = move.quantity * (_POSTED[kind] or 1)
            change[level.pk] += delta
            left = level.on_hand + change[level.pk]
            if left < level.reserved:
                raise Refused(
                    _(
                        "%(sku)s in %(warehouse)s: %(on_hand)s on hand, %(reserved)s of them "
                        "promised to orders. Release or cancel those first, or post less."
                    )
                    % {
                        "sku": move.sku.code,
                        "warehouse": move.warehouse.name,
                        "on_hand": level.on_hand,
                        "reserved": level.reserved,
                    },
                    code="below_reserved",
                )
            rows.append(
                StockMovement(
                    seller=seller,
                    level=level,
                    kind=kind,
                    on_hand=delta,
                    reserved=0,
                    reference=move.reference[:64],
                    reason=move.reason[:200],
                    actor=actor.name[:120],
                    at=now,
                )
            )
        update_unnest(
            StockLevel._meta.db_table,
            ("id", "bigint"),
            [("on_hand", "int")],
            list(change.items()),
            add=True,
        )
        StockMovement.objects.bulk_create(rows)
        came = {m.sku.pk for m, row in zip(moves, rows, strict=True) if row.on_hand > 0}
        _tell_free(seller, came)
    return rows


def _tell_free(seller: Seller, skus: Collection[int]) -> None:
    """Tell of SKUs of which there is more to promise, if anybody waits for them."""
    if skus and any(want.ready for want in wanted(seller, skus).values()):
        outbox.put(STOCK_FREE, seller_id=seller.pk, payload={"skus": sorted(skus)})


def check_moves(moves: Sequence[Move], kinds: Mapping[MovementKind, int] = BY_HAND) -> None:
    """Whether movements can be at all, without a look at what is there. Raises ``Invalid`` with
    pointers ``/0/quantity``."""
    errors = []
    for i, move in enumerate(moves):
        if move.kind not in kinds:
            errors.append(
                FieldError(
                    f"/{i}/kind",
                    _("One of: %(kinds)s.") % {"kinds": ", ".join(k.value for k in kinds)},
                )
            )
            continue
        signed = move.kind == MovementKind.ADJUST
        if move.quantity == 0 or (move.quantity < 0 and not signed):
            errors.append(FieldError(f"/{i}/quantity", _("A whole number above zero.")))
        elif abs(move.quantity) > MAX_QUANTITY:
            errors.append(
                FieldError(f"/{i}/quantity", _("At most %(n)s at a time.") % {"n": MAX_QUANTITY})
            )
        if move.sku.sample != move.warehouse.sample:
            errors.append(
                FieldError(
                    f"/{i}/warehouse",
                    _("Samples lie in the sample warehouse, and nothing else does."),
                    "sample",
                )
            )
        if move.kind in _NEED_REASON and not move.reason.strip():
            errors.append(FieldError(f"/{i}/reason", _("Say why.")))
    if errors:
        raise Invalid(errors=errors)


def hold_levels(
    seller: Seller, places: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], StockLevel]:
    """The levels of (SKU, warehouse) pairs, made where missing, locked in primary-key order."""
    wanted = sorted(set(places))
    StockLevel.objects.bulk_create(
        [StockLevel(seller=seller, sku_id=s, warehouse_id=w) for s, w in wanted],
        ignore_conflicts=True,
    )
    ids = [
        pk
        for pk, sku, warehouse in StockLevel.objects.filter(
            seller=seller, sku__in={s for s, _w in wanted}
        ).values_list("pk", "sku_id", "warehouse_id")
        if (sku, warehouse) in set(wanted)
    ]
    return {(x.sku_id, x.warehouse_id): x for x in lock(StockLevel.objects.all(), ids)}


def reserve(
    *,
    seller_id: int,
    demands: Sequence[Demand],
    partial: bool,
    actor: Actor,
    at: datetime,
    avoid: Collection[int] = (),
) -> list[Grant]:
    """Promise stock to holders, within the caller's transaction.

    ``demands`` come in order of urgency; how they are served says ``allocation.plan``. Levels to
    ``avoid`` give nothing. Returns what was granted. Takes five statements, whatever the number of
    demands.
    """
    skus = {d.sku for d in demands}
    levels = lock(
        StockLevel.objects.filter(seller_id=seller_id),
        StockLevel.objects.filter(seller_id=seller_id, sku_id__in=skus, on_hand__gt=0).values_list(
            "pk", flat=True
        ),
    )
    grants = plan(
        demands,
        [Free(x.pk, x.sku_id, x.warehouse_id, x.available) for x in levels if x.pk not in avoid],
        partial=partial,
        places=places_of({d.store for d in demands}),
    )
    if not grants:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_reservation (seller_id, holder_id, level_id, quantity) "
            "SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) "
            "ON CONFLICT (holder_id, level_id) "
            "DO UPDATE SET quantity = stock_reservation.quantity + excluded.quantity",
            [
                seller_id,
                [g.holder for g in grants],
                [g.level for g in grants],
                [g.quantity for g in grants],
            ],
        )
    _change_levels((g.level, 0, g.quantity) for g in grants)
    _write_ledger(
        seller_id,
        MovementKind.RESERVE,
        [(g.level, 0, g.quantity, g.holder) for g in grants],
        actor=actor,
        at=at,
    )
    return grants


def release(*, seller: Seller, quantities: Mapping[int, int], actor: Actor, at: datetime) -> None:
    """Give promised units back: ``quantities`` by holder. Orders that wait for them are served
    after the commit (``STOCK_FREE``).

    Within the caller's transaction, whose locks on the orders guard the reservations.
    """
    kind = MovementKind.RELEASE
    freed = _consume(seller.pk, quantities, kind, actor=actor, at=at, leaves=False)
    _tell_free(seller, freed)


def ship(*, seller_id: int, quantities: Mapping[int, int], actor: Actor, at: datetime) -> None:
    """Promised units leave the house: on hand and reserved both go down."""
    _consume(seller_id, quantities, MovementKind.SHIP, actor=actor, at=at, leaves=True)


@dataclass(frozen=True, slots=True)
class Loss:
    """Promised units of a level that are not there, or not good. ``kind`` says how the level is
    corrected: ``adjust`` (a difference of counting), ``write_off``, or empty: not at all."""

    holder: int
    level: int
    quantity: int
    kind: str = ""


def give_up(
    *, seller_id: int, losses: Sequence[Loss], reason: str, actor: Actor, at: datetime
) -> None:
    """Take lost units from their holders and, where told, from the level. All or nothing, within
    the caller's transaction. Raises ``Refused`` (``not_allocated``) for units that are not promised
    there."""
    held = {
        (holder, level): (pk, n)
        for pk, holder, level, n in Reservation.objects.filter(
            seller_id=seller_id, holder_id__in={x.holder for x in losses}
        ).values_list("pk", "holder_id", "level_id", "quantity")
    }
    # All levels of these SKUs, in order: the caller may promise some of the others next.
    skus = StockLevel.objects.filter(pk__in={x.level for x in losses}).values("sku")
    lock(
        StockLevel.objects.filter(seller_id=seller_id),
        StockLevel.objects.filter(seller_id=seller_id, sku__in=skus).values_list("pk", flat=True),
    )
    lost: dict[tuple[int, int], int] = defaultdict(int)
    for loss in losses:
        lost[loss.holder, loss.level] += loss.quantity
    if any(n < 1 or n > held.get(key, (0, 0))[1] for key, n in lost.items()):
        raise Refused(
            _("The units are promised to this order no longer, or are in a parcel."),
            code="not_allocated",
        )
    gone = [held[key][0] for key, n in lost.items() if n == held[key][1]]
    Reservation.objects.filter(pk__in=gone).delete()
    update_unnest(
        Reservation._meta.db_table,
        ("id", "bigint"),
        [("quantity", "int")],
        [(held[key][0], -n) for key, n in lost.items() if n < held[key][1]],
        add=True,
    )
    _change_levels((x.level, -x.quantity if x.kind else 0, -x.quantity) for x in losses)
    for kind in (MovementKind.RELEASE, MovementKind.ADJUST, MovementKind.WRITE_OFF):
        released = kind == MovementKind.RELEASE
        moves = [
            (x.level, 0 if released else -x.quantity, -x.quantity if released else 0, x.holder)
            for x in losses
            if released or x.kind == kind
        ]
        _write_ledger(seller_id, kind, moves, actor=actor, at=at, reason=reason)


def _consume(
    seller_id: int,
    quantities: Mapping[int, int],
    kind: MovementKind,
    *,
    actor: Actor,
    at: datetime,
    leaves: bool,
) -> set[int]:
    """Take from what holders were promised, at most what they have. Returns the SKUs."""
    rest = {holder: n for holder, n in quantities.items() if n > 0}
    if not rest:
        return set()
    held = list(
        Reservation.objects.filter(holder_id__in=list(rest)).values_list(
            "pk", "holder_id", "level_id", "quantity"
        )
    )
    levels = lock(
        StockLevel.objects.filter(seller_id=seller_id), {level for _p, _h, level, _q in held}
    )
    gone: list[int] = []
    reduced: list[tuple[int, int]] = []
    moves: list[tuple[int, int, int, int]] = []
    for pk, holder, level, quantity in sorted(held):
        n = min(rest[holder], quantity)
        if n <= 0:
            continue
        rest[holder] -= n
        if n == quantity:
            gone.append(pk)
        else:
            reduced.append((pk, -n))
        moves.append((level, -n if leaves else 0, -n, holder))
    if gone:
        Reservation.objects.filter(pk__in=gone)._raw_delete(using="default")
    update_unnest(
        Reservation._meta.db_table, ("id", "bigint"), [("quantity", "int")], reduced, add=True
    )
    _change_levels((level, on_hand, reserved) for level, on_hand, reserved, _h in moves)
    _write_ledger(seller_id, kind, moves, actor=actor, at=at)
    return {level.sku_id for level in levels}


def _change_levels(changes: Iterable[tuple[int, int, int]]) -> None:
    """Add (level, on hand, reserved) changes, summed up by level."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for level, on_hand, reserved in changes:
        sums[level][0] += on_hand
        sums[level][1] += reserved
    update_unnest(
        StockLevel._meta.db_table,
        ("id", "bigint"),
        [("on_hand", "int"), ("reserved", "int")],
        [(level, *both) for level, both in sums.items()],
        add=True,
    )


def _write_ledger(
    seller_id: int,
    kind: MovementKind,
    moves: Sequence[tuple[int, int, int, int]],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    insert_unnest(
        StockMovement._meta.db_table,
        _MOVEMENT,
        [
            (
                *(seller_id, level, kind.value, on_hand, reserved, holder, "", reason[:200]),
                *(actor.name[:120], at),
            )
            for level, on_hand, reserved, holder in moves
        ],
    )
