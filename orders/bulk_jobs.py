"""An action on more orders or parcels than one answer takes: a job, a batch after the other.

Each batch is a part of the job: its changes and its answers are one transaction, so whatever
happens to the worker, the answers are those of what was really done.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.actor import Actor
from core.cells import safe_cell
from core.errors import Text
from core.outcome import BatchOutcome, RowOutcome
from core.templatetags.ui import number
from orders.models import Order
from orders.registry import MAX_BATCH, perform, registered
from orders.states import TABLE, Stage
from sellers import jobs
from sellers.job_models import Job, JobPart
from sellers.models import Seller

KIND = "bulk"
#: Refused rows that a page lists for each reason; all of them are in the file.
MAX_SHOWN = 200

#: (name of the action, seller, ids, actor, params) → outcome
Perform = Callable[[str, Seller, Sequence[int], Actor, Mapping[str, Any]], BatchOutcome]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a bulk job can be about. ``title`` makes a sentence of an action and a number."""

    perform: Perform
    title: Callable[[str, int], str]
    column: Text
    path: Callable[[int], str]
    scope: Callable[[str], str]
    stage: Callable[[str], Text]


_subjects: dict[str, Subject] = {}


def register_subject(name: str, subject: Subject) -> None:
    """Say how actions on ``name`` ("orders", "parcels") are performed and told."""
    _subjects[name] = subject


def start_bulk(
    action: str,
    *,
    seller: Seller,
    ids: Sequence[int],
    actor: Actor,
    subject: str = "orders",
    params: Mapping[str, Any] | None = None,
    instead: Iterable[RowOutcome] = (),
) -> Job:
    """Start a job that performs an action on any number of rows.

    ``instead`` are refusals from before, told for rows that the action itself refuses too.
    """
    return jobs.start(
        KIND,
        seller=seller,
        actor=actor,
        params={
            "subject": subject,
            "action": action,
            "params": dict(params or {}),
            "instead": {str(row.id): [row.code, str(row.detail)] for row in instead},
        },
        scopes=[_subjects[subject].scope(action)],
        total=len(ids),
        parts=(ids[start : start + MAX_BATCH] for start in range(0, len(ids), MAX_BATCH)),
    )


def _run(run: jobs.Run) -> None:
    subject = _subjects[run.params["subject"]]
    instead: dict[str, list[str]] = run.params["instead"]

    def one(job: Job, part: JobPart) -> list[Any]:
        outcome = subject.perform(
            run.params["action"], run.seller, part.work, run.actor, run.params["params"]
        )
        job.done += len(part.work)
        job.counts = {name: job.counts.get(name, 0) + n for name, n in outcome.summary.items()}
        answers = []
        for row in outcome:
            code, detail = row.code, str(row.detail)
            if row.status == "refused" and str(row.id) in instead:
                code, detail = instead[str(row.id)]
            answers.append([row.id, row.number, row.status, row.stage, code, detail])
        return answers

    run.do_parts(one)


def _finish(run: jobs.Run) -> None:
    """The file with an answer per row, and the refusals by reason for the page."""
    subject = _subjects[run.params["subject"]]
    groups: dict[str, dict[str, Any]] = {}
    words = {"done": _("Done"), "already": _("Was so already"), "refused": _("Refused")}
    with tempfile.TemporaryFile() as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([str(subject.column), _("Result"), _("Stage"), _("Reason")])
        for part in run.job.parts.filter(outcome__isnull=False).order_by("position").iterator(20):
            for pk, name, status, stage, code, detail in part.outcome or ():
                words_of_stage = str(subject.stage(stage))
                writer.writerow([safe_cell(name), words[status], words_of_stage, safe_cell(detail)])
                if status == "refused":
                    group = groups.setdefault(code, {"detail": detail, "n": 0, "rows": []})
                    group["n"] += 1
                    if group["detail"] != detail:
                        group["detail"] = ""  # they differ by row, and are told there
                    if len(group["rows"]) < MAX_SHOWN:
                        group["rows"].append([pk, name, detail])
        text.detach()
        action = run.params["action"]
        run.attach(file, f"{action}-{run.job.public_id}", "csv")
    run.tell(groups=sorted(groups.values(), key=lambda group: -group["n"]))


def _title(job: Job) -> str:
    return _subjects[job.params["subject"]].title(job.params["action"], job.total)


def _context(job: Job) -> dict[str, Any]:
    path = _subjects[job.params["subject"]].path
    return {
        "counts": {name: job.counts.get(name, 0) for name in ("done", "already", "refused")},
        "groups": [
            {
                **group,
                "rows": [(name, path(pk), detail) for pk, name, detail in group["rows"]],
                "hidden": group["n"] - len(group["rows"]),
            }
            for group in job.result.get("groups", ())
        ],
    }


def _again(job: Job, seller: Seller, actor: Actor) -> Job:
    """The same action for what was refused."""
    ids = [
        row[0]
        for outcome in job.parts.filter(outcome__isnull=False)
        .order_by("position")
        .values_list("outcome", flat=True)
        for row in outcome or ()
        if row[2] == "refused"
    ]
    return start_bulk(
        job.params["action"],
        seller=seller,
        ids=ids,
        actor=actor,
        subject=job.params["subject"],
        params=job.params["params"],
    )


jobs.register(
    jobs.Kind(
        KIND,
        gettext_lazy("Action on many"),
        "list-checks",
        _run,
        _title,
        finish=_finish,
        template="orders/_bulk_job.html",
        context=_context,
        again=_again,
        again_label=gettext_lazy("Try the refused ones again"),
    )
)


def _orders_title(action: str, n: int) -> str:
    return ngettext("%(action)s: %(n)s order", "%(action)s: %(n)s orders", n) % {
        "action": TABLE[action].label,
        "n": number(n),
    }


register_subject(
    "orders",
    Subject(
        perform=lambda name, seller, ids, actor, params: perform(
            name, seller=seller, orders=ids, actor=actor, params=params
        ),
        title=_orders_title,
        column=gettext_lazy("Order number"),
        path=lambda pk: f"{reverse('orders:list')}{Order(pk=pk).public_id}/",
        scope=lambda action: registered(action).scope,
        stage=lambda stage: Stage(stage).label,
    ),
)
