"""Reports on how long things take, and at which hour they come."""

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.errors import Text
from core.templatetags.ui import duration_text, number
from dashboard import charts
from dashboard.queries.reports import (
    WHOLE,
    Period,
    by_hour,
    dwell,
    transits,
)
from dashboard.views.report_parts import Cell, Column, Sheet
from orders.states import Stage
from orders.views.words import country_name

# --- how long things take ----------------------------------------------------------------------


def span_text(span: timedelta | None) -> str:
    return "—" if span is None else duration_text(span)


def _hours(span: timedelta | None) -> str:
    return "" if span is None else f"{span.total_seconds() / 3600:.2f}"


def _bar(median: timedelta | None, most: timedelta | None, longest: float) -> tuple[float, float]:
    if median is None or most is None or not longest:
        return (0, 0)
    return (
        round(100 * median.total_seconds() / longest, 1),
        round(100 * most.total_seconds() / longest, 1),
    )


def dwells(period: Period) -> Sheet:
    """How long orders stayed in each stage."""
    found = dwell(period)
    longest = max((each.most.total_seconds() for each in found if each.most), default=0)
    return Sheet(
        name="dwell",
        title=_("Time in each stage"),
        intro=_("Orders placed in the period that have left the stage."),
        columns=[
            Column(_("Stage")),
            Column(""),
            Column(_("Half within"), num=True),
            Column(_("9 of 10 within"), num=True),
            Column(_("Orders"), num=True),
        ],
        rows=[
            [
                Cell(
                    _("From payment to upload")
                    if each.stage == WHOLE
                    else str(Stage(each.stage).label),
                    each.stage,
                ),
                Cell("", "", _bar(each.median, each.most, longest)),
                Cell(span_text(each.median), _hours(each.median)),
                Cell(span_text(each.most), _hours(each.most)),
                Cell(number(each.count), each.count),
            ]
            for each in found
        ],
        note=_("In the file the times are hours."),
        empty=not any(each.count for each in found),
        wide=True,
    )


def transit(period: Period) -> Sheet:
    """How long carriers took, from our own parcels."""
    found = transits(period)
    longest = max((each.most.total_seconds() for each in found), default=0)
    chinese = (get_language() or "").startswith("zh")
    return Sheet(
        name="transit",
        title=_("Transit times"),
        intro=_("Own parcels delivered in the period, from the hand-over to the buyer."),
        columns=[
            Column(_("Carrier")),
            Column(_("Country")),
            Column(""),
            Column(_("First scan after"), num=True),
            Column(_("Half within"), num=True),
            Column(_("9 of 10 within"), num=True),
            Column(_("Parcels"), num=True),
        ],
        rows=[
            [
                _name(each.carrier_zh if chinese and each.carrier_zh else each.carrier),
                Cell(country_name(each.country), each.country),
                Cell("", "", _bar(each.median, each.most, longest)),
                Cell(span_text(each.scan), _hours(each.scan)),
                Cell(span_text(each.median), _hours(each.median)),
                Cell(span_text(each.most), _hours(each.most)),
                Cell(number(each.count), each.count),
            ]
            for each in found
        ],
        note=_("In the file the times are hours."),
        empty=not found,
        wide=True,
    )


def _name(name: str) -> Cell:
    return Cell(name, name)


# --- when ----------------------------------------------------------------------------------------


def _hourly(period: Period, column: str, name: str, title: Text, intro: Text) -> Sheet:
    table = by_hour(period, column)
    highest = max(map(max, table))
    monday = date(2024, 1, 1)
    days = [date_format(monday + timedelta(days=n), "D") for n in range(7)]
    heat = [
        {
            "day": days[n],
            "count": sum(row),
            "cells": [
                {
                    "count": count,
                    "step": charts.heat_step(count, highest),
                    "title": f"{days[n]} {hour:02d}:00–{hour:02d}:59: {number(count)}",
                }
                for hour, count in enumerate(row)
            ],
        }
        for n, row in enumerate(table)
    ]
    return Sheet(
        name=name,
        title=title,
        intro=intro,
        columns=[Column(_("Day")), *[Column(f"{hour:02d}", num=True) for hour in range(24)]],
        rows=[
            [Cell(days[n], days[n]), *[Cell(number(count), count) for count in row]]
            for n, row in enumerate(table)
        ],
        kind="heat",
        parts=[{"heat": heat, "hours": [f"{hour:02d}" for hour in range(24)]}],
        empty=not highest,
        wide=True,
    )


def placed(period: Period) -> Sheet:
    """When buyers order."""
    return _hourly(
        period,
        "placed_at",
        "placed",
        _("When orders come in"),
        _("Orders by weekday and hour of the shop in which they were placed."),
    )


def due(period: Period) -> Sheet:
    """When orders fall due."""
    return _hourly(
        period,
        "ship_by",
        "due",
        _("When orders fall due"),
        _("Orders by weekday and hour of the shop of their deadline."),
    )


#: Name of a report → how it is made, and whether it tells amounts.
