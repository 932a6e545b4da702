"""An order as somebody else describes it, parsed and typed but not yet ours.

The API, the file importer and the demo shop make drafts; ``orders.actions.receive`` takes them in.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter, gt
from typing import Any, NamedTuple

from babel.numbers import list_currencies
from django.utils.translation import gettext_lazy as _

from core.errors import FieldError
from orders.checks import COUNTRY_CODES

MAX_LINES = 500
MAX_QUANTITY = 100_000
#: What a column of numeric(14, 2) holds, exclusive.
MAX_AMOUNT = Decimal(10) ** 12
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=5 * 366)

#: ISO 4217.
CURRENCY_CODES = frozenset(list_currencies())


class BuyerDraft(NamedTuple):
    """Who gets the parcel. ``ref`` is the marketplace's id of the buyer."""

    country: str
    name: str = ""
    phone: str = ""
    state: str = ""
    city: str = ""
    postcode: str = ""
    address: str = ""
    tax_number: str = ""
    ref: str = ""


class LineDraft(NamedTuple):
    """So many units of one thing. ``unit_price`` is in the order's currency."""

    quantity: int
    unit_price: Decimal
    sku: str = ""
    title: str = ""
    specification: str = ""


class HistoryDraft(NamedTuple):
    """How far the order has got elsewhere. A time in the future has not happened yet.

    ``status`` is the marketplace's word for it, kept as it came.
    """

    status: str = ""
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled: bool = False


class OrderDraft(NamedTuple):
    """A paid order of one store. Times are aware; amounts have at most two decimals."""

    number: str
    currency: str
    placed_at: datetime
    paid_at: datetime
    buyer: BuyerDraft
    lines: tuple[LineDraft, ...]
    freight: Decimal = Decimal(0)
    ship_by: datetime | None = None
    deliver_by: datetime | None = None
    remark: str = ""
    history: HistoryDraft = HistoryDraft()


#: The most characters of each text, as the columns hold them.
# How long texts may be; what reads them all of an order, a buyer, a line.
_ORDER_TEXTS = {"number": 64, "remark": 10_000}
_BUYER_TEXTS = {
    "name": 120,
    "phone": 40,
    "state": 80,
    "city": 80,
    "postcode": 20,
    "address": 300,
    "tax_number": 40,
    "ref": 64,
}
_LINE_TEXTS = {"sku": 100, "title": 300, "specification": 200}
_order_texts, _buyer_texts, _line_texts = (
    attrgetter(*names) for names in (_ORDER_TEXTS, _BUYER_TEXTS, _LINE_TEXTS)
)


def validate(draft: OrderDraft, *, now: datetime) -> list[FieldError]:
    """What is wrong with the values of a draft, with JSON pointers such as ``/lines/0/quantity``.

    Only what could not be kept is an error; an address that looks odd is not.
    """
    return list(_errors(draft, now))


def _errors(draft: OrderDraft, now: datetime) -> Iterator[FieldError]:
    if not draft.number.strip():
        yield FieldError("/number", _("The order has no number."), "required")
    yield from _texts("", _order_texts(draft), _ORDER_TEXTS)
    if draft.currency not in CURRENCY_CODES:
        yield FieldError(
            "/currency",
            _("“%(value)s” is not a currency. Use the three letters of ISO 4217, such as USD.")
            % {"value": draft.currency[:20]},
            "unknown_currency",
        )
    latest = now + LATEST_AHEAD
    history = draft.history
    for name, time in (
        ("placed_at", draft.placed_at),
        ("paid_at", draft.paid_at),
        ("ship_by", draft.ship_by),
        ("deliver_by", draft.deliver_by),
        ("handed_over_at", history.handed_over_at),
        ("delivered_at", history.delivered_at),
    ):
        if time is not None and not EARLIEST <= time <= latest:
            yield FieldError(
                f"/{name}",
                _("The time must lie between the year 2000 and five years from now."),
                "out_of_range",
            )
    yield from _text("/status", history.status, 40)
    yield from _amount("/freight", draft.freight)
    if draft.buyer.country not in COUNTRY_CODES:
        yield FieldError(
            "/buyer/country",
            _("“%(value)s” is not a country. Use the two letters of ISO 3166, such as BR.")
            % {"value": draft.buyer.country[:20]},
            "unknown_country",
        )
    yield from _texts("/buyer", _buyer_texts(draft.buyer), _BUYER_TEXTS)
    yield from _lines(draft.lines)


def _lines(lines: tuple[LineDraft, ...]) -> Iterator[FieldError]:
    if not lines:
        yield FieldError("/lines", _("The order has no lines."), "required")
    if len(lines) > MAX_LINES:
        yield FieldError(
            "/lines",
            _("The order has %(count)d lines; at most %(limit)d are taken.")
            % {"count": len(lines), "limit": MAX_LINES},
            "too_many",
        )
        return
    goods = Decimal(0)
    for index, line in enumerate(lines):
        at = f"/lines/{index}"
        wrong = False
        if not 1 <= line.quantity <= MAX_QUANTITY:
            wrong = True
            yield FieldError(
                f"{at}/quantity",
                _("The quantity must be between 1 and %(limit)d.") % {"limit": MAX_QUANTITY},
                "out_of_range",
            )
        for error in _amount(f"{at}/unit_price", line.unit_price):
            wrong = True
            yield error
        yield from _texts(at, _line_texts(line), _LINE_TEXTS)
        if not wrong:
            goods += line.quantity * line.unit_price
    if goods >= MAX_AMOUNT:
        yield FieldError("/lines", _("The lines add up to more than can be kept."), "out_of_range")


def _amount(pointer: str, value: Decimal) -> Iterator[FieldError]:
    if not value.is_finite() or not 0 <= value < MAX_AMOUNT:
        yield FieldError(
            pointer, _("The amount must not be negative, and below 10¹²."), "out_of_range"
        )
    elif value.as_tuple().exponent < -2 and value != value.quantize(Decimal("0.01")):  # type: ignore[operator]
        yield FieldError(pointer, _("The amount has more than two decimals."), "too_precise")


def _texts(pointer: str, values: Sequence[str], limits: Mapping[str, int]) -> Iterator[FieldError]:
    # Nearly all texts are short and plain, which these two tests find out.
    long = any(map(gt, map(len, values), limits.values()))
    if long or not "".join(values).isprintable():
        for (name, limit), value in zip(limits.items(), values, strict=True):
            yield from _text(f"{pointer}/{name}", value, limit)


def _text(pointer: str, value: Any, limit: int) -> Iterator[FieldError]:
    if len(value) > limit:
        yield FieldError(
            pointer,
            _("The text has %(length)d characters; at most %(limit)d are kept.")
            % {"length": len(value), "limit": limit},
            "too_long",
        )
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        yield FieldError(
            pointer, _("The text contains characters that cannot be kept."), "bad_characters"
        )
