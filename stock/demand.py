"""What others want from stock, and who holds what. Stock knows nothing of orders: the app that
does brings these two functions when it starts (``provide``)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

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
