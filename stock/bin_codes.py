"""Bin codes from the first to the last of a shelf. Pure: no database."""

import re
from itertools import product

from django.utils.translation import gettext_lazy as _

from core.errors import FieldError, Invalid

MAX_BINS = 5_000
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_LIMIT = 40


def clean_code(text: str) -> str:
    """A bin code as it is kept: capitals, no space around."""
    return text.strip().upper()


def is_code(text: str) -> bool:
    """Whether it is a bin code: letters and digits in groups with dashes between them."""
    return len(text) <= _LIMIT and _CODE.fullmatch(text) is not None


def expand(first: str, last: str, *, snake: bool = False) -> list[str]:
    """All codes from ``first`` to ``last``: each group runs from its first to its last value, so
    ``A-01-1`` to ``B-03-2`` are twelve. In walking order; with ``snake`` every second aisle (the
    first group) is walked from its end.

    Raises ``Invalid`` with the pointers ``/first`` and ``/last``.
    """
    first, last = clean_code(first), clean_code(last)
    errors = [
        FieldError(pointer, _("Letters and digits with dashes between them, such as A-01-01."))
        for pointer, code in (("/first", first), ("/last", last))
        if not is_code(code)
    ]
    if errors:
        raise Invalid(errors=errors)
    begin, end = first.split("-"), last.split("-")
    if len(begin) != len(end):
        raise Invalid(errors=[FieldError("/last", _("As many groups as the first code."))])
    groups = [_group(a, b) for a, b in zip(begin, end, strict=True)]
    n = 1
    for group in groups:
        n *= len(group)
    if n > MAX_BINS:
        raise Invalid(
            errors=[FieldError("/last", _("At most %(n)s bins at a time.") % {"n": MAX_BINS})]
        )
    codes: list[str] = []
    for i, aisle in enumerate(groups[0]):
        rest = ["-".join((aisle, *more)) for more in product(*groups[1:])]
        codes += reversed(rest) if snake and i % 2 else rest
    return codes


def _group(first: str, last: str) -> list[str]:
    """The values of one group: numbers of the same width, or single letters."""
    if first == last:
        return [first]
    if first.isdecimal() and last.isdecimal() and len(first) == len(last) and first < last:
        if int(last) - int(first) >= MAX_BINS:
            raise Invalid(
                errors=[FieldError("/last", _("At most %(n)s bins at a time.") % {"n": MAX_BINS})]
            )
        return [f"{n:0{len(first)}d}" for n in range(int(first), int(last) + 1)]
    if first.isalpha() and last.isalpha() and len(first) == len(last) == 1 and first < last:
        return [chr(n) for n in range(ord(first), ord(last) + 1)]
    raise Invalid(
        errors=[
            FieldError(
                "/last",
                _("“%(first)s” to “%(last)s” is no range: numbers of the same length, or letters.")
                % {"first": first, "last": last},
            )
        ]
    )
