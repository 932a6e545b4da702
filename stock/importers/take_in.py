"""Rows of a file → booked, each for itself; what is wrong is told by row and cell."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from core.actor import Actor
from core.errors import DomainError, Invalid
from core.files.csv_text import open_text
from stock.actions.bulk import SET, Wish, post_each
from stock.actions.counts import Count, enter_counts
from stock.importers.rows import COUNT_FIELDS, Problem, Row, read_rows
from stock.models import MovementKind, Sku, StockFile, Warehouse

CHUNK = 500
COUNTS = ("done", "already", "rejected")


@dataclass(slots=True)
class Part:
    """What came of some rows."""

    done: int = 0
    already: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return len({problem.row for problem in self.problems})


@contextmanager
def rows_in(file: StockFile) -> Iterator[Iterator[Row | Problem]]:
    """The rows of a file that was sent. Raises ``FileProblem``, ``FileNotFoundError``."""
    count = file.mode == StockFile.Mode.COUNT
    columns = {f: i for f, i in file.columns.items() if not count or f in COUNT_FIELDS}
    stream, _encoding = open_text(file.file.path)
    with stream:
        once = file.mode != StockFile.Mode.ADD
        yield read_rows(stream, columns, blanks=count, once=once)


def chunks(rows: Iterator[Row | Problem]) -> Iterator[list[Row | Problem]]:
    """As many rows as one transaction takes."""
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


@dataclass(frozen=True, slots=True)
class Known:
    """A row with what it names."""

    row: Row
    sku: Sku
    warehouse: Warehouse | None


def look_up(file: StockFile, rows: Sequence[Row | Problem]) -> tuple[list[Known], list[Problem]]:
    """SKUs by code or barcode, warehouses by code or name. Three queries at most."""
    problems = [row for row in rows if isinstance(row, Problem)]
    good = [row for row in rows if isinstance(row, Row)]
    codes = {row.sku for row in good}
    skus = {s.code: s for s in Sku.objects.filter(seller=file.seller_id, code__in=codes)}
    rest = codes - skus.keys()
    if rest:
        by_barcode = Sku.objects.filter(seller=file.seller_id, barcode__in=rest).order_by("-pk")
        skus |= {s.barcode: s for s in by_barcode}
    houses: dict[str, Warehouse] = {}
    every = list(Warehouse.objects.filter(seller=file.seller_id).order_by("-pk"))
    for name in ("name", "code"):
        houses |= {getattr(house, name).casefold(): house for house in every}
    usual = next((house for house in every if house.pk == file.warehouse_id), None)
    if usual is None and len(every) == 1:
        usual = every[0]
    known: list[Known] = []
    for row in good:
        sku = skus.get(row.sku)
        house = houses.get(row.warehouse.casefold()) if row.warehouse else usual
        if sku is None:
            detail = _("There is no SKU with this code or barcode.")
            problems.append(Problem(row.row, "sku", row.sku[:64], "unknown", detail))
        elif house is None and file.mode != StockFile.Mode.COUNT:
            detail = (
                _("There is no warehouse with this code or name.")
                if row.warehouse
                else _("Say which warehouse.")
            )
            problems.append(Problem(row.row, "warehouse", row.warehouse[:64], "unknown", detail))
        else:
            known.append(Known(row, sku, house))
    return known, problems


def take_in(file: StockFile, rows: Sequence[Row | Problem], actor: Actor) -> Part:
    """Book some rows of a file, within the caller's transaction."""
    known, problems = look_up(file, rows)
    part = Part(problems=problems)
    if file.mode == StockFile.Mode.COUNT:
        _count(file, known, actor, part)
        return part
    kind = SET if file.mode == StockFile.Mode.SET else MovementKind.RECEIVE.value
    wishes = [
        Wish(
            kind=kind,
            sku=each.sku,
            warehouse=each.warehouse,
            quantity=each.row.quantity,
            reason=each.row.reason or file.name[:200],
            reference=file.public_id,
            bin=each.row.bin,
            reorder_point=each.row.reorder_point,
        )
        for each in known
        if each.warehouse is not None
    ]
    for each, answer in zip(known, post_each(seller=file.seller, wishes=wishes, actor=actor),
                            strict=True):  # fmt: skip
        if answer.status == "rejected":
            part.problems += [
                Problem(
                    each.row.row,
                    name := error.pointer.strip("/"),
                    str(getattr(each.row, name, "") or "")[:64],
                    error.code,
                    str(error.detail),
                )
                for error in answer.errors
            ]
        elif answer.status == "done":
            part.done += 1
        else:
            part.already += 1
    return part


def _count(file: StockFile, known: Sequence[Known], actor: Actor, part: Part) -> None:
    assert file.take_id is not None  # noqa: S101 - by a constraint of the database
    counts = {
        f"{file.public_id}-{each.row.row}": Count(each.sku, each.row.quantity, from_file=True)
        for each in known
    }
    try:
        enter_counts(seller=file.seller, take=file.take_id, counts=counts, actor=actor)
        part.done += len(known)
        return
    except DomainError as error:
        if error.code in ("wrong_state", "not_found"):
            raise
    # Something in it cannot be counted here: one by one, to tell which.
    for each, (key, count) in zip(known, counts.items(), strict=True):
        try:
            enter_counts(seller=file.seller, take=file.take_id, counts={key: count}, actor=actor)
            part.done += 1
        except DomainError as error:
            places = error.errors if isinstance(error, Invalid) else ()
            detail = " ".join(str(place.detail) for place in places) or str(error.detail)
            part.problems.append(
                Problem(each.row.row, "quantity" if places else "sku",
                        str(count.quantity) if places else each.row.sku[:64], error.code, detail)
            )  # fmt: skip
