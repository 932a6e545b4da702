"""What is owed until it leaves."""

from orders.models.clocks import Closure, Deadline, DeadlineKind, OfficialYear, StopOn
from orders.models.fines import Penalty, PenaltyRule, PenaltyStep, Trigger
from orders.models.order import Hold, Order, OrderEvent, OrderLine, StageCount

__all__ = [
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
    "StageCount",
    "StopOn",
    "Trigger",
]
