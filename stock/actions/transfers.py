"""调拨: making a transfer, sending it, receiving it, giving up what does not arrive.

Locks: transfer → stock level. Only free units leave; the level's own rule guards that under its
lock (``post_units``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.sql import update_unnest
from sellers.models import Seller
from stock.actions.levels import MAX_QUANTITY, Move, post_units
from stock.models import (
    MovementKind,
    Sku,
    StockLevel,
    Transfer,
    TransferLine,
    TransferReceipt,
    Warehouse,
)


def create_transfer(
    *,
    seller: Seller,
    source: Warehouse,
    target: Warehouse,
    units: Mapping[int, int],
    actor: Actor,
    note: str = "",
) -> Transfer:
    """A draft: ``units`` by SKU. Raises ``Invalid`` (``/target``, ``/lines``), ``NotFound``."""
    actor.require("stock:write")
    skus = _checked(seller, source, target, units)
    with transaction.atomic():
        # Numbers are given one after the other.
        Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
        number = Transfer.objects.filter(seller=seller).aggregate(n=Max("number"))["n"] or 0
        row = Transfer.objects.create(
            seller=seller,
            number=number + 1,
            source=source,
            target=target,
            note=" ".join(note.split())[:120],
            made_by=actor.name[:120],
        )
        _write_lines(row, skus, units)
    return row


def change_transfer(
    *, seller: Seller, transfer: int, units: Mapping[int, int], actor: Actor, note: str = ""
) -> Transfer:
    """Other lines for a draft. Raises ``Invalid`` (``/lines``), ``NotFound``, ``Refused``."""
    actor.require("stock:write")
    with transaction.atomic():
        row = _locked(seller, transfer, Transfer.State.DRAFT)
        skus = _checked(seller, row.source, row.target, units)
        row.lines.all().delete()
        _write_lines(row, skus, units)
        row.note = " ".join(note.split())[:120]
        row.save(update_fields=["note"])
    return row


def _checked(
    seller: Seller, source: Warehouse, target: Warehouse, units: Mapping[int, int]
) -> Sequence[Sku]:
    if {source.seller_id, target.seller_id} != {seller.pk}:
        raise NotFound
    skus = list(Sku.objects.filter(seller=seller, pk__in=units).order_by("pk"))
    if len(skus) != len(units):
        raise NotFound
    errors = []
    if source.pk == target.pk:
        errors.append(FieldError("/target", _("Choose two different warehouses.")))
    if not units:
        errors.append(FieldError("/lines", _("Say what is sent."), "required"))
    errors += [
        FieldError(
            "/lines",
            _("%(sku)s: from 1 to %(limit)s units.") % {"sku": sku.code, "limit": MAX_QUANTITY},
        )
        for sku in skus
        if not 1 <= units[sku.pk] <= MAX_QUANTITY
    ]
    if any(sku.sample != house.sample for sku in skus for house in (source, target)):
        sample = _("Samples lie in the sample warehouse, and nothing else does.")
        errors.append(FieldError("/lines", sample, "sample"))
    if errors:
        raise Invalid(errors=errors)
    return skus


def _write_lines(row: Transfer, skus: Sequence[Sku], units: Mapping[int, int]) -> None:
    TransferLine.objects.bulk_create(
        [
            TransferLine(seller_id=row.seller_id, transfer=row, sku=sku, quantity=units[sku.pk])
            for sku in skus
        ]
    )


def _locked(seller: Seller, transfer: int, *states: Transfer.State) -> Transfer:
    row = (
        Transfer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("source", "target")
        .filter(seller=seller, pk=transfer)
        .first()
    )
    if row is None:
        raise NotFound
    if row.state not in states:
        raise _wrong_state(row)
    return row


def _wrong_state(row: Transfer) -> Refused:
    return Refused(
        _("The transfer %(code)s is “%(state)s” now.")
        % {"code": row.code, "state": row.get_state_display()},
        code="wrong_state",
    )


def _lines(row: Transfer) -> list[TransferLine]:
    return list(row.lines.select_related("sku").order_by("sku_id"))


@retry_on_deadlock
def send_transfer(*, seller: Seller, transfer: int, actor: Actor) -> Transfer:
    """The goods leave the source, all of them or none. Raises ``Refused``: ``not_free`` names what
    is not there or promised to orders, ``wrong_state`` when it was sent already."""
    actor.require("stock:write")
    now = timezone.now()
    with transaction.atomic():
        row = _locked(seller, transfer, Transfer.State.DRAFT)
        lines = _lines(row)
        free = dict(
            StockLevel.objects.filter(
                seller=seller, warehouse=row.source, sku__in=[line.sku_id for line in lines]
            ).values_list("sku_id", F("on_hand") - F("reserved"))
        )
        short = [line for line in lines if line.quantity > free.get(line.sku_id, 0)]
        if short:
            raise _not_free(row, short, free)
        try:
            post_units(
                seller=seller,
                moves=[
                    Move(MovementKind.TRANSFER_OUT, line.sku, row.source, line.quantity,
                         row.target.name, row.code)
                    for line in lines
                ],
                actor=actor,
                at=now,
            )  # fmt: skip
        except Refused as error:
            # Promised to somebody between looking and locking.
            raise Refused(error.detail, code="not_free") from None
        row.lines.update(sent=F("quantity"))
        row.state, row.sent_at, row.sent_by = Transfer.State.SENT, now, actor.name[:120]
        row.save(update_fields=["state", "sent_at", "sent_by"])
    return row


def _not_free(row: Transfer, short: Sequence[TransferLine], free: Mapping[int, int]) -> Refused:
    named = ", ".join(
        f"{line.sku.code} ({max(0, free.get(line.sku_id, 0))} / {line.quantity})"
        for line in short[:10]
    )
    return Refused(
        _("Not enough free units in %(warehouse)s (free / wanted): %(skus)s. What is promised to "
          "orders stays.") % {"warehouse": row.source.name, "skus": named},
        code="not_free",
    )  # fmt: skip


@retry_on_deadlock
def receive_transfer(
    *, seller: Seller, transfer: int, units: Mapping[int, int], actor: Actor, client_id: str
) -> Transfer:
    """Units that arrived, by line id; the rest stays on the way. Once by ``client_id``: sent again
    it changes nothing. What is on the way no longer closes the transfer.

    Raises ``Invalid`` (``/<line>``: more than is on the way, or not a number of units; ``/units``:
    nothing), ``Refused`` (``wrong_state``), ``NotFound``.
    """
    actor.require("stock:write")
    now = timezone.now()
    if not 1 <= len(client_id) <= 64:
        raise Invalid(errors=[FieldError("/client_id", _("From 1 to 64 characters."))])
    with transaction.atomic():
        again = TransferReceipt.objects.filter(
            seller=seller, client_id=client_id, transfer=transfer
        )
        if again.exists():
            return Transfer.objects.get(seller=seller, pk=transfer)
        row = _locked(seller, transfer, Transfer.State.SENT, Transfer.State.DONE)
        # Both of a double click get here; the second finds the first one's receipt.
        if again.exists():
            return row
        if row.state == Transfer.State.DONE:
            raise _wrong_state(row)
        lines = {line.pk: line for line in _lines(row)}
        if not lines.keys() >= units.keys():
            raise NotFound
        came = {pk: n for pk, n in units.items() if n}
        errors = [
            FieldError(
                f"/{pk}",
                _("%(sku)s: from 0 to %(n)s, which are on the way. Count the rest in a stock take.")
                % {"sku": lines[pk].sku.code, "n": lines[pk].on_the_way},
            )
            for pk, n in came.items()
            if not 0 < n <= lines[pk].on_the_way
        ]
        if not came:
            errors.append(FieldError("/units", _("Say how many units arrived."), "required"))
        if errors:
            raise Invalid(errors=errors)
        _arrive(row, row.target, {lines[pk].sku: n for pk, n in came.items()}, actor, now)
        _add(list(came.items()), "received")
        TransferReceipt.objects.create(
            seller=seller,
            transfer=row,
            client_id=client_id,
            units=sum(came.values()),
            actor=actor.name[:120],
            at=now,
        )
        _end_if_done(row, actor, now)
    return row


@retry_on_deadlock
def close_transfer(
    *, seller: Seller, transfer: int, lost: bool, reason: str, actor: Actor
) -> Transfer:
    """What is still on the way does not arrive: it is lost, or is back at the source.

    Raises ``Invalid`` (``/reason``), ``Refused`` (``wrong_state``), ``NotFound``.
    """
    actor.require("stock:write")
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Invalid(errors=[FieldError("/reason", _("Say why."))])
    now = timezone.now()
    with transaction.atomic():
        row = _locked(seller, transfer, Transfer.State.SENT)
        rest = [line for line in _lines(row) if line.on_the_way]
        if not lost:
            back = {line.sku: line.on_the_way for line in rest}
            _arrive(row, row.source, back, actor, now, reason)
        _add([(line.pk, line.on_the_way) for line in rest], "lost" if lost else "returned", reason)
        _end_if_done(row, actor, now)
    return row


def cancel_transfer(*, seller: Seller, transfer: int, actor: Actor) -> Transfer:
    """Drop a draft. Raises ``Refused`` (``wrong_state``), ``NotFound``."""
    actor.require("stock:write")
    with transaction.atomic():
        row = _locked(seller, transfer, Transfer.State.DRAFT)
        row.state = Transfer.State.CANCELLED
        row.ended_at, row.ended_by = timezone.now(), actor.name[:120]
        row.save(update_fields=["state", "ended_at", "ended_by"])
    return row


def _arrive(
    row: Transfer,
    house: Warehouse,
    units: Mapping[Sku, int],
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    post_units(
        seller=row.seller,
        moves=[
            Move(MovementKind.TRANSFER_IN, sku, house, n, reason or row.source.name, row.code)
            for sku, n in units.items()
        ],
        actor=actor,
        at=at,
    )


def _add(units: Sequence[tuple[int, int]], column: str, reason: str = "") -> None:
    if reason:
        TransferLine.objects.filter(pk__in=[pk for pk, _n in units]).update(reason=reason)
    update_unnest(TransferLine._meta.db_table, ("id", "bigint"), [(column, "int")], units, add=True)


def _end_if_done(row: Transfer, actor: Actor, at: datetime) -> None:
    if row.lines.filter(sent__gt=F("received") + F("returned") + F("lost")).exists():
        return
    row.state, row.ended_at, row.ended_by = Transfer.State.DONE, at, actor.name[:120]
    row.save(update_fields=["state", "ended_at", "ended_by"])
