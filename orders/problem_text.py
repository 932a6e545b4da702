"""What the machine checks found in an order, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from orders.checks import BLOCKING, Address, check_address, problem_text
from orders.models import Order

#: Findings about the order itself; those about its address have their words in ``orders.checks``.
_TEXTS: Mapping[str, Text] = {
    "weight_missing": _("A SKU of it has no weight. Enter it with the SKU."),
    "declared_value_missing": _("A SKU of it has no declared value. Enter it with the SKU."),
    "possible_duplicate": _(
        "Another open order has the same buyer, address and goods. Check that it was not placed "
        "twice."
    ),
    "lines_changed": _(
        "The marketplace has changed the lines after work on the order began. Compare them."
    ),
}
PROBLEMS_OF_ORDERS: frozenset[str] = frozenset(_TEXTS)
_ADDRESS = _("Check the address.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of an order. A blocking one stops its acceptance."""

    code: str
    detail: Text
    blocking: bool


def address_of(order: Order) -> Address:
    """The address as the checks take it."""
    return Address(
        name=order.buyer_name,
        phone=order.buyer_phone,
        country=order.country,
        state=order.state,
        city=order.city,
        postcode=order.postcode,
        street=order.address,
        tax_number=order.tax_number,
    )


def findings(order: Order) -> list[Finding]:
    """The order's ``problems`` with their words, in the order in which they are kept.

    The words of an address problem name what is wrong with it, so it is looked at again.
    """
    if not order.problems:
        return []
    found = check_address(address_of(order))
    words: dict[str, Text] = {p.code: problem_text(p) for p in reversed(found)}
    return [
        Finding(code, _TEXTS.get(code) or words.get(code, _ADDRESS), code in BLOCKING)
        for code in order.problems
    ]
