"""Which orders lie on the table: beginning with one, combining several, putting them aside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.ids import decode
from logistics.actions.station_base import Answer, Entering, Wrong, table_of
from logistics.actions.station_units import count_unit, gone
from logistics.models import PackOrder, PackSession, Pick, Scan, Shipment, ShipmentState, Wave
from logistics.packing import Asked
from logistics.station_queries import ADDRESS_SQL, Table, read_lines, siblings
from logistics.tracking_numbers import normalise
from orders.actions.base import why_not
from orders.models import Order
from orders.states import TABLE
from stock.models import Sku

#: A session and its first order in one statement: a scan is answered in few.
_BEGIN = f"""
WITH session AS (
    INSERT INTO logistics_packsession (seller_id, packer_id, wave_id, outcome, started_at)
    VALUES (%(seller)s, %(packer)s, %(wave)s, 'open', %(now)s) RETURNING id
), opened AS (
    INSERT INTO logistics_packorder (seller_id, session_id, order_id, address, open)
    SELECT o.seller_id, s.id, o.id, {ADDRESS_SQL}, true
    FROM orders_order o, session s WHERE o.id = %(order)s
)
SELECT id FROM session
"""  # noqa: S608
_ADD = f"""
INSERT INTO logistics_packorder (seller_id, session_id, order_id, address, open)
SELECT o.seller_id, %s, o.id, {ADDRESS_SQL}, true FROM orders_order o WHERE o.id = ANY(%s)
ON CONFLICT (session_id, order_id) DO UPDATE SET open = true, address = excluded.address
"""  # noqa: S608


def begin_with(entering: Entering, asked: Asked) -> Answer:
    """The first scan at an empty table: an order, a wave, a parcel's label, or, with a wave at
    hand, a unit of one of its orders."""
    code = asked.code
    if entering.wave is not None and (order := _wants(entering, code)) is not None:
        if entering.stale:
            raise gone(entering.stale)
        begin(entering, order, wave=entering.wave, quiet=True)
        counted = count_unit(entering, asked)
        if counted is not None:
            return counted
    own = Wave.objects.filter(seller=entering.seller, pk=entering.wave or 0)
    if entering.wave is not None and not own.exists():
        entering.wave = None  # of somebody else, or of nobody
    order = find_order(entering, code)
    if order is not None:
        return begin(entering, order)
    wave = Wave.objects.filter(seller=entering.seller, code__iexact=code).first()
    if wave is not None:
        return _with_wave(entering, wave)
    parcel = _parcel(entering, code)
    if parcel is not None:
        return _show_parcel(entering, parcel)
    sku = Sku.objects.filter(_is(code), seller=entering.seller).first()
    if sku is not None and entering.stale:
        raise gone(entering.stale)
    if sku is not None and entering.wave is not None:
        raise Wrong(_("No order of this wave wants %(sku)s any more.") % {"sku": sku.code})
    if sku is not None:
        raise Wrong(_("%(sku)s: scan the order first, or a wave.") % {"sku": sku.code})
    raise unknown(code)


def unknown(code: str) -> Wrong:
    return Wrong(_("Nobody here knows “%(code)s”.") % {"code": code[:60]})


def _is(code: str) -> Q:
    return Q(code__iexact=code) | Q(barcode__iexact=code)


def find_order(entering: Entering, code: str) -> Order | None:
    """The order with this number; of several stores the one that can be packed."""
    rows = Order.objects.filter(seller=entering.seller, number=code).order_by("-pk")[:5]
    found = sorted(rows, key=lambda o: why_not(TABLE["pack"], o) is not None)
    return found[0] if found else None


def begin(
    entering: Entering, order: Order, *, wave: int | None = None, quiet: bool = False
) -> Answer:
    """Put an order on the table. Refused when it cannot be packed now, or lies on another's."""
    refusal = why_not(TABLE["pack"], order)
    if refusal:
        raise Wrong(f"{order.number}: {refusal.detail}")
    now = timezone.now()
    chosen = wave or entering.wave
    with _one_table([order.pk]), connection.cursor() as cursor:
        cursor.execute(
            _BEGIN,
            {"seller": entering.seller.pk, "packer": entering.actor.id, "wave": chosen,
             "order": order.pk, "now": now},
        )  # fmt: skip
        pk = cursor.fetchone()[0]
    session = PackSession(pk=pk, seller=entering.seller, packer_id=entering.actor.id,
                          wave_id=chosen, started_at=now)  # fmt: skip
    table = Table(session)
    read_lines(table)
    entering.table = table
    if quiet:
        return Answer(Scan.Result.RIGHT, "", table)
    message = _("Order %(number)s") % {"number": order.number}
    entering.write(Scan.Kind.ORDER, Scan.Result.RIGHT, message, data={"order": order.pk})
    return Answer(Scan.Result.RIGHT, message, table, data={"stay": True})


@contextmanager
def _one_table(orders: Sequence[int]) -> Iterator[None]:
    """The database lets an order lie on one table only; say on whose it lies."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        busy = (
            PackOrder.objects.filter(order__in=orders, open=True)
            .select_related("session__packer", "order")
            .first()
        )
        raise Busy(busy) from None


def _open(session: PackSession, orders: Sequence[int]) -> None:
    """Put further orders on a table, or take note of their address as it is now."""
    with _one_table(orders), connection.cursor() as cursor:
        cursor.execute(_ADD, [session.pk, list(orders)])


class Busy(Wrong):
    """Somebody else packs this order. ``data`` tells the page whom to take it over from."""

    def __init__(self, busy: PackOrder | None) -> None:
        if busy is None:
            super().__init__(_("Somebody else has begun with this order. Scan it again."))
            self.data: dict[str, object] = {}
            return
        super().__init__(
            _("%(name)s packs the order %(number)s.")
            % {"name": busy.session.packer or "?", "number": busy.order.number}
        )
        self.data = {"busy": busy.session.public_id, "number": busy.order.number}


def take_over(entering: Entering) -> Answer:
    """Go on with the parcel of somebody else, on purpose; what was counted stays counted."""
    if entering.table is not None:
        raise Wrong(_("Finish the parcel on your table first, or put it aside with LEAVE."))
    pk = decode(PackSession.id_prefix, entering.fields.get("from", "")) or 0
    session = (
        PackSession.objects.select_for_update(of=("self",), no_key=True)
        .filter(seller=entering.seller, pk=pk, outcome=PackSession.Outcome.OPEN)
        .first()
    )
    if session is None:
        raise Wrong(_("That parcel is closed by now. Scan the order again."))
    session.packer_id = entering.actor.id
    session.save(update_fields=["packer"])
    entering.table = table_of(session)
    message = _("You have taken the parcel over.")
    entering.write(Scan.Kind.ORDER, Scan.Result.RIGHT, message)
    return Answer(Scan.Result.RIGHT, message, entering.table, data={"stay": True})


def _with_wave(entering: Entering, wave: Wave) -> Answer:
    message = _("Wave %(code)s: scan its items one after the other.") % {"code": wave.code}
    data = {"wave": wave.public_id}
    entering.wave = wave.pk
    entering.write(Scan.Kind.OTHER, Scan.Result.RIGHT, message, data=data)
    return Answer(Scan.Result.RIGHT, message, data=data)


def _parcel(entering: Entering, code: str) -> Shipment | None:
    rows = Shipment.objects.filter(seller=entering.seller)
    pk = decode(Shipment.id_prefix, code)
    if pk is not None:
        return rows.filter(pk=pk).first()
    return rows.filter(tracking_number=normalise(code)).exclude(tracking_number="").first()


def _show_parcel(entering: Entering, parcel: Shipment) -> Answer:
    label = ShipmentState(parcel.state).label
    message = _("Parcel %(number)s: %(state)s") % {
        "number": parcel.tracking_number or parcel.public_id, "state": label,
    }  # fmt: skip
    data = {"shipment": parcel.public_id}
    entering.write(Scan.Kind.OTHER, Scan.Result.ASK, message, data=data)
    return Answer(Scan.Result.ASK, message, data=data)


def _wants(entering: Entering, code: str) -> Order | None:
    """The most urgent order of the wave that wants such a unit and lies on no table."""
    pick = (
        Pick.objects.filter(
            Q(level__sku__code__iexact=code) | Q(level__sku__barcode__iexact=code),
            ~Exists(PackOrder.objects.filter(order=OuterRef("order"), open=True)),
            seller=entering.seller,
            wave=entering.wave,
            order__on_hold=False,
            order__stage__in=TABLE["pack"].sources,
            line__allocated__gt=F("line__packed"),
        )
        .select_related("order")
        .order_by("order__ship_by", "order_id")
        .first()
    )
    return pick.order if pick else None


def other_code(entering: Entering, code: str) -> Answer:
    """A code that is no unit of the parcel: another order to combine, or a mistake."""
    table = entering.on_table
    order = find_order(entering, code)
    if order is None:
        sku = Sku.objects.filter(_is(code), seller=entering.seller).first()
        if sku is not None:
            raise Wrong(_("%(sku)s does not belong into this parcel.") % {"sku": sku.code})
        raise unknown(code)
    if any(o.id == order.pk for o in table.orders):
        raise Wrong(_("The order %(number)s is on the table already.") % {"number": order.number})
    if order.ship_to_key != table.orders[0].ship_to_key:
        raise Wrong(
            _("%(number)s goes to another buyer or address. Finish this parcel first, or LEAVE it.")
            % {"number": order.number}
        )
    refusal = why_not(TABLE["pack"], order)
    if refusal:
        raise Wrong(f"{order.number}: {refusal.detail}")
    return _combine(entering, table, [(order.pk, order.number)])


def combine_all(entering: Entering) -> Answer:
    """COMBINE: all other orders of this buyer to this address that are ready."""
    table = entering.on_table
    others = siblings(entering.seller, table.orders)
    if not others:
        raise Wrong(_("No other order of this buyer to this address is ready."))
    return _combine(entering, table, others)


def _combine(entering: Entering, table: Table, orders: Sequence[tuple[int, str]]) -> Answer:
    _open(table.session, [pk for pk, _number in orders])
    read_lines(table)
    table.rules = None
    message = _("In the same parcel: %(numbers)s") % {
        "numbers": ", ".join(number for _pk, number in orders)
    }
    entering.write(
        Scan.Kind.ORDER, Scan.Result.RIGHT, message, data={"orders": [pk for pk, _n in orders]}
    )
    return Answer(Scan.Result.RIGHT, message, table, data={"stay": True})


def accept_address(entering: Entering) -> Answer:
    """The packer has seen the new address, and goes on with it."""
    table = entering.on_table
    changed = [order.id for order in table.orders if order.address_changed]
    if not changed:
        raise Wrong(_("The address is as it was."))
    _open(table.session, changed)
    read_lines(table)
    message = _("New address seen.")
    entering.write(Scan.Kind.OTHER, Scan.Result.RIGHT, message, data={"orders": changed})
    return Answer(Scan.Result.RIGHT, message, table)


def leave(entering: Entering) -> Answer:
    """LEAVE: put the orders aside. What was scanned comes out of the box and counts no longer."""
    table = entering.on_table
    message = _("Put aside: %(numbers)s. Nothing was packed.") % {
        "numbers": ", ".join(order.number for order in table.orders)
    }
    entering.write(Scan.Kind.OTHER, Scan.Result.ASK, message)
    end_session(table.session, PackSession.Outcome.LEFT)
    entering.table = None
    return Answer(Scan.Result.ASK, message)


def end_session(session: PackSession, outcome: str, shipment: int | None = None) -> None:
    """Nothing lies on this table any more."""
    session.outcome, session.ended_at = outcome, timezone.now()
    session.shipment_id = shipment
    session.save(update_fields=["outcome", "ended_at", "shipment"])
    PackOrder.objects.filter(session=session, open=True).update(open=False)
