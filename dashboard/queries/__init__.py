"""Figures over all apps. The seller comes first."""

from dashboard.queries.figures import Figures, kept_figures, read_figures
from dashboard.queries.rates import (
    RATE_WINDOW,
    Rate,
    Scorecard,
    late_shipment_rate,
    rate_days,
    scorecard,
)

__all__ = [
    "RATE_WINDOW",
    "Figures",
    "Rate",
    "Scorecard",
    "kept_figures",
    "late_shipment_rate",
    "rate_days",
    "read_figures",
    "scorecard",
]
