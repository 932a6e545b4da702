"""The clock's arithmetic in words, in the language of the reader."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import get_language, gettext, ngettext, pgettext

from orders.clock import Step


def explain(steps: Iterable[Step], *, zone: str | tzinfo) -> list[str]:
    """A sentence for each step, in the current language.

    Times are shown in `zone`; days of the working calendar stay the shop's own days, so the shop's
    zone reads best. Codes of another version of the program are left out.
    """
    if isinstance(zone, str):
        zone = ZoneInfo(zone)
    return [_SENTENCES[step["code"]](step, zone) for step in steps if step["code"] in _SENTENCES]


def explain_text(steps: Iterable[Step], *, zone: str | tzinfo) -> str:
    """The same on one line."""
    return " → ".join(explain(steps, zone=zone))


def _moment(iso: str, zone: tzinfo) -> str:
    # Translators: a day and a time, in the letters of Django's date filter; no year.
    return dateformat.format(_in_zone(iso, zone), pgettext("day and time", "D j M H:i"))


def _clock(iso: str, zone: tzinfo) -> str:
    return dateformat.format(_in_zone(iso, zone), "H:i")


def _day(iso: str) -> str:
    # Translators: a day, in the letters of Django's date filter; no year.
    return dateformat.format(date.fromisoformat(iso), pgettext("day", "D j M"))


def _in_zone(iso: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(iso).astimezone(zone)


def _enumerate(items: Iterable[str]) -> str:
    # Translators: stands between the items of an enumeration.
    return pgettext("enumeration", ", ").join(items)


def _paid(step: Step, zone: tzinfo) -> str:
    return gettext("Paid %(paid)s, before the %(cut_off)s cut-off") % {
        "paid": _moment(step["at"], zone),
        "cut_off": _clock(step["cut_off"], zone),
    }


def _paid_after_cut_off(step: Step, zone: tzinfo) -> str:
    return gettext("Paid %(paid)s, after the %(cut_off)s cut-off") % {
        "paid": _moment(step["at"], zone),
        "cut_off": _clock(step["cut_off"], zone),
    }


def _paid_non_working(step: Step, zone: tzinfo) -> str:
    return gettext("Paid %(paid)s, not on a working day") % {"paid": _moment(step["at"], zone)}


def _counts_from(step: Step, zone: tzinfo) -> str:
    values = {"day": _day(step["day"])}
    if step["reason"] == "make_up_day":
        return gettext("Counts from %(day)s, a make-up working day") % values
    if step["reason"] == "extra_day":
        return gettext("Counts from %(day)s, an extra working day") % values
    return gettext("Counts from %(day)s") % values


def _counted(step: Step, zone: tzinfo) -> str:
    values = {"day": _day(step["day"])}
    if step["reason"] == "make_up_day":
        return gettext("%(day)s is a make-up working day and counts") % values
    return gettext("%(day)s is an extra working day and counts") % values


def _closed(step: Step, zone: tzinfo) -> str:
    words: list[str] = []
    for reason in step["reasons"]:
        if reason == "holiday":
            words += step["zh" if (get_language() or "").startswith("zh") else "en"]
        elif reason == "closure":
            words.append(gettext("closure"))
        elif reason == "moved_day_off":
            words.append(gettext("day off in exchange for a make-up day"))
        else:
            words.append(gettext("weekend"))
    values = {
        "first": _day(step["from"]),
        "last": _day(step["to"]),
        "reasons": _enumerate(words),
    }
    if step["from"] == step["to"]:
        return gettext("%(first)s does not count: %(reasons)s") % values
    return gettext("%(first)s to %(last)s do not count: %(reasons)s") % values


def _closed_more(step: Step, zone: tzinfo) -> str:
    return ngettext(
        "%(days)d more day does not count", "%(days)d more days do not count", step["days"]
    ) % {"days": step["days"]}


def _due(step: Step, zone: tzinfo) -> str:
    due = _moment(step["at"], zone)
    if "hours" in step:
        return gettext("Due %(due)s, after %(hours)d hours on working days") % {
            "due": due,
            "hours": step["hours"],
        }
    return ngettext(
        "Due %(due)s, %(days)d working day later",
        "Due %(due)s, %(days)d working days later",
        step["days"],
    ) % {"due": due, "days": step["days"]}


def _computed_due(step: Step, zone: tzinfo) -> str:
    return gettext("By our own count it would be due %(due)s") % {"due": _moment(step["at"], zone)}


def _given(step: Step, zone: tzinfo) -> str:
    return gettext("Due %(due)s, as given by the marketplace") % {"due": _moment(step["at"], zone)}


def _provisional_year(step: Step, zone: tzinfo) -> str:
    return ngettext(
        "Provisional: the working calendar of %(years)s is not published yet",
        "Provisional: the working calendars of %(years)s are not published yet",
        len(step["years"]),
    ) % {"years": _enumerate(str(year) for year in step["years"])}


_SENTENCES: dict[str, Callable[[Step, tzinfo], str]] = {
    "paid": _paid,
    "paid_after_cut_off": _paid_after_cut_off,
    "paid_non_working": _paid_non_working,
    "counts_from": _counts_from,
    "counted": _counted,
    "closed": _closed,
    "closed_more": _closed_more,
    "due": _due,
    "computed_due": _computed_due,
    "given": _given,
    "provisional_year": _provisional_year,
}
