"""Deciding who gets what is there. Pure: no database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """``quantity`` units of a SKU for one holder (an order line) of one group (an order)."""

    group: int
    holder: int
    sku: int
    quantity: int


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


def plan(demands: Sequence[Demand], free: Iterable[Free], *, partial: bool) -> list[Grant]:
    """Share out stock.

    Groups are served in the order in which they first appear (the caller sorts by urgency). Whole
    groups go before partial ones: a first pass serves the groups that can be served completely,
    from one warehouse where one has everything, else from several. With ``partial``, a second pass
    gives the other groups what is left.
    """
    groups: dict[int, list[Demand]] = defaultdict(list)
    for demand in demands:
        if demand.quantity > 0:
            groups[demand.group].append(demand)
    left: dict[int, dict[int, list[int]]] = defaultdict(dict)  # sku → warehouse → [level, n]
    for f in sorted(free, key=lambda f: f.level):
        if f.quantity > 0:
            left[f.sku][f.warehouse] = [f.level, f.quantity]
    grants: list[Grant] = []
    waiting: list[list[Demand]] = []
    for wanted in groups.values():
        need: dict[int, int] = defaultdict(int)
        for demand in wanted:
            need[demand.sku] += demand.quantity
        if any(sum(n for _, n in left[sku].values()) < n_ for sku, n_ in need.items()):
            waiting.append(wanted)
            continue
        grants += _take(wanted, left, _one_warehouse(need, left))
    if partial:
        for wanted in waiting:
            grants += _take(wanted, left, None)
    return grants


def _one_warehouse(need: dict[int, int], left: dict[int, dict[int, list[int]]]) -> int | None:
    """The warehouse that has all of it; of several the one with the lowest id."""
    candidates: set[int] | None = None
    for sku, quantity in need.items():
        here = {w for w, (_, n) in left[sku].items() if n >= quantity}
        candidates = here if candidates is None else candidates & here
        if not candidates:
            return None
    return min(candidates) if candidates else None


def _take(
    wanted: list[Demand], left: dict[int, dict[int, list[int]]], warehouse: int | None
) -> list[Grant]:
    """Take for each demand, from one warehouse or from the fullest first."""
    grants = []
    for demand in wanted:
        rest = demand.quantity
        places = left[demand.sku]
        order = (
            [warehouse]
            if warehouse is not None
            else sorted(places, key=lambda w: (-places[w][1], w))
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
