"""The lifecycle as data. Pages, API, admin, jobs and importers offer and perform exactly this.

``docs/lifecycle.md`` is generated from here.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.transitions import Transition, TransitionTable


class Stage(models.TextChoices):
    """Where an order is: the stage of its least advanced open unit."""

    NEW = "new", _("To accept")
    ACCEPTED = "accepted", _("To allocate")
    STOCKED = "stocked", _("To pack")
    PACKED = "packed", _("To ship")
    SHIPPED = "shipped", _("To upload")
    UPLOADED = "uploaded", _("To be received")
    CONFIRMED = "confirmed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


#: Stages in which something is still to be done before the parcel is on its way and declared.
OPEN = (Stage.NEW, Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED, Stage.SHIPPED)
FINISHED = (Stage.CONFIRMED, Stage.CANCELLED)

_ALL_OPEN = frozenset(OPEN)
_AFTER = {
    stage: frozenset(s for s in list(Stage)[i:] if s != Stage.CANCELLED)
    for i, stage in enumerate(Stage)
}

#: Parcels may leave before the rest of an order is there, so ``pack``, ``ship`` and ``upload`` may
#: start from earlier stages too; their guards refuse when no unit or parcel is ready.
TABLE = TransitionTable(
    Transition(
        "accept",
        _("Accept"),
        frozenset({Stage.NEW}),
        Stage.ACCEPTED,
        already=_AFTER[Stage.ACCEPTED],
        icon="clipboard-check",
    ),
    Transition(
        "allocate",
        _("Allocate stock"),
        frozenset({Stage.ACCEPTED}),
        Stage.STOCKED,
        already=_AFTER[Stage.STOCKED],
        icon="boxes",
    ),
    Transition(
        "pack",
        _("Pack"),
        frozenset({Stage.ACCEPTED, Stage.STOCKED}),
        Stage.PACKED,
        already=_AFTER[Stage.PACKED],
        icon="package",
    ),
    Transition(
        "ship",
        _("Ship"),
        frozenset({Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED}),
        Stage.SHIPPED,
        already=_AFTER[Stage.SHIPPED],
        final=True,
        icon="truck",
    ),
    Transition(
        "upload",
        _("Upload tracking"),
        frozenset({Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED, Stage.SHIPPED}),
        Stage.UPLOADED,
        already=_AFTER[Stage.UPLOADED],
        final=True,
        icon="cloud-upload",
    ),
    Transition(
        "confirm",
        _("Confirm receipt"),
        frozenset({Stage.UPLOADED}),
        Stage.CONFIRMED,
        already=frozenset({Stage.CONFIRMED}),
        held=True,
        final=True,
        icon="circle-check-big",
    ),
    Transition(
        "hold",
        _("Hold"),
        _ALL_OPEN | {Stage.UPLOADED},
        None,
        held=True,
        icon="pause",
    ),
    Transition(
        "release",
        _("Release hold"),
        _ALL_OPEN | {Stage.UPLOADED},
        None,
        held=True,
        icon="play",
    ),
    Transition(
        "cancel",
        _("Cancel"),
        frozenset({Stage.NEW, Stage.ACCEPTED, Stage.STOCKED, Stage.PACKED}),
        Stage.CANCELLED,
        already=frozenset({Stage.CANCELLED}),
        held=True,
        final=True,
        icon="circle-x",
    ),
)


def stage_of(
    *,
    accepted: bool,
    confirmed: bool,
    units: int,
    allocated: int,
    packed: int,
    shipped: int,
    uploaded: int,
) -> Stage:
    """The stage that follows from an order's counters. ``units`` are those not cancelled."""
    if units == 0:
        return Stage.CANCELLED
    if confirmed:
        return Stage.CONFIRMED
    if uploaded == units:
        return Stage.UPLOADED
    if shipped == units:
        return Stage.SHIPPED
    if packed == units:
        return Stage.PACKED
    if allocated == units:
        return Stage.STOCKED
    return Stage.ACCEPTED if accepted else Stage.NEW


#: The same rule in SQL, for set-based updates of ``orders_order t``; tests hold the two together.
STAGE_SQL = """CASE
    WHEN t.units = 0 THEN 'cancelled'
    WHEN t.confirmed_at IS NOT NULL THEN 'confirmed'
    WHEN t.uploaded = t.units THEN 'uploaded'
    WHEN t.shipped = t.units THEN 'shipped'
    WHEN t.packed = t.units THEN 'packed'
    WHEN t.allocated = t.units THEN 'stocked'
    WHEN t.accepted_at IS NOT NULL THEN 'accepted'
    ELSE 'new' END"""
