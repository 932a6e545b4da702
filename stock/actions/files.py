"""Files of stock from the page: sent, looked at, their columns named, started as a job."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid, NotFound, Refused
from core.files.intake import taken
from sellers import jobs
from sellers.models import Seller
from stock.actions.counts import may_count
from stock.importers.rows import FIELDS, NEEDED, signature, suggest
from stock.models import StockFile, StockTake, Warehouse

#: The kind of job that takes a file in (``stock.import_job``).
KIND = "stock_import"
#: A file that nobody has started is deleted after so long.
KEEP_UNSTARTED = timedelta(days=14)


def scope_of(actor: Actor, mode: str) -> str:
    """The scope that a file of this mode takes. Packers send counts. Raises ``Forbidden``."""
    if mode != StockFile.Mode.COUNT or actor.may("stock:write"):
        actor.require("stock:write")
        return "stock:write"
    if not may_count(actor):
        raise Forbidden(_("Your role does not count stock."), code="missing_scope")
    return "shipments:write"


def upload_stock_file(
    *,
    seller: Seller,
    file: "UploadedFile[Any]",
    mode: str,
    actor: Actor,
    warehouse: Warehouse | None = None,
    take: StockTake | None = None,
) -> StockFile:
    """Keep a file of quantities, to be looked at before it is taken in.

    Its columns are read as they were the last time for a file with this header, or as their names
    suggest. Raises ``Invalid`` (``/file``), ``NotFound``, ``Refused`` when the stock take is over.
    """
    scope_of(actor, mode)
    for other in (warehouse, take):
        if other is not None and other.seller_id != seller.pk:
            raise NotFound
    if take is not None and not take.open:
        raise Refused(
            _("The stock take %(code)s is over: %(state)s.")
            % {"code": take.code, "state": take.get_state_display()},
            code="wrong_state",
        )
    with taken(file) as sent:
        like = signature(sent.header)
        last = StockFile.objects.filter(seller=seller, signature=like).order_by("-pk").first()
        row = StockFile(
            seller=seller,
            mode=mode,
            warehouse=warehouse,
            take=take,
            name=sent.name,
            size=sent.size,
            sha256=sent.sha256,
            header=sent.header,
            signature=like,
            columns=last.columns if last else suggest(sent.header),
            actor_name=actor.name[:120],
        )
        row.file.save("stock.csv", File(sent.content), save=False)
    try:
        row.save()
    except DatabaseError:
        row.file.delete(save=False)
        raise
    return row


def name_stock_columns(
    *, seller: Seller, file: int, columns: Mapping[str, int], actor: Actor
) -> StockFile:
    """Say which column is which; the next file with this header is read like this. Raises
    ``Invalid`` (``/columns``), ``NotFound``, ``Refused`` (``started``)."""
    with transaction.atomic():
        row = _locked(seller, file, actor)
        row.columns = {
            field: place
            for field, place in columns.items()
            if field in FIELDS and 0 <= place < len(row.header)
        }
        _refuse_missing(row)
        if len(set(row.columns.values())) < len(row.columns):
            raise Invalid(
                errors=[FieldError("/columns", _("A column can be one of our fields only."))]
            )
        row.save(update_fields=["columns"])
    return row


def missing_columns(row: StockFile) -> list[str]:
    """Needed fields that no column is named for."""
    return [field for field in NEEDED if field not in row.columns]


def _refuse_missing(row: StockFile) -> None:
    if missing := missing_columns(row):
        raise Invalid(
            errors=[
                FieldError(
                    "/columns",
                    _("Still missing: %(fields)s.") % {"fields": FIELDS[field]},
                    "required",
                )
                for field in missing
            ]
        )


def start_stock_file(*, seller: Seller, file: int, actor: Actor) -> StockFile:
    """Hand a file that was looked at to a worker. Starting it twice is once. Raises ``Invalid``
    while columns are missing, ``NotFound``."""
    with transaction.atomic():
        row = _locked(seller, file, actor, started=True)
        if row.job_id is None:
            _refuse_missing(row)
            row.job = jobs.start(
                KIND,
                seller=seller,
                actor=actor,
                params={"file": row.pk, "name": row.name},
                scopes=[scope_of(actor, row.mode)],
            )
            row.save(update_fields=["job"])
    return row


def discard_stock_file(*, seller: Seller, file: int, actor: Actor) -> None:
    """Forget a file that was not started, and delete it. Raises ``NotFound``, ``Refused``."""
    with transaction.atomic():
        row = _locked(seller, file, actor)
        row.delete()
        transaction.on_commit(lambda: row.file.delete(save=False), robust=True)


def _locked(seller: Seller, file: int, actor: Actor, *, started: bool = False) -> StockFile:
    row = StockFile.objects.select_for_update(of=("self",)).filter(seller=seller, pk=file).first()
    if row is None:
        raise NotFound
    scope_of(actor, row.mode)
    if row.job_id is not None and not started:
        raise Refused(_("This file has been started already."), code="started")
    return row


def purge_unstarted(*, now: datetime | None = None) -> int:
    """Delete files that nobody has started in 14 days; returns how many."""
    before = (now or timezone.now()) - KEEP_UNSTARTED
    old = list(StockFile.objects.filter(job=None, created_at__lt=before)[:1000])
    for row in old:
        if StockFile.objects.filter(pk=row.pk, job=None).delete()[0]:
            row.file.delete(save=False)
    return len(old)
