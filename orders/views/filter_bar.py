"""The filter above the list of orders: what it says now, what is wrong with it, what it could say.

The old parameters of links (``?stage=new``) stand beside the text of the filter as chips.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Text
from core.templatetags.ui import abstime
from orders.filter_keys import Key, Read, Reading, known_keys
from orders.filter_suggest import suggest
from orders.filter_terms import STATES, store_code
from orders.filter_text import FilterError, without
from orders.filters import Filtered, OrderFilter
from orders.queries import DEADLINES, orders_for
from orders.states import Stage
from orders.views.words import country_name
from sellers.access import PageRequest, page

#: Parameters that narrow the list, beside ``q``, and what their chips are called.
NARROWING: dict[str, Text] = {
    "stage": gettext_lazy("Stage"),
    "deadline": gettext_lazy("Deadline"),
    "on_hold": gettext_lazy("On hold"),
    "problems": gettext_lazy("Problems"),
    "store": gettext_lazy("Store"),
    "country": gettext_lazy("Country"),
    "currency": gettext_lazy("Currency"),
    "sku": gettext_lazy("SKU"),
    "tag": gettext_lazy("Tag"),
    "ship_by_after": gettext_lazy("Ship by, from"),
    "ship_by_before": gettext_lazy("Ship by, before"),
    "placed_after": gettext_lazy("Placed from"),
    "placed_before": gettext_lazy("Placed before"),
    "updated_since": gettext_lazy("Changed since"),
}
MOST_MISSING = 50
"""How many numbers that were not found are named."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, and the list without it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and the list with what was probably meant."""

    detail: Text
    instead: str
    href: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Numbers that were asked for and are not in the list."""

    unknown: list[str]
    more: int
    elsewhere: int
    elsewhere_href: str


def bar_context(
    found: Filtered, params: QueryDict, reading: Reading, tab: tuple[str, str] | None
) -> dict[str, Any]:
    """What the template of the bar needs."""
    return {
        "query": found.text,
        "chips": [*_param_chips(params, reading, tab), *_term_chips(found, params)],
        "marked": _marked(found.text, found.errors),
        "mistakes": [_mistake(found.text, error, params) for error in found.errors],
        "kept": [
            (name, value)
            for name in (*NARROWING, "view")
            for value in params.getlist(name)
            if value
        ],
        "clear_href": f"?{tab[0]}={tab[1]}" if tab else "?view=all",
        "help_query": with_params(params),
    }


def with_params(params: QueryDict, **changed: str) -> str:
    """The query of the same list with some parameters changed, from its first page."""
    query = params.copy()
    query.pop("cursor", None)
    for name, value in changed.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return query.urlencode()


# --- chips -----------------------------------------------------------------------------------


def _term_chips(found: Filtered, params: QueryDict) -> Iterator[Chip]:
    for read in found.read:
        rest = without(found.text, read.term)
        yield Chip(_term_text(read), f"?{with_params(params, q=rest)}")


def _term_text(read: Read) -> str:
    values = ", ".join(f"{value.op}{_value_text(read.key, value.text)}" for value in read.values)
    if read.key is None:
        text = f"“{values if len(values) < 40 else values[:38] + '…'}”"
    elif read.key.name == "is":
        text = values
    else:
        text = _("%(key)s: %(values)s") % {"key": read.key.label, "values": values}
    return _("not %(condition)s") % {"condition": text} if read.term.negated else text


def _value_text(key: Key | None, value: str) -> str:
    if key is None:
        return value
    if key.name == "country":
        return country_name(value)
    if key.name == "stage":
        return str(Stage(value).label)
    return str(STATES.get(value, value)) if key.name == "is" else value


def _param_chips(
    params: QueryDict, reading: Reading, tab: tuple[str, str] | None
) -> Iterator[Chip]:
    for name, label in NARROWING.items():
        values = [value for value in params.getlist(name) if value]
        if not values or (tab and tab[0] == name):
            continue
        text = ", ".join(_param_text(name, value, reading) for value in values)
        if name in ("on_hold", "problems"):
            text = str(label) if text == "true" else _("not %(condition)s") % {"condition": label}
        else:
            text = _("%(key)s: %(values)s") % {"key": label, "values": text}
        yield Chip(text, f"?{with_params(params, **{name: ''})}")


def _param_text(name: str, value: str, reading: Reading) -> str:
    if name == "stage" and value in Stage.values:
        return str(Stage(value).label)
    if name == "deadline":
        return str(DEADLINES.get(value, value))
    if name == "country":
        return country_name(value.upper())
    if name == "store":
        code = store_code(reading, value)
        return next((store.name for store in reading.stores if store.code == code), value)
    if name.endswith(("_after", "_before", "_since")):
        field = OrderFilter.base_filters[name].field
        return abstime(field.to_python(value))
    return value


# --- mistakes --------------------------------------------------------------------------------


def _marked(text: str, errors: Sequence[FilterError]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it is what cannot be understood."""
    parts, at = [], 0
    for error in sorted(errors, key=lambda error: error.start):
        if error.start >= at:
            parts += [(text[at : error.start], False), (text[error.start : error.end], True)]
            at = error.end
    return [*parts, (text[at:], False)] if errors else []


def _mistake(text: str, error: FilterError, params: QueryDict) -> Mistake:
    mended = text[: error.start] + error.instead + text[error.end :]
    href = f"?{with_params(params, q=mended)}" if error.instead else ""
    return Mistake(error.detail, error.instead, href)


def missing_of(found: Filtered, shown: Sequence[str], reading: Reading) -> Missing | None:
    """Of numbers that were pasted: those nobody knows, and how many other conditions keep out.

    Nothing to say is ``None``. One query when not all of them are on the page.
    """
    asked = found.numbers
    absent = set(asked) - set(shown)
    if not absent:
        return None
    known = set(
        orders_for(reading.seller).filter(number__in=absent).values_list("number", flat=True)
    )
    listed = set(found.rows.filter(number__in=known).values_list("number", flat=True))
    unknown = [number for number in asked if number in absent and number not in known]
    elsewhere = len(known - listed)
    if not unknown and not elsewhere:
        return None
    only = QueryDict(mutable=True)
    only["q"] = " ".join(asked)
    return Missing(
        unknown[:MOST_MISSING],
        max(0, len(unknown) - MOST_MISSING),
        elsewhere,
        f"?{only.urlencode()}",
    )


# --- help ------------------------------------------------------------------------------------


@page("orders:read")
def filter_help(request: PageRequest) -> HttpResponseBase:
    """All keys with examples; each example leads to the list with it added."""
    params = request.GET.copy()
    reading = Reading(request.seller, timezone.now(), request.actor)
    before = params.get("q", "").strip()
    keys = [
        (
            key,
            [
                (example, with_params(params, q=f"{before} {example}".strip()))
                for example in _examples(key, reading)
            ],
        )
        for key in known_keys(reading)
    ]
    template = "orders/_filter_help.html" if request.htmx else "orders/filter_help.html"
    return render(request, template, {"keys": keys})


def _examples(key: Key, reading: Reading) -> Sequence[str]:
    if key.name == "store":
        return [f"store:{store.code}" for store in reading.stores[:3]]
    return key.examples


@page("orders:read")
def filter_suggestions(request: PageRequest) -> HttpResponseBase:
    """What could follow ``q``, as the options of a list box."""
    reading = Reading(request.seller, timezone.now(), request.actor)
    start, options = suggest(request.GET.get("q", "")[:2000], reading)
    return render(request, "orders/_suggestions.html", {"start": start, "options": options})
