"""Geometry of charts: figures in, coordinates out. Templates draw them as SVG with CSS classes.

Pure. A drawing is ``WIDTH`` × ``HEIGHT`` units, stretched to its box; lines keep their width by
``vector-effect``, and everything that has letters stands beside the drawing, in HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 1000, 200
#: Steps of the intensity of a heat map; 0 is empty.
STEPS = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """A value of a line: where it is, its text, and the strip that answers to the pointer."""

    x: float
    y: float
    left: float
    width: float
    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line over time. ``path`` has a gap where a value is not known; ``dots`` leave it out."""

    path: str
    area: str
    dots: list[Dot]
    limit: float | None
    ticks: list[float]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or one part of a stacked one."""

    x: float
    y: float
    width: float
    height: float
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    ticks: list[float]
    labels: list[str]


def nice_top(highest: float) -> float:
    """A round number at or above ``highest``: 1, 2, 2.5 or 5 times a power of ten."""
    if highest <= 0:
        return 1
    power = 10.0 ** floor(log10(highest))
    for step in (1, 2, 2.5, 5, 10):
        if highest <= step * power * (1 + 1e-9):
            return float(step * power)
    return 10 * power


def line(
    values: Sequence[tuple[str, float | None]],
    texts: Sequence[str],
    *,
    limit: float | None = None,
    over: Sequence[bool] = (),
    top: float | None = None,
) -> Line:
    """A line through (label, value); ``texts`` say each value in words. ``over`` marks the values
    that are beyond the limit.

    The axis begins at zero. With a ``top`` it ends there, and begins at a round number below the
    lowest value: shares that are all near to a hundred can be told apart."""
    known = [value for _, value in values if value is not None]
    low = 0.0
    if top is None:
        top = nice_top(max([*known, limit or 0]))
    else:
        low = top - nice_top(1.2 * (top - min([*known, top if limit is None else limit])))
    step = WIDTH / max(len(values), 1)
    dots: list[Dot] = []
    parts: list[str] = []
    run: list[tuple[float, float]] = []
    for i, (_, value) in enumerate(values):
        if value is None:
            run = []
            continue
        x, y = round((i + 0.5) * step, 1), round(HEIGHT * (top - value) / (top - low), 1)
        run.append((x, y))
        parts.append(f"{'M' if len(run) == 1 else 'L'}{x:g} {y:g}")
        tone = "danger" if over and over[i] else ""
        dots.append(Dot(x, y, round(i * step, 1), round(step, 1), texts[i], tone))
    path = "".join(parts)
    return Line(
        path=path,
        area=_area(dots) if len(dots) == len(values) and len(dots) > 1 else "",
        dots=dots,
        limit=None if limit is None else round(HEIGHT * (top - limit) / (top - low), 1),
        ticks=[top, (top + low) / 2, low],
        labels=_thinned([label for label, _ in values]),
    )


def _area(dots: Sequence[Dot]) -> str:
    edge = "".join(f"L{dot.x:g} {dot.y:g}" for dot in dots)
    return f"M{dots[0].x:g} {HEIGHT}{edge}L{dots[-1].x:g} {HEIGHT}Z"


def bars(
    values: Sequence[tuple[str, Sequence[tuple[str, float]]]],
    texts: Sequence[str],
    *,
    gap: float = 0.28,
) -> Bars:
    """Stacked bars: (label, parts from the bottom up as (kind, value)), one text a bar."""
    top = nice_top(max((sum(v for _, v in parts) for _, parts in values), default=0))
    step = WIDTH / max(len(values), 1)
    found = []
    for i, (_, parts) in enumerate(values):
        bottom = float(HEIGHT)
        for kind, value in parts:
            if not value:
                continue
            height = HEIGHT * value / top
            bottom -= height
            found.append(
                Bar(
                    x=round((i + gap / 2) * step, 1),
                    y=round(bottom, 1),
                    width=round(step * (1 - gap), 1),
                    height=round(height, 1),
                    text=texts[i],
                    kind=kind,
                )
            )
    return Bars(found, [top, top / 2, 0], _thinned([label for label, _ in values]))


def _thinned(labels: Sequence[str], most: int = 7) -> list[str]:
    """At most so many labels, evenly spread; the first and the last are among them."""
    if len(labels) <= most:
        return list(labels)
    step = (len(labels) - 1) / (most - 1)
    return [labels[round(i * step)] for i in range(most)]


def spark(values: Sequence[float | None], limit: float | None = None) -> tuple[str, float | None]:
    """The path of a sparkline in 100 × 24 units, and where its limit lies."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return "", None
    top = max([*known, limit or 0]) or 1
    low = min([*known, top if limit is None else limit])
    span = (top - low) or 1
    step = 100 / (len(values) - 1)
    parts, fresh = [], True
    for i, value in enumerate(values):
        if value is None:
            fresh = True
            continue
        parts.append(f"{'M' if fresh else 'L'}{i * step:.1f} {22 - 20 * (value - low) / span:.1f}")
        fresh = False
    return "".join(parts), None if limit is None else round(22 - 20 * (limit - low) / span, 1)


def heat_step(count: int, highest: int) -> int:
    """How strong a cell of a heat map is: 0 for none, then 1 to ``STEPS`` of the highest."""
    return ceil(STEPS * count / highest) if count and highest else 0
