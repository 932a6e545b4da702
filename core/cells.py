"""Cells of files that people open in a spreadsheet program."""

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """A text that no spreadsheet program takes for a formula; plain numbers stay as they are."""
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text
