"""Going straight to an order that somebody names exactly."""

from collections.abc import Callable

from orders.queries import orders_for
from sellers.models import Seller

#: Each finds orders (ids) of a seller by one more kind of exact name. ``logistics`` adds tracking
#: numbers.
finders: list[Callable[[Seller, str], list[int]]] = []


def find_exact(seller: Seller, text: str) -> int | None:
    """The one order with this number, or with what a finder knows; ``None`` unless it is one."""
    text = text.strip()
    if not text:
        return None
    found = list(orders_for(seller).filter(number=text).values_list("pk", flat=True)[:2])
    for finder in finders:
        if not found:
            found = finder(seller, text)
    return found[0] if len(set(found)) == 1 else None
