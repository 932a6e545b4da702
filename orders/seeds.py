"""The rule book that every installation starts with: examples, and marked so.

No marketplace publishes what a late order costs in each mode. The amounts here show how a rule is
written down; sellers and ops replace them by those of their contract. They are percentages of the
goods value, because those hold in every currency. Which event stops the clock, and the rates that
the notes name, are what the marketplaces publish.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_noop

from orders.models.clocks import StopOn
from sellers.models import Store

_M, _D = Store.Marketplace, Store.Mode


@dataclass(frozen=True, slots=True)
class StepSeed:
    """What is added when an order is ``after_hours`` late: percent of the goods value."""

    after_hours: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class RuleSeed:
    """A rule for late shipment, in the order's own currency."""

    marketplace: str
    mode: str
    criterion: str
    steps: tuple[StepSeed, ...]
    source_note: str


def _steps(*steps: tuple[int, str]) -> tuple[StepSeed, ...]:
    return tuple(StepSeed(hours, Decimal(percent)) for hours, percent in steps)


_MILD = _steps((0, "5"), (24, "5"), (72, "10"))
_STRICT = _steps((24, "100"), (48, "400"))

PRESETS: tuple[RuleSeed, ...] = (
    *(
        RuleSeed(
            _M.ALIEXPRESS,
            mode,
            StopOn.UPLOADED,
            _MILD,
            gettext_noop("Late means that no tracking number was uploaded before the deadline."),
        )
        for mode in (_D.SEMI_MANAGED, _D.SELF_MANAGED)
    ),
    RuleSeed(
        _M.ALIEXPRESS,
        _D.FULLY_MANAGED,
        StopOn.HANDED_OVER,
        _MILD,
        gettext_noop("Handing over to the platform's warehouse stops the clock."),
    ),
    RuleSeed(
        _M.TEMU,
        _D.FULLY_MANAGED,
        StopOn.HANDED_OVER,
        _STRICT,
        "Reported by sellers, not published: the goods value after 24 hours, five times it after "
        "48 hours.",
    ),
    *(
        RuleSeed(
            _M.TEMU,
            mode,
            StopOn.FIRST_SCAN,
            _MILD,
            gettext_noop("The usual handling time is one working day."),
        )
        for mode in (_D.SEMI_MANAGED, _D.SELF_MANAGED)
    ),
    *(
        RuleSeed(
            _M.SHEIN,
            mode,
            StopOn.HANDED_OVER if mode == _D.FULLY_MANAGED else StopOn.FIRST_SCAN,
            _MILD,
            gettext_noop("Enter the amounts of your contract."),
        )
        for mode in _D.values
    ),
    *(
        RuleSeed(
            _M.TIKTOK,
            mode,
            StopOn.HANDED_OVER if mode == _D.FULLY_MANAGED else StopOn.FIRST_SCAN,
            _MILD,
            gettext_noop(
                "Published for the US: two working days to the first scan, at most 4 % late."
            ),
        )
        for mode in _D.values
    ),
    RuleSeed(
        _M.AMAZON,
        _D.SELF_MANAGED,
        StopOn.UPLOADED,
        _MILD,
        gettext_noop("Published: less than 4 % late, more than 95 % valid tracking."),
    ),
    RuleSeed(
        _M.EBAY,
        _D.SELF_MANAGED,
        StopOn.FIRST_SCAN,
        _MILD,
        gettext_noop("Published: at most 3 % late, 95 % with tracking."),
    ),
    RuleSeed(
        _M.SHOPEE,
        _D.SELF_MANAGED,
        StopOn.HANDED_OVER,
        _MILD,
        gettext_noop("Published: two working days, at most 20 % late."),
    ),
    RuleSeed(
        _M.LAZADA,
        _D.SELF_MANAGED,
        StopOn.HANDED_OVER,
        _MILD,
        gettext_noop("Published: ready to ship within 48 hours."),
    ),
    *(
        RuleSeed(
            _M.OTHER,
            mode,
            StopOn.UPLOADED,
            _MILD,
            gettext_noop("Enter the amounts of your contract."),
        )
        for mode in _D.values
    ),
)


@dataclass(frozen=True, slots=True)
class LimitSeed:
    """Limits of the rates of a marketplace in percent; ``None`` where it publishes none."""

    marketplace: str
    late: str
    cancelled: str | None
    valid: str | None
    source_note: str
    is_example: bool = False

    def rows(self) -> list[tuple[str, Decimal]]:
        """(rate, percent) of those that are known."""
        named = (
            ("late_shipment", self.late),
            ("cancellation", self.cancelled),
            ("valid_tracking", self.valid),
        )
        return [(kind, Decimal(percent)) for kind, percent in named if percent is not None]


_UNPUBLISHED = gettext_noop("Not published. Enter the limits that your marketplace shows you.")

LIMITS: tuple[LimitSeed, ...] = (
    LimitSeed(_M.TIKTOK, "4", "2.5", "95", gettext_noop("Published for the US.")),
    LimitSeed(_M.AMAZON, "4", "2.5", "95", gettext_noop("Published.")),
    LimitSeed(_M.EBAY, "3", None, "95", gettext_noop("Published.")),
    LimitSeed(_M.SHOPEE, "20", "10", None, gettext_noop("Published.")),
    *(
        LimitSeed(marketplace, "4", "2.5", "95", _UNPUBLISHED, is_example=True)
        for marketplace in (_M.ALIEXPRESS, _M.TEMU, _M.SHEIN, _M.LAZADA, _M.OTHER)
    ),
)
