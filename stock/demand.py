"""What others want from stock, and who holds what. Stock knows nothing of orders: the app that
does brings the functions that answer when it starts (``provide``…)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor
from sellers.models import Seller


@dataclass(frozen=True, slots=True)
class Want:
    """What waits for a SKU: units that are promised to nobody yet, in so many orders, of which
    ``ready`` could be given stock now."""

    units: int = 0
    orders: int = 0
    ready: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds promised units: an order by its number and public id."""

    number: str
    public_id: str


Wants = Callable[[Seller, Collection[int] | None], dict[int, Want]]
Holders = Callable[[Seller, Collection[int]], dict[int, Holder]]

NOTHING = Want()
_wants: list[Wants] = []
_holders: list[Holders] = []


def provide(*, wants: Wants, holders: Holders) -> None:
    """Say where the answers come from."""
    _wants[:], _holders[:] = [wants], [holders]


def wanted(seller: Seller, skus: Collection[int] | None = None) -> dict[int, Want]:
    """What waits for these SKUs, or for any, by SKU. One query."""
    return _wants[0](seller, skus) if _wants else {}


def holders_of(seller: Seller, ids: Collection[int]) -> dict[int, Holder]:
    """Who is behind the ``holder_id`` of movements. One query."""
    return _holders[0](seller, ids) if _holders and ids else {}


@dataclass(frozen=True, slots=True)
class GaveWay:
    """An order that lost promised units because they are not there; ``waits`` when nothing could be
    promised in their place."""

    number: str
    public_id: str
    units: int
    waits: bool


GiveWay = Callable[..., list[GaveWay]]
Away = Callable[[Seller, Collection[int]], dict[tuple[int, int], int]]

_gives_way: list[GiveWay] = []
_away: list[Away] = []


def provide_ways(give_way: GiveWay) -> None:
    """Say who takes promises back."""
    _gives_way[:] = [give_way]


def provide_away(away: Away) -> None:
    """Say who knows what has been fetched."""
    _away[:] = [away]


def give_way(
    *, seller: Seller, units: Mapping[int, int], reason: str, actor: Actor, at: datetime
) -> list[GaveWay]:
    """Take back promises of so many ``units`` by level, those of the least urgent orders first,
    never of units that somebody holds in their hands. The orders are planned again.

    Within the caller's transaction, which holds no lock on stock yet. Raises ``Refused``
    (``in_hands``) when too much of it has been fetched or packed, ``not_allocated`` when a promise
    changed meanwhile.
    """
    return _gives_way[0](seller=seller, units=units, reason=reason, actor=actor, at=at)


def fetched(seller: Seller, levels: Collection[int]) -> dict[tuple[int, int], int]:
    """Units by (holder, level) that are on hand still and have left their bin: picked, or packed
    into a parcel that has not left the house. Two queries."""
    return _away[0](seller, levels) if _away and levels else {}


def off_shelf(seller: Seller, levels: Collection[int]) -> dict[int, int]:
    """``fetched``, by level."""
    found: dict[int, int] = {}
    for (_holder, level), n in fetched(seller, levels).items():
        found[level] = found.get(level, 0) + n
    return found
