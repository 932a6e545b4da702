"""How much room a rate has before its limit, and how to come back below it.

Pure: no database, no clock. A day is (bad, all) of one day; the window is so many of them, oldest
first. Rates that must stay above a limit are judged by what is missing: 95 % valid is 5 % bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

Day = tuple[int, int]
AHEAD = 7


@dataclass(frozen=True, slots=True)
class Budget:
    """``over``: the rate is above its limit now. ``spare``: how many bad ones of the next week the
    limit still takes; ``None`` when nothing was counted yet. ``recover``: how many good ones in a
    row bring the rate back; ``None`` when no number of them does."""

    over: bool
    spare: int | None
    recover: int | None


def budget(window: Sequence[Day], limit: Decimal, ahead: int = AHEAD) -> Budget:
    """The room of the last ``len(window)`` days, with a limit in percent of bad ones.

    The next ``ahead`` days are taken to bring as many as the window's days did on average, while
    the oldest days leave the window. ``spare`` holds whichever of those days the bad ones fall on:
    it is the room on the tightest of them.
    """
    bad, total = _sum(window)
    if not total:
        return Budget(False, None, None)
    share = limit / 100
    over = Decimal(bad) > share * total
    pace = Decimal(total) / len(window)
    rooms = []
    for day in range(1, ahead + 1):
        old_bad, old_total = _sum(window[day:])
        coming = old_total + pace * day
        rooms.append(int((share * coming - old_bad).to_integral_value(ROUND_FLOOR)))
    spare = max(0, min(*rooms, int(pace * ahead)))
    recover: int | None = 0
    if over:
        recover = (
            int((Decimal(bad) / share - total).to_integral_value(ROUND_CEILING)) if share else None
        )
    return Budget(over, spare, recover)


def _sum(days: Sequence[Day]) -> Day:
    return sum(bad for bad, _ in days), sum(total for _, total in days)
