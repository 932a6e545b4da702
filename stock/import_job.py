"""Taking a file of stock in, as a job: a transaction for every 500 rows, each with the note of what
came of it, so that a worker that takes it up again books nothing twice."""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actor import Actor
from core.errors import Refused
from core.files.csv_text import FileProblem
from core.files.rejected import write_rejected
from sellers import jobs
from sellers.models import Job, JobPart
from stock.actions.files import KIND
from stock.importers.rows import FIELDS, Problem, Row
from stock.importers.take_in import COUNTS, chunks, rows_in, take_in
from stock.models import StockFile

#: Errors that the page lists; all of them are in the file.
KEPT_ERRORS = 200
KEPT_GROUPS = 50


def _run(run: jobs.Run) -> None:
    file = StockFile.objects.select_related("seller").get(pk=run.params["file"])
    done = set(run.job.parts.values_list("position", flat=True))
    actor = Actor("import", run.actor.id, run.actor.name, run.actor.scopes)
    try:
        with rows_in(file) as rows:
            for position, chunk in enumerate(chunks(rows)):
                if position not in done:
                    run.step(partial(_one, file=file, position=position, chunk=chunk, actor=actor))
    except FileProblem as problem:
        raise Refused(str(problem), code=problem.code) from None
    except FileNotFoundError:
        raise Refused(_("The file is no longer there. Send it again."), code="file_gone") from None
    run.beat(total=run.job.done)


def _one(
    job: Job, *, file: StockFile, position: int, chunk: Sequence[Row | Problem], actor: Actor
) -> None:
    part = take_in(file, chunk, actor)
    JobPart.objects.create(
        job=job, position=position, outcome=[asdict(problem) for problem in part.problems]
    )
    job.done += len(chunk)
    job.counts = {name: job.counts.get(name, 0) + getattr(part, name) for name in COUNTS}


def _finish(run: jobs.Run) -> None:
    """The file of the rows that were left out, and why, for the page."""
    problems: list[dict[str, Any]] = []
    why: dict[int, list[str]] = {}
    for part in run.job.parts.order_by("position").iterator(20):
        for problem in part.outcome or ():
            problems.append(problem)
            why.setdefault(problem["row"], []).append(problem["detail"])
    if not problems:
        return
    file = StockFile.objects.get(pk=run.params["file"])
    try:
        with tempfile.TemporaryFile() as target:
            write_rejected(file.file.path, target, why)
            run.attach(target, "rejected-stock", "csv")
    except FileNotFoundError:
        return
    groups = Counter((each["field"], each["detail"]) for each in problems)
    run.tell(
        rejected_rows=len(why),
        groups=[[*key, n] for key, n in groups.most_common(KEPT_GROUPS)],
        errors=sorted(problems, key=lambda each: each["row"])[:KEPT_ERRORS],
    )


def _title(job: Job) -> str:
    return _("Stock from a file: %(file)s") % {"file": job.params["name"]}


def cell_of(file: StockFile, row: int, field: str) -> str:
    """Where a spreadsheet program shows the cell: ``C5``; without a column the row alone."""
    place = file.columns.get(field)
    name = ""
    while place is not None and place >= 0:
        place, letter = divmod(place, 26)
        name = chr(65 + letter) + name
        place -= 1
    return f"{name}{row}"


def told(file: StockFile, problems: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Problems as pages show them."""
    return [
        {
            **problem,
            "cell": cell_of(file, problem["row"], problem["field"]),
            "name": FIELDS.get(problem["field"], problem["field"]),
        }
        for problem in problems
    ]


def _context(job: Job) -> Mapping[str, Any]:
    file = (
        StockFile.objects.filter(pk=job.params["file"]).select_related("take", "warehouse").first()
    )
    if file is None:
        return {}
    return {
        "file": file,
        "counts": {name: job.counts.get(name, 0) for name in COUNTS},
        "groups": [
            {"field": FIELDS.get(field, field), "detail": detail, "n": n}
            for field, detail, n in job.result.get("groups", ())
        ],
        "errors": told(file, job.result.get("errors", ())),
        "rejected_rows": job.result.get("rejected_rows", 0),
    }


def _forget(gone: Sequence[Job]) -> None:
    """Files of jobs whose time is over."""
    for file in StockFile.objects.filter(job__in=gone).exclude(file=""):
        file.file.delete(save=True)


jobs.register(
    jobs.Kind(
        KIND,
        gettext_lazy("Stock from a file"),
        "file-up",
        _run,
        _title,
        finish=_finish,
        template="stock/_import_job.html",
        context=_context,
        forget=_forget,
    )
)
