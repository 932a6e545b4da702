"""Which box is large enough. Pure: no database. Millimetres and grams; a size of 0 is unknown.

"Fits" is certain: an arrangement was found, unit by unit, each parallel to the walls, into what
the ones before it left free. "Tight" is not: the volume would do, but no arrangement was found, and
soft goods may still go in. No maintained library does this in Python (those on the package index
pack in one or two dimensions, or are abandoned), and a shop's parcels are small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal, Protocol, TypeVar

Verdict = Literal["fits", "unknown", "tight", "no"]
Size = tuple[int, int, int]

#: Beyond so many units an arrangement is not looked for; the volume decides.
MAX_PLACED = 120
#: How full a box gets when many small things are put into it.
FULL = 0.8


class BoxLike(Protocol):
    """What is known of a box."""

    length_mm: int
    width_mm: int
    height_mm: int
    limit_grams: int | None


@dataclass(frozen=True, slots=True)
class Goods:
    """So many units of one size."""

    size: Size
    quantity: int
    grams: int = 0


B = TypeVar("B", bound=BoxLike)


def fits(box: BoxLike, goods: Sequence[Goods]) -> Verdict:
    """Whether the goods go into the box. "no" is certain as far as their sizes are right."""
    inner: Size = (box.length_mm, box.width_mm, box.height_mm)
    known = [g for g in goods if all(g.size) and g.quantity > 0]
    if any(not _goes_in(g.size, inner) for g in known):
        return "no"
    volume = sum(_volume(g.size) * g.quantity for g in known)
    room = _volume(inner)
    if volume > room:
        return "no"
    if len(known) < sum(1 for g in goods if g.quantity > 0):
        return "unknown"
    if sum(g.quantity for g in known) > MAX_PLACED:
        return "fits" if volume <= room * FULL else "tight"
    return "fits" if _arrange(inner, known) else "tight"


def too_heavy(box: BoxLike, grams: int) -> bool:
    """Whether goods of this weight are more than the box carries."""
    return box.limit_grams is not None and grams > box.limit_grams


def suggest(
    boxes: Sequence[B], goods: Sequence[Goods], *, limit: int = 4
) -> list[tuple[B, Verdict]]:
    """The boxes to offer, at most ``limit``: the smallest in which the goods fit for certain
    first, then the next ones; those that might do only where too few are certain."""
    grams = sum(g.grams * g.quantity for g in goods)
    rank = {"fits": 0, "unknown": 1, "tight": 2}
    found: list[tuple[B, Verdict]] = [
        (box, verdict)
        for box in boxes
        if not too_heavy(box, grams) and (verdict := fits(box, goods)) != "no"
    ]
    found.sort(key=lambda f: (rank[f[1]], _volume((f[0].length_mm, f[0].width_mm, f[0].height_mm))))
    return found[:limit]


def _volume(size: Size) -> int:
    return size[0] * size[1] * size[2]


def _goes_in(unit: Size, space: Size) -> bool:
    return all(a <= b for a, b in zip(sorted(unit), sorted(space), strict=True))


def _arrange(inner: Size, goods: Sequence[Goods]) -> bool:
    """Place the units one after the other, the largest first, each into the smallest free space
    that takes it; what is left of that space is cut into three. Two ways of cutting are tried."""
    units = sorted(
        (g.size for g in goods for _ in range(g.quantity)),
        key=lambda s: (-max(s), -_volume(s)),
    )
    return any(_place(inner, units, waste=waste) for waste in (True, False))


def _place(inner: Size, units: Sequence[Size], *, waste: bool) -> bool:
    free: list[Size] = [inner]
    for unit in units:
        free.sort(key=_volume)
        for i, space in enumerate(free):
            if _goes_in(unit, space):
                free[i : i + 1] = _cut(space, unit, waste=waste)
                break
        else:
            return False
    return True


def _cut(space: Size, unit: Size, *, waste: bool) -> list[Size]:
    """What is left of a space beside the unit, turned and cut so that the largest piece is as
    large as can be; with ``waste``, turned so that rows of such units leave the least unused."""
    x, y, z = space
    best: tuple[tuple[int, int], list[Size]] | None = None
    for a, b, c in sorted(set(permutations(unit))):
        if a > x or b > y or c > z:
            continue
        unused = x * y * z - (x // a * a) * (y // b * b) * (z // c * c) if waste else 0
        for pieces in (
            [(x - a, y, z), (a, y - b, z), (a, b, z - c)],
            [(x, y, z - c), (x - a, y, c), (a, y - b, c)],
            [(x, y - b, z), (x, b, z - c), (x - a, b, c)],
        ):
            left: list[Size] = [p for p in pieces if all(p)]
            score = (unused, -max(map(_volume, left), default=0))
            if best is None or score < best[0]:
                best = (score, left)
    assert best is not None  # noqa: S101 - the caller has looked
    return best[1]
