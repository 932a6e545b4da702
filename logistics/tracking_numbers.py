"""Whether a tracking number can be what it claims to be, before a marketplace sees it.

Pure: no database. A mistyped number is refused; an unusual one is a warning that a person may
overrule with a reason. Whether the number was used before is a question for the database.

Sources: the check digit is that of UPU standard S10; which numbers only look like S10, and what a
Cainiao order code looks like, is carriers' practice.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from django.utils.translation import gettext_lazy as _

from orders.checks import COUNTRY_CODES

MIN_LENGTH = 5
MAX_LENGTH = 40
MAX_PATTERN_LENGTH = 300

Severity = Literal["refuse", "warn"]


@dataclass(frozen=True, slots=True)
class NumberProblem:
    """One finding. ``code`` is stable, ``params`` are texts for the sentence."""

    code: str
    severity: Severity
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What was found about ``number``, which is the normalised one."""

    number: str
    problems: list[NumberProblem]

    @property
    def ok(self) -> bool:
        """Nothing to say against it."""
        return not self.problems

    @property
    def refused(self) -> bool:
        """It cannot be used, whatever the reason given."""
        return any(problem.severity == "refuse" for problem in self.problems)

    @property
    def needs_reason(self) -> bool:
        """A person may use it all the same, and says why."""
        return bool(self.problems) and not self.refused


_TEXTS = {
    "empty": _("The tracking number is missing. Enter the number on the label."),
    "bad_characters": _(
        "The tracking number contains “%(characters)s”. Only letters, digits and hyphens between "
        "them are allowed."
    ),
    "too_short": _(
        "The tracking number has %(length)s characters; at least %(limit)s are needed. Check that "
        "it is complete."
    ),
    "too_long": _(
        "The tracking number has %(length)s characters; at most %(limit)s are allowed. Check that "
        "it is a single number."
    ),
    "is_order_code": _(
        "%(number)s is a Cainiao order code, not a tracking number. Use the international tracking "
        "number on the label."
    ),
    "check_digit": _(
        "The check digit of %(number)s is wrong, so a digit is mistyped. Compare it with the label."
    ),
    "unknown_country": _(
        "%(number)s looks like a postal number, but “%(country)s” is not a country. Compare it "
        "with the label."
    ),
    "unusual": _(
        "%(number)s does not look like a number of this carrier. Check number and carrier, or use "
        "it with a reason."
    ),
}

PROBLEM_CODES: frozenset[str] = frozenset(_TEXTS)

_ALLOWED = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_FORBIDDEN = re.compile(r"[^A-Z0-9-]")
_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)([A-Z]{2})")
_ORDER_CODE = re.compile(r"LP\d{14,16}")
# Endings of carriers' own numbers in the shape of S10 (Yanwen, YunExpress): no country, and the
# ninth digit is not a check digit.
_NOT_S10 = frozenset({"YP", "YQ"})
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def normalise(number: str) -> str:
    """The number as it is stored and compared: upper case, half-width, without any space."""
    text = unicodedata.normalize("NFKC", number).upper()
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def s10_check_digit(serial: str) -> int:
    """The check digit for the eight digits of a UPU S10 number.

    Raises ``ValueError`` if ``serial`` is not eight digits.
    """
    if len(serial) != 8 or not (serial.isascii() and serial.isdigit()):
        raise ValueError("An S10 serial number has eight digits")
    total = sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True))
    digit = 11 - total % 11
    return {10: 0, 11: 5}.get(digit, digit)


def check_number(number: str, pattern: str | None, store_pattern: str | None = None) -> NumberCheck:
    """Check a tracking number, as typed, against the general rules and the carrier's pattern.

    ``store_pattern`` is the one a marketplace gives for the store's service: it takes the place of
    the carrier's. Both are regular expressions for the whole number, case aside; empty means none.
    Raises ``ValueError`` for a pattern that ``validate_pattern`` refuses.
    """
    number = normalise(number)
    if not number:
        return NumberCheck(number, [NumberProblem("empty", "refuse")])
    shape = _shape_problems(number)
    if shape:
        return NumberCheck(number, shape)

    expected = store_pattern or pattern
    fits = bool(compile_pattern(expected).fullmatch(number)) if expected else None
    problems: list[NumberProblem] = []
    if _ORDER_CODE.fullmatch(number):
        # A marketplace that itself announces such numbers may be right: then a person decides.
        severity: Severity = "warn" if store_pattern and fits else "refuse"
        problems.append(NumberProblem("is_order_code", severity, {"number": number}))
        return NumberCheck(number, problems)
    s10 = _S10.fullmatch(number)
    if s10 and s10[3] in COUNTRY_CODES:
        if s10_check_digit(s10[1]) != int(s10[2]):
            problems.append(NumberProblem("check_digit", "refuse", {"number": number}))
    elif s10 and s10[3] not in _NOT_S10 and fits is None:
        params = {"number": number, "country": s10[3]}
        problems.append(NumberProblem("unknown_country", "warn", params))
    if fits is False:
        problems.append(NumberProblem("unusual", "warn", {"number": number}))
    return NumberCheck(number, problems)


def _shape_problems(number: str) -> list[NumberProblem]:
    problems = []
    if not _ALLOWED.fullmatch(number):
        odd = "".join(sorted(set(_FORBIDDEN.findall(number)))) or "-"
        problems.append(NumberProblem("bad_characters", "refuse", {"characters": odd[:20]}))
    length = len(number)
    if length < MIN_LENGTH:
        params = {"length": str(length), "limit": str(MIN_LENGTH)}
        problems.append(NumberProblem("too_short", "refuse", params))
    elif length > MAX_LENGTH:
        params = {"length": str(length), "limit": str(MAX_LENGTH)}
        problems.append(NumberProblem("too_long", "refuse", params))
    return problems


def problem_text(problem: NumberProblem) -> str:
    """The problem in the user's language: what is wrong and what to do."""
    return str(_TEXTS[problem.code]) % problem.params


# ------------------------------------------------------------------------- patterns, which are data


def validate_pattern(pattern: str) -> None:
    """Raise ``ValueError`` with a sentence for the user if ``pattern`` cannot be used.

    Patterns come from people and marketplaces, so one that could take very long on a number of
    ``MAX_LENGTH`` characters is refused as well.
    """
    compile_pattern(pattern)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; ``ValueError`` as for ``validate_pattern``."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise ValueError(
            str(_("The pattern is longer than %(limit)s characters."))
            % {"limit": MAX_PATTERN_LENGTH}
        )
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            str(_("The pattern is not a regular expression: %(reason)s.")) % {"reason": error}
        ) from error
    if _ways(pattern) > _MAX_WAYS:
        raise ValueError(
            str(
                _(
                    "The pattern is too complicated: use fixed counts such as {12} instead of "
                    "several * and +, and no repeated group with a choice inside."
                )
            )
        )
    return compiled


_MAX_WAYS = 100_000
_TOKEN = re.compile(
    r"(?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?(?::|=|!|<=|<!|>|P<\w+>|[aiLmsux-]+:?))?)"
    r"|(?P<close>\))|(?P<choice>\|)"
    r"|(?P<repeat>[*+?]|\{\d*(?:,\d*)?\})[?+]?"
    r"|(?P<other>.)",
    re.DOTALL,
)


def _ways(pattern: str) -> int:
    """An upper bound of the ways a backtracking matcher may try to split one number.

    In a sequence the ways multiply, between alternatives they add up, and a repeated part counts
    each length it may have. Reading the text is enough: the pattern is known to compile.
    """
    # Per open group: ways of the alternatives before, of this sequence, and of its last item.
    stack: list[list[int]] = [[0, 1, 1]]
    for token in _TOKEN.finditer(pattern):
        top = stack[-1]
        kind = token.lastgroup
        if kind == "open":
            stack.append([0, 1, 1])
        elif kind == "close" and len(stack) > 1:
            done, sequence, last = stack.pop()
            stack[-1][1] *= stack[-1][2]
            stack[-1][2] = done + sequence * last
        elif kind == "choice":
            top[0] += top[1] * top[2]
            top[1] = top[2] = 1
        elif kind == "repeat":
            top[2] = _repeated(top[2], token["repeat"])
        else:
            top[1] *= top[2]
            top[2] = 1
        if max(stack[-1]) > _MAX_WAYS:
            return _MAX_WAYS + 1
    done, sequence, last = stack[0]
    return done + sequence * last


def _repeated(ways: int, repeat: str) -> int:
    low, high = {"*": (0, MAX_LENGTH), "+": (1, MAX_LENGTH), "?": (0, 1)}.get(repeat, (0, 0))
    if repeat.startswith("{"):
        first, comma, second = repeat[1:-1].partition(",")
        low = int(first or 0)
        high = int(second) if second else MAX_LENGTH if comma else low
    low, high = min(low, MAX_LENGTH), min(high, MAX_LENGTH)
    most: int = ways**high
    return int(min(most, _MAX_WAYS + 1) * max(high - low + 1, 1))
