"""Buying goods: making, changing, ordering and cancelling replenishments. Receiving them stands in
``stock.actions.receipts``; both are the only writers of replenishments and their lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.sql import update_unnest
from sellers.models import Seller
from stock.lead_time import expected_on, today_of
from stock.models import (
    COMING,
    Replenishment,
    ReplenishmentEvent,
    ReplenishmentLine,
    ReplenishmentState,
    Sku,
    Supplier,
    SupplierSku,
    Warehouse,
)

MAX_LINES = 500
MAX_QUANTITY = 1_000_000
MAX_COST = Decimal(10) ** 8
#: How far ahead goods may be expected.
MAX_DAYS = 730

State = ReplenishmentState
Event = ReplenishmentEvent.Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many units of a SKU to buy; without a cost the supplier's price is taken."""

    sku: Sku
    quantity: int
    unit_cost: Decimal | None = None


def make_replenishment(
    *,
    seller: Seller,
    warehouse: Warehouse,
    lines: Sequence[Wanted],
    actor: Actor,
    supplier: Supplier | None = None,
    currency: str = "",
    expected: date | None = None,
    note: str = "",
    client_id: str = "",
) -> tuple[Replenishment, bool]:
    """A draft, and whether it was there already (made before with this ``client_id``).

    Raises ``Invalid`` with pointers such as ``/lines/0/quantity``.
    """
    actor.require("stock:write")
    if client_id and (found := _made(seller, client_id)):
        return found, True
    now = timezone.now()
    _check(seller, warehouse, supplier, lines, expected, now)
    prices = _prices(supplier, lines)
    try:
        with transaction.atomic():
            row = _new(
                seller, now, warehouse=warehouse, supplier=supplier, expected_on=expected,
                currency=currency or (supplier.currency if supplier else "CNY"), note=note[:500],
                client_id=client_id[:64], made_by=actor.name[:120], created_at=now,
            )  # fmt: skip
            _write_lines(row, lines, prices)
            record(row, Event.MADE, actor, now, units=sum(x.quantity for x in lines))
    except IntegrityError:
        if client_id and (found := _made(seller, client_id)):
            return found, True
        raise
    return row, False


def make_replenishments(
    *,
    seller: Seller,
    warehouse: Warehouse,
    wanted: Sequence[tuple[Supplier | None, Sequence[Wanted]]],
    actor: Actor,
    client_id: str,
) -> list[Replenishment]:
    """A draft for each supplier, all of them or none; made again with this ``client_id``, they are
    those that are there. Raises ``Invalid``."""
    with transaction.atomic():
        return [
            make_replenishment(
                seller=seller,
                warehouse=warehouse,
                supplier=supplier,
                lines=lines,
                client_id=f"{client_id[:40]}:{supplier.pk if supplier else 0}",
                actor=actor,
            )[0]
            for supplier, lines in wanted
        ]


def _made(seller: Seller, client_id: str) -> Replenishment | None:
    return Replenishment.objects.filter(seller=seller, client_id=client_id[:64]).first()


def change_draft(
    *,
    seller: Seller,
    replenishment: int,
    actor: Actor,
    lines: Sequence[Wanted],
    supplier: Supplier | None,
    warehouse: Warehouse,
    currency: str = "",
    note: str = "",
    expected: date | None = None,
    seen: int | None = None,
) -> Replenishment:
    """What a draft holds from now on, all of it. Raises ``NotFound``, ``Invalid``, ``Refused``
    (``wrong_state`` once it is ordered, ``changed`` when its version is not ``seen``)."""
    actor.require("stock:write")
    now = timezone.now()
    with transaction.atomic():
        row = lock_replenishment(seller, replenishment, seen=seen)
        _require(row, State.DRAFT)
        _check(seller, warehouse, supplier, lines, expected, now)
        row.supplier, row.warehouse, row.note = supplier, warehouse, note[:500]
        row.expected_on = expected
        row.currency = currency or (supplier.currency if supplier else row.currency)
        row.version += 1
        row.save(
            update_fields=["supplier", "warehouse", "note", "expected_on", "currency", "version"]
        )
        row.lines.all().delete()
        _write_lines(row, lines, _prices(supplier, lines))
        record(row, Event.CHANGED, actor, now, units=sum(x.quantity for x in lines))
    return row


def reschedule(
    *,
    seller: Seller,
    replenishment: int,
    actor: Actor,
    expected: date,
    note: str = "",
    seen: int | None = None,
) -> Replenishment:
    """Another day on which ordered goods are expected, and another note. Raises ``NotFound``,
    ``Invalid`` (``/expected_on``), ``Refused`` (``wrong_state``, ``changed``)."""
    actor.require("stock:write")
    now = timezone.now()
    with transaction.atomic():
        row = lock_replenishment(seller, replenishment, seen=seen)
        _require(row, *COMING)
        moved = row.expected_on != expected
        if moved and (errors := _date_errors(seller, expected, now)):
            raise Invalid(errors=errors)
        if not moved and row.note == note:
            return row
        row.expected_on, row.note = expected, note[:500]
        row.version += 1
        row.save(update_fields=["expected_on", "note", "version"])
        record(row, Event.CHANGED, actor, now, note=expected.isoformat() if moved else "")
    return row


def order_replenishment(*, seller: Seller, replenishment: int, actor: Actor) -> Replenishment:
    """A draft has been sent to its supplier: goods are on the way. Ordering again changes nothing.

    Without a day of its own it is expected after the supplier's lead time: the longest of its
    SKUs'. Raises ``NotFound``, ``Invalid`` (``/supplier``, ``/lines``), ``Refused``
    (``wrong_state``).
    """
    actor.require("stock:write")
    now = timezone.now()
    with transaction.atomic():
        row = lock_replenishment(seller, replenishment)
        if row.state in COMING:
            return row
        _require(row, State.DRAFT)
        lines = list(row.lines.all())
        supplier = row.supplier
        errors = []
        if supplier is None:
            errors.append(FieldError("/supplier", _("Say who delivers it."), "required"))
        if not lines:
            errors.append(FieldError("/lines", _("There is nothing in it."), "required"))
        if errors or supplier is None:
            raise Invalid(errors=errors)
        row.state, row.ordered_at = State.ORDERED, now
        if row.expected_on is None or row.expected_on < today_of(seller, now):
            row.expected_on = expected_on(seller, _lead_days(supplier, lines), now)
        row.version += 1
        row.save(update_fields=["state", "ordered_at", "expected_on", "version"])
        record(row, Event.ORDERED, actor, now, units=sum(x.quantity for x in lines))
    return row


def reopen_replenishment(*, seller: Seller, replenishment: int, actor: Actor) -> Replenishment:
    """It has not been ordered after all: back to a draft, as long as nothing came. Raises
    ``NotFound``, ``Refused`` (``wrong_state``)."""
    actor.require("stock:write")
    now = timezone.now()
    with transaction.atomic():
        row = lock_replenishment(seller, replenishment)
        if row.state == State.DRAFT:
            return row
        _require(row, State.ORDERED)
        row.state, row.ordered_at, row.expected_on = State.DRAFT, None, None
        row.version += 1
        row.save(update_fields=["state", "ordered_at", "expected_on", "version"])
        record(row, Event.REOPENED, actor, now)
    return row


def cancel_rest(
    *, seller: Seller, replenishment: int, actor: Actor, reason: str = ""
) -> Replenishment:
    """What has not come will not come. Cancelling again changes nothing.

    Raises ``NotFound``, ``Invalid`` (``/reason``: needed once it is ordered), ``Refused``
    (``wrong_state`` when everything came).
    """
    actor.require("stock:write")
    now = timezone.now()
    reason = " ".join(reason.split())
    with transaction.atomic():
        row = lock_replenishment(seller, replenishment)
        if row.state == State.CANCELLED:
            return row
        _require(row, State.DRAFT, *COMING)
        if row.state != State.DRAFT and not reason:
            raise Invalid(errors=[FieldError("/reason", _("Say why."), "required")])
        lines = list(row.lines.all())
        rest = {line.pk: line.open for line in lines if line.open > 0}
        update_unnest(
            ReplenishmentLine._meta.db_table,
            ("id", "bigint"),
            [("cancelled", "int")],
            list(rest.items()),
            add=True,
        )
        came = any(line.received for line in lines)
        row.state = State.RECEIVED if came else State.CANCELLED
        row.closed_at = now
        row.version += 1
        row.save(update_fields=["state", "closed_at", "version"])
        record(row, Event.CANCELLED, actor, now, units=sum(rest.values()), note=reason)
    return row


# --- shared with receipts ------------------------------------------------------------------------


def lock_replenishment(
    seller: Seller, replenishment: int, *, seen: int | None = None
) -> Replenishment:
    """The replenishment, locked; its lines are guarded by it. Raises ``NotFound``, ``Refused``
    (``changed``)."""
    row = (
        Replenishment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("supplier", "warehouse")
        .filter(seller=seller, pk=replenishment)
        .first()
    )
    if row is None:
        raise NotFound
    if seen is not None and seen != row.version:
        raise Refused(
            _("Somebody else has changed %(number)s meanwhile. Look at it again, then save.")
            % {"number": row.number},
            code="changed",
        )
    return row


def _require(row: Replenishment, *states: str) -> None:
    if row.state not in states:
        raise wrong_state(row)


def wrong_state(row: Replenishment) -> Refused:
    """What is answered to an action that the state does not allow."""
    return Refused(
        _("%(number)s is “%(state)s”: this cannot be done any more.")
        % {"number": row.number, "state": State(row.state).label},
        code="wrong_state",
    )


def record(
    row: Replenishment, kind: str, actor: Actor, at: datetime, *, units: int = 0, note: str = ""
) -> None:
    """Write down what happened."""
    ReplenishmentEvent.objects.create(
        seller_id=row.seller_id, replenishment=row, kind=kind, units=units, note=note[:200],
        actor=actor.name[:120], at=at,
    )  # fmt: skip


# --- helpers -------------------------------------------------------------------------------------


def _check(
    seller: Seller,
    warehouse: Warehouse,
    supplier: Supplier | None,
    lines: Sequence[Wanted],
    expected: date | None,
    now: datetime,
) -> None:
    errors = _date_errors(seller, expected, now) if expected else []
    if warehouse.sample:
        errors.append(FieldError("/warehouse", _("Samples are not bought."), "sample"))
    if supplier is not None and not supplier.active:
        errors.append(FieldError("/supplier", _("This supplier is not in use."), "inactive"))
    if not lines:
        errors.append(FieldError("/lines", _("Name at least one SKU."), "required"))
    if len(lines) > MAX_LINES:
        errors.append(FieldError("/lines", _("At most %(n)d lines.") % {"n": MAX_LINES}))
    counts = Counter(line.sku.pk for line in lines)
    for i, line in enumerate(lines):
        at = f"/lines/{i}"
        if not 1 <= line.quantity <= MAX_QUANTITY:
            said = {"least": 1, "most": MAX_QUANTITY}
            errors.append(
                FieldError(f"{at}/quantity", _("A whole number from %(least)s to %(most)s.") % said)
            )
        if line.unit_cost is not None and not 0 <= line.unit_cost < MAX_COST:
            errors.append(FieldError(f"{at}/unit_cost", _("Not below zero, below 100,000,000.")))
        if line.sku.sample:
            errors.append(FieldError(f"{at}/sku", _("Samples are not bought."), "sample"))
        if counts[line.sku.pk] > 1:
            detail = _("%(sku)s is named twice.") % {"sku": line.sku.code}
            errors.append(FieldError(f"{at}/sku", detail, "given_twice"))
    if errors:
        raise Invalid(errors=errors)


def _date_errors(seller: Seller, expected: date, now: datetime) -> list[FieldError]:
    if 0 <= (expected - today_of(seller, now)).days <= MAX_DAYS:
        return []
    return [FieldError("/expected_on", _("A day from today on, within two years."))]


def _prices(supplier: Supplier | None, lines: Sequence[Wanted]) -> dict[int, Decimal | None]:
    """The supplier's prices, for lines without a cost of their own."""
    bare = [line.sku.pk for line in lines if line.unit_cost is None]
    if supplier is None or not bare:
        return {}
    return dict(
        SupplierSku.objects.filter(supplier=supplier, sku__in=bare).values_list("sku_id", "price")
    )


def _write_lines(
    row: Replenishment, lines: Sequence[Wanted], prices: dict[int, Decimal | None]
) -> None:
    ReplenishmentLine.objects.bulk_create(
        ReplenishmentLine(
            seller_id=row.seller_id, replenishment=row, sku=line.sku, position=position,
            quantity=line.quantity,
            unit_cost=prices.get(line.sku.pk) if line.unit_cost is None else line.unit_cost,
        )
        for position, line in enumerate(lines, 1)
    )  # fmt: skip


def _lead_days(supplier: Supplier, lines: Sequence[ReplenishmentLine]) -> int:
    own = dict(
        SupplierSku.objects.filter(
            supplier=supplier, sku__in=[line.sku_id for line in lines]
        ).values_list("sku_id", "lead_days")
    )
    days = [own.get(line.sku_id) for line in lines]
    return max(supplier.lead_days if n is None else n for n in days)


def _new(seller: Seller, now: datetime, **fields: object) -> Replenishment:
    """A replenishment with the next number of the seller's day: PO261125-1."""
    head = f"PO{today_of(seller, now):%y%m%d}-"
    n = Replenishment.objects.filter(seller=seller, number__startswith=head).count()
    for attempt in range(1, 20):
        try:
            with transaction.atomic():
                return Replenishment.objects.create(
                    seller=seller, number=f"{head}{n + attempt}", **fields
                )
        except IntegrityError:
            if fields["client_id"] and _made(seller, str(fields["client_id"])):
                raise
            continue  # somebody else made one at this moment
    raise Refused(_("Many purchase orders are being made right now. Try again."), code="busy")
