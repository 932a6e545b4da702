"""What could be typed next in the filter: keys, their values, and what the shop has."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.errors import Text
from orders.filter_keys import KEYS, Key, Reading, known_keys, plain, spellings
from orders.filter_text import quoted
from stock.models import Sku

MOST = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``insert`` takes the place of the word that is being typed."""

    insert: str
    label: Text


def suggest(text: str, reading: Reading) -> tuple[int, list[Suggestion]]:
    """Suggestions for the end of ``text``, and where the word that they replace begins."""
    start = _word_start(text)
    word = text[start:]
    if word.startswith("-"):
        start, word = start + 1, word[1:]
    name, colon, rest = word.replace("：", ":").partition(":")
    if not colon:
        return start, list(islice(_keys(name, reading), MOST))
    key = _named(name, reading)
    if key is None:
        return start, []
    before, _comma, typed = rest.replace("，", ",").rpartition(",")
    begun = f"{name}:{before}," if before else f"{name}:"
    found = list(islice(_values(key, typed, reading), MOST))
    return start, [Suggestion(f"{begun}{each.insert}", each.label) for each in found]


def _word_start(text: str) -> int:
    """Where the last word begins; inside quotation marks a space does not end it."""
    start, inside = 0, False
    for at, c in enumerate(text):
        if c in '"“”':
            inside = not inside
        elif c.isspace() and not inside:
            start = at + 1
    return start


def _named(name: str, reading: Reading) -> Key | None:
    typed = plain(name)
    for key in known_keys(reading):
        if typed in {plain(each) for each in (key.name, *key.aliases)}:
            return key
    return None


def _keys(typed: str, reading: Reading) -> Iterator[Suggestion]:
    wanted = plain(typed)
    for key in known_keys(reading):
        names = (key.name, str(key.label), *key.aliases)
        if any(plain(name).startswith(wanted) for name in names):
            yield Suggestion(f"{key.name}:", key.label)
    if wanted:
        for found in _values(KEYS["is"], typed, reading):
            yield Suggestion(f"is:{found.insert}", found.label)


def _values(key: Key, typed: str, reading: Reading) -> Iterator[Suggestion]:
    wanted = plain(typed.strip('"'))
    if key.choices is None:
        yield from _from_the_shop(key, typed, reading)
        return
    names: dict[str, list[str]] = defaultdict(list)
    for name, code in spellings(key, key.choices, reading).items():
        names[code].append(name)
    begins, contains = [], []
    for code, label in key.choices(reading).items():
        if any(name.startswith(wanted) for name in names[code]):
            begins.append(Suggestion(quoted(code), label))
        elif any(wanted in name for name in names[code]):
            contains.append(Suggestion(quoted(code), label))
    yield from begins
    yield from contains


def _from_the_shop(key: Key, typed: str, reading: Reading) -> Iterator[Suggestion]:
    if key.name == "sku" and typed and "*" not in typed:
        skus = Sku.objects.filter(seller=reading.seller, code__istartswith=typed).order_by("code")
        for sku in skus[:MOST]:
            yield Suggestion(quoted(sku.code), sku.name)
    else:
        for example in key.examples:
            value = example.lstrip("-").partition(":")[2]
            if value.startswith(typed):
                yield Suggestion(value, key.hint)
