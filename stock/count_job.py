"""Posting a stock take of which more differs than somebody would wait for: a job in one step, since
the books are corrected by all of it or by nothing."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from sellers import jobs
from sellers.job_models import Job
from sellers.models import Seller
from stock.actions.count_ends import post_take
from stock.models import StockTake

KIND = "stock_take"


def start_posting(*, seller: Seller, take: StockTake, total: int, actor: Actor) -> Job:
    """Start the job; ``total`` levels differ. Raises ``Forbidden``, ``Refused``."""
    return jobs.start(
        KIND,
        seller=seller,
        actor=actor,
        params={"take": take.pk, "code": take.code},
        scopes=["stock:write"],
        total=total,
    )


def _run(run: jobs.Run) -> None:
    def post(job: Job) -> None:
        take = post_take(seller=run.seller, take=run.params["take"], actor=run.actor)
        job.done = job.total = int(take.result["differences"])

    # A worker that is killed after it has posted finds nothing to do.
    if StockTake.objects.filter(pk=run.params["take"], state=StockTake.State.POSTED).exists():
        return
    run.step(post)


def _title(job: Job) -> str:
    return gettext("Post stock take %(code)s") % {"code": job.params["code"]}


def _context(job: Job) -> Mapping[str, Any]:
    return {"take": StockTake.objects.filter(pk=job.params["take"]).first()}


jobs.register(
    jobs.Kind(
        KIND,
        _("Post a stock take"),
        "book-check",
        _run,
        _title,
        template="stock/_count_job.html",
        context=_context,
    )
)
