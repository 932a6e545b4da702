"""The keys of the filter language: what each is called, which values it takes, what it selects.

An app registers the keys of what it owns (``orders.filter_terms``, ``logistics.filter_terms``), so
that the list of orders can be filtered by carrier while ``orders`` imports nothing from its right.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property, reduce
from operator import and_, or_

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.actor import Actor
from core.errors import Text
from orders.filter_text import FilterError, Term, Value, parse
from sellers.models import Seller, Store
from sellers.queries import stores_of

#: How many values an error names; more than these are found by typing.
MAX_NAMED = 14
_APART = re.compile(r"[\s_\-·]+")


@dataclass
class Reading:
    """For whom and when a filter is read. Without an actor nothing about money is answered."""

    seller: Seller
    now: datetime
    actor: Actor | None = None

    @cached_property
    def stores(self) -> list[Store]:
        return list(stores_of(self.seller))

    def may(self, scope: str) -> bool:
        return not scope or (self.actor is not None and self.actor.may(scope))


Condition = Callable[[Value, Reading], Q]
#: Value → label, in the language of the moment.
Choices = Callable[[Reading], Mapping[str, Text]]


@dataclass(frozen=True, slots=True)
class Key:
    """A word that may stand before a colon.

    ``condition`` gets one value and raises ``FilterError`` for one that it cannot read; with
    ``choices`` it gets the chosen one as it is called there. ``also`` are further spellings of
    choices. ``several`` answers many exact values at once. Of a ``single`` key an order has one
    value, so several terms mean any of them.
    """

    name: str
    label: Text
    condition: Condition
    hint: Text
    examples: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    choices: Choices | None = None
    also: Mapping[str, str] = field(default_factory=dict)
    several: Callable[[Sequence[str], Reading], Q] | None = None
    compares: bool = False
    single: bool = False
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A term that was understood, with its words for people."""

    term: Term
    key: Key | None
    values: tuple[Value, ...]
    q: Q


KEYS: dict[str, Key] = {}
_names: dict[str, str] = {}
_spellings: dict[str, dict[str, str]] = {}


def register_key(key: Key) -> None:
    """Make a key known. A name or alias belongs to one key only."""
    for name in (key.name, *key.aliases):
        if _names.setdefault(plain(name), key.name) != key.name:
            raise LookupError(f"{name} means {_names[plain(name)]} already")
    KEYS[key.name] = key


def plain(text: str) -> str:
    """What two spellings of one name have in common: due_soon, Due soon, due-soon."""
    return _APART.sub("", text).casefold()


def known_keys(reading: Reading) -> list[Key]:
    """The keys that this reader may use, in the order in which they were registered."""
    return [key for key in KEYS.values() if reading.may(key.scope)]


def read_filter(
    text: str, reading: Reading, words: Callable[[Value, Reading], Q]
) -> tuple[list[Read], list[FilterError]]:
    """What a filter says, and the places that cannot be understood. ``words`` reads free text."""
    try:
        terms = parse(text)
    except FilterError as error:
        return [], [error]
    found: list[Read] = []
    errors: list[FilterError] = []
    for term in terms:
        try:
            found += _read(term, reading, words)
        except FilterError as error:
            errors.append(error)
    return found, errors


def condition_of(found: Sequence[Read]) -> Q:
    """All terms together. Several of a single key mean any of them, as several values do."""
    q = Q()
    single: dict[str, Q] = {}
    for read in found:
        if read.key and read.key.single and not read.term.negated:
            single[read.key.name] = single.get(read.key.name, Q()) | read.q
        else:
            q &= ~read.q if read.term.negated else read.q
    for each in single.values():
        q &= each
    return q


def _read(term: Term, reading: Reading, words: Callable[[Value, Reading], Q]) -> list[Read]:
    if not term.key:
        return _states(term, reading) or [
            Read(term, None, term.values, words(term.values[0], reading))
        ]
    key = _key(term, reading)
    values = tuple(_chosen(key, value, reading) for value in term.values)
    if key.several and not any(value.op for value in values):
        q = key.several([value.text for value in values], reading)
    else:
        q = reduce(or_, (key.condition(value, reading) for value in values))
    return [Read(term, key, values, q)]


def _states(term: Term, reading: Reading) -> list[Read]:
    """Words like 超时 that need no key: no order number and no name looks like them."""
    value = term.values[0]
    key = KEYS.get("is")
    if key is None or key.choices is None or value.quoted or value.text.isascii():
        return []
    spelled = spellings(key, key.choices, reading)
    codes = [spelled.get(plain(word), "") for word in value.text.split()]
    if not all(codes):
        return []
    chosen = [replace(value, text=code) for code in codes]
    q = reduce(and_, (key.condition(each, reading) for each in chosen))
    return [Read(term, key, tuple(chosen), q)]


def _key(term: Term, reading: Reading) -> Key:
    typed = plain(term.key)
    end = term.start + term.negated + len(term.key)
    key = KEYS.get(_names.get(typed, ""))
    if key is None:
        usable = {n: name for n, name in _names.items() if reading.may(KEYS[name].scope)}
        known = ", ".join(sorted(set(usable.values())))
        near = _nearest(typed, usable)
        text: Text = _(
            "There is no key “%(typed)s”. Keys: %(known)s. To look for the text itself, put it "
            "into quotation marks."
        )
        if near:
            text = _(
                "There is no key “%(typed)s”; “%(near)s” is meant? Keys: %(known)s. To look for "
                "the text itself, put it into quotation marks."
            )
        raise FilterError(
            text % {"typed": term.key, "near": near, "known": known},
            term.start + term.negated,
            end,
            instead=near,
        )
    if not reading.may(key.scope):
        raise FilterError(
            _("Your role sees no money, so it cannot filter by “%(key)s”.") % {"key": key.name},
            term.start + term.negated,
            end,
        )
    return key


def _chosen(key: Key, value: Value, reading: Reading) -> Value:
    if value.op and not key.compares:
        raise FilterError(
            _("“%(key)s” cannot be compared with “%(sign)s”. Examples: %(examples)s.")
            % {"key": key.name, "sign": value.op, "examples": ", ".join(key.examples)},
            value.start,
            value.end,
        )
    if key.choices is None:
        return value
    spelled = spellings(key, key.choices, reading)
    typed = plain(value.text)
    begun = {code for name, code in spelled.items() if len(typed) > 1 and name.startswith(typed)}
    if code := spelled.get(typed) or (begun.pop() if len(begun) == 1 else None):
        return replace(value, text=code)
    near = _nearest(typed, spelled)
    choices = key.choices(reading)
    known = ", ".join(list(choices)[:MAX_NAMED]) if len(choices) <= MAX_NAMED else ""
    text: Text = _("“%(key)s” knows no “%(typed)s”.") % {"key": key.name, "typed": value.text}
    if near:
        text = _("“%(key)s” knows no “%(typed)s”; “%(near)s” is meant?") % {
            "key": key.name,
            "typed": value.text,
            "near": near,
        }
    if known:
        text = _("%(what)s Known: %(known)s.") % {"what": text, "known": known}
    raise FilterError(text, value.start, value.end, instead=near)


def spellings(key: Key, choices: Choices, reading: Reading) -> dict[str, str]:
    """All spellings of a key's choices: as the address has them, and as people call them in each
    language. Kept where they are the same for every shop."""
    if key.name in _spellings:
        return _spellings[key.name]
    names: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for code, label in choices(reading).items():
                names.setdefault(plain(str(label)), code)
    names |= {plain(code): code for code in choices(reading)}
    names |= {plain(spelling): code for spelling, code in key.also.items()}
    if getattr(choices, "same_for_all", False):
        _spellings[key.name] = names
    return names


def same_for_all(choices: Mapping[str, Text] | Callable[[], Mapping[str, Text]]) -> Choices:
    """Choices that do not depend on the shop."""

    def answer(reading: Reading) -> Mapping[str, Text]:
        return choices() if callable(choices) else choices

    answer.same_for_all = True  # type: ignore[attr-defined]
    return answer


def _nearest(typed: str, names: Mapping[str, str]) -> str:
    begins = [name for name in names if len(typed) > 1 and name.startswith(typed)]
    close = begins[:1] or get_close_matches(typed, names, n=1, cutoff=0.6)
    return names[close[0]] if close else ""
