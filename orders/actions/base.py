"""What all actions on orders share: lock, split by the table and the guards, answer per order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Text
from core.outcome import BatchOutcome, Refusal, RowOutcome
from core.sql import update_unnest
from core.transitions import Transition
from orders.models import Order
from orders.registry import registered
from orders.states import TABLE, Stage, stage_of
from sellers.models import Seller


class Facts(Protocol):
    """What the guards look at: a locked row, or an order as a page has it."""

    @property
    def stage(self) -> str: ...
    @property
    def on_hold(self) -> bool: ...
    @property
    def units(self) -> int: ...
    @property
    def allocated(self) -> int: ...
    @property
    def packed(self) -> int: ...
    @property
    def shipped(self) -> int: ...
    @property
    def uploaded(self) -> int: ...


class Row(NamedTuple):
    """A locked order, as far as actions need it."""

    id: int
    seller_id: int
    store_id: int
    number: str
    stage: str
    on_hold: bool
    accepted_at: object
    ship_by: object
    paid_at: object
    country: str
    units: int
    allocated: int
    packed: int
    shipped: int
    uploaded: int
    problems: list[str]
    history: bool


def wrong_stage(transition: Transition, stage: str) -> Refusal:
    """The refusal of an action that does not start from ``stage``."""
    return Refusal(
        "wrong_stage",
        _("“%(action)s” is not possible while the order is “%(stage)s”.")
        % {"action": transition.label, "stage": Stage(stage).label},
    )


def why_not(transition: Transition, order: Facts) -> Refusal | None:
    """Why an action cannot be done with an order now; ``None`` when it can.

    The one place that decides: ``available`` shows it, the actions enforce it.
    """
    if order.stage not in transition.sources:
        return wrong_stage(transition, order.stage)
    if order.on_hold and not transition.held:
        return Refusal("on_hold", _("The order is on hold. Release it first."))
    return _NOT_READY[transition.name](order) if transition.name in _NOT_READY else None


def _nothing_to_pack(order: Facts) -> Refusal | None:
    if order.allocated > order.packed:
        return None
    return Refusal("not_stocked", _("No stock is allocated to it yet. Allocate first."))


def _nothing_to_ship(order: Facts) -> Refusal | None:
    if order.packed > order.shipped:
        return None
    return Refusal("not_packed", _("No parcel of it is packed. Pack first."))


def _nothing_to_upload(order: Facts) -> Refusal | None:
    if order.shipped > order.uploaded:
        return None
    return Refusal("not_shipped", _("No parcel of it has been handed over. Ship first."))


def _not_held(order: Facts) -> Refusal | None:
    return None if order.on_hold else Refusal("not_held", _("The order is not on hold."))


def _partly_shipped(order: Facts) -> Refusal | None:
    if order.shipped == 0:
        return None
    return Refusal(
        "partly_shipped",
        _("Part of it has left already. Cancel the units that are still here instead."),
    )


_NOT_READY = {
    "pack": _nothing_to_pack,
    "ship": _nothing_to_ship,
    "upload": _nothing_to_upload,
    "release": _not_held,
    "cancel": _partly_shipped,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An action as pages and the API offer it for one order."""

    name: str
    label: Text
    icon: str
    final: bool
    allowed: bool
    reason: Text = ""


def available(order: Facts, actor: Actor) -> list[Choice]:
    """All actions with whether ``actor`` can do them with ``order`` now, and if not, why."""
    choices = []
    for t in TABLE:
        refusal = why_not(t, order)
        if refusal is None and not actor.may(registered(t.name).scope):
            refusal = Refusal("missing_scope", _("Your role does not allow this."))
        choices.append(
            Choice(
                name=t.name,
                label=t.label,
                icon=t.icon,
                final=t.final,
                allowed=refusal is None,
                reason=refusal.detail if refusal else "",
            )
        )
    return choices


def lock_orders(seller: Seller, ids: Iterable[int]) -> list[Row]:
    """Lock a seller's orders in primary-key order. Their lock guards their lines and parcels."""
    return [
        Row._make(values)
        for values in Order.objects.filter(seller=seller, pk__in=list(ids))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .values_list(*Row._fields)
    ]


@dataclass(slots=True)
class Batch:
    """The locked orders of one action: those it may change, and the answers so far."""

    transition: Transition
    go: list[Row] = field(default_factory=list)
    answers: list[RowOutcome] = field(default_factory=list)

    @classmethod
    def begin(cls, name: str, seller: Seller, ids: Sequence[int]) -> "Batch":
        """Lock the orders and split them by the table and the guards."""
        return cls.of(name, lock_orders(seller, ids), set(ids))

    @classmethod
    def of(cls, name: str, rows: Iterable[Row], named: set[int]) -> "Batch":
        """Split locked rows; only the named ones are answered for."""
        batch = cls(TABLE[name])
        for row in rows:
            if row.id not in named:
                continue
            if row.stage in batch.transition.already:
                batch.already(row)
            elif refusal := why_not(batch.transition, row):
                batch.refuse(row, refusal)
            else:
                batch.go.append(row)
        return batch

    def already(self, row: Row) -> None:
        self.answers.append(RowOutcome(row.id, row.number, "already", row.stage))

    def refuse(self, row: Row, refusal: Refusal) -> None:
        """Answer a row with a refusal, and take it from those that go on."""
        self.answers.append(
            RowOutcome(row.id, row.number, "refused", row.stage, refusal.code, refusal.detail)
        )

    def refuse_all(self, refusals: dict[int, Refusal]) -> None:
        """Refuse those rows that have a refusal; the others go on."""
        if not refusals:
            return
        for row in self.go:
            if row.id in refusals:
                self.refuse(row, refusals[row.id])
        self.go = [row for row in self.go if row.id not in refusals]

    def done(self, row: Row, stage: str, **data: object) -> None:
        self.answers.append(RowOutcome(row.id, row.number, "done", stage, data=data))

    def outcome(self, ids: Sequence[int]) -> BatchOutcome:
        return BatchOutcome.in_order(ids, self.answers)

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.go]

    @property
    def keys(self) -> list[tuple[int, int]]:
        """(seller, order) of the rows that go, as ``events.record`` wants them."""
        return [(row.seller_id, row.id) for row in self.go]


#: Which time stamp an order gets when it reaches a stage for the first time.
_STAMPS = {
    Stage.ACCEPTED: "accepted_at",
    Stage.STOCKED: "stocked_at",
    Stage.PACKED: "packed_at",
    Stage.SHIPPED: "shipped_at",
    Stage.UPLOADED: "uploaded_at",
    Stage.CONFIRMED: "confirmed_at",
    Stage.CANCELLED: "cancelled_at",
}


def write_counters(rows: Sequence[Row], *, at: object, also: str = "") -> dict[int, str]:
    """Write counters and the stage that follows from them, with one statement.

    ``rows`` carry the new counters. ``also`` is further SQL for the SET list. Returns the stage of
    each order.
    """
    stages = {
        row.id: stage_of(
            accepted=row.accepted_at is not None,
            confirmed=row.stage == Stage.CONFIRMED,
            units=row.units,
            allocated=row.allocated,
            packed=row.packed,
            shipped=row.shipped,
            uploaded=row.uploaded,
        )
        for row in rows
    }
    reached = {stages[row.id] for row in rows if stages[row.id] != row.stage}
    stamps = [
        f"{_STAMPS[stage]} = CASE WHEN v.stage = '{stage.value}' "
        f"THEN coalesce(t.{_STAMPS[stage]}, v.updated_at) ELSE t.{_STAMPS[stage]} END"
        for stage in sorted(reached)
        if stage in _STAMPS
    ]
    update_unnest(
        Order._meta.db_table,
        ("id", "bigint"),
        [
            ("stage", "text"),
            ("units", "int"),
            ("allocated", "int"),
            ("packed", "int"),
            ("shipped", "int"),
            ("uploaded", "int"),
            ("updated_at", "timestamptz"),
        ],
        [
            (
                row.id,
                stages[row.id].value,
                row.units,
                row.allocated,
                row.packed,
                row.shipped,
                row.uploaded,
                at,
            )
            for row in rows
        ],
        also=", ".join(["version = t.version + 1", *stamps, *([also] if also else [])]),
    )
    return {pk: stage.value for pk, stage in stages.items()}
