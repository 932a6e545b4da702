"""Files of orders from the page: sent, looked at, their columns named, started as a job."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.files.csv_text import FileProblem
from core.files.intake import normalise, taken
from marketplaces.importers.mapping import (
    FIELDS,
    FIXED,
    MODE_HEADERS,
    ColumnMap,
    signature,
    suggest,
)
from marketplaces.importers.order_csv import REQUIRED
from marketplaces.models import ColumnMapping, ImportRun
from sellers import jobs
from sellers.models import Seller, Store

#: The kind of job that takes a file in (``marketplaces.import_job``).
KIND = "import"
#: A file that nobody has started is deleted after so long.
KEEP_UNSTARTED = timedelta(days=14)


def upload_file(
    *,
    seller: Seller,
    store: Store,
    file: "UploadedFile[Any]",
    time_zone: str,
    create_skus: bool,
    actor: Actor,
) -> ImportRun:
    """Keep a file of orders, to be looked at before it is taken in.

    Its columns are read as they were the last time for a file with this header, or as their names
    suggest. Raises ``Invalid`` (``/file``, ``/store``, ``/time_zone``) for a file that is too big
    or cannot be read, and for a store that is not the seller's; nothing is kept then.
    """
    actor.require("orders:write")
    if create_skus:
        actor.require("stock:write")
    if store.seller_id != seller.pk:
        raise Invalid(errors=[FieldError("/store", _("Choose one of your stores."))])
    zone = time_zone or store.time_zone
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError):
        raise Invalid(errors=[FieldError("/time_zone", _("Choose a time zone."))]) from None
    with taken(file) as sent:
        _refuse_twice(sent.header)
        mapping = _mapping_for(seller, sent.header, sent.samples)
        run = ImportRun(
            seller=seller,
            store=store,
            name=sent.name,
            size=sent.size,
            sha256=sent.sha256,
            options={
                "time_zone": zone,
                "create_skus": create_skus,
                "header": sent.header,
                "mapping": mapping.as_dict() if mapping else None,
            },
            actor_name=actor.name[:120],
        )
        run.file.save("orders.csv", File(sent.content), save=False)
    try:
        run.save()
    except DatabaseError:
        run.file.delete(save=False)
        raise
    return run


def _refuse_twice(header: list[str]) -> None:
    own = [normalise(cell) for cell in header]
    twice = sorted({name for name in own if own.count(name) > 1 and name in REQUIRED})
    if twice:
        problem = FileProblem("duplicate_columns", columns=", ".join(twice))
        raise Invalid(errors=[FieldError("/file", str(problem), problem.code)])


def _mapping_for(seller: Seller, header: list[str], samples: list[list[str]]) -> ColumnMap | None:
    known = ColumnMapping.objects.filter(seller=seller, signature=signature(header)).first()
    if known is not None:
        return ColumnMap.from_dict(known.data)
    names = {normalise(cell) for cell in header}
    return None if names.issuperset(REQUIRED) else suggest(header, samples)


def name_columns(
    *,
    seller: Seller,
    run: int,
    columns: Mapping[str, int],
    fixed: Mapping[str, str],
    own_only: bool,
    actor: Actor,
) -> ImportRun:
    """Say which column of a file is which of our fields, and remember it for files like it.

    Raises ``NotFound``, ``Refused`` (``started``), ``Invalid`` for a column that is used twice, and
    for needs that are not met (``/columns``).
    """
    actor.require("orders:write")
    with transaction.atomic():
        found = _locked(seller, run)
        header = found.options["header"]
        columns = {
            name: place
            for name, place in columns.items()
            if name in FIELDS and 0 <= place < len(header)
        }
        fixed = {name: text.strip()[:40] for name, text in fixed.items() if name in FIXED}
        mode = mode_column(header) if own_only else None
        mapping = ColumnMap(columns, {name: text for name, text in fixed.items() if text}, mode)
        errors = [
            FieldError(
                "/columns",
                _("Still missing: %(fields)s.")
                % {"fields": " / ".join(str(FIELDS[name]) for name in need)},
                "required",
            )
            for need in mapping.missing()
        ]
        if errors:
            raise Invalid(errors=errors)
        found.options["mapping"] = mapping.as_dict()
        found.save(update_fields=["options"])
        ColumnMapping.objects.update_or_create(
            seller=seller,
            signature=signature(header),
            defaults={
                "data": mapping.as_dict(),
                "updated_by": actor.name[:120],
                "updated_at": timezone.now(),
            },
        )
    return found


def mode_column(header: list[str]) -> int | None:
    """The column that says who fulfils an order, if the file has one."""
    names = [normalise(cell) for cell in header]
    return next((i for i, name in enumerate(names) if name in MODE_HEADERS), None)


def mapping_of(run: ImportRun) -> ColumnMap | None:
    """How the columns of a file are read; ``None`` for one in our own form."""
    data = run.options.get("mapping")
    return ColumnMap.from_dict(data) if data else None


def start_import(*, seller: Seller, run: int, actor: Actor) -> ImportRun:
    """Hand a file that was looked at to a worker. Starting it twice is once.

    Raises ``NotFound``, ``Invalid`` while columns are missing.
    """
    actor.require("orders:write")
    with transaction.atomic():
        found = _locked(seller, run)
        if found.job_id is None:
            mapping = mapping_of(found)
            if mapping and mapping.missing():
                raise Invalid(_("Say first which column is which."))
            scopes = ["orders:write"]
            if found.options["create_skus"]:
                scopes.append("stock:write")
            found.job = jobs.start(
                KIND,
                seller=seller,
                actor=actor,
                params={"run": found.pk, "name": found.name},
                scopes=scopes,
            )
            found.save(update_fields=["job"])
    return found


def discard_import(*, seller: Seller, run: int, actor: Actor) -> None:
    """Forget a file that was not started, and delete it. Raises ``NotFound``, ``Refused``."""
    actor.require("orders:write")
    with transaction.atomic():
        found = _locked(seller, run)
        if found.job_id is not None:
            raise Refused(_("This file has been started already."), code="started")
        found.delete()
        transaction.on_commit(lambda: found.file.delete(save=False), robust=True)


def _locked(seller: Seller, run: int) -> ImportRun:
    found = ImportRun.objects.select_for_update(of=("self",)).filter(seller=seller, pk=run).first()
    if found is None:
        raise NotFound
    return found


def purge_unstarted(*, now: datetime | None = None) -> int:
    """Delete files that nobody has started in 14 days; returns how many."""
    before = (now or timezone.now()) - KEEP_UNSTARTED
    old = list(ImportRun.objects.filter(job=None, created_at__lt=before)[:1000])
    for run in old:
        if ImportRun.objects.filter(pk=run.pk, job=None).delete()[0]:
            run.file.delete(save=False)
    return len(old)
