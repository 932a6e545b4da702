"""A template that renders a given page again: the same frame, and in it the same content, with the
rows of its table from values held in memory."""

import re
from collections import defaultdict
from html import unescape
from typing import Any

from django.template import engines

_TAG = re.compile(r"(<[^>]*>)")
_VALUE = re.compile(r'="([^"]*)"')
_TABLE = re.compile(r"(?s)(.*<tbody>)(.*)(</tbody>.*)")
_CONTENT = re.compile(r'(?s)<main class="page[^>]*>(.*)</main>')


class Shape:
    """Rows with the same tags: what stands still, and which places are filled in."""

    def __init__(self, parts: list[list[str]]) -> None:
        # A row is [static, value, static, value, … static].
        self.rows = parts
        self.varies = [
            i
            for i in range(1, len(parts[0]), 2)
            if _is_text(parts[0], i) or len({row[i] for row in parts}) > 1
        ]

    def source(self) -> str:
        row = self.rows[0]
        return "".join(
            f"{{{{ row.v{i} }}}}" if i in self.varies else part for i, part in enumerate(row)
        )


def _is_text(row: list[str], place: int) -> bool:
    return row[place - 1].endswith(">")


def replicate(html: str) -> tuple[Any, list[dict[str, Any]]]:
    """A compiled template and the dictionaries of the rows with which it gives ``html`` again.

    Every text in a row is a variable, and so is every attribute that differs between rows that
    have the same tags. The rest of the content is text; around it stands the product's frame.
    """
    content = _content(html)
    match = _TABLE.fullmatch(content)
    if match is None or "{{" in content or "{%" in content:
        raise ValueError("no page with one table")
    head, body, tail = match.groups()
    start, *found = re.split(r"(?=<tr[ >])", body)
    rows = [_split(row) for row in found]
    shapes: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for row in rows:
        shapes[tuple(row[::2])].append(row)
    known = {key: (n, Shape(group)) for n, (key, group) in enumerate(shapes.items())}
    values = []
    for row in rows:
        n, shape = known[tuple(row[::2])]
        values.append({"shape": n} | {f"v{i}": unescape(row[i]) for i in shape.varies})
    choices = "".join(
        f"{{% {'el' if n else ''}if row.shape == {n} %}}{shape.source()}"
        for n, shape in known.values()
    )
    template = engines["django"].from_string(
        '{% extends "base.html" %}{% block page_header %}'
        f"{head}{start}{{% for row in rows %}}{choices}{{% endif %}}{{% endfor %}}{tail}"
        "{% endblock %}"
    )
    if unescape(_content(template.render({"rows": values}))) != unescape(content):
        raise ValueError("the replica is not the page")
    return template, values


def _content(html: str) -> str:
    found = _CONTENT.search(html)
    return found[1].strip() if found else ""


def _split(row: str) -> list[str]:
    """[static, value, static, …] of a row: texts and attributes are values."""
    parts = [""]
    for piece in _TAG.split(row):
        if piece.startswith("<"):
            first, *rest = _VALUE.split(piece)
            parts[-1] += first
            for value, after in zip(rest[::2], rest[1::2], strict=True):
                parts[-1] += '="'
                parts += [value, f'"{after}']
        elif piece.strip():
            parts += [piece, ""]
        else:
            parts[-1] += piece
    return parts
