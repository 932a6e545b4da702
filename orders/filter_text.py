"""The filter language as text: from what a person types to terms with their places.

Pure: no database, no clock, no list of keys. ``orders.filter_keys`` says what the terms mean;
docs/filter-language.md is for the people who type.

    is:overdue,due_soon -stage:packed due:<4h sku:AB* "free text" 8190012 8190013
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import Text

MAX_LENGTH = 20_000
MAX_TERMS = 50

#: Between words, also as they stand in a list of numbers that somebody pastes.
SEPARATORS = re.compile(r"[\s,;，；、]+")

_SPACE = re.compile(r"\s+")
#: A key begins with a letter of any script, so that 12:30 is not one.
_KEY = re.compile(r"([^\W\d]\w*)[:：]")
_OPERATOR = re.compile(r"<=|>=|[<>=≤≥＜＞]")
_SAME_OPERATOR = {"≤": "<=", "≥": ">=", "＜": "<", "＞": ">", "=": ""}
_QUOTES = {'"': '"', "“": "”", "”": "”", "「": "」"}
_VALUE = re.compile(r"[^\s,，、\"“”「]+")
_COMMA = re.compile(r"[,，、]")
_WORD = re.compile(r"[^\s\"“”「]+")


class FilterError(Exception):
    """A place in the text that cannot be understood: from ``start`` up to ``end``."""

    def __init__(self, detail: Text, start: int, end: int, *, instead: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.start = start
        self.end = end
        #: What was probably meant, to be put in its place.
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a term; ``op`` is ``<``, ``<=``, ``>``, ``>=`` or empty."""

    text: str
    start: int
    end: int
    op: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``key`` is as it was typed; empty for free text, which has one value.

    Several values mean any of them. Words beside each other are one free text.
    """

    key: str
    values: tuple[Value, ...]
    negated: bool
    start: int
    end: int


def parse(text: str) -> list[Term]:
    """The terms of a filter, from left to right. Raises ``FilterError`` and nothing else."""
    if len(text) > MAX_LENGTH:
        raise FilterError(
            _("This is longer than %(n)d characters. Filter in several steps.") % {"n": MAX_LENGTH},
            MAX_LENGTH,
            len(text),
        )
    if "\x00" in text:
        at = text.index("\x00")
        raise FilterError(_("A character here cannot be read."), at, at + 1)
    terms: list[Term] = []
    at = _skip(text, 0)
    while at < len(text):
        term = _term(text, at)
        last = terms[-1] if terms else None
        if last and _is_words(last) and _is_words(term):
            terms[-1] = _joined(text, last, term)
        else:
            terms.append(term)
        if len(terms) > MAX_TERMS:
            raise FilterError(
                _("More than %(n)d conditions. Filter in several steps.") % {"n": MAX_TERMS},
                term.start,
                len(text),
            )
        at = _skip(text, term.end)
    return terms


def without(text: str, term: Term) -> str:
    """``text`` with a term taken out."""
    return f"{text[: term.start].rstrip()} {text[term.end :].lstrip()}".strip()


def quoted(text: str) -> str:
    """A value as it can be typed: in quotation marks where it has to be."""
    plain = text.replace('"', "")
    return plain if plain and _VALUE.fullmatch(plain) else f'"{plain}"'


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _term(text: str, at: int) -> Term:
    start = at
    negated = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
    if negated:
        at += 1
    if key := _KEY.match(text, at):
        values = _values(text, key)
        return Term(key[1], values, negated, start, _end(text, values[-1].end))
    if text[at] in _QUOTES:
        value = _quoted(text, at)
        if not value.text.strip():
            raise FilterError(_("There is nothing between the quotation marks."), start, value.end)
    else:
        word = _WORD.match(text, at)
        end = word.end() if word else at + 1
        value = Value(text[at:end], at, end)
    return Term("", (value,), negated, start, value.end)


def _end(text: str, at: int) -> int:
    """A comma after the last value belongs to the term."""
    while _COMMA.match(text, at):
        at += 1
    return at


def _values(text: str, key: re.Match[str]) -> tuple[Value, ...]:
    values: list[Value] = []
    at = key.end()
    while at < len(text) and not text[at].isspace():
        if _COMMA.match(text, at):
            at += 1
            continue
        value = _value(text, at)
        values.append(value)
        at = value.end
        if at < len(text) and not text[at].isspace() and not _COMMA.match(text, at):
            raise FilterError(
                _("After a value comes a space, or a comma and a further value."), at, at + 1
            )
    if not values:
        raise FilterError(
            _("“%(key)s” needs a value right behind it, without a space.") % {"key": key[0]},
            key.start(),
            key.end(),
        )
    return tuple(values)


def _value(text: str, at: int) -> Value:
    start = at
    op = ""
    if sign := _OPERATOR.match(text, at):
        op = _SAME_OPERATOR.get(sign[0], sign[0])
        at = sign.end()
    if at < len(text) and text[at] in _QUOTES:
        found = _quoted(text, at)
        return Value(found.text, start, found.end, op, quoted=True)
    match = _VALUE.match(text, at)
    if match is None:
        raise FilterError(_("A value is missing here."), start, max(at, start + 1))
    return Value(match[0], start, match.end(), op)


def _quoted(text: str, at: int) -> Value:
    closing = _QUOTES[text[at]]
    # Input methods turn marks about; a straight one closes, too.
    ends = [end for mark in {closing, '"'} if (end := text.find(mark, at + 1)) >= 0]
    if not ends:
        raise FilterError(_("The quotation mark is not closed."), at, len(text))
    end = min(ends)
    return Value(text[at + 1 : end], at, end + 1, quoted=True)


def _is_words(term: Term) -> bool:
    return not (term.key or term.negated or term.values[0].quoted)


def _joined(text: str, first: Term, second: Term) -> Term:
    value = Value(text[first.start : second.end], first.start, second.end)
    return Term("", (value,), False, first.start, second.end)
