"""拣货: what was fetched from a place, what was not there, and taking either back.

Every entry is a ``Scan`` with the client's id, so that it counts once however often it is sent.
Locks: wave → order → line → stock level.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.sql import update_unnest
from logistics.actions.waves import end_wave, hold_wave, lock_wave, reopen_wave
from logistics.models import Pick, Scan, Wave
from logistics.pick_queries import Part, Place, places_of
from orders.actions.replan import replan, restore
from sellers.models import Seller
from stock.actions.levels import Loss, Move, post_units
from stock.models import MovementKind, StockLevel

MAX_PICK = 100_000


@dataclass(frozen=True, slots=True)
class Picked:
    """The answer to an entry. ``again`` when it had been counted before."""

    scan: Scan
    again: bool = False


def _once(seller: Seller, client_id: str) -> Picked | None:
    found = Scan.objects.filter(seller=seller, client_id=client_id).first()
    if found is None:
        return None
    if found.result == Scan.Result.WRONG:
        raise Refused(found.message, code=found.data.get("code", "refused"))
    return Picked(found, again=True)


def _entry(
    seller: Seller, wave: int, client_id: str, actor: Actor, function: Callable[[], Scan]
) -> Picked:
    """Run an entry once: the first one counts, the others get its answer, also when it was no."""
    if not 1 <= len(client_id) <= 64:
        raise Invalid(errors=[FieldError("/client_id", _("From 1 to 64 characters."))])
    if found := _once(seller, client_id):
        return found
    try:
        with transaction.atomic():
            return Picked(function())
    except IntegrityError:
        if found := _once(seller, client_id):
            return found
        raise
    except Refused as error:
        Scan.objects.bulk_create(
            [
                Scan(
                    seller=seller, wave_id=wave, kind=Scan.Kind.OTHER, result=Scan.Result.WRONG,
                    client_id=client_id, data={"code": error.code}, actor=actor.name[:120],
                    message=str(error.detail)[:500],
                )
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        raise


@retry_on_deadlock
def record_pick(
    *, seller: Seller, wave: int, level: int, quantity: int, actor: Actor, client_id: str
) -> Picked:
    """So many units of a place are in the cart: they are for the most urgent orders first.

    Raises ``NotFound`` for a place that is not in the wave, ``Invalid`` (``/quantity``) for a
    number that cannot be, ``Refused`` (``not_yours``, ``wave_closed``, ``too_many``).
    """
    actor.require("shipments:write")
    now = timezone.now()

    def enter() -> Scan:
        row, place = _begin(seller, wave, level, quantity, actor)
        if quantity > place.rest:
            raise Refused(_too_many(place), code="too_many")
        shares = _share(place.parts, quantity)
        _add(shares, actor, now, picked=1)
        scan = _write(
            seller, row, Scan.Kind.PICK, client_id, actor, now,
            text=place.sku.code,
            data={"level": level, "picks": [[part.pick, n] for part, n in shares]},
            message=str(_("%(n)s × %(sku)s picked.") % {"n": quantity, "sku": place.sku.code}),
        )  # fmt: skip
        _finish(row, now)
        return scan

    return _entry(seller, wave, client_id, actor, enter)


def _too_many(place: Place) -> str:
    if place.rest == 0:
        return str(_("%(sku)s is complete. Put it back.") % {"sku": place.sku.code})
    return ngettext(
        "Only %(n)s unit of %(sku)s is wanted here.",
        "Only %(n)s units of %(sku)s are wanted here.",
        place.rest,
    ) % {"n": place.rest, "sku": place.sku.code}


@retry_on_deadlock
def short_pick(
    *,
    seller: Seller,
    wave: int,
    level: int,
    quantity: int,
    reason: str,
    actor: Actor,
    client_id: str,
    adjust: bool = True,
) -> Picked:
    """So many units are not at their place. Their promise is given up, the least urgent orders
    first; each gets stock from elsewhere or goes back to ``accepted``. With ``adjust`` the stock
    level is corrected by them, as a difference of counting.

    What the replacement lies in this warehouse is added to the wave. Raises as ``record_pick``, and
    ``Invalid`` with ``/reason``.
    """
    actor.require("shipments:write")
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Invalid(errors=[FieldError("/reason", _("Say why."))])
    now = timezone.now()

    def enter() -> Scan:
        row, place = _begin(seller, wave, level, quantity, actor)
        if quantity > place.rest:
            raise Refused(_too_many(place), code="too_many")
        shares = _share(list(reversed(place.parts)), quantity)
        _add(shares, actor, now, short=1, reason=reason)
        kind = MovementKind.ADJUST.value if adjust else ""
        planned = replan(
            seller=seller,
            losses=[Loss(part.line, level, n, kind) for part, n in shares],
            reason=reason,
            actor=actor,
            at=now,
        )
        added = add_to_wave(row, [(g.group, g.holder, g.level, g.quantity)
                                   for g in planned.grants])  # fmt: skip
        back = sorted({part.number for part, _n in shares
                       if planned.stages[part.order] == "accepted"})  # fmt: skip
        message = _("%(n)s × %(sku)s not found.") % {"n": quantity, "sku": place.sku.code}
        if back:
            message = f"{message} " + str(
                _("Back to waiting for stock: %(orders)s.") % {"orders": ", ".join(back[:5])}
            )
        elif planned.grants:
            message = f"{message} " + str(_("The orders get theirs from another place."))
        scan = _write(
            seller, row, Scan.Kind.SHORT, client_id, actor, now,
            text=reason,
            data={
                "level": level,
                "picks": [[part.pick, n] for part, n in shares],
                "lines": [[part.line, n] for part, n in shares],
                "adjusted": adjust,
                "replaced": [[line, lv, n] for _o, line, lv, n in added],
                "granted": sum(g.quantity for g in planned.grants),
            },
            message=str(message)[:500],
        )  # fmt: skip
        _finish(row, now)
        return scan

    return _entry(seller, wave, client_id, actor, enter)


@retry_on_deadlock
def undo_pick(*, seller: Seller, wave: int, actor: Actor, client_id: str) -> Picked:
    """Take the last entry of the wave back that was not taken back yet.

    Units found missing are promised again where that is still possible. Raises ``Refused``
    (``nothing_to_undo``, ``replanned``, ``not_yours``, ``in_wave``, ``packed``).
    """
    actor.require("shipments:write")
    now = timezone.now()

    def enter() -> Scan:
        row = lock_wave(seller, wave, is_open=False)
        hold_wave(row, actor)
        if row.cancelled:
            raise Refused(_("The wave was cancelled."), code="wave_closed")
        undone = set(
            Scan.objects.filter(wave=row, kind=Scan.Kind.UNDO).values_list(
                "data__undoes", flat=True
            )
        )
        last = next(
            (
                scan
                for scan in Scan.objects.filter(
                    wave=row, session=None, kind__in=[Scan.Kind.PICK, Scan.Kind.SHORT]
                ).order_by("-pk")
                if scan.pk not in undone
            ),
            None,
        )
        if last is None:
            raise Refused(_("There is nothing to take back."), code="nothing_to_undo")
        if row.closed_at is not None:
            reopen_wave(row)
        if last.kind == Scan.Kind.PICK:
            _change([(pk, -n, 0) for pk, n in last.data["picks"]])
        else:
            _find_again(seller, last, actor, now)
        return _write(
            seller, row, Scan.Kind.UNDO, client_id, actor, now,
            data={"undoes": last.pk},
            message=str(_("Taken back: %(what)s") % {"what": last.message.split(". ")[0]})[:500],
        )  # fmt: skip

    return _entry(seller, wave, client_id, actor, enter)


def _find_again(seller: Seller, scan: Scan, actor: Actor, now: datetime) -> None:
    """Undo a short pick: the units are there after all."""
    if scan.data["granted"]:
        raise Refused(
            _("The order has been planned again or changed since. It cannot be undone."),
            code="replanned",
        )
    pick = Pick.objects.select_related("level__sku", "level__warehouse").get(
        pk=scan.data["picks"][0][0]
    )
    units: dict[int, int] = dict(scan.data["lines"])
    if scan.data["adjusted"]:
        move = Move("adjust", pick.level.sku, pick.level.warehouse, sum(units.values()),
                    reason=str(_("Found again")))  # fmt: skip
        post_units(seller=seller, moves=[move], actor=actor, at=now)
    grants = restore(seller=seller, units=units, actor=actor, at=now)
    if any(grant.level != pick.level_id for grant in grants):
        raise Refused(
            _("The order has been planned again or changed since. It cannot be undone."),
            code="replanned",
        )
    _change([(pk, 0, -n) for pk, n in scan.data["picks"]])
    Pick.objects.filter(pk__in=[pk for pk, _n in scan.data["picks"]], short=0).update(
        short_reason=""
    )


def _begin(
    seller: Seller, wave: int, level: int, quantity: int, actor: Actor
) -> tuple[Wave, Place]:
    row = lock_wave(seller, wave)
    hold_wave(row, actor)
    place = next((p for p in places_of(row) if p.level == level), None)
    if place is None:
        raise NotFound
    if not 1 <= quantity <= MAX_PICK:
        raise Invalid(errors=[FieldError("/quantity", _("A whole number above zero."))])
    return row, place


def _share(parts: Sequence[Part], quantity: int) -> list[tuple[Part, int]]:
    """Units for parts in their order, each as far as it still wants some."""
    shares = []
    for part in parts:
        n = min(quantity, part.rest)
        if n > 0:
            shares.append((part, n))
            quantity -= n
    return shares


def _add(
    shares: Sequence[tuple[Part, int]],
    actor: Actor,
    now: datetime,
    *,
    picked: int = 0,
    short: int = 0,
    reason: str = "",
) -> None:
    _change([(part.pick, picked * n, short * n) for part, n in shares])
    stamp: dict[str, object] = {"picked_by": actor.name[:120], "picked_at": now}
    if reason:
        stamp["short_reason"] = reason
    Pick.objects.filter(pk__in=[part.pick for part, _n in shares]).update(**stamp)


def _change(changes: Sequence[tuple[int, int, int]]) -> None:
    """Add (pick, picked, short)."""
    rows = [change for change in changes if change[1] or change[2]]
    with_reason = [pk for pk, _p, short in rows if short > 0]
    if with_reason:
        # The reason is needed by the constraint in the same statement that counts the units.
        Pick.objects.filter(pk__in=with_reason, short_reason="").update(short_reason="-")
    update_unnest(
        Pick._meta.db_table,
        ("id", "bigint"),
        [("picked", "int"), ("short", "int")],
        rows,
        add=True,
    )


def add_to_wave(
    wave: Wave, grants: Sequence[tuple[int, int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Fetch (order, line, level, units) in this wave as well, as far as it is in this warehouse."""
    here = set(
        StockLevel.objects.filter(
            pk__in=[level for _o, _l, level, _n in grants], warehouse=wave.warehouse_id
        ).values_list("pk", flat=True)
    )
    added = [grant for grant in grants if grant[2] in here]
    for order, line, level, n in added:
        changed = Pick.objects.filter(wave=wave, line=line, level=level).update(
            quantity=F("quantity") + n
        )
        if not changed:
            Pick.objects.create(
                seller_id=wave.seller_id, wave=wave, order_id=order, line_id=line, level_id=level,
                quantity=n,
            )  # fmt: skip
    return added


def _write(
    seller: Seller,
    wave: Wave,
    kind: str,
    client_id: str,
    actor: Actor,
    now: datetime,
    *,
    data: dict[str, object],
    message: str,
    text: str = "",
) -> Scan:
    return Scan.objects.create(
        seller=seller, wave=wave, kind=kind, result=Scan.Result.RIGHT, client_id=client_id,
        text=text[:200], data=data, message=message, actor=actor.name[:120], at=now,
    )  # fmt: skip


def _finish(row: Wave, now: datetime) -> None:
    """End a wave of which everything is fetched or known to be missing."""
    if not any(place.rest for place in places_of(row)):
        end_wave(row, now)
