"""The orders that were left out, as a file to correct and to send again."""

from pathlib import Path
from typing import IO

from core.files import rejected
from marketplaces.importers.run import ImportResult


def write_rejected(source: str | Path | IO[bytes], target: IO[bytes], result: ImportResult) -> None:
    """Write header and rejected rows of ``source`` as they were, with a column that says why."""
    why: dict[int, list[str]] = {}
    for rejection in result.rejections:
        detail = str(rejection.detail)
        why.setdefault(rejection.row, []).append(
            f"{rejection.column}: {detail}" if rejection.column else detail
        )
    for row, code in result.rejected_rows.items():
        why.setdefault(row, [code])
    rejected.write_rejected(source, target, {row: why[row] for row in result.rejected_rows})
