"""The last scan: everything is looked at once more, under the locks, and the parcel closes."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, Invalid
from core.ids import decode
from logistics.actions.pack import pack_lines, void_shipments
from logistics.actions.station_base import Answer, Entering, Wrong, need_rules
from logistics.actions.station_orders import begin, end_session
from logistics.models import PackSession, Scan, Shipment, ShipmentState, Wave
from logistics.station_queries import LineIn, Table, read_lines
from orders.actions.base import lock_orders
from orders.models import Order
from orders.states import Stage


def close(entering: Entering, table: Table, last: Answer | None) -> Answer:
    """Close the parcel. ``last`` is the answer to a scan that left nothing to do and is written
    already; without one CLOSE was scanned.

    What is in the way stops it, also when the page is old: units that are missing or too many, a
    hold, a buyer who asks to cancel, another address, a check, box, photo or weight that is owed.
    What was counted stays counted.
    """
    try:
        with transaction.atomic():
            lock_orders(entering.seller, [order.id for order in table.orders])
            read_lines(table)
            need_rules(entering.seller, table)
            refuse_to_close(table)
            shipment = _pack(entering, table)
            message = _("Packed: %(numbers)s") % {
                "numbers": ", ".join(order.number for order in table.orders)
            }
            _written(entering, last, message, shipment)
            end_session(table.session, PackSession.Outcome.PACKED, shipment.pk)
    except DomainError as error:
        message = _sentence(error)
        if last is None:
            raise Wrong(message) from None
        # The scan that was the last one counts; the parcel stays open.
        return Answer(Scan.Result.WRONG, message, table, data={"stopped": True})
    entering.table = None
    data = {"shipment": shipment.public_id}
    rest = _rest(entering, table)
    return Answer(Scan.Result.CLOSED, message, rest, data=data)


def _sentence(error: DomainError) -> str:
    places = error.errors if isinstance(error, Invalid) else ()
    return " ".join(str(place.detail) for place in places) or str(error.detail)


def _written(entering: Entering, last: Answer | None, message: str, shipment: Shipment) -> None:
    """CLOSE is a scan of its own; a last unit, box or weight has been written."""
    if last is None:
        entering.write(
            Scan.Kind.CLOSE, Scan.Result.CLOSED, message, data={"shipment": shipment.public_id}
        )


def refuse_to_close(table: Table) -> None:
    """Raise ``Wrong`` with what is in the way of closing this parcel, the gravest first."""
    for order in table.orders:
        if order.stage == Stage.CANCELLED:
            raise Wrong(
                _("The order %(number)s was cancelled. Take its goods out and LEAVE.")
                % {"number": order.number}
            )
        if order.asks_to_cancel:
            raise Wrong(
                _("The buyer asks to cancel %(number)s. Wait for the decision.")
                % {"number": order.number}
            )
        if order.on_hold:
            raise Wrong(
                _("The order %(number)s is on hold. It stays here until it is released.")
                % {"number": order.number}
            )
        if order.address_changed:
            raise Wrong(
                _("The address of %(number)s has changed since you began. Look at it first.")
                % {"number": order.number}
            )
    counts = table.state.counts
    _units(table.lines, counts, split=table.state.split)
    step = table.step
    owed = {
        "check": _("A check has not been answered."),
        "box": _("Choose a box."),
        "photo": _("Take the photo of the open box."),
        "weight": _("Weigh the parcel."),
        "reason": _("The weight is too far off. Weigh again, or say why."),
    }
    if step in owed:
        raise Wrong(owed[step])


def _units(lines: list[LineIn], counts: dict[int, int], *, split: bool) -> None:
    for line in lines:
        too_many = counts.get(line.id, 0) - line.wanted
        if too_many > 0:
            raise Wrong(
                _("%(n)s × %(sku)s too many: cancelled or packed meanwhile. Take it out (OUT).")
                % {"n": too_many, "sku": line.code or line.title}
            )
    missing = [
        f"{line.wanted - counts.get(line.id, 0)} × {line.code or line.title}"
        for line in lines
        if line.wanted > counts.get(line.id, 0)
    ]
    if missing and not split:
        raise Wrong(_("Not scanned yet: %(goods)s") % {"goods": ", ".join(missing[:8])})
    if not any(counts.values()):
        raise Wrong(_("Nothing is in the box."))


def _pack(entering: Entering, table: Table) -> Shipment:
    """The one writer of parcels makes it."""
    state = table.state
    service = ""
    if table.session.wave_id:
        wave = Wave.objects.select_related("service").get(pk=table.session.wave_id)
        service = wave.service.code if wave.service else ""
    return pack_lines(
        seller=entering.seller,
        lines={line: n for line, n in state.counts.items() if n > 0},
        actor=entering.actor,
        service=service,
        weight_grams=state.weight,
        box=table.box(),
    )


def _rest(entering: Entering, table: Table) -> Table | None:
    """After a split: the next parcel of the same orders begins by itself."""
    if not table.state.split:
        return None
    orders = Order.objects.filter(pk__in=[order.id for order in table.orders])
    left = [order for order in orders if order.allocated > order.packed]
    if not left:
        return None
    try:
        with transaction.atomic():
            begin(entering, left[0], wave=table.session.wave_id, quiet=True)
    except DomainError:
        entering.table = None
    return entering.table


def undo_parcel(entering: Entering) -> Answer:
    """UNDO at an empty table: the parcel packed last here (or the one in ``fields``) becomes void
    while it is still in the house. Its order says so."""
    named = entering.fields.get("shipment", "")
    parcel = _last_parcel(entering, named)
    if parcel is None:
        raise Wrong(_("There is nothing to take back."))
    if parcel.state != ShipmentState.PACKED:
        raise Wrong(
            _("The parcel %(number)s is “%(state)s”; that cannot be taken back.")
            % {
                "number": parcel.tracking_number or parcel.public_id,
                "state": ShipmentState(parcel.state).label,
            }
        )
    outcome = void_shipments(
        seller=entering.seller, shipments=[parcel.pk], actor=entering.actor
    ).rows[0]
    if outcome.status == "refused":
        raise Wrong(str(outcome.detail))
    message = _("Packing undone. Take everything out; the order waits to be packed again.")
    entering.write(Scan.Kind.UNDO, Scan.Result.ASK, message, data={"voided": parcel.public_id})
    return Answer(Scan.Result.ASK, message, None)


def _last_parcel(entering: Entering, named: str) -> Shipment | None:
    rows = Shipment.objects.filter(seller=entering.seller)
    if named:
        return rows.filter(pk=decode(Shipment.id_prefix, named) or 0).first()
    session = (
        PackSession.objects.filter(
            seller=entering.seller, packer=entering.actor.id, outcome=PackSession.Outcome.PACKED
        )
        .order_by("-pk")
        .select_related("shipment")
        .first()
    )
    return session.shipment if session else None
