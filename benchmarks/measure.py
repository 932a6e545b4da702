"""Measuring in pairs: what is ours and its baseline take turns, and their ratio is the figure."""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

Work = Callable[[], object]
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``ours`` and ``baseline`` are medians in milliseconds.

    ``value`` is what the bound holds: the median of the rounds' ratios, unless ``unit`` names
    something else. ``at_least`` turns the bound round. Without a bound it is for information.
    """

    name: str
    value: float
    bound: float | None = None
    ours: float | None = None
    baseline: float | None = None
    unit: str = "×"
    at_least: bool = False
    note: str = ""

    @property
    def ok(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"ok": self.ok}


def say(text: str) -> None:
    """Progress, beside the table."""
    print(f"==> {text}", file=sys.stderr, flush=True)


def timed(work: Work) -> float:
    """Milliseconds that ``work`` takes, with the garbage of others collected before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def ratio(pairs: list[tuple[float, float]]) -> float:
    """The median of the rounds' ratios: both halves of a round meet the same machine."""
    return statistics.median(a / b for a, b in pairs)


def figure(
    name: str,
    pairs: list[tuple[float, float]],
    bound: float | None,
    *,
    at_least: bool = False,
    note: str = "",
) -> Figure:
    """The figure of (ours, baseline) pairs in milliseconds."""
    return Figure(
        name=name,
        value=ratio(pairs),
        bound=bound,
        ours=statistics.median(a for a, _ in pairs),
        baseline=statistics.median(b for _, b in pairs),
        at_least=at_least,
        note=note,
    )


def in_turns(
    ours: Work, baseline: Work, *, rounds: int = ROUNDS, repeat: int = 1
) -> list[tuple[float, float]]:
    """(ours, baseline) of each round, after one round that does not count.

    Every other round begins with the baseline. A round does each of them ``repeat`` times, in
    turns, and takes the mean of one.
    """
    pairs = []
    for n in range(rounds + 1):
        sums = [0.0, 0.0]
        for _ in range(repeat):
            order = (0, 1) if n % 2 else (1, 0)
            for i in order:
                sums[i] += timed((ours, baseline)[i])
        if n:
            pairs.append((sums[0] / repeat, sums[1] / repeat))
    return pairs


def table(figures: list[Figure]) -> str:
    """The figures for the terminal and for Markdown."""
    rows = [("figure", "ours (ms)", "baseline (ms)", "value", "bound", "ok?", "note")]
    for f in figures:
        sign = "≥" if f.at_least else "≤"
        rows.append(
            (
                f.name,
                "" if f.ours is None else f"{f.ours:,.2f}",
                "" if f.baseline is None else f"{f.baseline:,.2f}",
                f"{f.value:,.2f} {f.unit}",
                "–" if f.bound is None else f"{sign} {f.bound:g} {f.unit}",
                "" if f.bound is None else ("yes" if f.ok else "NO"),
                f.note,
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: tuple[str, ...]) -> str:
        cells = [
            cell.ljust(width) if i in (0, 6) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "| " + " | ".join(cells) + " |"

    rule = [
        "-" * width if i in (0, 6) else "-" * (width - 1) + ":" for i, width in enumerate(widths)
    ]
    return "\n".join([line(rows[0]), "| " + " | ".join(rule) + " |", *map(line, rows[1:])])
