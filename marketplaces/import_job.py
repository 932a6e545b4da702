"""Taking a file of orders in, as a job.

Each transaction's worth of orders is a part with what came of it, so a worker that takes a file up
again counts nothing twice: what an earlier one has done is read from the parts.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.errors import Refused
from core.files.csv_text import FileProblem
from marketplaces.actions import KIND, mapping_of
from marketplaces.importers.rejected import write_rejected
from marketplaces.importers.run import COUNTS, ImportResult, Rejection, run_import
from marketplaces.importers.shops import OwnStores
from marketplaces.models import ImportRun
from marketplaces.queries import cell_name, field_name
from sellers import jobs
from sellers.models import Job, JobPart

#: Errors that the page lists; all of them are in the file.
KEPT_ERRORS = 200
KEPT_GROUPS = 50


def _run(run: jobs.Run) -> None:
    file = ImportRun.objects.select_related("store").get(pk=run.params["run"])
    known = dict(run.job.parts.values_list("position", "outcome"))
    position = 0

    def step(done: int, total: int, work: Callable[[], ImportResult]) -> ImportResult:
        nonlocal position
        place, position = position, position + 1
        if place in known:
            return _unpacked(known[place])

        def one(job: Job) -> ImportResult:
            part = work()
            JobPart.objects.create(job=job, position=place, outcome=_packed(part))
            job.done, job.total = done, total
            job.counts = {n: job.counts.get(n, 0) + getattr(part, n) for n in COUNTS}
            return part

        return run.step(one)

    try:
        result = run_import(
            file.file.path,
            shops=OwnStores(file.store),
            actor=Actor("import", run.actor.id, run.actor.name, run.actor.scopes),
            zone=ZoneInfo(file.options["time_zone"]),
            create_skus=file.options["create_skus"],
            now=run.job.started_at,
            mapping=mapping_of(file),
            step=step,
        )
    except FileProblem as problem:
        raise Refused(str(problem), code=problem.code) from None
    except FileNotFoundError:
        raise Refused(_("The file is no longer there. Send it again."), code="file_gone") from None
    run.tell(skipped=result.skipped, unknown=list(result.unknown_columns)[:100])


def _packed(part: ImportResult) -> dict[str, Any]:
    return {
        **{name: getattr(part, name) for name in COUNTS},
        "rows": [[row, code] for row, code in part.rejected_rows.items()],
        "rejections": [each.as_dict() for each in part.rejections],
    }


def _unpacked(data: Any) -> ImportResult:
    part = ImportResult(**{name: data[name] for name in COUNTS})
    part.rejected_rows = dict(data["rows"])
    part.rejections = [Rejection(**each) for each in data["rejections"]]
    return part


def _finish(run: jobs.Run) -> None:
    """The file of the rows that were left out, and why, for the page."""
    total = ImportResult()
    for part in run.job.parts.order_by("position").iterator(20):
        total.add(_unpacked(part.outcome))
    if not total.rejected_rows:
        return
    file = ImportRun.objects.get(pk=run.params["run"])
    try:
        with tempfile.TemporaryFile() as target:
            write_rejected(file.file.path, target, total)
            run.attach(target, "rejected-orders", "csv")
    except FileNotFoundError:
        return
    groups: Counter[tuple[str, str, str]] = Counter()
    for each in total.rejections:
        groups[each.column, each.code, str(each.detail)] += 1
    shown = sorted(total.rejections, key=lambda each: each.row)[:KEPT_ERRORS]
    run.tell(
        rejected_rows=len(total.rejected_rows),
        groups=[[*key, n] for key, n in groups.most_common(KEPT_GROUPS)],
        errors=[each.as_dict() for each in shown],
    )


def _title(job: Job) -> str:
    return _("Import: %(file)s") % {"file": job.params["name"]}


def _context(job: Job) -> Mapping[str, Any]:
    file = ImportRun.objects.filter(pk=job.params["run"]).select_related("store").first()
    if file is None:
        return {}
    mapping = mapping_of(file)
    header = file.options.get("header", [])
    return {
        "file": file,
        "counts": {name: job.counts.get(name, 0) for name in COUNTS},
        "groups": [
            {"column": field_name(column), "detail": detail, "n": n}
            for column, _code, detail, n in job.result.get("groups", ())
        ],
        "errors": [
            error
            | {
                "name": field_name(error["column"]),
                "cell": cell_name(error["row"], error["column"], header, mapping),
            }
            for error in job.result.get("errors", ())
        ],
        "rejected_rows": job.result.get("rejected_rows", 0),
        "skipped": job.result.get("skipped", 0),
        "unknown": job.result.get("unknown", ()),
    }


def _forget(gone: Sequence[Job]) -> None:
    """Files of jobs whose time is over."""
    for file in ImportRun.objects.filter(job__in=gone).exclude(file=""):
        file.file.delete(save=True)


jobs.register(
    jobs.Kind(
        KIND,
        gettext_lazy("Import"),
        "file-up",
        _run,
        _title,
        finish=_finish,
        template="marketplaces/_import_job.html",
        context=_context,
        forget=_forget,
    )
)
