"""An uploaded table → CSV on disk, its header and its first rows."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from core.errors import FieldError, Invalid
from core.files.csv_text import BrokenRecord, FileProblem, open_text, records
from core.files.workbook import is_workbook, workbook_to_csv

#: Rows that the mapping of a new kind of file is guessed from.
SAMPLES = 100
MAX_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class Taken:
    """What was sent, as text; ``content`` is closed with the block that opened it."""

    name: str
    size: int
    sha256: str
    content: IO[bytes]
    header: list[str]
    samples: list[list[str]]


def normalise(cell: str) -> str:
    """A header for comparing: without case, marks and odd spaces; brackets as ASCII has them."""
    text = " ".join(cell.replace("\ufeff", "").split()).lower()
    return text.replace("（", "(").replace("）", ")").replace("：", ":")


@contextmanager
def taken(file: "UploadedFile[Any]") -> Iterator[Taken]:
    """Read an upload; a workbook becomes CSV. Raises ``Invalid`` (``/file``) when it is too big or
    cannot be read."""
    limit = settings.IMPORT_MAX_BYTES
    if (file.size or 0) > limit:
        raise Invalid(
            errors=[
                FieldError(
                    "/file",
                    _("The file has %(size)s; at most %(limit)s are taken. Split it into parts.")
                    % {"size": filesizeformat(file.size or 0), "limit": filesizeformat(limit)},
                    "too_large",
                )
            ]
        )
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as sent, tempfile.TemporaryFile() as text:
        for block in file.chunks():
            digest.update(block)
            sent.write(block)
        try:
            content = sent
            if is_workbook(sent):
                sent.flush()
                workbook_to_csv(sent, text)
                content = text
            header, samples = _look(content)
        except FileProblem as problem:
            raise Invalid(errors=[FieldError("/file", str(problem), problem.code)]) from None
        content.seek(0)
        name = (file.name or "table.csv").replace("\x00", "")[-200:]
        yield Taken(name, file.size or 0, digest.hexdigest(), content, header, samples)


def _look(content: IO[bytes]) -> tuple[list[str], list[list[str]]]:
    stream, _encoding = open_text(content)
    try:
        rows = records(stream)
        first = next(rows, None)
        if first is None:
            raise FileProblem("empty")
        if isinstance(first, BrokenRecord):
            raise FileProblem("broken_header")
        header = [cell.replace("\ufeff", "").strip()[:200] for cell in first]
        while header and not header[-1]:
            header.pop()
        if len(header) > MAX_COLUMNS:
            raise FileProblem("too_many_columns", limit=str(MAX_COLUMNS))
        samples = [row for row in islice(rows, SAMPLES) if isinstance(row, list) and any(row)]
        if not samples:
            raise FileProblem("header_only")
        return header, samples
    finally:
        stream.detach()
