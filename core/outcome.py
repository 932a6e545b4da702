"""What a batch answers: per row done, already so, or refused with a code and a reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import Text

#: ``failed`` is nobody's fault and may be tried again; actions themselves never answer it.
Status = Literal["done", "already", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was left alone: a stable code and a sentence in the user's language."""

    code: str
    detail: Text


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The answer for one row. ``stage`` is the stage it is in now; ``data`` what the action adds
    (a pack tells the shipment it made)."""

    id: int
    number: str
    status: Status
    stage: str
    code: str = ""
    detail: Text = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class BatchOutcome:
    """The answers of one batch, in the order in which the rows were named."""

    rows: list[RowOutcome] = field(default_factory=list)

    def __iter__(self) -> Iterator[RowOutcome]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def count(self, status: Status) -> int:
        return sum(1 for row in self.rows if row.status == status)

    @property
    def done(self) -> int:
        return self.count("done")

    @property
    def already(self) -> int:
        return self.count("already")

    @property
    def refused(self) -> int:
        return self.count("refused")

    @property
    def failed(self) -> int:
        return self.count("failed")

    @property
    def summary(self) -> dict[str, int]:
        return {"done": self.done, "already": self.already, "refused": self.refused}

    def refusals(self) -> list[tuple[str, Text, int]]:
        """Reasons with how many rows each stopped, the most frequent first."""
        seen: dict[str, tuple[Text, int]] = {}
        for row in self.rows:
            if row.status == "refused":
                detail, n = seen.get(row.code, (row.detail, 0))
                seen[row.code] = (detail, n + 1)
        return sorted(
            ((code, detail, n) for code, (detail, n) in seen.items()),
            key=lambda r: (-r[2], r[0]),
        )

    @classmethod
    def in_order(cls, ids: Iterable[int], rows: Iterable[RowOutcome]) -> "BatchOutcome":
        """Rows sorted as ``ids`` named them; a repeated id is answered once."""
        by_id = {row.id: row for row in rows}
        return cls([by_id[i] for i in dict.fromkeys(ids) if i in by_id])
