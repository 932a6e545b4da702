"""Deciding who gets what is there. Pure: no database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Demand:
    """``quantity`` units of a SKU for one holder (an order line) of one group (an order), which
    belongs to a ``store``."""

    group: int
    holder: int
    sku: int
    quantity: int
    store: int = 0


@dataclass(frozen=True, slots=True)
class Free:
    """What a level has to give."""

    level: int
    sku: int
    warehouse: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Grant:
    """``quantity`` units of a level for a holder."""

    group: int
    holder: int
    level: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Places:
    """Which warehouses a store prefers (``ranks``, lower first) and which it does not use
    (``closed``). Those without a rank come after the others."""

    ranks: Mapping[int, int] = field(default_factory=dict)
    closed: frozenset[int] = frozenset()

    def rank(self, warehouse: int) -> tuple[bool, int]:
        """For sorting."""
        return (warehouse not in self.ranks, self.ranks.get(warehouse, 0))


ANYWHERE = Places()

#: SKU → warehouse → [level, units left]
Left = dict[int, dict[int, list[int]]]


def plan(
    demands: Sequence[Demand],
    free: Iterable[Free],
    *,
    partial: bool,
    places: Mapping[int, Places] | None = None,
) -> list[Grant]:
    """Share out stock.

    Groups are served in the order in which they first appear (the caller sorts by urgency). Whole
    groups go before partial ones: a first pass serves the groups that can be served completely,
    from one warehouse where one has everything, else from several. With ``partial``, a second pass
    gives the other groups what is left.

    ``places`` are the preferences by store. They say which of several warehouses is taken, and from
    which nothing is; they do not split a group that one warehouse could serve.
    """
    groups: dict[int, list[Demand]] = defaultdict(list)
    for demand in demands:
        if demand.quantity > 0:
            groups[demand.group].append(demand)
    left: Left = defaultdict(dict)
    for f in sorted(free, key=lambda f: f.level):
        if f.quantity > 0:
            left[f.sku][f.warehouse] = [f.level, f.quantity]
    grants: list[Grant] = []
    waiting: list[tuple[list[Demand], Places]] = []
    for wanted in groups.values():
        wish = (places or {}).get(wanted[0].store, ANYWHERE)
        need: dict[int, int] = defaultdict(int)
        for demand in wanted:
            need[demand.sku] += demand.quantity
        if any(
            sum(n for w, (_, n) in left[sku].items() if w not in wish.closed) < n_
            for sku, n_ in need.items()
        ):
            waiting.append((wanted, wish))
            continue
        grants += _take(wanted, left, wish, _one_warehouse(need, left, wish))
    if partial:
        for wanted, wish in waiting:
            grants += _take(wanted, left, wish, None)
    return grants


def _one_warehouse(need: dict[int, int], left: Left, wish: Places) -> int | None:
    """The warehouse that has all of it; of several the preferred one, else that with the lowest
    id."""
    candidates: set[int] | None = None
    for sku, quantity in need.items():
        here = {w for w, (_, n) in left[sku].items() if n >= quantity and w not in wish.closed}
        candidates = here if candidates is None else candidates & here
        if not candidates:
            return None
    return min(candidates, key=lambda w: (*wish.rank(w), w)) if candidates else None


def _take(wanted: list[Demand], left: Left, wish: Places, warehouse: int | None) -> list[Grant]:
    """Take for each demand, from one warehouse or from several: the preferred first, of those
    without preference the fullest."""
    grants = []
    for demand in wanted:
        rest = demand.quantity
        places = left[demand.sku]
        order = (
            [warehouse]
            if warehouse is not None
            else sorted(
                (w for w in places if w not in wish.closed),
                key=lambda w: (*wish.rank(w), -places[w][1], w),
            )
        )
        for w in order:
            level, there = places[w]
            n = min(rest, there)
            if n <= 0:
                continue
            places[w][1] -= n
            rest -= n
            grants.append(Grant(demand.group, demand.holder, level, n))
            if not rest:
                break
    return grants
