"""Searching everything of a shop by one text. Each app says how its things are found.

A search is a text, or several numbers as pasted from a sheet. A finder answers the best few with
how many there are; what is named exactly is marked, so that it can be opened straight away.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from core.actor import Actor
from core.errors import Text
from sellers.models import Seller

#: Counting stops here: "1,000+" says enough.
COUNTED = 1000
MAX_NUMBERS = 500
MAX_LENGTH = 200

_SEPARATORS = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. ``numbers`` are given when several were pasted."""

    text: str
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. ``exact`` is the word that names it, when one does."""

    href: str
    title: str
    sub: str = ""
    badge: SafeString | str = ""
    exact: str = ""


@dataclass(slots=True)
class Found:
    """What a finder answers: the first hits, how many there are (at most ``COUNTED`` + 1), and
    the list that shows them all."""

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    all_href: str = ""


Find = Callable[[Seller, Query, int], Found]


@dataclass(frozen=True, slots=True)
class Finder:
    """How one kind of thing is found, and what a role needs to see it."""

    name: str
    label: Text
    icon: str
    scope: str
    find: Find


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind."""

    finder: Finder
    found: Found


_finders: dict[str, Finder] = {}


def register(name: str, *, label: Text, icon: str, scope: str) -> Callable[[Find], Find]:
    """Add a kind of thing that can be found, in the order of the apps."""

    def add(find: Find) -> Find:
        _finders[name] = Finder(name, label, icon, scope, find)
        return find

    return add


def read(text: str) -> Query:
    """What somebody typed or pasted. Several words that all have a digit are numbers."""
    text = text.replace("\x00", "").strip()
    words = list(dict.fromkeys(word for word in _SEPARATORS.split(text) if word))
    if len(words) > 1 and all(any(c.isdigit() for c in word) and len(word) > 2 for word in words):
        return Query(" ".join(words[:MAX_NUMBERS]), tuple(words[:MAX_NUMBERS]))
    return Query(" ".join(text.split())[:MAX_LENGTH])


def search(seller: Seller, actor: Actor, query: Query, *, limit: int) -> list[Group]:
    """Up to ``limit`` hits of each kind that the actor may see; kinds without any are left out."""
    if not query.text:
        return []
    groups = [
        Group(finder, finder.find(seller, query, limit))
        for finder in _finders.values()
        if actor.may(finder.scope)
    ]
    return [group for group in groups if group.found.hits]


def exact_hit(groups: Sequence[Group]) -> Hit | None:
    """The one thing that the text names exactly; ``None`` when there are several or none."""
    named = {hit.href: hit for group in groups for hit in group.found.hits if hit.exact}
    return next(iter(named.values())) if len(named) == 1 else None


def missing(query: Query, groups: Sequence[Group]) -> list[str]:
    """The pasted numbers that name nothing."""
    named = {hit.exact for group in groups for hit in group.found.hits}
    return [number for number in query.numbers if number not in named]
