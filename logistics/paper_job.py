"""Paper for more parcels than somebody would wait for: a job that makes the file.

The file is drawn first; then all parcels are recorded as printed in one transaction, and the file
is kept. A worker that is killed in between draws it again, and records nothing twice.
"""

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.templatetags.ui import number
from logistics.actions.paper import check_parcels, read_parcels, record_printed
from logistics.models import Shipment, ShipmentState
from logistics.paper import fonts
from logistics.paper.content import ParcelPaper
from logistics.paper.file import PAPERS, Paper, pdf_as_zpl, write_parcels
from sellers import jobs
from sellers.job_models import Job
from sellers.models import Seller

KIND = "paper"
_PART = 500


def start_paper(
    *,
    seller: Seller,
    shipments: Sequence[int],
    paper: Paper,
    actor: Actor,
    zpl: bool = False,
) -> Job:
    """Start a job that writes the paper of parcels into one file, in the order given.

    Raises like ``print_parcels``.
    """
    actor.require("shipments:write")
    ids = check_parcels(seller, shipments)
    return jobs.start(
        KIND,
        seller=seller,
        actor=actor,
        params={"paper": paper.name, "zpl": zpl},
        scopes=["shipments:write"],
        total=len(ids),
        parts=(ids[start : start + _PART] for start in range(0, len(ids), _PART)),
    )


def _run(run: jobs.Run) -> None:
    paper = PAPERS[run.params["paper"]]
    ending = "zpl" if run.params["zpl"] else "pdf"
    with tempfile.TemporaryFile() as pdf, tempfile.TemporaryFile() as zpl:
        printed = write_parcels(pdf, paper, _batches(run), total=run.job.total)
        file: BinaryIO = pdf
        if run.params["zpl"]:
            pdf.seek(0)
            pdf_as_zpl(pdf, zpl, each=lambda page: None if page % 100 else run.beat())
            file = zpl
        run.step(lambda job: _record(run, job, paper))
        run.attach(file, f"{paper.name}-{run.job.public_id}", ending)
    run.tell(lost="".join(printed.lost), no_font=not fonts.cjk_is_embedded())


def _batches(run: jobs.Run) -> Iterator[list[ParcelPaper]]:
    """The papers of what has not become void since, a part after the other."""
    done = 0
    for part in run.job.parts.order_by("position").iterator(1):
        for papers in read_parcels(run.seller, _standing(run.seller, part.work)):
            yield papers
            run.beat(done + len(papers))
            done += len(papers)
    run.beat(run.job.total, left_out=run.job.total - done)


def _standing(seller: Seller, ids: Sequence[int]) -> list[int]:
    rows = Shipment.objects.filter(seller=seller, pk__in=ids).exclude(state=ShipmentState.VOID)
    standing = set(rows.values_list("pk", flat=True))
    return [pk for pk in ids if pk in standing]


def _record(run: jobs.Run, job: Job, paper: Paper) -> None:
    for part in job.parts.filter(outcome__isnull=True).order_by("position"):
        record_printed(run.seller, _standing(run.seller, part.work), paper, run.actor)
        part.outcome = []
        part.save(update_fields=["outcome"])


def _title(job: Job) -> str:
    return ngettext("%(paper)s: %(n)s parcel", "%(paper)s: %(n)s parcels", job.total) % {
        "paper": PAPERS[job.params["paper"]].label,
        "n": number(job.total),
    }


def _context(job: Job) -> dict[str, Any]:
    return {
        "lost": job.result.get("lost", ""),
        "no_font": job.result.get("no_font", False),
        "left_out": job.counts.get("left_out", 0),
    }


jobs.register(
    jobs.Kind(
        KIND,
        _("Print"),
        "printer",
        _run,
        _title,
        template="logistics/_paper_job.html",
        context=_context,
    )
)
