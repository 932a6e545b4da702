"""The transition table as data: action → stages it may start from → stage after it."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import Text


@dataclass(frozen=True, slots=True)
class Transition:
    """One action.

    ``sources``: stages it may start from. ``target``: the stage after it, ``None`` when the stage
    stays. ``already``: stages in which it has been done before; naming such a row again changes
    nothing and is no error. ``held``: whether it is allowed on a held row. ``final``: cannot be
    undone, pages ask before they do it.
    """

    name: str
    label: Text
    sources: frozenset[str]
    target: str | None
    already: frozenset[str] = frozenset()
    held: bool = False
    final: bool = False
    icon: str = ""

    def verdict(self, stage: str) -> str:
        """``allowed``, ``already`` or ``refused`` for a row in ``stage``."""
        if stage in self.sources:
            return "allowed"
        return "already" if stage in self.already else "refused"


class TransitionTable:
    """All actions on one kind of row, in the order in which pages offer them."""

    def __init__(self, *transitions: Transition) -> None:
        self._by_name = {t.name: t for t in transitions}

    def __getitem__(self, name: str) -> Transition:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Transition]:
        return iter(self._by_name.values())

    def from_stage(self, stage: str) -> list[Transition]:
        """The actions that may start from ``stage``."""
        return [t for t in self if stage in t.sources]
