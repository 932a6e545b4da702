"""Files of orders from the page: sent, looked at, started, run by a worker."""

import hashlib
import logging
import tempfile
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from marketplaces.importers.order_csv import FileProblem, open_text, read_rows
from marketplaces.importers.rejected import write_rejected
from marketplaces.importers.run import ImportResult, run_import
from marketplaces.importers.shops import OwnStores
from marketplaces.models import ImportRun, ImportState
from sellers.models import Seller, Store

logger = logging.getLogger(__name__)

#: A run that has not been heard of for so long has lost its worker and is taken up again.
SILENT = timedelta(minutes=5)
KEPT_ERRORS = 1_000


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

    Raises ``Invalid`` (``/file``, ``/store``, ``/time_zone``) for a file that is too big or cannot
    be read, and for a store that is not the seller's; nothing is kept then.
    """
    actor.require("orders:write")
    if create_skus:
        actor.require("stock:write")
    if store.seller_id != seller.pk:
        raise Invalid(errors=[FieldError("/store", _("Choose one of your stores."))])
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
    zone = time_zone or store.time_zone
    try:
        _look_at_header(file, ZoneInfo(zone))
    except FileProblem as problem:
        raise Invalid(errors=[FieldError("/file", str(problem), problem.code)]) from None
    except (LookupError, ValueError):
        raise Invalid(errors=[FieldError("/time_zone", _("Choose a time zone."))]) from None
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    run = ImportRun(
        seller=seller,
        store=store,
        name=(file.name or "orders.csv").replace("\x00", "")[-200:],
        size=file.size or 0,
        sha256=digest.hexdigest(),
        options={
            "time_zone": zone,
            "create_skus": create_skus,
            "language": translation.get_language() or "en",
        },
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:120],
    )
    run.file.save("orders.csv", File(file), save=False)
    try:
        run.save()
    except DatabaseError:
        run.file.delete(save=False)
        raise
    return run


def _look_at_header(file: "UploadedFile[Any]", zone: ZoneInfo) -> None:
    stream, _encoding = open_text(file)
    try:
        next(read_rows(stream, zone=zone), None)
    finally:
        stream.detach()
        file.seek(0)


def start_import(*, seller: Seller, run: int, actor: Actor) -> ImportRun:
    """Hand a file that was looked at to a worker. Starting it twice is once.

    Raises ``NotFound``, ``Refused`` (``finished``).
    """
    actor.require("orders:write")
    with transaction.atomic():
        found = _locked(seller, run)
        if found.state in (ImportState.DONE, ImportState.FAILED):
            raise Refused(_("This file has been taken in already."), code="finished")
        if found.state == ImportState.UPLOADED:
            found.state = ImportState.QUEUED
            found.save(update_fields=["state"])
            transaction.on_commit(lambda: _wake(found.pk), robust=True)
    return found


def _wake(run: int) -> None:
    """Nudge a worker; without a broker the run is found by its state."""
    from marketplaces.tasks import run_import_file

    try:
        run_import_file.apply_async((run,), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises
        logger.warning("import_wake_failed", extra={"error": str(error)})


def discard_import(*, seller: Seller, run: int, actor: Actor) -> None:
    """Forget a file that was not started, and delete it. Raises ``NotFound``, ``Refused``."""
    actor.require("orders:write")
    with transaction.atomic():
        found = _locked(seller, run)
        if found.state != ImportState.UPLOADED:
            raise Refused(_("This file has been started already."), code="started")
        found.delete()
        transaction.on_commit(lambda: found.file.delete(save=False), robust=True)


def _locked(seller: Seller, run: int) -> ImportRun:
    found = ImportRun.objects.select_for_update().filter(seller=seller, pk=run).first()
    if found is None:
        raise NotFound
    return found


def waiting_imports(*, now: datetime | None = None) -> list[int]:
    """Runs that wait for a worker, or whose worker has fallen silent."""
    return list(
        ImportRun.objects.filter(_to_do(now or timezone.now()))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _to_do(now: datetime) -> Q:
    return Q(state=ImportState.QUEUED) | Q(state=ImportState.RUNNING, beat_at__lt=now - SILENT)


def run_file(run_id: int, *, now: datetime | None = None) -> bool:
    """Take the orders of a queued file in; returns whether there was something to do.

    The first update claims the run, so a second worker finds nothing. A run that lost its worker
    starts from the beginning: what is in is unchanged then.
    """
    started = now or timezone.now()
    claimed = ImportRun.objects.filter(_to_do(started), pk=run_id).update(
        state=ImportState.RUNNING, started_at=started, beat_at=started, rows_done=0
    )
    if not claimed:
        return False
    run = ImportRun.objects.select_related("store").get(pk=run_id)

    def progress(result: ImportResult, rows: int, total: int) -> None:
        _note(run_id, rows_done=rows, rows_total=total, beat_at=timezone.now(), **_counts(result))

    with translation.override(run.options.get("language", "en")):
        try:
            result = run_import(
                run.file.path,
                shops=OwnStores(run.store),
                actor=Actor("import", run.actor_id, run.actor_name),
                zone=ZoneInfo(run.options["time_zone"]),
                create_skus=run.options["create_skus"],
                now=now,
                progress=progress,
            )
            _finish(run, result)
        except FileProblem as problem:
            _fail(run_id, problem.code, **problem.params)
        except FileNotFoundError:
            _fail(run_id, "file_gone")
        except Exception:
            logger.exception("import_failed", extra={"run": run_id})
            _fail(run_id, "unexpected")
    return True


def _finish(run: ImportRun, result: ImportResult) -> None:
    if result.rejected_rows:
        with tempfile.TemporaryFile() as target:
            write_rejected(run.file.path, target, result)
            target.seek(0)
            run.rejected_file.save("rejected.csv", File(target), save=False)
    rejections = sorted(result.rejections, key=lambda rejection: rejection.row)
    _note(
        run.pk,
        state=ImportState.DONE,
        finished_at=timezone.now(),
        rows_done=result.rows,
        rows_total=result.rows,
        rejected_rows=len(result.rejected_rows),
        rejected_file=run.rejected_file.name or "",
        errors=[rejection.as_dict() for rejection in rejections[:KEPT_ERRORS]],
        **_counts(result),
    )


def _fail(run_id: int, code: str, **params: str) -> None:
    _note(
        run_id,
        state=ImportState.FAILED,
        finished_at=timezone.now(),
        failure={"code": code, "params": params},
    )


def _note(run_id: int, **fields: Any) -> None:
    ImportRun.objects.filter(pk=run_id).update(**fields)


def _counts(result: ImportResult) -> dict[str, int]:
    names = ("created", "updated", "unchanged", "rejected")
    return {name: getattr(result, name) for name in names}
