"""What is in the box, and what comes next: the scans of a packing session, added up. Pure.

Nothing about an open parcel is stored but its scans. ``fold`` adds them up in any order in which
they were taken in, ``next_step`` says what is still to be done, ``read_entry`` what a scanned or
typed text asks for.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Step = Literal["units", "too_many", "check", "box", "photo", "weight", "reason", "close"]


class Entry(NamedTuple):
    """A scan that was taken in."""

    id: int
    kind: str
    result: str
    line: int | None
    quantity: int
    data: Mapping[str, Any]


@dataclass(slots=True)
class State:
    """A parcel so far. ``doubt`` is a weight that is too far off and waits for a reason."""

    counts: dict[int, int] = field(default_factory=dict)
    box: int | None = None
    weight: int | None = None
    weight_reason: str = ""
    doubt: int | None = None
    passed: set[int] = field(default_factory=set)
    photos: int = 0
    taking_out: bool = False
    split: bool = False
    last_line: int | None = None

    @property
    def units(self) -> int:
        return sum(self.counts.values())


def fold(entries: Iterable[Entry]) -> State:
    """Add up the scans of a session. What was taken back counts no longer; a weight counts until
    something else goes into the box or out of it."""
    rows = sorted(entries, key=lambda e: e.id)
    undone = {e.data.get("undoes") for e in rows if e.kind == "undo"}
    state = State()
    counts: dict[int, int] = defaultdict(int)
    for e in rows:
        if e.line is not None:
            # Units are the plain sum, also for the database's own check: an undo has the opposite.
            counts[e.line] += e.quantity
        if e.result == "wrong" or (e.id in undone and e.kind != "fail"):
            continue
        if e.kind in ("unit", "undo", "fail", "box", "order"):
            state.weight, state.weight_reason, state.doubt = None, "", None
        if e.kind == "unit":
            state.last_line, state.taking_out = e.line, False
        elif e.kind == "out":
            state.taking_out = True
        elif e.kind == "box":
            state.box = e.data["box"]
        elif e.kind == "weight" and e.data.get("doubt"):
            state.doubt, state.weight = e.data["grams"], None
        elif e.kind == "weight":
            state.weight, state.doubt = e.data["grams"], None
            state.weight_reason = e.data.get("reason", "")
        elif e.kind == "check":
            state.passed.add(e.data["check"])
        elif e.kind == "fail":
            state.passed -= set(e.data.get("again", ()))
            state.last_line = e.line
        elif e.kind == "photo":
            state.photos += 1
        elif e.kind == "close":
            state.split = bool(e.data.get("split"))
    state.counts = {line: n for line, n in counts.items() if n}
    return state


@dataclass(frozen=True, slots=True)
class Rules:
    """What a shop wants before a parcel closes. ``checks`` are ids of those that apply."""

    box: bool = True
    weight: bool = True
    photo: bool = False
    checks: Sequence[int] = ()


def next_step(state: State, wanted: Mapping[int, int], rules: Rules) -> Step:
    """What is to be done next; ``close`` when nothing is. ``wanted``: units by line, as they are
    wanted now."""
    if any(n > wanted.get(line, 0) for line, n in state.counts.items()):
        return "too_many"
    missing = any(n > state.counts.get(line, 0) for line, n in wanted.items())
    if not state.units or (missing and not state.split):
        return "units"
    if set(rules.checks) - state.passed:
        return "check"
    if rules.box and state.box is None:
        return "box"
    if rules.photo and not state.photos:
        return "photo"
    if state.doubt is not None:
        return "reason"
    if rules.weight and state.weight is None:
        return "weight"
    return "close"


def off_by(grams: int, expected: int, *, percent: int, at_least: int) -> int:
    """By how many grams a weight is further off than it may be; 0 when it is all right."""
    allowed = max(expected * percent // 100, at_least)
    return max(0, abs(grams - expected) - allowed)


# --- what a text asks for -----------------------------------------------------------------------

#: Words that are barcodes on the sheet beside the scanner.
COMMANDS = frozenset({"CLOSE", "SPLIT", "UNDO", "OUT", "LEAVE", "COMBINE", "PASS"})
FAIL_REASONS = ("DAMAGED", "DIRTY", "WRONG", "INCOMPLETE")

_TIMES = re.compile(r"(\d{1,10})\s*[*×xX]\s*(\S.*)")
_WEIGHT = re.compile(
    r"(?:^|[\s,+])(-?\d{1,9}(?:[.,]\d{1,4})?)\s*(kg|g|千克|公斤|克)\s*$", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,4})?")


class Asked(NamedTuple):
    """A text, read. ``code`` is what a command is about (a box, a reason, a barcode)."""

    what: str
    code: str = ""
    quantity: int = 1


def read_entry(text: str, step: str = "units") -> Asked:
    """What a scanned or typed text asks for: a command, ``box``, ``weight`` (``code`` is grams),
    ``choice`` (of the boxes that are offered), ``fail``, or a ``code`` to look up."""
    text = " ".join(text.split())
    word = text.upper()
    if word in COMMANDS:
        return Asked(word.lower())
    if word.startswith("BOX-"):
        return Asked("box", word.removeprefix("BOX-"))
    if word.startswith("FAIL-") and word.removeprefix("FAIL-") in FAIL_REASONS:
        return Asked("fail", word.removeprefix("FAIL-"))
    if match := _TIMES.fullmatch(text):
        return Asked("code", match[2].strip(), int(match[1]))
    if match := _WEIGHT.search(text):
        return Asked("weight", str(grams_of(match[1], match[2])))
    if step == "box" and text in ("1", "2", "3", "4"):
        return Asked("choice", text)
    if step in ("weight", "reason") and _NUMBER.fullmatch(text):
        return Asked("weight", str(grams_of(text, "kg" if re.search("[.,]", text) else "g")))
    return Asked("code", text)


def grams_of(number: str, unit: str) -> int:
    """Grams of a weight as scales and people write it."""
    value = float(number.replace(",", "."))
    return round(value * 1000) if unit.lower() in ("kg", "千克", "公斤") else round(value)
