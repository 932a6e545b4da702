"""Lists as files: the rows a list shows, with chosen columns, written by a job.

Each app registers its lists (``Export``); an app to the right may add columns to a list of an app
to its left (``extend``). Memory does not grow with the list: rows come in chunks.
"""

import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Text
from core.sheets import Cell, CsvSheet, Sheet, XlsxSheet
from sellers import jobs
from sellers.job_models import Job
from sellers.models import Seller

T = TypeVar("T")
KIND = "export"
CHUNK = 1_000

FORMATS: Mapping[str, Text] = {
    "xlsx": _("Excel (XLSX)"),
    "csv": _("CSV, UTF-8, for Excel too"),
    "csv-plain": _("CSV, UTF-8 without mark, for other programs"),
    "csv-gbk": _("CSV, GBK, for older Chinese programs"),
}
_ENCODINGS = {"csv": "utf-8-sig", "csv-plain": "utf-8", "csv-gbk": "gb18030"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a file is for. ``buyers``: buyers in full."""

    seller: Seller
    actor: Actor
    buyers: bool = False

    @property
    def money(self) -> bool:
        return self.actor.may("money:read")


@dataclass(slots=True)
class Line:
    """A row of a list, with what the apps add to it."""

    row: Any
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """``value`` makes the cell. ``scope`` is needed to have it; ``masked`` makes it when buyers are
    not to be shown in full; ``chosen``: unless somebody chooses otherwise."""

    name: str
    label: Text
    value: Callable[[Line], Cell]
    scope: str = ""
    masked: Callable[[Line], Cell] | None = None
    chosen: bool = True


#: Adds to lines what columns of an app need; a constant number of queries per chunk.
Enrich = Callable[[Reader, Sequence[Line]], None]


@dataclass(slots=True)
class Export:
    """A list that can be had as a file.

    ``chunks`` answers the rows that a query of the list means, in the order of the list, each chunk
    with how many rows of the list it stands for; ``count`` how many there are. Both raise
    ``Invalid`` as the list does. ``reveal`` records that buyers were shown in full: it is called
    with the primary keys of what was written, and ``may_reveal`` names the scopes of which one is
    needed.
    """

    name: str
    label: Text
    scope: str
    columns: list[Column]
    chunks: Callable[[Reader, QueryDict], Iterator[tuple[int, list[Any]]]]
    count: Callable[[Reader, QueryDict], int]
    enrich: list[Enrich] = field(default_factory=list)
    reveal: Callable[[Seller, Sequence[int], Actor, str], None] | None = None
    may_reveal: tuple[str, ...] = ()
    #: Another list that the same query means, offered beside this one.
    also: str = ""
    revealed: Callable[[Line], int] = field(default=lambda line: int(line.row.pk))

    def columns_for(self, actor: Actor) -> list[Column]:
        """The columns that somebody may have."""
        return [column for column in self.columns if not column.scope or actor.may(column.scope)]

    def reveal_scope(self, actor: Actor) -> str:
        """The scope by which somebody may have buyers in full; "" for none."""
        return next((scope for scope in self.may_reveal if actor.may(scope)), "")


_exports: dict[str, Export] = {}


def register(export: Export) -> None:
    """Make a list known."""
    _exports[export.name] = export


def extend(name: str, columns: Sequence[Column], enrich: Enrich) -> None:
    """Add columns to a list of another app."""
    _exports[name].columns += columns
    _exports[name].enrich.append(enrich)


def export_of(name: str, actor: Actor) -> Export:
    """The list with this name. Raises ``NotFound``, ``Forbidden``."""
    export = _exports.get(name)
    if export is None:
        raise NotFound
    actor.require(export.scope)
    return export


def chunks_of(rows: "QuerySet[Any, Any]") -> Iterator[tuple[int, list[Any]]]:
    """The rows of a query in chunks, all as they were when it began (a server-side cursor)."""
    for chunk in batches(rows.iterator(chunk_size=CHUNK), CHUNK):
        yield len(chunk), chunk


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` rows; the last one may be shorter."""
    left = iter(rows)
    while chunk := list(islice(left, size)):
        yield chunk


def start_export(
    name: str,
    *,
    seller: Seller,
    actor: Actor,
    query: str,
    columns: Sequence[str],
    file_format: str,
    buyers: bool = False,
) -> Job:
    """Start the job that writes a list to a file.

    ``query`` is the query string of the list. Raises ``NotFound``, ``Forbidden``, ``Invalid`` (as
    the list does, and for ``/columns`` and ``/file_format``).
    """
    export = export_of(name, actor)
    allowed = {column.name: column for column in export.columns_for(actor)}
    wanted = [allowed[each] for each in allowed if each in columns]
    if not wanted:
        raise Invalid(errors=[FieldError("/columns", _("Choose at least one column."))])
    if file_format not in FORMATS:
        raise Invalid(errors=[FieldError("/file_format", _("Choose a format."))])
    scopes = {export.scope, *(column.scope for column in wanted if column.scope)}
    buyers = buyers and any(column.masked for column in wanted)
    if buyers:
        scope = export.reveal_scope(actor)
        if not scope:
            actor.require(export.may_reveal[0] if export.may_reveal else "people:write")
        scopes.add(scope)
    reader = Reader(seller, actor, buyers)
    return jobs.start(
        KIND,
        seller=seller,
        actor=actor,
        params={
            "list": name,
            "query": query[:20_000],
            "columns": [column.name for column in wanted],
            "format": file_format,
            "buyers": buyers,
        },
        scopes=scopes,
        total=export.count(reader, QueryDict(query)),
    )


def last_choice(name: str, seller: Seller, actor: Actor) -> dict[str, Any]:
    """What this person chose for this list the last time; empty the first time."""
    params = (
        Job.objects.filter(
            seller=seller, kind=KIND, actor_kind=actor.kind, actor_id=actor.id, params__list=name
        )
        .order_by("-pk")
        .values_list("params", flat=True)
        .first()
    )
    return dict(params or {})


def _run(run: jobs.Run) -> None:
    params = run.params
    export = export_of(params["list"], run.actor)
    reader = Reader(run.seller, run.actor, params["buyers"])
    names = set(params["columns"])
    columns = [column for column in export.columns_for(run.actor) if column.name in names]
    cells = [
        column.masked if column.masked and not reader.buyers else column.value for column in columns
    ]
    shown = array("q")
    done = 0
    with tempfile.TemporaryFile() as file:
        sheet = _sheet(file, params["format"], [str(column.label) for column in columns])
        for n, rows in export.chunks(reader, QueryDict(params["query"])):
            lines = [Line(row) for row in rows]
            for enrich in export.enrich:
                enrich(reader, lines)
            for line in lines:
                sheet.write([cell(line) for cell in cells])
                if reader.buyers:
                    shown.append(export.revealed(line))
            done += n
            run.beat(done)
        sheet.close()
        ending = "xlsx" if params["format"] == "xlsx" else "csv"
        day = timezone.localdate().isoformat()
        with transaction.atomic():
            if reader.buyers and export.reveal is not None:
                export.reveal(run.seller, sorted(set(shown)), run.actor, run.job.public_id)
            run.attach(file, f"{export.label}-{day}", ending)
    run.beat(done, done)


def _sheet(file: Any, file_format: str, header: Sequence[str]) -> Sheet:
    zone = timezone.get_current_timezone()
    if file_format == "xlsx":
        return XlsxSheet(file, header, zone)
    return CsvSheet(file, header, zone, _ENCODINGS[file_format])


def _title(job: Job) -> str:
    export = _exports.get(job.params["list"])
    label = export.label if export else job.params["list"]
    return str(_("Export: %(list)s") % {"list": label})


jobs.register(jobs.Kind(KIND, _("Export"), "file-down", _run, _title))
