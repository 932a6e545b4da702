"""Making a wave, giving it to somebody, ending it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import NotFound, Refused
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, Refusal
from logistics.actions.numbers import route
from logistics.models import Pick, Wave
from logistics.pick_queries import MAX_ORDERS
from orders.actions.base import Batch
from orders.models import OrderLine
from sellers.models import Seller
from sellers.zones import zone_of
from stock.models import Reservation, Warehouse


@retry_on_deadlock
def make_wave(
    *,
    seller: Seller,
    warehouse: Warehouse,
    orders: Sequence[int],
    actor: Actor,
    service: str = "",
    picker: int | None = None,
) -> tuple[Wave, BatchOutcome]:
    """Fetch these orders together: what of them is promised in the warehouse and in no parcel yet.

    Answers per order; refused: ``on_hold``, ``not_stocked``, ``in_wave``, ``other_warehouse``, a
    service that does not take it. Raises ``Refused`` (``nothing_to_pick``) when no order goes.
    """
    actor.require("shipments:write")
    if len(set(orders)) > MAX_ORDERS:
        raise Refused(
            _("A wave has at most %(n)s orders. Make two.") % {"n": MAX_ORDERS}, code="too_many"
        )
    way = route(service)
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.begin("pack", seller, orders)
        refusals = {
            row.id: refusal
            for row in batch.go
            if (refusal := way.refuses(country=row.country, weight_grams=None))
        }
        batch.refuse_all(refusals)
        busy = dict(
            Pick.objects.filter(
                order__in=batch.ids, open=True, level__warehouse=warehouse
            ).values_list("order", "wave__code")
        )
        batch.refuse_all(
            {
                pk: Refusal("in_wave", _("It is in wave %(wave)s already.") % {"wave": code})
                for pk, code in busy.items()
            }
        )
        parts = _parts(batch.ids, warehouse)
        batch.refuse_all(
            {
                row.id: Refusal(
                    "other_warehouse",
                    _("Its stock lies in another warehouse than %(warehouse)s.")
                    % {"warehouse": warehouse.name},
                )
                for row in batch.go
                if row.id not in parts
            }
        )
        if not batch.go:
            reasons = batch.outcome(orders).refusals()
            raise Refused(
                reasons[0][1] if reasons else _("No order is ready to be picked."),
                code="nothing_to_pick",
            )
        wave = _new(seller, now, warehouse=warehouse, service=way.service, picker_id=picker,
                    made_by=actor.name[:120], created_at=now)  # fmt: skip
        Pick.objects.bulk_create(
            Pick(
                seller=seller, wave=wave, order_id=row.id, line_id=line, level_id=level, quantity=n
            )
            for row in batch.go
            for line, level, n in parts[row.id]
        )
        for row in batch.go:
            batch.done(row, row.stage, wave=wave.code)
    return wave, batch.outcome(orders)


def _parts(orders: Sequence[int], warehouse: Warehouse) -> dict[int, list[tuple[int, int, int]]]:
    """(line, level, units) that are promised in the warehouse and in no parcel, by order."""
    lines = {
        pk: [order, allocated - packed]
        for pk, order, allocated, packed in OrderLine.objects.filter(order__in=orders).values_list(
            "pk", "order_id", "allocated", "packed"
        )
        if allocated > packed
    }
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for line, level, n in (
        Reservation.objects.filter(holder_id__in=list(lines), level__warehouse=warehouse)
        .order_by("holder_id", "level_id")
        .values_list("holder_id", "level_id", "quantity")
    ):
        order, left = lines[line]
        take = min(n, left)
        if take > 0:
            lines[line][1] -= take
            found[order].append((line, level, take))
    return found


def _new(seller: Seller, now: datetime, **fields: object) -> Wave:
    """A wave with the next code of the seller's day: W261125-1."""
    day = now.astimezone(zone_of(seller.time_zone) or timezone.get_default_timezone())
    head = f"W{day:%y%m%d}-"
    n = Wave.objects.filter(seller=seller, code__startswith=head).count()
    for attempt in range(1, 20):
        try:
            with transaction.atomic():
                return Wave.objects.create(seller=seller, code=f"{head}{n + attempt}", **fields)
        except IntegrityError:
            continue  # somebody else made one at this moment
    raise Refused(_("Many waves are being made right now. Try again."), code="busy")


def lock_wave(seller: Seller, wave: int, *, is_open: bool = True) -> Wave:
    """The wave, locked; its picks are guarded by it. Raises ``NotFound``, or ``Refused``
    (``wave_closed``)."""
    row = Wave.objects.select_for_update(of=("self",), no_key=True).filter(
        seller=seller, pk=wave
    ).first()  # fmt: skip
    if row is None:
        raise NotFound
    if is_open and row.closed_at is not None:
        raise Refused(_("The wave %(code)s is finished.") % {"code": row.code}, code="wave_closed")
    return row


def take_wave(*, seller: Seller, wave: int, actor: Actor, take_over: bool = False) -> Wave:
    """Somebody begins to pick. A wave that another person picks is refused (``not_yours``) unless
    it is taken over on purpose."""
    actor.require("shipments:write")
    with transaction.atomic():
        row = lock_wave(seller, wave)
        hold_wave(row, actor, take_over=take_over)
    return row


def hold_wave(row: Wave, actor: Actor, *, take_over: bool = False) -> None:
    """Make a locked wave the actor's, or refuse. API keys pick for whoever has it."""
    if actor.kind != "user" or row.picker_id == actor.id:
        return
    if row.picker is not None and not take_over:
        raise Refused(
            _("%(name)s picks the wave %(code)s. Take it over, or pick another one.")
            % {"name": row.picker, "code": row.code},
            code="not_yours",
        )
    row.picker_id = actor.id
    row.save(update_fields=["picker"])


def close_wave(*, seller: Seller, wave: int, actor: Actor, cancel: bool = False) -> Wave:
    """Finish a wave, or cancel it: what was not fetched may go into another one."""
    actor.require("shipments:write")
    with transaction.atomic():
        row = lock_wave(seller, wave)
        end_wave(row, timezone.now(), cancelled=cancel)
    return row


def end_wave(row: Wave, at: datetime, *, cancelled: bool = False) -> None:
    """End a locked wave."""
    row.closed_at, row.cancelled = at, cancelled
    row.save(update_fields=["closed_at", "cancelled"])
    Pick.objects.filter(wave=row).update(open=False)


def reopen_wave(row: Wave) -> None:
    """Open a locked wave again. Raises ``Refused`` when its orders are in another one by now."""
    try:
        with transaction.atomic():
            Pick.objects.filter(wave=row).update(open=True)
    except IntegrityError:
        raise Refused(
            _("Its orders are in another wave by now. It cannot be undone."), code="in_wave"
        ) from None
    row.closed_at, row.cancelled = None, False
    row.save(update_fields=["closed_at", "cancelled"])
