"""Which warehouses a store's orders are served from, and in which order."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from stock.allocation import Places
from stock.models import StorePlace, Warehouse


def places_of(stores: Collection[int]) -> dict[int, Places]:
    """The preferences of stores, by store; those without any are left out. One query."""
    ranks: dict[int, dict[int, int]] = defaultdict(dict)
    closed: dict[int, set[int]] = defaultdict(set)
    for store, warehouse, position, shut in StorePlace.objects.filter(store__in=stores).values_list(
        "store_id", "warehouse_id", "position", "closed"
    ):
        ranks[store][warehouse] = position
        if shut:
            closed[store].add(warehouse)
    return {store: Places(rank, frozenset(closed[store])) for store, rank in ranks.items()}


def ordered(warehouses: Sequence[Warehouse], places: Places | None) -> list[tuple[Warehouse, bool]]:
    """Warehouses as a store prefers them, each with whether it is used."""
    if places is None:
        return [(house, True) for house in warehouses]
    rows = sorted(warehouses, key=lambda house: (*places.rank(house.pk), house.pk))
    return [(house, house.pk not in places.closed) for house in rows]
