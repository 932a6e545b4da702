"""What is owed until it leaves."""

from orders.models.clocks import Closure, Deadline, DeadlineKind, OfficialYear, StopOn
from orders.models.fines import Penalty, PenaltyRule, PenaltyStep, Trigger
from orders.models.limits import AT_LEAST, RateKind, RateLimit
from orders.models.order import Hold, Order, OrderEvent, OrderLine, StageCount
from orders.models.views import SavedView

__all__ = [
    "AT_LEAST",
    "Closure",
    "Deadline",
    "DeadlineKind",
    "Hold",
    "OfficialYear",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Penalty",
    "PenaltyRule",
    "PenaltyStep",
    "RateKind",
    "RateLimit",
    "SavedView",
    "StageCount",
    "StopOn",
    "Trigger",
]
